/** What an experiment and its actions are at a moment, and the few ways in which that changes; every change goes into the truth log. */
import type { Machinery, Resource } from "../../machinery.ts";
import { messageOf } from "../deadline.ts";
import { ExperimentFailure } from "./targets.ts";
import type { TemplateBody } from "./template-rules.ts";

export type ExperimentStatus =
  | "pending"
  | "initiating"
  | "running"
  | "completed"
  | "stopping"
  | "stopped"
  | "failed"
  | "cancelled";

export interface ActionState {
  status: ExperimentStatus | "skipped";
  reason: string;
  startMs: number | null;
  endMs: number | null;
}

/** Why an experiment is to end before its actions do. The first halt wins. */
export type Halt =
  | { readonly kind: "stopped"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string; readonly code: string; readonly location: string };

export interface Experiment {
  readonly id: string;
  readonly arn: string;
  readonly templateId: string;
  readonly template: TemplateBody;
  readonly actionsMode: "run-all" | "skip-all";
  readonly creationMs: number;
  tags: Readonly<Record<string, string>>;
  state: { status: ExperimentStatus; reason: string; error: { code: string; location: string } | null };
  readonly actions: ReadonlyMap<string, ActionState>;
  resolved: ReadonlyMap<string, readonly Resource[]>;
  startMs: number | null;
  endMs: number | null;
  halt: Halt | null;
  readonly halting: AbortController;
}

export const isOver = (experiment: Experiment): boolean =>
  ["completed", "stopped", "failed", "cancelled"].includes(experiment.state.status);

/** Asks the experiment to end; it reaches its last state when everything is undone. Without effect when it is over or ending already. */
export function haltExperiment(experiment: Experiment, halt: Halt, machinery: Machinery): void {
  if (isOver(experiment) || experiment.halt !== null) return;
  experiment.halt = halt;
  setState(experiment, "stopping", halt.reason, machinery);
  experiment.halting.abort();
}

export function failureOf(error: unknown, location: string): Extract<Halt, { kind: "failed" }> {
  if (error instanceof ExperimentFailure) {
    return { kind: "failed", reason: error.message, code: error.code, location: error.location };
  }
  return { kind: "failed", reason: messageOf(error), code: "DependentServiceFailure", location };
}

const reasonCharactersMax = 512;

export function setState(experiment: Experiment, status: ExperimentStatus, reason: string, machinery: Machinery): void {
  experiment.state = { ...experiment.state, status, reason: reason.slice(0, reasonCharactersMax) };
  machinery.record("fis.experiment", { id: experiment.id, status, reason });
}

export function setAction(
  experiment: Experiment,
  name: string,
  status: ActionState["status"],
  reason: string,
  machinery: Machinery,
): void {
  const action = experiment.actions.get(name);
  if (action === undefined) return;
  if (status === "initiating") action.startMs = Date.now();
  // An action that never began (skipped, cancelled) has no end either.
  if (["completed", "stopped", "failed"].includes(status)) action.endMs = Date.now();
  action.status = status;
  action.reason = reason.slice(0, reasonCharactersMax);
  machinery.record("fis.action", { experiment: experiment.id, action: name, status, reason });
}
