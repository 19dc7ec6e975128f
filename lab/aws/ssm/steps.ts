/** What each step action does. A step resolves with its response or throws; being cut short by the signal is told by the engine, not here. */
import type { LocalApis } from "../apis/local-apis.ts";
import { pause } from "../deadline.ts";
import { isoDurationMs } from "../iso-duration.ts";
import { isObject, type JsonObject } from "../wire.ts";
import { holds } from "./choices.ts";
import type { SignalType } from "./execution-state.ts";
import { select } from "./json-path.ts";
import { asText } from "./references.ts";

export interface StepContext {
  /** References are substituted already. */
  readonly inputs: JsonObject;
  readonly isEnd: boolean;
  readonly signal: AbortSignal;
  readonly region: string;
  readonly apis: LocalApis;
  readonly pollMs: number;
  /** Resolves with the next signal of these types; the automation is Waiting meanwhile. */
  readonly awaitSignal: (
    types: readonly SignalType[],
  ) => Promise<{ readonly type: SignalType; readonly comment: string }>;
}

export interface StepResult {
  /** What the step's selectors look into. */
  readonly response: unknown;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Set by aws:branch only; null ends the automation. */
  readonly nextStep?: string | null;
}

type StepAction = (context: StepContext) => Promise<StepResult>;

const result = (response: unknown = {}, outputs: Readonly<Record<string, unknown>> = {}): StepResult => ({
  response,
  outputs,
});

const actions: Readonly<Record<string, StepAction>> = {
  "aws:executeAwsApi": async (context) => {
    const response = await callApi(context);
    return result(response);
  },
  "aws:waitForAwsResourceProperty": waitForProperty,
  "aws:assertAwsResourceProperty": async (context) => {
    const { found, desired, selector } = await property(context);
    if (desired.includes(found)) return result();
    throw new Error(`${selector} is ${found}, not ${desired.join(" or ")}`);
  },
  "aws:branch": async ({ inputs, isEnd }) => {
    const choices = Array.isArray(inputs["Choices"]) ? inputs["Choices"].filter(isObject) : [];
    const chosen = choices.find(({ NextStep: _next, ...condition }) => holds(condition));
    const next = chosen?.["NextStep"] ?? inputs["Default"];
    if (typeof next === "string") return { ...result(), nextStep: next };
    if (isEnd) return { ...result(), nextStep: null };
    throw new Error("no choice matches and there is no Default");
  },
  "aws:sleep": async ({ inputs, signal }) => {
    await pause(sleepMs(inputs), signal);
    return result();
  },
  "aws:pause": async ({ awaitSignal }) => {
    await awaitSignal(["Resume"]);
    return result();
  },
  "aws:approve": approve,
  "aws:invokeLambdaFunction": invokeFunction,
};

export function runAction(action: string, context: StepContext): Promise<StepResult> {
  const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (run === undefined) return Promise.reject(new Error(`no local driver for ${action}`));
  return run(context);
}

function callApi({ inputs, apis, region }: StepContext): Promise<JsonObject> {
  const { Service: service, Api: api, PropertySelector: _selector, DesiredValues: _desired, ...parameters } = inputs;
  return apis.call({ service: asText(service), api: asText(api) }, parameters, region);
}

async function property(
  context: StepContext,
): Promise<{ found: string; desired: readonly string[]; selector: string; response: JsonObject }> {
  const selector = asText(context.inputs["PropertySelector"]);
  const desired = Array.isArray(context.inputs["DesiredValues"]) ? context.inputs["DesiredValues"].map(asText) : [];
  const response = await callApi(context);
  const value = select(selector, response);
  return { found: value === undefined ? "not there" : asText(value), desired, selector, response };
}

/**
 * Polls far faster than AWS, whose waiter takes seconds between looks: the lab's databases are promoted in tenths of a second, and the
 * wait would be what is measured. Unlike AWS it gives up at once when the resource says that it has failed for good.
 */
async function waitForProperty(context: StepContext): Promise<StepResult> {
  while (!context.signal.aborted) {
    const { found, desired, selector, response } = await property(context);
    if (desired.includes(found)) return result();
    const failure = terminalFailure(response);
    if (failure !== null)
      throw new Error(`${selector} is ${found} and will not become ${desired.join(" or ")}: ${failure}`);
    await pause(context.pollMs, context.signal);
  }
  return result();
}

/** Where RDS, EC2 and ECS say why something that was under way has ended badly. */
function terminalFailure(response: JsonObject): string | null {
  if (select("$.DBInstances[0].DBInstanceStatus", response) === "failed") {
    const infos = select("$.DBInstances[0].StatusInfos[*].Message", response);
    return Array.isArray(infos) && infos.length > 0 ? infos.map(asText).join("; ") : "its status is failed";
  }
  const instance = select("$.Reservations[0].Instances[0].StateReason", response);
  if (isObject(instance) && asText(instance["Code"]).startsWith("Server.")) return asText(instance["Message"]);
  if (select("$.services[0].deployments[0].rolloutState", response) === "FAILED") {
    return asText(select("$.services[0].deployments[0].rolloutStateReason", response) ?? "its deployment has failed");
  }
  return null;
}

function sleepMs(inputs: JsonObject): number {
  const { Duration: duration, Timestamp: timestamp } = inputs;
  if (timestamp !== undefined) {
    const at = Date.parse(asText(timestamp));
    if (Number.isNaN(at)) throw new Error(`Timestamp "${asText(timestamp)}" is not an ISO-8601 date and time`);
    return Math.max(0, at - Date.now());
  }
  const ms = isoDurationMs(asText(duration));
  if (ms === null) throw new Error(`Duration "${asText(duration)}" is not an ISO-8601 duration such as "PT10S"`);
  return ms;
}

/** The lab has no identities: each Approve counts as one approver's. */
async function approve({ inputs, awaitSignal }: StepContext): Promise<StepResult> {
  const needed = Number(inputs["MinRequiredApprovals"] ?? 1);
  const decisions: string[] = [];
  while (decisions.length < needed) {
    const signal = await awaitSignal(["Approve", "Reject"]);
    if (signal.type === "Reject") throw new Error(`the approval was rejected: ${signal.comment || "no comment"}`);
    decisions.push(JSON.stringify({ decision: "Approve", comment: signal.comment }));
  }
  const outputs = { ApprovalStatus: "Approved", ApproverDecisions: decisions };
  return result(outputs, outputs);
}

async function invokeFunction({ inputs, apis, region }: StepContext): Promise<StepResult> {
  const { FunctionName: name, InputPayload: input, Payload: payload, InvocationType: type } = inputs;
  const body = input ?? payload;
  const response = await apis.call(
    { service: "lambda", api: "Invoke" },
    {
      FunctionName: name,
      ...(body === undefined ? {} : { Payload: body }),
      ...(type === undefined ? {} : { InvocationType: type }),
    },
    region,
  );
  const text = asText(response["Payload"]);
  if (response["FunctionError"] !== undefined) throw new Error(`the function ${asText(name)} failed: ${text}`);
  const parsed: unknown = JSON.parse(text);
  return result({ ...response, Payload: parsed }, { StatusCode: asText(response["StatusCode"]), Payload: text });
}
