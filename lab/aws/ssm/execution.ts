/**
 * Runs one automation: step after step, with attempts, timeouts, onFailure, onCancel and outputs as Automation has them. A step that times
 * out or is cancelled is given up, but a call that it made goes on: AWS cannot call one back either.
 */
import type { Machinery } from "../../machinery.ts";
import type { LocalApis } from "../apis/local-apis.ts";
import { DeadlineError, messageOf, within } from "../deadline.ts";
import { accountId } from "../wire.ts";
import { actionShape } from "./actions.ts";
import type { AutomationStep } from "./document-shape.ts";
import {
  isCritical,
  newRun,
  type AutomationStatus,
  type Execution,
  type SignalType,
  type StepRun,
} from "./execution-state.ts";
import { select } from "./json-path.ts";
import { toTexts } from "./parameters.ts";
import { asText, substitute } from "./references.ts";
import { runAction, type StepResult } from "./steps.ts";

export interface ExecutionWorld {
  readonly machinery: Machinery;
  readonly apis: LocalApis;
  readonly pollMs: number;
  /** The lab is going down: nothing is cleaned up any more. */
  readonly closing: AbortSignal;
}

type Outcome =
  | { readonly kind: "success"; readonly result: StepResult }
  | { readonly kind: "failed" | "timed out"; readonly message: string; readonly stage: string }
  | { readonly kind: "cancelled" };

/** A document may jump back; this ends one that never stops. */
const stepsMax = 500;

export async function runExecution(execution: Execution, world: ExecutionWorld): Promise<void> {
  setStatus(execution, "InProgress", world);
  const { ended, cancelledAt } = await runFrom(execution, world, {
    first: execution.document.mainSteps[0]?.name ?? null,
    signal: execution.cancelling.signal,
  });
  const cleanUp = cancelledAt !== null && execution.stopType === "Cancel" && !world.closing.aborted;
  if (cleanUp && cancelledAt.onCancel.startsWith("step:")) {
    // Clean-up is not cancelled by what called for it.
    await runFrom(execution, world, {
      first: cancelledAt.onCancel.slice("step:".length),
      signal: new AbortController().signal,
    });
  }
  execution.current = null;
  execution.endMs = Date.now();
  setStatus(execution, cancelledAt !== null ? "Cancelled" : ended, world);
}

/** The first failure of a critical step decides the end, though later steps may succeed. */
async function runFrom(
  execution: Execution,
  world: ExecutionWorld,
  from: { readonly first: string | null; readonly signal: AbortSignal },
): Promise<{ readonly ended: AutomationStatus; readonly cancelledAt: AutomationStep | null }> {
  let ended: AutomationStatus = "Success";
  let name = from.first;
  const cut = { signal: from.signal, happened: aborted(from.signal) };
  for (let count = 0; name !== null; count += 1) {
    const step = execution.document.mainSteps.find((candidate) => candidate.name === name);
    if (step === undefined || count >= stepsMax) {
      execution.failureMessage ??= `The automation ended after ${stepsMax} steps.`;
      return { ended: "Failed", cancelledAt: null };
    }
    const run = newRun(step);
    execution.runs.push(run);
    execution.current = run;
    const outcome = await runStep(execution, run, world, cut);
    if (outcome.kind === "cancelled") return { ended: "Cancelled", cancelledAt: step };
    const failed = outcome.kind !== "success";
    if (failed && isCritical(step) && ended === "Success") {
      ended = outcome.kind === "timed out" ? "TimedOut" : "Failed";
      execution.failureMessage = `Step ${step.name} failed: ${outcome.message}`;
    }
    name = nextOf(execution, step, outcome);
    run.nextStep = name;
    // StopAutomationExecution with Complete: what ran is let end, what has not begun does not begin.
    if (name !== null && execution.stopType === "Complete") return { ended: "Cancelled", cancelledAt: null };
    if (failed && step.onFailure === "Abort") return { ended, cancelledAt: null };
  }
  return { ended, cancelledAt: null };
}

function nextOf(execution: Execution, step: AutomationStep, outcome: Outcome): string | null {
  if (outcome.kind === "success" && outcome.result.nextStep !== undefined) return outcome.result.nextStep;
  if (outcome.kind !== "success") {
    if (step.onFailure === "Abort") return null;
    if (step.onFailure.startsWith("step:")) return step.onFailure.slice("step:".length);
  }
  if (step.isEnd) return null;
  const { mainSteps } = execution.document;
  return step.nextStep ?? mainSteps[mainSteps.indexOf(step) + 1]?.name ?? null;
}

async function runStep(execution: Execution, run: StepRun, world: ExecutionWorld, cut: Cut): Promise<Outcome> {
  run.startMs = Date.now();
  setStep(execution, run, "InProgress", world);
  let outcome: Outcome = { kind: "cancelled" };
  for (let attempt = 1; attempt <= run.step.maxAttempts && !cut.signal.aborted; attempt += 1) {
    outcome = await attemptStep(execution, run, world, cut);
    if (outcome.kind === "success" || outcome.kind === "cancelled") break;
  }
  run.endMs = Date.now();
  const statuses = { success: "Success", failed: "Failed", "timed out": "TimedOut", cancelled: "Cancelled" } as const;
  if (outcome.kind === "failed" || outcome.kind === "timed out") {
    const type = outcome.kind === "timed out" ? "TimedOut" : "ActionFailed";
    run.failure = { message: outcome.message, stage: outcome.stage, type };
  }
  setStep(execution, run, statuses[outcome.kind], world);
  return outcome;
}

