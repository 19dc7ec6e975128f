/** The Automation engine: flow between steps, failure, attempts, timeouts, signals, cancelling, outputs. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { SendAutomationSignalCommand, StopAutomationExecutionCommand, type SignalType } from "@aws-sdk/client-ssm";
import { flow, put, run, start, statuses, wrong } from "./test-automation.ts";
import { automationEnd, automationWhen, startTestPlane, type TestPlane } from "./test-plane.ts";

let plane: TestPlane;
beforeEach(async () => {
  plane = await startTestPlane();
});
afterEach(() => plane[Symbol.asyncDispose]());

const signal = (id: string, SignalType: SignalType, comment = "") =>
  plane.ssm.send(
    new SendAutomationSignalCommand({ AutomationExecutionId: id, SignalType, Payload: { Comment: [comment] } }),
  );

test("onFailure: Abort ends, Continue goes on and succeeds, step: jumps and still fails, isCritical decides", async () => {
  const aborted = await run(plane, [wrong("A"), put("B")]);
  assert.deepEqual([aborted.AutomationExecutionStatus, statuses(aborted)], ["Failed", ["A Failed", "B Pending"]]);
  assert.match(aborted.FailureMessage ?? "", /Step A failed: .*either open or closed/);
  assert.equal(aborted.StepExecutions?.[0]?.FailureDetails?.FailureType, "ActionFailed");

  const past = await run(plane, [wrong("A", { onFailure: "Continue" }), put("B")]);
  assert.deepEqual([past.AutomationExecutionStatus, statuses(past)], ["Success", ["A Failed", "B Success"]]);
  const critical = await run(plane, [wrong("A", { onFailure: "Continue", isCritical: true }), put("B")]);
  assert.deepEqual([critical.AutomationExecutionStatus, statuses(critical)], ["Failed", ["A Failed", "B Success"]]);
  const jumped = await run(plane, [wrong("A", { onFailure: "step:C" }), put("B"), put("C")]);
  assert.deepEqual(
    [jumped.AutomationExecutionStatus, statuses(jumped)],
    ["Failed", ["A Failed", "C Success", "B Pending"]],
  );
  const harmless = await run(plane, [wrong("A", { onFailure: "step:C", isCritical: "false" }), put("B"), put("C")]);
  assert.equal(harmless.AutomationExecutionStatus, "Success");
});

test("the first critical failure is the one that is reported", async () => {
  const twice = await run(plane, [wrong("A", { onFailure: "step:C" }), put("B"), wrong("C", { onFailure: "Abort" })]);
  assert.deepEqual(statuses(twice), ["A Failed", "C Failed", "B Pending"]);
  assert.match(twice.FailureMessage ?? "", /Step A failed/);
});

test("nextStep and isEnd lead the way; a ring of steps is ended", async () => {
  const ended = await run(plane, [put("A", { nextStep: "C" }), put("B", { isEnd: true }), put("C", { nextStep: "B" })]);
  assert.deepEqual(statuses(ended), ["A Success", "C Success", "B Success"]);
  const ring = await run(plane, [put("A", { nextStep: "A" })]);
  assert.equal(ring.AutomationExecutionStatus, "Failed");
});

test("maxAttempts tries again, a timeout is TimedOut, and what a timed out step did later changes nothing", async () => {
  plane.machinery.failures.set("setFlow", "busy");
  const second = await run(plane, [put("A", { maxAttempts: 2 })]);
  assert.equal(second.AutomationExecutionStatus, "Success");
  assert.equal(plane.machinery.calls.filter((call) => call === "setFlow eu-west-1 open").length, 2);

  plane.machinery.tookMs = 1_500;
  const late = await run(plane, [
    { name: "A", action: "aws:invokeLambdaFunction", timeoutSeconds: 1, inputs: { FunctionName: "payments-verify" } },
  ]);
  assert.deepEqual([late.AutomationExecutionStatus, statuses(late)], ["TimedOut", ["A TimedOut"]]);
  assert.match(late.FailureMessage ?? "", /did not end within 1 s/);
});

test("outputs, references and times: typed when alone, text when not, lists as lists", async () => {
  plane.machinery.answers.set("payments-reconcile", { replayed: 3, conflicts: ["p-1", "p-2"] });
  const before = Date.now();
  const ended = await run(
    plane,
    [
      {
        name: "Reconcile",
        action: "aws:invokeLambdaFunction",
        inputs: {
          FunctionName: "payments-reconcile",
          InputPayload: { count: "{{ Count }}", text: "n={{ Count }} in {{ global:REGION }}", list: "{{ Ids }}" },
        },
        outputs: [
          { Name: "Replayed", Selector: "$.Payload.replayed", Type: "Integer" },
          { Name: "Conflicts", Selector: "$.Payload.conflicts", Type: "StringList" },
          { Name: "Absent", Selector: "$.Payload.none", Type: "String" },
        ],
      },
      {
        name: "Use",
        action: "aws:invokeLambdaFunction",
        inputs: { FunctionName: "payments-verify", InputPayload: { replayed: "{{ Reconcile.Replayed }}" } },
      },
      { name: "Missing", action: "aws:sleep", onFailure: "Continue", inputs: { Duration: "{{ Reconcile.Absent }}" } },
    ],
    {
      parameters: { Count: { type: "Integer" }, Ids: { type: "StringList", default: ["a"] } },
      outputs: ["Reconcile.Replayed", "Reconcile.Conflicts", "Reconcile.Absent"],
    },
    { Count: ["7"] },
  );
  assert.deepEqual(
    plane.machinery.calls.filter((call) => call.startsWith("invoke")),
    [
      'invoke payments-reconcile {"count":7,"text":"n=7 in us-east-1","list":["a"]}',
      'invoke payments-verify {"replayed":3}',
    ],
  );
  assert.deepEqual(ended.Outputs?.["Reconcile.Replayed"], ["3"]);
  assert.deepEqual(ended.Outputs?.["Reconcile.Conflicts"], ["p-1", "p-2"]);
  assert.match(ended.Outputs?.["Reconcile.Absent"]?.[0] ?? "", /No output available/);
  assert.deepEqual(ended.Parameters, { Count: ["7"], Ids: ["a"] });
  const [first, , missing] = ended.StepExecutions ?? [];
  assert.equal(first?.Inputs?.["FunctionName"], '"payments-reconcile"');
  assert.equal(missing?.FailureDetails?.FailureStage, "InputResolution");
  assert.ok((first?.ExecutionStartTime?.getTime() ?? 0) >= before && first?.ExecutionEndTime !== undefined);
});

test("branch: by operator, And, Or, Not, default; nothing that matches is a failure unless the step is the end", async () => {
  const branch = (Choices: unknown, more: object = {}) => ({
    name: "A",
    action: "aws:branch",
    inputs: { Choices, ...more },
  });
  const on = (condition: object) => [{ NextStep: "C", ...condition }];
  const route = async (step: object): Promise<readonly string[]> =>
    statuses(await run(plane, [step, put("B"), put("C", { isEnd: true })]));
  const taken = ["A Success", "C Success", "B Pending"];
  assert.deepEqual(await route(branch(on({ Variable: 3, NumericGreater: 2 }))), taken);
  assert.deepEqual(
    await route(branch(on({ And: [{ Variable: "ab", StartsWith: "a" }, { Not: { Variable: "ab", Contains: "z" } }] }))),
    taken,
  );
  assert.deepEqual(
    await route(
      branch(
        on({
          Or: [
            { Variable: "a", StringEquals: "b" },
            { Variable: true, BooleanEquals: "true" },
          ],
        }),
      ),
    ),
    taken,
  );
  const no = on({ Variable: "a", StringEquals: "b" });
  assert.deepEqual(await route(branch(no, { Default: "B" })), ["A Success", "B Success", "C Success"]);
  assert.deepEqual(await route({ ...branch(no), isEnd: true }), ["A Success", "B Pending", "C Pending"]);
  assert.deepEqual(await route(branch(no)), ["A Failed", "B Pending", "C Pending"]);
});

test("pause waits for Resume, approve for Approve or Reject; another signal is refused", async () => {
  const paused = await start(plane, [{ name: "A", action: "aws:pause", inputs: {} }, put("B")]);
  await automationWhen(plane, paused, ["Waiting"]);
  await assert.rejects(signal(paused, "Approve"), { name: "InvalidAutomationSignalException" });
  await signal(paused, "Resume");
  assert.equal((await automationEnd(plane, paused)).AutomationExecutionStatus, "Success");
  await assert.rejects(signal(paused, "Resume"), { name: "InvalidAutomationSignalException" });

  const gate = { name: "Gate", action: "aws:approve", inputs: { Approvers: ["a", "b"], MinRequiredApprovals: 2 } };
  const approved = await start(plane, [gate, put("B")], { outputs: ["Gate.ApprovalStatus"] });
  for (const who of ["one", "two"]) {
    await automationWhen(plane, approved, ["Waiting"]);
    await signal(approved, "Approve", who);
  }
  const ended = await automationEnd(plane, approved);
  assert.deepEqual(
    [ended.AutomationExecutionStatus, ended.Outputs?.["Gate.ApprovalStatus"]],
    ["Success", ["Approved"]],
  );
  const rejected = await start(plane, [gate, put("B")]);
  await automationWhen(plane, rejected, ["Waiting"]);
  await signal(rejected, "Reject", "not today");
  const refused = await automationEnd(plane, rejected);
  assert.deepEqual(statuses(refused), ["Gate Failed", "B Pending"]);
  assert.match(refused.FailureMessage ?? "", /rejected: not today/);
});

test("Cancel runs the onCancel steps and ends Cancelled; Complete lets the step end; an ended one cannot be stopped", async () => {
  const clean = { name: "Clean", action: "aws:executeAwsApi", isEnd: true, inputs: flow("closed") };
  const long = {
    name: "Long",
    action: "aws:sleep",
    onCancel: "step:Clean",
    inputs: { Duration: "PT1H" },
    nextStep: "Clean",
  };
  const id = await start(plane, [long, clean]);
  await automationWhen(plane, id, ["InProgress"]);
  await plane.ssm.send(new StopAutomationExecutionCommand({ AutomationExecutionId: id, Type: "Cancel" }));
  const cancelled = await automationEnd(plane, id);
  assert.deepEqual(
    [cancelled.AutomationExecutionStatus, statuses(cancelled)],
    ["Cancelled", ["Long Cancelled", "Clean Success"]],
  );
  assert.ok(plane.machinery.calls.includes("setFlow eu-west-1 closed"));
  await assert.rejects(plane.ssm.send(new StopAutomationExecutionCommand({ AutomationExecutionId: id })), {
    name: "InvalidAutomationStatusUpdateException",
  });

  const short = await start(plane, [{ name: "Short", action: "aws:sleep", inputs: { Duration: "PT1S" } }, put("B")]);
  await plane.ssm.send(new StopAutomationExecutionCommand({ AutomationExecutionId: short, Type: "Complete" }));
  const completed = await automationEnd(plane, short);
  assert.deepEqual(
    [completed.AutomationExecutionStatus, statuses(completed)],
    ["Cancelled", ["Short Success", "B Pending"]],
  );
});
