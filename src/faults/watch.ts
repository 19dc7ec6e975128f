/** Journals each state change of a running experiment and of its actions, with the time we saw it and the time FIS states. */
import type { Experiment, FisClient } from "@aws-sdk/client-fis";
import type { RunClock } from "../run/clock.ts";
import type { Journal } from "../run/journal.ts";
import { sleep } from "../run/poll.ts";
import { getExperiment, isTerminal } from "./experiment.ts";

export interface ExperimentWatch {
  /** The newest answer; null before the first. */
  latest(): Experiment | null;
  readonly ended: Promise<void>;
}

export function watchExperiment(
  client: FisClient,
  id: string,
  options: {
    readonly journal: Journal;
    readonly clock: RunClock;
    readonly intervalMs: number;
    readonly signal: AbortSignal;
  },
): ExperimentWatch {
  const { journal, clock, signal } = options;
  const seen = new Map<string, string>();
  let latest: Experiment | null = null;
  let previousPollUs: number | null = null;

  function note(experiment: Experiment): void {
    const state = experiment.state?.status ?? "unknown";
    if (seen.get("") !== state) {
      seen.set("", state);
      const source =
        state === "running"
          ? experiment.startTime
          : isTerminal(experiment)
            ? experiment.endTime
            : experiment.creationTime;
      journal.append({
        type: "fis.experiment",
        id,
        state,
        ...(experiment.state?.reason === undefined ? {} : { reason: experiment.state.reason }),
        sourceMs: source?.getTime() ?? null,
        previousPollUs,
      });
    }
    for (const [action, detail] of Object.entries(experiment.actions ?? {})) {
      const actionState = detail.state?.status ?? "unknown";
      if (seen.get(action) === actionState) continue;
      seen.set(action, actionState);
      journal.append({
        type: "fis.action",
        id,
        action,
        actionId: detail.actionId ?? "unknown",
        state: actionState,
        ...(detail.state?.reason === undefined ? {} : { reason: detail.state.reason }),
        startMs: detail.startTime?.getTime() ?? null,
        endMs: detail.endTime?.getTime() ?? null,
        previousPollUs,
      });
    }
  }

  async function watch(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const askedUs = clock.us();
      try {
        latest = await getExperiment(client, id, signal);
        failures = 0;
        note(latest);
        previousPollUs = askedUs;
        if (isTerminal(latest)) return;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (failures === 20) throw error;
      }
      await sleep(options.intervalMs, signal).catch(() => {});
    }
  }

  const ended = watch();
  // A watch that fails is noticed by whoever awaits `ended`; until then it must not end the process.
  ended.catch(() => {});
  return { latest: () => latest, ended };
}
