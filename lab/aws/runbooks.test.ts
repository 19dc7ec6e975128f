/** The two runbooks of drills/runbooks, run by the engine: the order of what they do, and what they do when a step fails. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, test } from "node:test";
import {
  CreateDocumentCommand,
  SendAutomationSignalCommand,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
  type AutomationExecution,
} from "@aws-sdk/client-ssm";
import { statuses } from "./test-automation.ts";
import { automationEnd, automationWhen, startTestPlane, type TestPlane } from "./test-plane.ts";

const books = { replayedOutbox: 2, torn: 0, balanceMismatches: 0 };

let plane: TestPlane;
beforeEach(async () => {
  plane = await startTestPlane();
  plane.machinery.answers.set("payments-reconcile", books);
  for (const Name of ["regional-failover", "regional-failback"]) {
    const Content = await readFile(new URL(`../../drills/runbooks/${Name}.yaml`, import.meta.url), "utf8");
    await plane.ssm.send(
      new CreateDocumentCommand({ Name, Content, DocumentType: "Automation", DocumentFormat: "YAML" }),
    );
  }
});
afterEach(() => plane[Symbol.asyncDispose]());

async function begin(DocumentName: string, Parameters: Record<string, string[]> = {}): Promise<string> {
  const started = await plane.ssm.send(new StartAutomationExecutionCommand({ DocumentName, Parameters }));
  return started.AutomationExecutionId ?? "";
}
const press = async (...args: Parameters<typeof begin>): Promise<AutomationExecution> =>
  automationEnd(plane, await begin(...args));
const stepTime = (
  execution: AutomationExecution,
  name: string,
  when: "ExecutionStartTime" | "ExecutionEndTime",
): number => execution.StepExecutions?.find((step) => step.StepName === name)?.[when]?.getTime() ?? Number.NaN;
/** What was done, without the payloads. */
const done = (): readonly string[] => plane.machinery.calls.map((call) => call.split(" {")[0] ?? call);

async function regionDies(): Promise<void> {
  await plane.machinery.stopInstance("i-use1a");
  await plane.machinery.stopInstance("i-use1b");
  plane.machinery.calls.length = 0;
}

const failover = [
  "setFlow us-east-1 closed",
  "fenceInstance i-use1a",
  "fenceInstance i-use1b",
  "setDesiredCount eu-west-1 2",
  "promote payments-euw1",
  "setRoutingControls us-east-1=Off eu-west-1=On",
  "invoke payments-reconcile",
  "setFlow eu-west-1 open",
  "invoke payments-verify",
];

test("failover: closed, fenced, promoted, routed, reconciled, and only then opened and verified", async () => {
  await regionDies();
  plane.machinery.tookMs = 60;
  const ended = await press("regional-failover");
  assert.equal(ended.AutomationExecutionStatus, "Success", ended.FailureMessage);
  assert.deepEqual(done(), failover);
  assert.ok(
    plane.machinery.calls.includes(
      'invoke payments-reconcile {"region":"eu-west-1","failedRegion":"us-east-1","database":"payments-euw1"}',
    ),
  );
  assert.deepEqual(ended.Outputs?.["Reconcile.Payload"], [JSON.stringify(books)]);
  assert.ok(
    stepTime(ended, "WaitPromoted", "ExecutionEndTime") >=
      stepTime(ended, "PromoteSecondary", "ExecutionStartTime") + 50,
    "the wait is for the promotion itself",
  );
  assert.ok(
    stepTime(ended, "WaitPromoted", "ExecutionEndTime") <= stepTime(ended, "RouteTraffic", "ExecutionStartTime"),
  );
  assert.ok(stepTime(ended, "WaitScaled", "ExecutionEndTime") <= stepTime(ended, "OpenFlow", "ExecutionStartTime"));
  assert.ok(stepTime(ended, "OpenFlow", "ExecutionEndTime") <= stepTime(ended, "Verify", "ExecutionStartTime"));
});

test("failover goes past a failed Region that cannot be closed, fenced or scaled for; the last makes it Failed, the others do not", async () => {
  await regionDies();
  plane.machinery.failures.set("setFlow", "out of reach").set("fenceInstance", "out of reach");
  const ended = await press("regional-failover");
  assert.equal(ended.AutomationExecutionStatus, "Success", ended.FailureMessage);
  assert.deepEqual(statuses(ended).slice(0, 3), ["CloseFlow Failed", "FencePrimary Failed", "FenceStandby Success"]);
  assert.equal(plane.machinery.flow("eu-west-1"), "open");
});

test("failover without enough tasks opens all the same, and is Failed", async () => {
  await regionDies();
  plane.machinery.failures.set("setDesiredCount", "no capacity");
  const ended = await press("regional-failover");
  assert.equal(ended.AutomationExecutionStatus, "Failed");
  assert.match(ended.FailureMessage ?? "", /WaitScaled failed: .*no capacity/);
  assert.equal(plane.machinery.flow("eu-west-1"), "open");
});

test("a promotion or a reconciliation that fails opens nothing; pressed again, it goes through", async () => {
  await regionDies();
  plane.machinery.failures.set("promote", "timeline is broken");
  const first = await press("regional-failover");
  assert.equal(first.AutomationExecutionStatus, "Failed");
  assert.match(first.FailureMessage ?? "", /WaitPromoted failed: .*timeline is broken/);
  assert.deepEqual([plane.machinery.routingControl("eu-west-1"), plane.machinery.flow("eu-west-1")], ["Off", "closed"]);

  plane.machinery.failures.set("invoke", "the books do not balance");
  const second = await press("regional-failover");
  assert.match(second.FailureMessage ?? "", /Reconcile failed: .*the books do not balance/);
  assert.equal(plane.machinery.flow("eu-west-1"), "closed");

  const third = await press("regional-failover");
  assert.equal(third.AutomationExecutionStatus, "Success", third.FailureMessage);
  assert.ok(statuses(third).includes("CheckReplica Failed"), "it is no replica any more");
  assert.equal(plane.machinery.calls.filter((call) => call.startsWith("promote")).length, 2);
});

