/** Watches the environment's alarms from the start; each transition is journalled with the source's time and ours. */
import { z } from "zod";
import { alarmSchema, type Alarm, type Endpoints, type Environment } from "../model/environment.ts";
import { statedMs } from "../model/journal.ts";
import type { RunClock } from "./clock.ts";
import type { Journal } from "./journal.ts";
import { sleep } from "./poll.ts";

export interface AlarmWatch {
  /** The first alarm among `names` (none: any) in state ALARM whose transition was seen from `sinceUs` on. */
  firing(
    names: readonly string[],
    sinceUs: number,
  ): { readonly name: string; readonly sourceMs: number | null; readonly previousPollUs: number | null } | undefined;
  readonly current: () => readonly Alarm[];
  /** Why alarms cannot be read just now; null when they can. */
  readonly silent: () => string | null;
}

export function watchAlarms(
  environment: Environment,
  endpoints: Endpoints,
  options: {
    readonly journal: Journal;
    readonly clock: RunClock;
    readonly intervalMs: number;
    readonly signal: AbortSignal;
  },
): AlarmWatch {
  const { journal, clock, signal } = options;
  const read = environment.alarms ?? readFromUrl;
  const states = new Map<string, { alarm: Alarm; seenUs: number; previousPollUs: number | null }>();
  let previousPollUs: number | null = null;
  let silent: string | null = null;

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const askedUs = clock.us();
      try {
        const alarms = await read(endpoints, AbortSignal.any([signal, AbortSignal.timeout(5_000)]));
        if (silent !== null) journal.append({ type: "alarms.heard" });
        silent = null;
        for (const alarm of alarms) note(alarm);
        previousPollUs = askedUs;
      } catch (error) {
        if (signal.aborted) return;
        // Said once per silence: that alarms cannot be read is evidence, and no reason to stop a drill that may be under fault.
        const reason = error instanceof Error ? error.message : String(error);
        if (silent === null) journal.append({ type: "alarms.silent", reason, heardUs: previousPollUs });
        silent = reason;
      }
      await sleep(options.intervalMs, signal).catch(() => {});
    }
  }

  function note(alarm: Alarm): void {
    const known = states.get(alarm.name);
    if (known?.alarm.state === alarm.state && known.alarm.sinceMs === alarm.sinceMs) return;
    states.set(alarm.name, { alarm, seenUs: clock.us(), previousPollUs });
    if (known?.alarm.state === alarm.state) return;
    journal.append({ type: "alarm", name: alarm.name, state: alarm.state, sourceMs: stated(alarm), previousPollUs });
  }

  void watch();
  return {
    firing: (names, sinceUs) => {
      for (const { alarm, seenUs, previousPollUs: before } of states.values()) {
        if (alarm.state !== "ALARM" || (names.length > 0 && !names.includes(alarm.name))) continue;
        // By when we saw it: what its source says of the time may be by any clock.
        if (seenUs < sinceUs) continue;
        return { name: alarm.name, sourceMs: stated(alarm), previousPollUs: before };
      }
      return undefined;
    },
    current: () => [...states.values()].map((entry) => entry.alarm),
    silent: () => silent,
  };
}

/** A source that states what can be no time (0 for an alarm that has never changed) states none. */
const stated = ({ sinceMs }: Alarm): number | null => statedMs.safeParse(sinceMs).data ?? null;

async function readFromUrl(endpoints: Endpoints, signal: AbortSignal): Promise<readonly Alarm[]> {
  if (endpoints.alarmsUrl === undefined)
    throw new Error("the environment names no alarmsUrl and has no alarms function");
  const answer = await fetch(endpoints.alarmsUrl, { signal });
  return z.object({ alarms: z.array(alarmSchema) }).parse(await answer.json()).alarms;
}
