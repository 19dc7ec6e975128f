/** Recorded runs, judged again: the same evidence gives the same verdict, byte for byte, and the seals hold. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { judge } from "../../src/analysis/judge.ts";
import { lossCsv, summarise } from "../../src/analysis/summary.ts";
import { verdictText } from "../../src/analysis/verdict-text.ts";
import { packageRoot } from "../../src/definitions.ts";
import { loadEvidence } from "../../src/evidence/load.ts";
import { verifySeal } from "../../src/evidence/seal.ts";

const golden = join(packageRoot, "tests", "golden");
const expected: Readonly<Record<string, string>> = { pass: "PASS", inconclusive: "INCONCLUSIVE", fail: "FAIL" };

/** Said shortly: the whole texts are a thousand lines. */
function firstDifference(now: string, then: string): string | null {
  if (now === then) return null;
  const [newLines, oldLines] = [now.split("\n"), then.split("\n")];
  const at = newLines.findIndex((line, index) => line !== oldLines[index]);
  return `line ${at + 1}: now ${newLines[at]?.trim()}, recorded ${oldLines[at]?.trim()}`;
}

for (const [name, verdict] of Object.entries(expected)) {
  const folder = join(golden, name);

  test(`golden run "${name}" is judged ${verdict} again, byte for byte`, async () => {
    const judged = judge(await loadEvidence(folder));
    strictEqual(judged.verdict, verdict);
    const [now, then] = [verdictText(judged), readFileSync(join(folder, "verdict.json"), "utf8")];
    strictEqual(firstDifference(now, then), null);
  });

  test(`golden run "${name}" has lost what it had, line by line`, async () => {
    const evidence = await loadEvidence(folder);
    strictEqual(lossCsv(summarise(evidence, judge(evidence))), readFileSync(join(folder, "lost.csv"), "utf8"));
  });

  test(`golden run "${name}" is as it was sealed`, async () => {
    const { state, problems } = await verifySeal(folder);
    deepStrictEqual({ state, problems }, { state: "valid", problems: [] });
  });
}

test("one byte changed in the evidence of a PASS, and it is no longer one", async () => {
  const copy = mkdtempSync(join(tmpdir(), "dr-drill-golden-"));
  try {
    cpSync(join(golden, "pass"), copy, { recursive: true });
    const [ledger] = readdirSync(join(copy, "ledger"));
    const file = join(copy, "ledger", ledger ?? "");
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"ack":1');
    bytes.write('"ack":0', at);
    writeFileSync(file, bytes);
    strictEqual(judge(await loadEvidence(copy)).verdict, "INCONCLUSIVE");
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
