/** For the tests: small documents made, started and waited for. */
import { randomUUID } from "node:crypto";
import { CreateDocumentCommand, StartAutomationExecutionCommand, type AutomationExecution } from "@aws-sdk/client-ssm";
import { automationEnd, type TestPlane } from "./test-plane.ts";

export async function document(plane: TestPlane, mainSteps: readonly object[], more: object = {}): Promise<string> {
  const DocumentName = `doc-${randomUUID()}`;
  const Content = JSON.stringify({ schemaVersion: "0.3", mainSteps, ...more });
  await plane.ssm.send(new CreateDocumentCommand({ Name: DocumentName, Content, DocumentType: "Automation" }));
  return DocumentName;
}

export async function start(
  plane: TestPlane,
  mainSteps: readonly object[],
  more: object = {},
  Parameters: Record<string, string[]> = {},
): Promise<string> {
  const DocumentName = await document(plane, mainSteps, more);
  const started = await plane.ssm.send(new StartAutomationExecutionCommand({ DocumentName, Parameters }));
  return started.AutomationExecutionId ?? "";
}

export async function run(...args: Parameters<typeof start>): Promise<AutomationExecution> {
  return automationEnd(args[0], await start(...args));
}

/** E.g. ["CloseFlow Success", "Verify Pending"]. */
export const statuses = (execution: AutomationExecution): readonly string[] =>
  (execution.StepExecutions ?? []).map((step) => `${step.StepName} ${step.StepStatus}`);

export const flow = (value: string): object => ({
  Service: "ssm",
  Api: "PutParameter",
  Name: "/payments/eu-west-1/flow",
  Value: value,
  Overwrite: true,
});
/** A step that succeeds. */
export const put = (name: string, more: object = {}): object => ({
  name,
  action: "aws:executeAwsApi",
  inputs: flow("open"),
  ...more,
});
/** A step that fails. */
export const wrong = (name: string, more: object = {}): object => ({
  name,
  action: "aws:executeAwsApi",
  inputs: flow("ajar"),
  ...more,
});
