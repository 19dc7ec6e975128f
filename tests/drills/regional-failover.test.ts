/** The main drill on the real lab: the verdict, and that what it says was lost is what was lost, id by id, on the old primary's own disk. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { packageRoot } from "../../src/definitions.ts";
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
      "failback.WaitPrimaryRebuilt",
    ]) {
      ok(last.has(needed), `${needed} did not run; there is ${[...last.keys()].join(", ")}`);
    }
  });

  test("what the drill says was lost is what was lost, id by id, on the old primary's volume", async () => {
    const evidence = await loadEvidence(reports.run());
    const summary = summarise(evidence, readVerdictFile(reports.run()));
    const reported = new Set(summary.lost.map((write) => write.id));
    const old = volumeIds(join(volumes, "payments-use1a.before-failback"));
    const survived = new Set(readSurvivorIds(join(reports.run(), "survivors", "before-replay.ndjson"), evidence));
    const acknowledged = acknowledgedIds(join(reports.run(), "ledger", "k6.ndjson"));
    // The disk's truth: on the old primary's volume, acknowledged to a customer, and not on the new primary after the failover.
    const truth = new Set([...old].filter((id) => acknowledged.has(id) && !survived.has(id)));
    deepStrictEqual([...reported].toSorted(), [...truth].toSorted());
    // And nothing was acknowledged by the old Region that is not even on its own disk.
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

/** Ids of the payments on a kept database volume, read by starting PostgreSQL on a copy of it. */
function volumeIds(folder: string): Set<string> {
  const output = execFileSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), join(packageRoot, "lab", "main.ts"), "read-volume", folder],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  return new Set(
    output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { id: string }).id),
  );
}

function readSurvivorIds(file: string, evidence: { readonly manifest: { readonly run: string } | null }): string[] {
  const run = evidence.manifest?.run ?? "";
  return lines(file)
    .filter((line) => line["k"] === "p" && line["w"] === "k")
    .map((line) => `${run}.k.${String(line["seq"])}`);
}

/** A reading of the ledger that shares nothing with the judge's: JSON.parse and a set. */
function acknowledgedIds(file: string): Set<string> {
  const [header, ...rows] = lines(file);
  const prefix = String(header?.["idPrefix"]);
  return new Set(
    rows.filter((row) => row["k"] === "o" && row["ack"] === 1).map((row) => `${prefix}${String(row["seq"])}`),
  );
}

function lines(file: string): Record<string, unknown>[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
