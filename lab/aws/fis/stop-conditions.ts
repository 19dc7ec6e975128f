/** Stop conditions: while the experiment runs, its alarms are watched; the first in ALARM ends it. An alarm that is not there fails it. */
import type { Machinery } from "../../machinery.ts";
import { messageOf, pause } from "../deadline.ts";
import { haltExperiment, type Experiment } from "./experiment-state.ts";
import { ExperimentFailure } from "./targets.ts";
import { alarmName } from "./template-rules.ts";

export interface Watch {
  stop(): void;
  readonly ended: Promise<void>;
}

/** Throws when a named alarm does not exist: an experiment whose guard is missing must not run. */
export function watchStopConditions(experiment: Experiment, machinery: Machinery, pollMs: number): Watch {
  const names = experiment.template.stopConditions.flatMap(({ value }) =>
    value === undefined ? [] : [alarmName(value) ?? value],
  );
  const known = names.length === 0 ? [] : machinery.alarms().map((alarm) => alarm.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new ExperimentFailure(
      "ConfigurationFailure",
      "stopConditions",
      `The stop condition's alarm ${name} does not exist`,
    );
  }
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, experiment.halting.signal]);
  const ended = names.length === 0 ? Promise.resolve() : watch(experiment, machinery, { names, pollMs, signal });
  return { stop: () => stopping.abort(), ended };
}

async function watch(
  experiment: Experiment,
  machinery: Machinery,
  { names, pollMs, signal }: { names: readonly string[]; pollMs: number; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const alarm = machinery.alarms().find(({ name, state }) => names.includes(name) && state === "ALARM");
      if (alarm !== undefined) {
        haltExperiment(
          experiment,
          { kind: "stopped", reason: `Experiment halted by stop condition: alarm ${alarm.name}.` },
          machinery,
        );
      }
    } catch (error) {
      const reason = `The stop conditions cannot be watched: ${messageOf(error)}`;
      haltExperiment(
        experiment,
        { kind: "failed", reason, code: "DependentServiceFailure", location: "stopConditions" },
        machinery,
      );
    }
    await pause(pollMs, signal);
  }
}
