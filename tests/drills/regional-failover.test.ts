/** The main drill on the real lab: the verdict, and that what it says was lost is what was lost, id by id, on the old primary's own disk. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { diskTruth } from "./disk-truth.ts";
import { summarise } from "../../src/analysis/summary.ts";
import { loadEvidence } from "../../src/evidence/load.ts";
import {
  drillCommand,
  finding,
  readJournal,
  readVerdictFile,
  reportsFolder,
  type CommandResult,
} from "./drill-command.ts";

describe("regional failover", () => {
  const reports = reportsFolder();
  const volumes = mkdtempSync(join(tmpdir(), "dr-drill-volumes-"));
  let result: CommandResult;

  before(async () => {
    result = await drillCommand(["run", "tests/fixtures/quick.drill.ts", "--reports", reports.path, "--json"], {
      DRILL_LAB_KEEP: volumes,
    });
  });
  after(() => {
    reports[Symbol.dispose]();
    rmSync(volumes, { recursive: true, force: true });
  });

  test("ends in PASS, and verdict.json on stdout is the file's", () => {
    strictEqual(result.exitCode, 0, result.stderr);
    strictEqual(result.stdout, readFileSync(join(reports.run(), "verdict.json"), "utf8"));
    strictEqual(readVerdictFile(reports.run()).verdict, "PASS");
  });

  test("both runbooks succeeded, every step of them", () => {
    const steps = readJournal(reports.run()).filter((event) => event.type === "ssm.step");
    const last = new Map(steps.map((event) => [`${event.runbook}.${event.step}`, event.status]));
    const unsuccessful = [...last].filter(([, status]) => status !== "Success");
    deepStrictEqual(unsuccessful, []);
    for (const needed of [
      "failover.CloseFlow",
      "failover.WaitPromoted",
      "failover.OpenFlow",
      "failback.Salvage",
      "failback.WaitRebuilt",
    ]) {
      ok(last.has(needed), `${needed} did not run; there is ${[...last.keys()].join(", ")}`);
    }
  });

  test("what the drill says was lost is what was lost, id by id, on the old primary's volume", async () => {
    const evidence = await loadEvidence(reports.run());
    const reported = summarise(evidence, readVerdictFile(reports.run())).lost.map((write) => write.id);
    const truth = diskTruth(reports.run(), volumes);
    deepStrictEqual(reported.toSorted(), truth.lost);
    deepStrictEqual(truth.neverThere, []);
    strictEqual(finding(readVerdictFile(reports.run()), "residual").measured?.lo, 0);
  });

  test("judged again, the verdict is the same byte for byte", async () => {
    const first = readFileSync(join(reports.run(), "verdict.json"));
    rmSync(join(reports.run(), "verdict.json"));
    const again = await drillCommand(["judge", reports.run()]);
    strictEqual(again.exitCode, 0, again.stderr);
    deepStrictEqual(readFileSync(join(reports.run(), "verdict.json")), first);
  });

  test("nothing was left behind, and the journal says so", () => {
    const residue = readJournal(reports.run()).find((event) => event.type === "residue");
    deepStrictEqual(residue?.left, []);
  });

  test("the reports are there, and Allure shows a result for every criterion", () => {
    const html = readFileSync(join(reports.run(), "allure-report", "index.html"), "utf8");
    ok(html.length > 100_000, `the report has ${html.length} bytes`);
    for (const name of ["report.html", "junit.xml", "lost.csv", "report-timeline.svg"])
      ok(readFileSync(join(reports.run(), name)).length > 0, name);
  });
});
