/** Everything that watches a drill, opened together and closed together: probes, alarms, replication, both clocks, our own use of the machine. */
import { join } from "node:path";
import type { Endpoints, Replication } from "../model/environment.ts";
import type { UserError } from "../model/user-error.ts";
import { watchAlarms, type AlarmWatch } from "./alarms.ts";
import { startClockLog } from "./clock-log.ts";
import type { RunClock } from "./clock.ts";
import type { RunSettings } from "./context.ts";
import { createGauge, type Gauge } from "./gauge.ts";
import type { Journal } from "./journal.ts";
import { startProbes, type ProbeProcess } from "./probe-process.ts";
import { watchReplication } from "./replication.ts";
import { startResourceSampler, type ResourceGroup } from "./resources.ts";

export interface Instruments extends AsyncDisposable {
  readonly probes: ProbeProcess;
  readonly alarms: AlarmWatch;
  readonly replication: () => Replication | null;
  readonly gauge: Gauge;
  /** From now on the process tree under `pid` is counted as `group`. */
  count(group: ResourceGroup, pid: number): void;
}

const resourceIntervalMs = 2_000;
/** The alarm's own clock is what counts as detection; how often we look only widens its interval. */
const alarmIntervalMs = 100;

export async function openInstruments(options: {
  readonly settings: RunSettings;
  readonly endpoints: Endpoints;
  readonly clock: RunClock;
  readonly journal: Journal;
  readonly systemPid: number | null;
  readonly signal: AbortSignal;
  readonly onFull: (error: UserError) => void;
}): Promise<Instruments> {
  const { settings, endpoints, clock, journal, onFull } = options;
  const probes = await startProbes({
    clock,
    runFolder: settings.runFolder,
    logFile: join(settings.runFolder, "logs", "probes.log"),
    endpoints,
    probeFiles: settings.probeFiles,
    environmentFile: settings.environmentFile,
    vantage: "outside",
    signal: options.signal,
  });
  const roots = new Map<number, ResourceGroup>([
    [process.pid, "harness"],
    [probes.pid, "probes"],
  ]);
  if (options.systemPid !== null) roots.set(options.systemPid, "system");
  const watching = new AbortController();
  const signal = AbortSignal.any([options.signal, watching.signal]);
  const clockLog = startClockLog(join(settings.runFolder, "clock.ndjson"), clock, onFull);
  const resources = startResourceSampler({
    file: join(settings.runFolder, "resources.ndjson"),
    clock,
    intervalMs: resourceIntervalMs,
    onFull,
    roots: () => roots,
  });
  let closed = false;
  const noteDeath = async (): Promise<void> => {
    const code = await probes.exited;
    // It ends nothing; the judge sees it.
    if (!closed) journal.append({ type: "probe.exit", code });
  };
  void noteDeath();
  return {
    probes,
    alarms: watchAlarms(settings.environment, endpoints, { journal, clock, intervalMs: alarmIntervalMs, signal }),
    replication: watchReplication(settings.environment, endpoints, signal),
    gauge: createGauge(),
    count: (group, pid) => void roots.set(pid, group),
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      watching.abort();
      await probes[Symbol.asyncDispose]();
      await resources[Symbol.asyncDispose]();
      clockLog[Symbol.dispose]();
    },
  };
}
