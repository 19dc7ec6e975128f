/** For the tests: a control plane over the recording machinery, with the real AWS clients aimed at it. */
import {
  FisClient,
  GetExperimentCommand,
  type CreateExperimentTemplateCommandInput,
  type Experiment,
} from "@aws-sdk/client-fis";
import { GetAutomationExecutionCommand, SSMClient, type AutomationExecution } from "@aws-sdk/client-ssm";
import { setTimeout as sleep } from "node:timers/promises";
import { recordingMachinery, type RecordingMachinery } from "./recording-machinery.ts";
import { startControlPlane, type ControlPlaneOptions } from "./server.ts";

export interface TestPlane extends AsyncDisposable {
  readonly url: string;
  readonly machinery: RecordingMachinery;
  readonly fis: FisClient;
  readonly ssm: SSMClient;
  /** A request without the SDK, for what it would not send. */
  wire(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Wire>;
}

export interface Wire {
  readonly status: number;
  readonly errorType: string | null;
  readonly body: Record<string, unknown>;
}

export async function startTestPlane(options: Partial<ControlPlaneOptions> = {}): Promise<TestPlane> {
  const machinery = recordingMachinery();
  const plane = await startControlPlane({ machinery, host: "127.0.0.1", port: 0, pollMs: 20, ...options });
  const client = {
    region: "us-east-1",
    endpoint: plane.url,
    credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
    maxAttempts: 1,
  };
  const fis = new FisClient(client);
  const ssm = new SSMClient(client);
  return {
    url: plane.url,
    machinery,
    fis,
    ssm,
    async wire(method, path, body, headers = {}) {
      const response = await fetch(plane.url + path, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      return {
        status: response.status,
        errorType: response.headers.get("x-amzn-errortype"),
        body: (await response.json()) as Record<string, unknown>,
      };
    },
    async [Symbol.asyncDispose]() {
      fis.destroy();
      ssm.destroy();
      await plane[Symbol.asyncDispose]();
    },
  };
}

const settleWithinMs = 10_000;

async function until<Value>(what: string, look: () => Promise<Value>, done: (value: Value) => boolean): Promise<Value> {
  const giveUpAt = Date.now() + settleWithinMs;
  for (;;) {
    const value = await look();
    if (done(value)) return value;
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within ${settleWithinMs} ms: ${JSON.stringify(value)}`);
    await sleep(20);
  }
}

const ended = ["completed", "stopped", "failed", "cancelled"];

export function experimentWhen(
  plane: TestPlane,
  id: string | undefined,
  wanted: (experiment: Experiment) => boolean,
): Promise<Experiment> {
  return until(
    `experiment ${id ?? ""}`,
    async () => (await plane.fis.send(new GetExperimentCommand({ id }))).experiment ?? {},
    wanted,
  );
}

export const experimentEnd = (plane: TestPlane, id: string | undefined): Promise<Experiment> =>
  experimentWhen(plane, id, (experiment) => ended.includes(experiment.state?.status ?? ""));

export function automationWhen(
  plane: TestPlane,
  id: string | undefined,
  statuses: readonly string[],
): Promise<AutomationExecution> {
  return until(
    `automation ${id ?? ""}`,
    async () =>
      (await plane.ssm.send(new GetAutomationExecutionCommand({ AutomationExecutionId: id }))).AutomationExecution ??
      {},
    (execution) => statuses.includes(execution.AutomationExecutionStatus ?? ""),
  );
}

export const automationEnd = (plane: TestPlane, id: string | undefined): Promise<AutomationExecution> =>
  automationWhen(plane, id, ["Success", "Failed", "TimedOut", "Cancelled"]);

export const roleArn = "arn:aws:iam::000000000000:role/fis";
/** A template that waits a second, with what a test wants otherwise. */
export const waiting = (
  more: Partial<CreateExperimentTemplateCommandInput> = {},
): CreateExperimentTemplateCommandInput => ({
  description: "waits",
  roleArn,
  stopConditions: [{ source: "none" }],
  targets: {},
  actions: { wait: { actionId: "aws:fis:wait", parameters: { duration: "PT1S" } } },
  ...more,
  clientToken: more.clientToken ?? crypto.randomUUID(),
});
