/** Automation documents: versions, formats, and what is refused with a sentence that names the step. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  DocumentAlreadyExists,
  DuplicateDocumentContent,
  GetDocumentCommand,
  GetParameterCommand,
  InvalidDocument,
  InvalidDocumentContent,
  InvalidDocumentVersion,
  ListDocumentsCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  StartAutomationExecutionCommand,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from "@aws-sdk/client-ssm";
import { automationEnd, startTestPlane, type TestPlane } from "./test-plane.ts";

let plane: TestPlane;
before(async () => {
  plane = await startTestPlane();
});
after(() => plane[Symbol.asyncDispose]());

const sleepy = (seconds: number) => `
schemaVersion: "0.3"
description: sleeps
parameters:
  Note: {type: String, default: none}
mainSteps:
  - name: Sleep
    action: aws:sleep
    inputs: {Duration: PT${seconds}S}
`;
const create = (Name: string, Content: string) =>
  plane.ssm.send(
    new CreateDocumentCommand({
      Name,
      Content,
      DocumentType: "Automation",
      DocumentFormat: "YAML",
      Tags: [{ Key: "run", Value: "1" }],
    }),
  );

test("a document is created, gets a version, a default, is read in both formats, listed and deleted", async () => {
  const { DocumentDescription: created } = await create("versioned", sleepy(0));
  assert.deepEqual([created?.DocumentVersion, created?.SchemaVersion, created?.HashType], ["1", "0.3", "Sha256"]);
  assert.deepEqual(created?.Parameters, [{ Name: "Note", Type: "String", DefaultValue: "none" }]);
  assert.ok(Math.abs((created?.CreatedDate?.getTime() ?? 0) - Date.now()) < 60_000);
  await assert.rejects(create("versioned", sleepy(1)), DocumentAlreadyExists);
  const update = { Name: "versioned", Content: sleepy(1), DocumentFormat: "YAML", DocumentVersion: "$LATEST" } as const;
  await plane.ssm.send(new UpdateDocumentCommand(update));
  await assert.rejects(plane.ssm.send(new UpdateDocumentCommand(update)), DuplicateDocumentContent);
  await assert.rejects(
    plane.ssm.send(new UpdateDocumentCommand({ ...update, DocumentVersion: "7" })),
    InvalidDocumentVersion,
  );

  const still = await plane.ssm.send(new GetDocumentCommand({ Name: "versioned", DocumentFormat: "YAML" }));
  assert.equal(still.Content, sleepy(0), "the default version stays until it is changed");
  await plane.ssm.send(new UpdateDocumentDefaultVersionCommand({ Name: "versioned", DocumentVersion: "2" }));
  const json = await plane.ssm.send(new GetDocumentCommand({ Name: "versioned" }));
  assert.equal(
    (JSON.parse(json.Content ?? "") as { mainSteps: { inputs: unknown }[] }).mainSteps[0]?.inputs &&
      json.DocumentVersion,
    "2",
  );
  const { Document } = await plane.ssm.send(new DescribeDocumentCommand({ Name: "versioned" }));
  assert.deepEqual([Document?.LatestVersion, Document?.DefaultVersion, Document?.Status], ["2", "2", "Active"]);
  const list = await plane.ssm.send(new ListDocumentsCommand({ Filters: [{ Key: "tag:run", Values: ["1"] }] }));
  assert.ok(list.DocumentIdentifiers?.some(({ Name }) => Name === "versioned"));
  await plane.ssm.send(new DeleteDocumentCommand({ Name: "versioned" }));
  await assert.rejects(plane.ssm.send(new DescribeDocumentCommand({ Name: "versioned" })), InvalidDocument);
});

const step = (text: string): string =>
  `schemaVersion: "0.3"\nparameters:\n  Known: {type: String, default: x}\nmainSteps:\n${text}`;

const refused: readonly (readonly [what: string, content: string, says: RegExp])[] = [
  ["no YAML", "a: [", /not YAML/],
  [
    "an unknown action",
    step("  - {name: A, action: aws:sleeep, inputs: {}}"),
    /mainSteps\[0\] \(A\)\.action: there is no action aws:sleeep/,
  ],
  [
    "a nextStep that is not there",
    step("  - {name: A, action: aws:pause, nextStep: B, inputs: {}}"),
    /\(A\)\.nextStep: there is no step B/,
  ],
  [
    "an onFailure step that is not there",
    step("  - {name: A, action: aws:pause, onFailure: 'step:B', inputs: {}}"),
    /onFailure: there is no step B/,
  ],
  [
    "an onCancel that is nonsense",
    step("  - {name: A, action: aws:pause, onCancel: Continue, inputs: {}}"),
    /onCancel/,
  ],
  [
    "two steps of one name",
    step("  - {name: A, action: aws:pause, inputs: {}}\n  - {name: A, action: aws:pause, inputs: {}}"),
    /two steps named A/,
  ],
  ["a misspelt member", step("  - {name: A, action: aws:pause, timeoutSecond: 3, inputs: {}}"), /\(A\).*timeoutSecond/],
  [
    "an unknown parameter",
    step("  - {name: A, action: aws:sleep, inputs: {Duration: '{{ Unknown }}'}}"),
    /\{\{ Unknown \}\} is neither a parameter/,
  ],
  [
    "an output that no step has",
    step("  - {name: A, action: aws:sleep, inputs: {Duration: '{{ A.Length }}'}}"),
    /step A has no output Length/,
  ],
  [
    "an input that the action lacks",
    step("  - {name: A, action: aws:sleep, inputs: {Durations: PT1S}}"),
    /no input Durations/,
  ],
  ["a missing input", step("  - {name: A, action: aws:executeAwsApi, inputs: {Service: ssm}}"), /needs Api/],
  [
    "a selector that is no path",
    step(
      "  - {name: A, action: aws:executeAwsApi, inputs: {Service: ssm, Api: X}, outputs: [{Name: O, Selector: 'a b'}]}",
    ),
    /selector of O/,
  ],
  [
    "a branch to nowhere",
    step("  - {name: A, action: aws:branch, inputs: {Choices: [{NextStep: Z, Variable: a, StringEquals: a}]}}"),
    /no step Z/,
  ],
  [
    "a branch without an operator",
    step("  - {name: A, action: aws:branch, inputs: {Choices: [{NextStep: A, Variable: a, Equals: a}]}}"),
    /one operator/,
  ],
  [
    "a default of another type",
    'schemaVersion: "0.3"\nparameters: {N: {type: Integer, default: many}}\nmainSteps: [{name: A, action: aws:pause, inputs: {}}]',
    /parameters\.N: the default/,
  ],
  [
    "a document output that is not there",
    `${step("  - {name: A, action: aws:pause, inputs: {}}")}\noutputs: [B.X]`,
    /outputs: B\.X: there is no step B/,
  ],
  [
    "what the lab does not support",
    `${step("  - {name: A, action: aws:pause, inputs: {}}")}\nvariables: {v: {type: String}}`,
    /variables: the lab does not support/,
  ],
];

for (const [what, content, says] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(create("refused", content), (error) => {
      assert.ok(error instanceof InvalidDocumentContent, String(error));
      assert.match(error.message, says);
      return true;
    });
  });
}

test("another schema and another type are refused", async () => {
  await assert.rejects(create("refused", sleepy(0).replace('"0.3"', '"2.2"')), {
    name: "InvalidDocumentSchemaVersion",
  });
  const command = { Name: "refused", Content: sleepy(0), DocumentFormat: "YAML", DocumentType: "Command" } as const;
  await assert.rejects(plane.ssm.send(new CreateDocumentCommand(command)), /Automation only/);
});

test("Parameter Store: the flow parameters are the valves, others are kept", async () => {
  const flow = "/payments/eu-west-1/flow";
  assert.equal((await plane.ssm.send(new GetParameterCommand({ Name: flow }))).Parameter?.Value, "closed");
  const put = { Name: flow, Value: "open", Type: "String" } as const;
  await assert.rejects(plane.ssm.send(new PutParameterCommand(put)), ParameterAlreadyExists);
  assert.equal((await plane.ssm.send(new PutParameterCommand({ ...put, Overwrite: true }))).Version, 2);
  assert.ok(plane.machinery.calls.includes("setFlow eu-west-1 open"));
  // Whoever moves the valve otherwise is seen too.
  await plane.machinery.setFlow("eu-west-1", "closed");
  assert.equal((await plane.ssm.send(new GetParameterCommand({ Name: flow }))).Parameter?.Value, "closed");
  await assert.rejects(
    plane.ssm.send(new PutParameterCommand({ ...put, Value: "ajar", Overwrite: true })),
    /either open or closed/,
  );
  await assert.rejects(plane.ssm.send(new GetParameterCommand({ Name: "/none" })), ParameterNotFound);
  await plane.ssm.send(new PutParameterCommand({ Name: "/mine", Value: "v", Type: "String" }));
  assert.equal((await plane.ssm.send(new GetParameterCommand({ Name: "/mine" }))).Parameter?.Value, "v");
});

test("an automation runs the version that was asked for, the default otherwise", async () => {
  await create("chosen", sleepy(0));
  await plane.ssm.send(new UpdateDocumentCommand({ Name: "chosen", Content: sleepy(1), DocumentFormat: "YAML" }));
  const start = (DocumentVersion?: string) =>
    plane.ssm.send(
      new StartAutomationExecutionCommand({
        DocumentName: "chosen",
        ...(DocumentVersion === undefined ? {} : { DocumentVersion }),
      }),
    );
  const ran = await automationEnd(plane, (await start()).AutomationExecutionId);
  assert.equal(ran.DocumentVersion, "1");
  assert.equal(ran.StepExecutions?.[0]?.Inputs?.["Duration"], '"PT0S"');
  const latest = await automationEnd(plane, (await start("$LATEST")).AutomationExecutionId);
  assert.equal(latest.DocumentVersion, "2");
  await assert.rejects(start("9"), { name: "AutomationDefinitionVersionNotFoundException" });
  await assert.rejects(plane.ssm.send(new StartAutomationExecutionCommand({ DocumentName: "nowhere" })), {
    name: "AutomationDefinitionNotFoundException",
  });
});