test("books that do not balance, or of which nothing is known, are opened by people or not at all", async () => {
  await regionDies();
  plane.machinery.answers.set("payments-reconcile", { ...books, balanceMismatches: 1 });
  const id = await begin("regional-failover");
  const waiting = await automationWhen(plane, id, ["Waiting"]);
  assert.equal(waiting.CurrentStepName, "AskPeople");
  assert.equal(plane.machinery.flow("eu-west-1"), "closed");
  await plane.ssm.send(new SendAutomationSignalCommand({ AutomationExecutionId: id, SignalType: "Resume" }));
  assert.equal((await automationEnd(plane, id)).AutomationExecutionStatus, "Success");
  assert.equal(plane.machinery.flow("eu-west-1"), "open");
  plane.machinery.answers.set("payments-reconcile", {});
  const unknown = await begin("regional-failover");
  assert.equal((await automationWhen(plane, unknown, ["Waiting"])).CurrentStepName, "AskPeople");
});

test("a verification that answers ok: false is a failed step and a failed automation", async () => {
  await regionDies();
  plane.machinery.answers.set("payments-verify", { ok: false, reason: "the payment was answered with 503" });
  const ended = await press("regional-failover");
  assert.equal(ended.AutomationExecutionStatus, "Failed");
  assert.ok(statuses(ended).includes("Verify Failed"));
  assert.match(ended.FailureMessage ?? "", /answered with 503/);
});

const rebuilt = [
  "fenceInstance i-use1a",
  "startInstance i-use1a",
  "invoke payments-salvage",
  "createReplica payments-use1a payments-euw1",
  "createReplica payments-use1b payments-euw1",
  "setDesiredCount us-east-1 2",
];

async function failedOver(): Promise<void> {
  await regionDies();
  const ended = await press("regional-failover");
  assert.equal(ended.AutomationExecutionStatus, "Success", ended.FailureMessage);
  plane.machinery.calls.length = 0;
}

test("failback: salvaged from the fenced primary before it is rebuilt; without SwitchBack the other Region goes on leading", async () => {
  await failedOver();
  plane.machinery.answers.set("payments-salvage", { replayed: 4, conflicts: ["p-9"] });
  const ended = await press("regional-failback");
  assert.equal(ended.AutomationExecutionStatus, "Success", ended.FailureMessage);
  assert.deepEqual(done(), rebuilt);
  assert.deepEqual(ended.Outputs?.["Salvage.Payload"], ['{"replayed":4,"conflicts":["p-9"]}']);
  assert.deepEqual([plane.machinery.flow("us-east-1"), plane.machinery.flow("eu-west-1")], ["closed", "open"]);
});

test("failback with SwitchBack: closed, switched, routed in one call, opened, verified, warm again; not twice", async () => {
  await failedOver();
  const ended = await press("regional-failback", { SwitchBack: ["true"] });
  assert.equal(ended.AutomationExecutionStatus, "Success", ended.FailureMessage);
  assert.deepEqual(done(), [
    ...rebuilt,
    "setFlow eu-west-1 closed",
    "switchover payments-use1a",
    "setRoutingControls eu-west-1=Off us-east-1=On",
    "setFlow us-east-1 open",
    "invoke payments-verify",
    "setDesiredCount eu-west-1 1",
  ]);
  plane.machinery.calls.length = 0;
  const again = await press("regional-failback");
  assert.match(again.FailureMessage ?? "", /CheckServing failed/);
  assert.deepEqual(done(), [], "the writer of the customers is not fenced");
});

test("a salvage that fails leaves the old volume alone; a switch back that fails or is cancelled opens the flow again", async () => {
  await failedOver();
  plane.machinery.failures.set("invoke", "the old volume does not mount");
  const unsalvaged = await press("regional-failback");
  assert.match(unsalvaged.FailureMessage ?? "", /Salvage failed/);
  assert.equal(
    done().some((call) => call.startsWith("createReplica")),
    false,
  );

  plane.machinery.failures.set("switchover", "the replica lags");
  const failed = await press("regional-failback", { SwitchBack: ["true"] });
  assert.equal(failed.AutomationExecutionStatus, "Failed");
  assert.match(failed.FailureMessage ?? "", /WaitSwitchedBack failed: .*the replica lags/);
  assert.deepEqual([plane.machinery.flow("us-east-1"), plane.machinery.flow("eu-west-1")], ["closed", "open"]);

  plane.machinery.tookMs = 100;
  const id = await begin("regional-failback", { SwitchBack: ["true"] });
  const atTheSwitch = async (): Promise<AutomationExecution> => automationWhen(plane, id, ["InProgress"]);
  while ((await atTheSwitch()).CurrentStepName !== "WaitSwitchedBack")
    await new Promise((resolve) => setTimeout(resolve, 10));
  await plane.ssm.send(new StopAutomationExecutionCommand({ AutomationExecutionId: id, Type: "Cancel" }));
  assert.equal((await automationEnd(plane, id)).AutomationExecutionStatus, "Cancelled");
  assert.equal(plane.machinery.flow("eu-west-1"), "open");
});
