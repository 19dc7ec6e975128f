/** The second witness runs in a process of its own (src/witness); this starts it and ends it without cutting a request. */
import { basename } from "node:path";
import type { Endpoints } from "../model/environment.ts";
import type { WitnessOrder } from "../witness/main.ts";
import type { RunClock } from "./clock.ts";
import { startOwnProcess } from "./own-process.ts";

export interface WitnessOptions {
  readonly clock: RunClock;
  /** Must not exist yet; its folder is made. */
  readonly ledgerFile: string;
  readonly logFile: string;
  readonly service: Endpoints["service"];
  /** Region names in the order of their numbers in the rows. */
  readonly regions: readonly string[];
  readonly idPrefix: string;
  readonly seed: string;
  readonly ratePerMinute: number;
  readonly bodyBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface StartedWitness {
  readonly pid: number;
  /** Resolves when it has ended: with null when stop() ended it in order, else with why it did; never rejects. */
  readonly exited: Promise<string | null>;
  /** Nothing new is begun, what is under way gets its outcome, then it ends; killed if that takes too long. */
  stop(): Promise<string | null>;
}

/** Beyond the timeout of what is under way. */
const graceMs = 6_000;

export async function startWitness(options: WitnessOptions): Promise<StartedWitness> {
  const { clock, ledgerFile, logFile, service, regions, idPrefix, seed } = options;
  const { ratePerMinute, bodyBytes, timeoutMs } = options;
  const witness = await startOwnProcess<WitnessOrder>({
    what: "the second witness",
    module: new URL("../witness/main.ts", import.meta.url),
    run: clock.run,
    logFile,
    start: {
      start: {
        run: clock.run,
        epochMonoNs: String(clock.epochMonoNs),
        ledgerFile,
        service: { url: service.url, ...(service.dnsServer === undefined ? {} : { dnsServer: service.dnsServer }) },
        regions: [...regions],
        idPrefix,
        seed,
        ratePerMinute,
        bodyBytes,
        timeoutMs,
      },
    },
    signal: options.signal,
  });
  let stopped = false;
  const exited = witness.exited.then(({ code, signal }) => {
    if (code === 0 && stopped) return null;
    return `the second witness ended ${stopped ? "out of order" : "by itself"} with ${signal ?? `exit ${code}`} (it may have said why in logs/${basename(logFile)})`;
  });
  return {
    pid: witness.pid,
    exited,
    stop: async () => {
      stopped = true;
      witness.send({ stop: true });
      await witness.ended(timeoutMs + graceMs);
      return await exited;
    },
  };
}
