import assert from "node:assert/strict";
import { test } from "node:test";
import type { AutomationExecution, SSMClient } from "@aws-sdk/client-ssm";
import type { RunEventInput } from "../model/journal.ts";
import type { RunClock } from "../run/clock.ts";
import type { Journal } from "../run/journal.ts";
import { watchAutomation } from "./automation.ts";

/** One answer for each look; null: the look fails. Looks begin at 10, 20, 30 … µs. */
async function watched(answers: readonly (AutomationExecution | null)[]) {
  const said: RunEventInput[] = [];
  const over = new AbortController();
  let looks = 0;
  const client = {
    send: async () => {
      const answer = answers[looks - 1];
      if (answer === undefined) over.abort();
      if (answer === undefined || answer === null) throw new Error("throttled");
      return await Promise.resolve({ AutomationExecution: answer });
    },
  } as unknown as SSMClient;
  const status = await watchAutomation(client, "X", {
    runbook: "failover",
    document: "failover.yaml",
    journal: { append: (event: RunEventInput) => void said.push(event) } as unknown as Journal,
    clock: { us: () => 10 * (looks += 1) } as unknown as RunClock,
    intervalMs: 1,
    signal: over.signal,
  }).catch(() => "given up");
  const told = said.map((event) => {
    if (event.type === "ssm.unwatched") return `unwatched, heard at ${event.heardUs}`;
    if (event.type !== "ssm.step" && event.type !== "ssm.execution") return event.type;
    return `${event.type === "ssm.step" ? event.step : "execution"} ${event.status}, not at ${event.previousPollUs}`;
  });
  return { status, told };
}

const execution = (status: string, ...steps: readonly (readonly [string, string])[]): AutomationExecution => ({
  AutomationExecutionStatus: status as NonNullable<AutomationExecution["AutomationExecutionStatus"]>,
  StepExecutions: steps.map(([StepName, StepStatus]) => ({
    StepName,
    StepStatus: StepStatus as NonNullable<AutomationExecution["AutomationExecutionStatus"]>,
  })),
});

test("each change is journalled once, with when the last look began that did not show it", async () => {
  const { status, told } = await watched([
    execution("InProgress", ["Fence", "Success"], ["Promote", "InProgress"]),
    execution("InProgress", ["Fence", "Success"], ["Promote", "InProgress"]),
    null,
    execution("Success", ["Fence", "Success"], ["Promote", "Success"]),
  ]);
  assert.equal(status, "Success");
  assert.deepEqual(told, [
    "Fence Success, not at null",
    "Promote InProgress, not at null",
    "execution InProgress, not at null",
    // The third look failed, and saw nothing.
    "Promote Success, not at 20",
    "execution Success, not at 20",
  ]);
});

test("whoever stops looking before the end says until when he had looked", async () => {
  const { status, told } = await watched([execution("InProgress"), execution("InProgress"), null]);
  assert.equal(status, "given up");
  assert.deepEqual(told, ["execution InProgress, not at null", "unwatched, heard at 20"]);
  assert.deepEqual((await watched([])).told, ["unwatched, heard at null"]);
});
