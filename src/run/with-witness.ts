/** The second witness as part of a run: started as a step with an undo, stopped together with the load. Its death ends nothing; the judge sees it. */
import { join } from "node:path";
import type { Manifest } from "../model/files.ts";
import { elsewhere } from "../model/ledger.ts";
import type { RunContext, RunSettings } from "./context.ts";
import type { Journal } from "./journal.ts";
import { startWitness, type StartedWitness } from "./witness-process.ts";

const step = "start-witness";
/** Few enough to be no load, often enough to tell a loss or an outage of seconds. */
const writesPerMinute = 300;

/** What the manifest promises of it. */
export const witnessPlan = (settings: RunSettings): NonNullable<Manifest["witness"]> => ({
  ratePerMinute: writesPerMinute,
  timeoutMs: settings.profile.timeoutMs,
});

export async function takeWitness(context: RunContext): Promise<StartedWitness> {
  const { settings, clock, endpoints, scope, journal } = context;
  const witness = await scope.take<StartedWitness>({
    step,
    deadlineMs: 40_000,
    undoRecord: () => ({ kind: "end-process", what: "the second witness" }),
    act: (signal) =>
      startWitness({
        ...witnessPlan(settings),
        clock,
        ledgerFile: join(settings.runFolder, "ledger", "t.ndjson"),
        logFile: join(settings.runFolder, "logs", "witness.log"),
        service: endpoints.service,
        regions: [endpoints.primary.name, endpoints.secondary.name, elsewhere],
        idPrefix: `${settings.run}.t.`,
        seed: settings.run,
        bodyBytes: settings.profile.bodyBytes,
        signal,
      }),
    undo: async (_signal, _token, started) => void (await started?.stop()),
  });
  void noteDeath(witness, journal);
  return witness;
}

async function noteDeath(witness: StartedWitness, journal: Journal): Promise<void> {
  const died = await witness.exited;
  if (died !== null) journal.append({ type: "note", text: died });
}

export async function stopWitness(context: RunContext, witness: StartedWitness): Promise<void> {
  await witness.stop();
  context.scope.settle(step);
}