async function attemptStep(execution: Execution, run: StepRun, world: ExecutionWorld, cut: Cut): Promise<Outcome> {
  const { step } = run;
  let stage = "InputResolution";
  // Ends the step's own waits when it times out, which the execution's signal does not.
  const givenUp = new AbortController();
  const signal = AbortSignal.any([cut.signal, givenUp.signal]);
  try {
    // A branch may ask for an output that an earlier step did not come to have; nothing equals it then.
    const missing = step.action === "aws:branch" ? "" : undefined;
    const inputs = substitute(step.inputs, (name) => lookUp(execution, name) ?? missing) as Record<string, unknown>;
    run.inputs = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, JSON.stringify(value) ?? ""]));
    stage = "Invocation";
    const awaitSignal = (types: readonly SignalType[]) => takeSignal(execution, run, { types, world, signal });
    const context = {
      inputs,
      isEnd: step.isEnd,
      signal,
      region: execution.region,
      apis: world.apis,
      pollMs: world.pollMs,
      awaitSignal,
    };
    const timeoutMs = (step.timeoutSeconds ?? actionShape(step.action)?.timeoutSeconds ?? 3600) * 1000;
    const running = runAction(step.action, context);
    // A call that changes something is let end before the clean-up begins, or the clean-up could be overtaken by it.
    const work = step.action === "aws:executeAwsApi" ? running : Promise.race([running, cut.happened]);
    const result = await within(work, timeoutMs, `the step ${step.name}`);
    if (result === "cut" || cut.signal.aborted) return { kind: "cancelled" };
    stage = "OutputSelection";
    run.responseCode = "0";
    keepOutputs(execution, run, result);
    return { kind: "success", result };
  } catch (error) {
    if (cut.signal.aborted) return { kind: "cancelled" };
    return { kind: error instanceof DeadlineError ? "timed out" : "failed", message: messageOf(error), stage };
  } finally {
    givenUp.abort();
  }
}

/** Once for all steps, so that a long automation does not pile up listeners. */
interface Cut {
  readonly signal: AbortSignal;
  readonly happened: Promise<"cut">;
}

function aborted(signal: AbortSignal): Promise<"cut"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("cut");
    else signal.addEventListener("abort", () => resolve("cut"), { once: true });
  });
}

function keepOutputs(execution: Execution, run: StepRun, result: StepResult): void {
  const outputs: Record<string, unknown> = { ...result.outputs };
  for (const { Name: name, Selector: selector, Type: type } of run.step.outputs) {
    const found = select(selector, result.response);
    // As in AWS: what a selector does not find is no output, and only a later step that needs it fails.
    if (found !== undefined) outputs[name] = type === "String" ? asText(found) : found;
  }
  run.outputs = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, toTexts(value)]));
  for (const [name, value] of Object.entries(outputs)) execution.values.set(`${run.step.name}.${name}`, value);
}

function lookUp(execution: Execution, name: string): unknown {
  if (execution.given.values.has(name)) return execution.given.values.get(name);
  if (execution.values.has(name)) return execution.values.get(name);
  const now = new Date().toISOString();
  const globals = new Map([
    ["global:ACCOUNT_ID", accountId],
    ["global:DATE", now.slice(0, 10)],
    ["global:DATE_TIME", now.slice(0, 19).replace("T", "_").replaceAll(":", ".")],
    ["global:REGION", execution.region],
    ["automation:EXECUTION_ID", execution.id],
  ]);
  return globals.get(name);
}

function takeSignal(
  execution: Execution,
  run: StepRun,
  {
    types,
    world,
    signal,
  }: { readonly types: readonly SignalType[]; readonly world: ExecutionWorld; readonly signal: AbortSignal },
): Promise<{ readonly type: SignalType; readonly comment: string }> {
  setStep(execution, run, "Waiting", world);
  setStatus(execution, "Waiting", world);
  return new Promise((resolve) => {
    const done = (): void => {
      execution.takeSignal = null;
    };
    signal.addEventListener("abort", done, { once: true });
    execution.takeSignal = (received) => {
      if (!types.includes(received.type)) return false;
      done();
      setStep(execution, run, "InProgress", world);
      setStatus(execution, "InProgress", world);
      resolve(received);
      return true;
    };
  });
}

export function setStatus(
  execution: Execution,
  status: AutomationStatus,
  { machinery }: Pick<ExecutionWorld, "machinery">,
): void {
  execution.status = status;
  machinery.record("ssm.execution", {
    id: execution.id,
    document: execution.documentName,
    status,
    failure: execution.failureMessage,
  });
}

function setStep(execution: Execution, run: StepRun, status: AutomationStatus, { machinery }: ExecutionWorld): void {
  run.status = status;
  const failure = run.failure?.message ?? null;
  machinery.record("ssm.step", {
    execution: execution.id,
    step: run.step.name,
    action: run.step.action,
    status,
    failure,
  });
}
