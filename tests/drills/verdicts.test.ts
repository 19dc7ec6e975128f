/** Drills that must not pass: a fault that does nothing, and an outage that nobody ends. */
import { strictEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import { drillCommand, finding, readJournal, readVerdictFile, reportsFolder } from "./drill-command.ts";

test("a drill whose fault is harmless is INCONCLUSIVE: it has measured nothing", async () => {
  using reports = reportsFolder();
  const result = await drillCommand([
    "run",
    "tests/fixtures/harmless.drill.ts",
    "--reports",
    reports.path,
    "--no-report",
  ]);
  strictEqual(result.exitCode, 2, result.stderr);
  const verdict = readVerdictFile(reports.run());
  strictEqual(finding(verdict, "fault.effective").status, "INCONCLUSIVE");
  // It lost nothing and was never down; that it does not pass is the point.
  strictEqual(finding(verdict, "residual").measured?.hi, 0);
});

test("a drill whose failover is switched off FAILS: not restored within its objective", async () => {
  using reports = reportsFolder();
  const result = await drillCommand([
    "run",
    "tests/fixtures/no-failover.drill.ts",
    "--reports",
    reports.path,
    "--no-report",
  ]);
  strictEqual(result.exitCode, 1, result.stderr);
  const rto = finding(readVerdictFile(reports.run()), "rto");
  strictEqual(rto.status, "FAIL");
  ok((rto.measured?.lo ?? 0) >= 15_000, `RTO is at least its limit: ${JSON.stringify(rto.measured)}`);
  // The fault was ended all the same, and that is on record.
  const undone = readJournal(reports.run()).filter(
    (event) => event.type === "undo.done" && event.step === "inject-fault",
  );
  strictEqual(undone.length, 1);
});
