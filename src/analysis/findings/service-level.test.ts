import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEventInput } from "../../model/journal.ts";
import { find, injection } from "../small-evidence.ts";
import { functional } from "./service-level.ts";

const failover = { document: "failover.yaml", movements: { verify: "Verify" }, deadlineMs: 60_000 };

test("functional: only a verification that failed or timed out has found something wrong", () => {
  const found = (status: string) => {
    const step: RunEventInput = {
      type: "ssm.step",
      id: "X",
      runbook: "failover",
      step: "Verify",
      action: "aws:invokeLambdaFunction",
      status,
      startMs: 11_000,
      endMs: status === "InProgress" ? null : 11_500,
      previousPollUs: 11_200_000,
    };
    const { status: is, reason } = find(functional, { drill: { failover }, journal: [...injection, [11_600, step]] });
    return `${is}: ${reason}`;
  };
  assert.equal(found("Success"), "PASS: passed: the runbook's Verify");
  assert.equal(found("Failed"), "FAIL: failed: the runbook's Verify (0 of 1 passed)");
  assert.equal(found("TimedOut"), "FAIL: failed: the runbook's Verify (0 of 1 passed)");
  assert.equal(found("Cancelled"), "INCONCLUSIVE: step Verify of the failover did not succeed: Cancelled");
  assert.equal(found("InProgress"), "INCONCLUSIVE: step Verify of the failover did not succeed: InProgress");
});
