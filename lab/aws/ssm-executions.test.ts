/** The API around an automation: parameters, idempotency, lists, limits, and what the lab cannot do. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import {
  DescribeAutomationExecutionsCommand,
  DescribeAutomationStepExecutionsCommand,
  GetAutomationExecutionCommand,
  StartAutomationExecutionCommand,
  type AutomationExecutionFilter,
} from "@aws-sdk/client-ssm";
import { document, put, run, wrong } from "./test-automation.ts";
import { automationEnd, startTestPlane, type TestPlane } from "./test-plane.ts";

let plane: TestPlane;
beforeEach(async () => {
  plane = await startTestPlane();
});
afterEach(() => plane[Symbol.asyncDispose]());

test("what the lab cannot do fails with its name, and the rest of the API's errors are typed", async () => {
  const script = await run(plane, [{ name: "A", action: "aws:executeScript", inputs: { Runtime: "python3.11" } }]);
  assert.match(script.FailureMessage ?? "", /no local driver for aws:executeScript/);
  const api = await run(plane, [
    { name: "A", action: "aws:executeAwsApi", inputs: { Service: "rds", Api: "FailoverGlobalCluster" } },
  ]);
  assert.match(
    api.FailureMessage ?? "",
    /no local driver for rds:FailoverGlobalCluster; it has rds:DescribeDBInstances/,
  );
  const ignored = await run(plane, [
    {
      name: "A",
      action: "aws:executeAwsApi",
      inputs: { Service: "rds", Api: "PromoteReadReplica", DBInstanceIdentifier: "payments-euw1", Fast: true },
    },
  ]);
  assert.match(ignored.FailureMessage ?? "", /does not know the parameter Fast/);
  const nobody = { AutomationExecutionId: randomUUID() };
  await assert.rejects(plane.ssm.send(new GetAutomationExecutionCommand(nobody)), {
    name: "AutomationExecutionNotFoundException",
  });
  const wire = await plane.wire("POST", "/", {}, { "x-amz-target": "AmazonSSM.DescribeInstanceInformation" });
  assert.deepEqual([wire.status, wire.body["__type"]], [400, "UnknownOperationException"]);
});

test("parameters are checked, ClientToken is idempotent, and lists find the execution by name, status, tag and step", async () => {
  const DocumentName = await document(plane, [put("A"), wrong("B", { onFailure: "Continue" })], {
    parameters: {
      Need: { type: "String", allowedPattern: "^[a-z]+$" },
      Pick: { type: "String", allowedValues: ["x", "y"], default: "x" },
    },
  });
  const begin = (Parameters: Record<string, string[]>, more: object = {}) =>
    plane.ssm.send(new StartAutomationExecutionCommand({ DocumentName, Parameters, ...more }));
  const invalid = "InvalidAutomationExecutionParametersException";
  await assert.rejects(begin({}), { name: invalid, message: /Need is required/ });
  await assert.rejects(begin({ Need: ["a"], Extra: ["b"] }), { name: invalid, message: /no parameter Extra/ });
  await assert.rejects(begin({ Need: ["A"] }), { name: invalid, message: /does not match/ });
  await assert.rejects(begin({ Need: ["a"], Pick: ["z"] }), { name: invalid, message: /not one of x, y/ });
  await assert.rejects(begin({ Need: ["a"] }, { TargetLocations: [{ Regions: ["eu-west-1"] }] }), { name: invalid });
  await assert.rejects(begin({ Need: ["a"] }, { ClientToken: "short" }), { name: invalid });

  const ClientToken = randomUUID();
  const first = await begin({ Need: ["a"] }, { ClientToken, Tags: [{ Key: "run", Value: "r1" }] });
  const again = await begin(
    { Need: ["a"] },
    { ClientToken: ClientToken.toUpperCase(), Tags: [{ Key: "run", Value: "r1" }] },
  );
  assert.equal(again.AutomationExecutionId, first.AutomationExecutionId);
  await assert.rejects(begin({ Need: ["b"] }, { ClientToken }), { name: "IdempotentParameterMismatch" });

  const ended = await automationEnd(plane, first.AutomationExecutionId);
  assert.deepEqual(ended.ProgressCounters, {
    TotalSteps: 2,
    SuccessSteps: 1,
    FailedSteps: 1,
    CancelledSteps: 0,
    TimedOutSteps: 0,
  });
  const Filters: AutomationExecutionFilter[] = [
    { Key: "DocumentNamePrefix", Values: [DocumentName] },
    { Key: "ExecutionStatus", Values: ["Failed", "Success"] },
    { Key: "TagKey", Values: ["run"] },
  ];
  const listed = await plane.ssm.send(new DescribeAutomationExecutionsCommand({ Filters }));
  assert.deepEqual(
    listed.AutomationExecutionMetadataList?.map((item) => item.AutomationExecutionId),
    [first.AutomationExecutionId],
  );
  const { StepExecutions: failed } = await plane.ssm.send(
    new DescribeAutomationStepExecutionsCommand({
      AutomationExecutionId: first.AutomationExecutionId ?? "",
      Filters: [{ Key: "StepExecutionStatus", Values: ["Failed"] }],
    }),
  );
  assert.deepEqual(
    failed?.map((item) => item.StepName),
    ["B"],
  );
});

test("with enforceRates the second start in a second is throttled", async () => {
  await using strict = await startTestPlane({ enforceRates: true });
  const begin = () => strict.ssm.send(new StartAutomationExecutionCommand({ DocumentName: "none" }));
  await assert.rejects(begin(), { name: "AutomationDefinitionNotFoundException" });
  await assert.rejects(begin(), { name: "ThrottlingException" });
});
