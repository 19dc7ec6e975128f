import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findingIds } from "../model/verdict.ts";
import type { Finding, FindingId, FindingStatus } from "../model/verdict.ts";
import { gateIds, worst } from "./lattice.ts";

const finding = (id: FindingId, status: FindingStatus, judged: boolean): Finding => ({
  id,
  title: id,
  status,
  objective: judged ? { op: "<", limit: 1, unit: "ms" } : null,
  measured: null,
  reason: "",
  margin: null,
  evidence: [],
});

test("FAIL outranks everything, an objective that is not measurable is not met, what is only disclosed does not count", () => {
  assert.equal(worst([finding("rto", "PASS", true), finding("residual", "PASS", true)]), "PASS");
  assert.equal(worst([finding("rto", "INCONCLUSIVE", true), finding("residual", "FAIL", true)]), "FAIL");
  assert.equal(worst([finding("rto", "PASS", true), finding("residual", "NOT_MEASURABLE", true)]), "INCONCLUSIVE");
  assert.equal(worst([finding("rto", "PASS", true), finding("rpo.count", "FAIL", false)]), "PASS");
  assert.equal(worst([finding("rto", "PASS", true), finding("selftest", "NOT_MEASURABLE", false)]), "PASS");
  assert.equal(worst([]), "INCONCLUSIVE", "nothing found is nothing passed");
});

test("each gate counts without an objective", () => {
  assert.deepEqual(gateIds, ["load.delivered", "fault.effective", "clocks", "evidence.intact"]);
  for (const id of gateIds) {
    assert.equal(worst([finding("rto", "PASS", true), finding(id, "INCONCLUSIVE", false)]), "INCONCLUSIVE", id);
    assert.equal(worst([finding("rto", "PASS", true), finding(id, "NOT_MEASURABLE", false)]), "INCONCLUSIVE", id);
  }
});

test("a harness that failed its own test is not believed; one that was not tested is told of only", () => {
  const beside = (status: FindingStatus) => worst([finding("rto", "PASS", true), finding("selftest", status, false)]);
  assert.equal(beside("PASS"), "PASS");
  assert.equal(beside("FAIL"), "FAIL");
  assert.equal(beside("INCONCLUSIVE"), "INCONCLUSIVE");
  assert.equal(beside("NOT_MEASURABLE"), "PASS");
});

test("order does not matter, and one more bad finding never makes it better", () => {
  const rank = { PASS: 0, INCONCLUSIVE: 1, FAIL: 2 } as const;
  const one = fc
    .record({
      id: fc.constantFrom(...findingIds),
      status: fc.constantFrom("PASS", "FAIL", "INCONCLUSIVE", "NOT_MEASURABLE" as const),
      judged: fc.boolean(),
    })
    .map(({ id, status, judged }) => finding(id, status, judged));
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), one, (findings, more) => {
      const verdict = worst(findings);
      assert.equal(worst(findings.toReversed()), verdict);
      assert.ok(rank[worst([...findings, more])] >= rank[verdict]);
    }),
  );
});
