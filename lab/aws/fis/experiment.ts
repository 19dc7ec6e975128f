/**
 * One experiment's life: pending → initiating → running → completed | stopping → stopped | failed. Actions run in parallel unless startAfter
 * says otherwise; durations really elapse; whatever ends the experiment, what it did is undone before it reaches its last state.
 */
import type { Machinery } from "../../machinery.ts";
import { messageOf, pause } from "../deadline.ts";
import { failureOf, haltExperiment, setAction, setState, type Experiment } from "./experiment-state.ts";
import type { LinkHolds } from "./link-holds.ts";
import { localAction, type LocalAction } from "./local-actions.ts";
import { watchStopConditions } from "./stop-conditions.ts";
import { resolveTargets } from "./targets.ts";
import type { TemplateAction } from "./template-schema.ts";

export interface ExperimentWorld {
  readonly machinery: Machinery;
  readonly holds: LinkHolds;
  readonly random: () => number;
  readonly alarmPollMs: number;
  /** The lab is going down: links are healed, but nothing is started any more. */
  readonly closing: AbortSignal;
}

export async function runExperiment(experiment: Experiment, world: ExperimentWorld): Promise<void> {
  const { machinery } = world;
  const owed: (() => Promise<void>)[] = [];
  try {
    setState(experiment, "initiating", "Experiment is initiating.", machinery);
    experiment.startMs = Date.now();
    experiment.resolved = resolveTargets(experiment.template.targets, {
      inventory: machinery.inventory(),
      emptyMode: experiment.template.experimentOptions?.emptyTargetResolutionMode ?? "fail",
      random: world.random,
    });
    const watch = watchStopConditions(experiment, machinery, world.alarmPollMs);
    if (experiment.actionsMode === "skip-all") {
      for (const name of experiment.actions.keys())
        setAction(experiment, name, "skipped", "Skipped by actionsMode skip-all.", machinery);
    } else {
      setState(experiment, "running", "Experiment is running.", machinery);
      await runActions(experiment, world, owed);
    }
    watch.stop();
    await watch.ended;
  } catch (error) {
    haltExperiment(experiment, failureOf(error, "experiment"), machinery);
  }
  await payOwed(experiment, owed);
  conclude(experiment, machinery);
}

async function runActions(
  experiment: Experiment,
  world: ExperimentWorld,
  owed: (() => Promise<void>)[],
): Promise<void> {
  const runs = new Map<string, Promise<void>>();
  const run = (name: string, action: TemplateAction): Promise<void> => {
    const known = runs.get(name);
    if (known !== undefined) return known;
    const before = (action.startAfter ?? []).map((other) => {
      const definition = experiment.template.actions[other];
      return definition === undefined ? Promise.resolve() : run(other, definition);
    });
    const started = Promise.all(before).then(() => runAction(experiment, name, action, world, owed));
    runs.set(name, started);
    return started;
  };
  await Promise.all(Object.entries(experiment.template.actions).map(([name, action]) => run(name, action)));
}

async function runAction(
  experiment: Experiment,
  name: string,
  action: TemplateAction,
  world: ExperimentWorld,
  owed: (() => Promise<void>)[],
): Promise<void> {
  const { machinery } = world;
  if (experiment.halt !== null)
    return setAction(experiment, name, "cancelled", "The experiment ended before the action began.", machinery);
  const targets = new Map(
    Object.entries(action.targets ?? {}).map(([slot, target]) => [slot, experiment.resolved.get(target) ?? []]),
  );
  if ([...targets.values()].some((resources) => resources.length === 0)) {
    return setAction(experiment, name, "skipped", "Target resolution returned empty set.", machinery);
  }
  setAction(experiment, name, "initiating", "Action is initiating.", machinery);
  try {
    const local = localAction({
      experimentId: experiment.id,
      actionName: name,
      actionId: action.actionId,
      parameters: action.parameters ?? {},
      targets,
      machinery,
      holds: world.holds,
      closing: world.closing,
    });
    const whole = await hold(experiment, name, local, machinery);
    if (local.atExperimentEnd !== null) owed.push(local.atExperimentEnd);
    setAction(
      experiment,
      name,
      whole ? "completed" : "stopped",
      whole ? "Action was completed." : "Action was stopped.",
      machinery,
    );
  } catch (error) {
    const failure = failureOf(error, `actions/${name}`);
    setAction(experiment, name, "failed", failure.reason, machinery);
    haltExperiment(experiment, { ...failure, reason: `Action ${name} failed: ${failure.reason}` }, machinery);
  }
}

/** Begin, hold, end; true when the whole time elapsed. The end runs also when the beginning failed: it may have been done in part. */
async function hold(experiment: Experiment, name: string, local: LocalAction, machinery: Machinery): Promise<boolean> {
  let whole = false;
  try {
    await local.begin();
    setAction(experiment, name, "running", "Action is running.", machinery);
    whole = local.holdMs === 0 || (await pause(local.holdMs, experiment.halting.signal));
    if (!whole) setAction(experiment, name, "stopping", "Action is stopping.", machinery);
  } catch (error) {
    await local.end().catch(() => {});
    await local.atExperimentEnd?.().catch(() => {});
    throw error;
  }
  await local.end();
  return whole;
}

async function payOwed(experiment: Experiment, owed: readonly (() => Promise<void>)[]): Promise<void> {
  for (const undo of owed.toReversed()) {
    try {
      await undo();
    } catch (error) {
      const reason = `What the experiment did could not be undone: ${messageOf(error)}`;
      experiment.halt = { kind: "failed", reason, code: "DependentServiceFailure", location: "experiment" };
    }
  }
}

function conclude(experiment: Experiment, machinery: Machinery): void {
  for (const [name, action] of experiment.actions) {
    if (action.status === "pending")
      setAction(experiment, name, "cancelled", "The experiment ended before the action began.", machinery);
  }
  const { halt } = experiment;
  experiment.endMs = Date.now();
  if (halt === null) return setState(experiment, "completed", "Experiment completed.", machinery);
  if (halt.kind === "failed") experiment.state.error = { code: halt.code, location: halt.location };
  setState(experiment, halt.kind, halt.reason, machinery);
}
