import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { judge } from "../analysis/judge.ts";
import { writeExampleRun } from "../evidence/example-run.ts";
import { loadEvidence } from "../evidence/load.ts";
import { seal } from "../evidence/seal.ts";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { knownAnswerTests } from "../model/selftest.ts";
import type { SelftestRecord } from "../model/selftest.ts";
import { harnessHash, readSelftest, selftestResult, writeSelftest } from "./record.ts";
import type { KatResult } from "./suite.ts";

const results = (failing: number): KatResult[] =>
  Array.from({ length: knownAnswerTests }, (_, n) => ({
    id: n + 1,
    title: "t",
    agrees: n >= failing,
    variants: [{ planted: "p", reported: "r", disagreements: [], tookMs: 1 }],
  }));

const at = new Date(0);

test("the record is kept for this very harness, and found again", async () => {
  await using folder = await temporaryFolder();
  assert.equal(readSelftest(folder.path), null);
  const record = selftestResult(results(1), at);
  assert.deepEqual([record.passed, record.total, record.harness], [25, 26, harnessHash()]);
  const file = writeSelftest(folder.path, record);
  assert.deepEqual(readSelftest(folder.path), record);
  writeFileSync(file, JSON.stringify({ ...record, harness: "another" }));
  assert.equal(readSelftest(folder.path), null);
  writeFileSync(file, "{");
  assert.equal(readSelftest(folder.path), null);
});

async function judgedWith(text: string | null, harness?: string): Promise<readonly (string | null)[]> {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path);
  if (text !== null) writeFileSync(join(folder.path, "selftest.json"), text);
  await seal(folder.path);
  const evidence = await loadEvidence(folder.path);
  const { manifest } = evidence;
  const told = manifest === null || harness === undefined ? manifest : { ...manifest, tools: { harness } };
  const verdict = judge({ ...evidence, manifest: told });
  const found = verdict.findings.find(({ id }) => id === "selftest");
  assert.deepEqual(evidence.foreignFiles, []);
  return [verdict.verdict, found?.status ?? null, found?.reason.split(" (")[0] ?? null];
}

test("a run carries it: green passes, absent is told, anything else makes the run INCONCLUSIVE", async () => {
  const record = (failing: number, more: Partial<SelftestRecord> = {}): string =>
    JSON.stringify({ ...selftestResult(results(failing), at), ...more });
  const [before] = await judgedWith(null);
  assert.equal(before, "PASS");
  assert.deepEqual((await judgedWith(null)).slice(0, 2), ["PASS", "NOT_MEASURABLE"]);
  const right = "26 of 26 known-answer tests found exactly what had been planted";
  assert.deepEqual(await judgedWith(record(0)), ["PASS", "PASS", right]);
  assert.deepEqual((await judgedWith(record(0), harnessHash())).slice(0, 2), ["PASS", "PASS"]);
  assert.deepEqual((await judgedWith(record(0), "another")).slice(0, 2), ["INCONCLUSIVE", "INCONCLUSIVE"]);
  assert.deepEqual((await judgedWith(record(1))).slice(0, 2), ["INCONCLUSIVE", "INCONCLUSIVE"]);
  // Some tests alone prove nothing, even if all of them are green.
  assert.deepEqual((await judgedWith(record(0, { passed: 1, total: 1 }))).slice(0, 2), [
    "INCONCLUSIVE",
    "INCONCLUSIVE",
  ]);
  assert.deepEqual((await judgedWith("{}")).slice(0, 2), ["INCONCLUSIVE", "INCONCLUSIVE"]);
});
