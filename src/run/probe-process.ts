/** The probes run in a process of their own; this starts it, tells it the phase, and ends it. */
import type { Endpoints } from "../model/environment.ts";
import { clearBrowserFolders } from "../probes/browser-files.ts";
import type { ProbeOrder } from "../probes/main.ts";
import type { RunClock } from "./clock.ts";
import { startOwnProcess } from "./own-process.ts";

export interface ProbeProcess extends AsyncDisposable {
  readonly pid: number;
  /** `journey`: also run the once-a-phase probes now. */
  phase(phase: string, options?: { readonly journey?: boolean }): void;
  readonly exited: Promise<number | null>;
}

export async function startProbes(options: {
  readonly clock: RunClock;
  readonly runFolder: string;
  readonly logFile: string;
  readonly endpoints: Endpoints;
  readonly probeFiles: readonly string[];
  readonly environmentFile: string;
  readonly vantage: string;
  readonly signal: AbortSignal;
}): Promise<ProbeProcess> {
  const probes = await startOwnProcess<ProbeOrder>({
    what: "the probes",
    module: new URL("../probes/main.ts", import.meta.url),
    run: options.clock.run,
    logFile: options.logFile,
    start: {
      start: {
        run: options.clock.run,
        epochMonoNs: String(options.clock.epochMonoNs),
        runFolder: options.runFolder,
        vantage: options.vantage,
        endpoints: options.endpoints,
        probeFiles: [...options.probeFiles],
        environmentFile: options.environmentFile,
      },
    },
    signal: options.signal,
  });
  return {
    pid: probes.pid,
    phase: (phase, given = {}) => probes.send({ phase, journey: given.journey ?? false }),
    exited: probes.exited.then(({ code }) => code),
    [Symbol.asyncDispose]: async () => {
      probes.send({ stop: true });
      await probes.ended(12_000);
      clearBrowserFolders();
    },
  };
}
