/** One automation's state as the API shows it, and the signals that reach it. */
import { randomUUID } from "node:crypto";
import { accountId, type JsonObject, epochSeconds } from "../wire.ts";
import type { AutomationDocument, AutomationStep } from "./document-shape.ts";
import type { Given } from "./parameters.ts";
import { actionShape } from "./actions.ts";

export type AutomationStatus =
  | "Pending"
  | "InProgress"
  | "Waiting"
  | "Success"
  | "TimedOut"
  | "Cancelling"
  | "Cancelled"
  | "Failed";
export type SignalType = "Approve" | "Reject" | "Resume";

export interface StepRun {
  readonly id: string;
  readonly step: AutomationStep;
  status: AutomationStatus;
  startMs: number | null;
  endMs: number | null;
  inputs: Readonly<Record<string, string>>;
  outputs: Readonly<Record<string, readonly string[]>>;
  responseCode: string | null;
  nextStep: string | null;
  failure: { readonly message: string; readonly stage: string; readonly type: string } | null;
}

export interface Execution {
  readonly id: string;
  readonly documentName: string;
  readonly documentVersion: string;
  readonly document: AutomationDocument;
  readonly region: string;
  readonly given: Given;
  readonly startMs: number;
  tags: Readonly<Record<string, string>>;
  status: AutomationStatus;
  endMs: number | null;
  failureMessage: string | null;
  /** In the order in which they ran. */
  readonly runs: StepRun[];
  current: StepRun | null;
  /** By "Step.Output". */
  readonly values: Map<string, unknown>;
  /** Complete lets the running step end; Cancel cuts it short. */
  stopType: "Complete" | "Cancel" | null;
  readonly cancelling: AbortController;
  /** Set while a step waits for a signal; takes it if it is one of those awaited. */
  takeSignal: ((signal: { readonly type: SignalType; readonly comment: string }) => boolean) | null;
}

export const isOver = ({ status }: Execution): boolean =>
  ["Success", "TimedOut", "Cancelled", "Failed"].includes(status);

export function newRun(step: AutomationStep): StepRun {
  return {
    id: randomUUID(),
    step,
    status: "Pending",
    startMs: null,
    endMs: null,
    inputs: {},
    outputs: {},
    responseCode: null,
    nextStep: null,
    failure: null,
  };
}

const time = (name: string, ms: number | null): JsonObject => (ms === null ? {} : { [name]: epochSeconds(ms) });

export function describeStep(run: StepRun): JsonObject {
  const { step, failure } = run;
  return {
    StepName: step.name,
    Action: step.action,
    TimeoutSeconds: step.timeoutSeconds ?? actionShape(step.action)?.timeoutSeconds ?? 3600,
    OnFailure: step.onFailure,
    MaxAttempts: step.maxAttempts,
    ...time("ExecutionStartTime", run.startMs),
    ...time("ExecutionEndTime", run.endMs),
    StepStatus: run.status,
    ...(run.responseCode === null ? {} : { ResponseCode: run.responseCode }),
    Inputs: run.inputs,
    Outputs: run.outputs,
    ...(failure === null
      ? {}
      : {
          FailureMessage: failure.message,
          FailureDetails: { FailureStage: failure.stage, FailureType: failure.type },
        }),
    StepExecutionId: run.id,
    OverriddenParameters: {},
    IsEnd: step.isEnd,
    IsCritical: isCritical(step),
    ...(run.nextStep === null ? {} : { NextStep: run.nextStep }),
  };
}

/** A step whose failure is to be gone past does not fail the automation, unless it says so itself. */
export const isCritical = (step: AutomationStep): boolean => step.isCritical ?? step.onFailure !== "Continue";

/** Those that ran, then those that have not, as AWS lists them. */
export function allSteps(execution: Execution): readonly StepRun[] {
  const ran = new Set(execution.runs.map((run) => run.step.name));
  return [...execution.runs, ...execution.document.mainSteps.filter((step) => !ran.has(step.name)).map(newRun)];
}

const unavailable = ["No output available yet because the step is not successfully executed"];

function outputsOf(execution: Execution): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    execution.document.outputs.map((name) => {
      const [stepName = "", output = ""] = name.split(".");
      const run = execution.runs.findLast(
        (candidate) => candidate.step.name === stepName && candidate.status === "Success",
      );
      return [name, run?.outputs[output] ?? unavailable];
    }),
  );
}

export function summarizeExecution(execution: Execution): JsonObject {
  return {
    AutomationExecutionId: execution.id,
    DocumentName: execution.documentName,
    DocumentVersion: execution.documentVersion,
    AutomationExecutionStatus: execution.status,
    ExecutionStartTime: epochSeconds(execution.startMs),
    ...time("ExecutionEndTime", execution.endMs),
    ExecutedBy: `arn:aws:iam::${accountId}:root`,
    Mode: "Auto",
    Outputs: outputsOf(execution),
    ...(execution.current === null
      ? {}
      : { CurrentStepName: execution.current.step.name, CurrentAction: execution.current.step.action }),
    ...(execution.failureMessage === null ? {} : { FailureMessage: execution.failureMessage }),
    Targets: [],
    ResolvedTargets: { ParameterValues: [], Truncated: false },
  };
}

export function describeExecution(execution: Execution): JsonObject {
  const steps = allSteps(execution);
  const counted = (status: AutomationStatus): number => steps.filter((run) => run.status === status).length;
  return {
    ...summarizeExecution(execution),
    StepExecutions: steps.map(describeStep),
    StepExecutionsTruncated: false,
    Parameters: execution.given.shown,
    ProgressCounters: {
      TotalSteps: steps.length,
      SuccessSteps: counted("Success"),
      FailedSteps: counted("Failed"),
      CancelledSteps: counted("Cancelled"),
      TimedOutSteps: counted("TimedOut"),
    },
  };
}
