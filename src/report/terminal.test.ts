import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { sampleFindings, sampleVerdict } from "./sample-findings.ts";
import { verdictTable } from "./terminal.ts";

const breached = sampleFindings({
  rto: {
    title: "Service restored and held after the fault",
    status: "FAIL",
    objective: { op: "<", limit: 900_000, unit: "ms" },
    measured: { lo: 900_000, hi: null, unit: "ms" },
    reason: `the service was not restored within the horizon. ${"Customers still waited. ".repeat(9)}`,
    evidence: [{ file: "ledger/k.ndjson", range: [120, 98_765] }],
  },
  residual: {
    title: "Acknowledged writes missing after salvage",
    status: "NOT_MEASURABLE",
    measured: null,
    reason: "there is no final read",
  },
});
const files = [
  { name: "verdict", path: "reports/x/verdict.json" },
  { name: "page", path: "reports/x/report.html" },
];

test("no line is wider than 100 columns, with and without colours the same words", () => {
  for (const verdict of [sampleVerdict("PASS"), sampleVerdict("FAIL", breached)]) {
    const plain = verdictTable(verdict, { colours: false, files });
    for (const line of plain.split("\n")) assert.ok(line.length <= 100, `${line.length}: ${line}`);
    assert.equal(stripVTControlCharacters(plain), plain, "nothing but text without colours");
    const coloured = verdictTable(verdict, { colours: true, files });
    assert.notEqual(coloured, plain);
    assert.equal(stripVTControlCharacters(coloured), plain);
  }
});

test("what failed stands at the end once more, with its reason and evidence, proven breaches first, then the paths", () => {
  const text = verdictTable(sampleVerdict("FAIL", breached), { colours: false, files });
  const tail = text.slice(text.indexOf("Why it failed"));
  assert.match(tail, /FAIL {2}Service restored and held after the fault \(rto\): ≥ 15 min 00 s, limit < 15 min/);
  assert.match(tail, /the service was not restored within the horizon/);
  assert.match(tail, /ledger\/k\.ndjson:120-98765/);
  assert.ok(tail.indexOf("(rto)") < tail.indexOf("(residual)"));
  assert.match(tail, /verdict {2}reports\/x\/verdict\.json\npage {5}reports\/x\/report\.html$/);
});

test("a pass has no such part, and the figures of the objectives line up", () => {
  const text = verdictTable(sampleVerdict("PASS"), { colours: false, files: [] });
  assert.doesNotMatch(text, /Why /);
  const judged = text.slice(0, text.indexOf("Disclosed"));
  const rows = judged.split("\n").filter((line) => /^ {2}✓ .*  (<|≥|0)/.test(line));
  assert.ok(rows.length > 10);
  assert.equal(new Set(rows.map((line) => line.search(/ {2}(<|≥|0$)/))).size, 1);
});

test("what was disclosed and not measurable is not an obstacle", () => {
  const text = verdictTable(sampleVerdict("PASS"), { colours: false, files: [] });
  assert.match(text, /Stale reads +not measurable/);
});

test("the gate that explains the rest comes first, and a reason is said once", () => {
  const unproven = { status: "INCONCLUSIVE" as const, reason: "the fault did not demonstrably take effect" };
  const findings = sampleFindings({
    rto: unproven,
    "rpo.time": unproven,
    functional: unproven,
    "fault.effective": { status: "INCONCLUSIVE", reason: "no probe inside the Region failed" },
  });
  const text = verdictTable(sampleVerdict("INCONCLUSIVE", findings), { colours: false, files: [] });
  const tail = text.slice(text.indexOf("Why there is no PASS"));
  assert.ok(tail.indexOf("(fault.effective)") < tail.indexOf("(rto)"));
  assert.equal(tail.match(/did not demonstrably/g)?.length, 1);
  assert.match(tail, /For the same reason: rpo\.time, functional\./);
});
