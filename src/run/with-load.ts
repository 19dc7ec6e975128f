/** The load as part of a run: started as a step with an undo, followed through its ledger, and the end of the run when it dies. */
import { join } from "node:path";
import { startLoad, type StartedLoad } from "../load/k6.ts";
import { tailLedger } from "../load/tally.ts";
import type { Phase } from "../model/journal.ts";
import { elsewhere } from "../model/ledger.ts";
import { unavailable } from "../model/user-error.ts";
import type { RunContext, RunSettings } from "./context.ts";
import { sleep } from "./poll.ts";
import type { Progress } from "./progress.ts";
import { messageOf } from "./scope.ts";

const ledgerFile = (settings: RunSettings): string => join(settings.runFolder, "ledger", "k6.ndjson");
const followIntervalMs = 250;

/** `died` is called when k6 ends other than by our stop. */
export async function takeLoad(context: RunContext, died: (reason: Error) => void): Promise<StartedLoad> {
  const { settings, clock, endpoints, scope } = context;
  const load = await scope.take<StartedLoad>({
    step: "start-load",
    deadlineMs: 90_000,
    undoRecord: () => ({ kind: "end-process", what: "k6" }),
    act: (signal) =>
      startLoad({
        k6: settings.k6,
        clock,
        ledgerFile: ledgerFile(settings),
        logFile: join(settings.runFolder, "logs", "k6.log"),
        service: endpoints.service,
        regions: [endpoints.primary.name, endpoints.secondary.name, elsewhere],
        idPrefix: `${settings.run}.k.`,
        seed: settings.run,
        ratePerMinute: settings.ratePerMinute,
        writeEvery: settings.profile.writeEvery,
        bodyBytes: settings.profile.bodyBytes,
        timeoutMs: settings.profile.timeoutMs,
        vus: settings.vus,
        environment: process.env,
        signal,
      }),
    undo: async (_signal, _token, started) => void (await started?.stop()),
  });
  void watchForDeath(load, died);
  return load;
}

async function watchForDeath(load: StartedLoad, died: (reason: Error) => void): Promise<void> {
  const exit = await load.exited;
  if (exit.reason !== null) died(unavailable(`the load ended in the middle of the drill: ${exit.reason}`));
}

/** Polls the ledger's tally four times a second: feeds the gates, and the live line. */
export function followLoad(context: RunContext, progress: Progress, phase: () => Phase | null): AsyncDisposable {
  const { endpoints, clock } = context;
  const tail = tailLedger(ledgerFile(context.settings), [endpoints.primary.name, endpoints.secondary.name]);
  const ending = new AbortController();
  async function follow(): Promise<void> {
    while (!ending.signal.aborted) {
      const tally = await tail.poll();
      const us = clock.us();
      context.gauge.add(us, tally);
      progress.live({
        phase: phase() ?? "",
        elapsedMs: us / 1000,
        ...context.gauge.rate(),
        region: tally.region,
        p99Ms: tally.p99Ms,
        lagMs: context.replication()?.lagMs ?? null,
      });
      await sleep(followIntervalMs, ending.signal).catch(() => {});
    }
  }
  const following = follow();
  // The live picture is no evidence: if it cannot be had the gates time out and say so, and the drill is still healed.
  following.catch((error: unknown) =>
    context.journal.append({ type: "note", text: `the ledger cannot be followed: ${messageOf(error)}` }),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await following.catch(() => {});
      await tail[Symbol.asyncDispose]();
    },
  };
}
