import assert from "node:assert/strict";
import { test } from "node:test";
import { junitXml } from "./junit.ts";
import { sampleFindings, sampleVerdict } from "./sample-findings.ts";

const run = { startedAt: "2026-11-20T08:08:13.000Z", seconds: 118 };

test("a breach is a failure, what was not proven an error, and the counts say so", () => {
  const findings = sampleFindings({
    rto: { status: "FAIL", objective: { op: "<", limit: 1000, unit: "ms" }, reason: 'slow & "late" <5>' },
    clocks: { status: "INCONCLUSIVE", reason: "stepped" },
    residual: { status: "NOT_MEASURABLE", objective: { op: "<=", limit: 0, unit: "count" }, measured: null },
  });
  const xml = junitXml(sampleVerdict("FAIL", findings), run);
  assert.match(
    xml,
    new RegExp(
      `<testsuite name="regional-failover"[^>]* tests="${findings.length}" failures="1" errors="2" skipped="1">`,
    ),
  );
  assert.equal(xml.match(/<failure /g)?.length, 1);
  assert.equal(xml.match(/<error /g)?.length, 2);
  assert.equal(xml.match(/<skipped /g)?.length, 1, "stale reads: nothing was demanded of them");
  assert.equal(xml.match(/<testcase /g)?.length, findings.length);
  assert.match(xml, /slow &amp; &quot;late&quot; &lt;5&gt;/);
});

test("the time of a step is its measured time", () => {
  assert.match(junitXml(sampleVerdict("PASS"), run), /name="rto: [^"]*" time="14\.630"/);
});
