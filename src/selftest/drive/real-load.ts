/**
 * A drill with a real k6 and the real second witness beside it: they meet the liar over real HTTP in real time, while the harness's part
 * is commanded ahead on the same clock. The probes and the final reads are played afterwards, on the instants that have passed: the liar
 * is a function of time.
 */
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { seal } from "../../evidence/seal.ts";
import { startLoad } from "../../load/k6.ts";
import type { StartedLoad } from "../../load/k6.ts";
import { createRunClock } from "../../run/clock.ts";
import type { RunClock } from "../../run/clock.ts";
import { startWitness } from "../../run/witness-process.ts";
import type { StartedWitness, WitnessOptions } from "../../run/witness-process.ts";
import { judged } from "../case.ts";
import type { Bench, Lie, Outcome } from "../case.ts";
import { createLiar } from "../liar/liar.ts";
import { honest, second } from "../liar/script.ts";
import type { LiarScript, StepScript } from "../liar/script.ts";
import { serveLiar } from "../liar/serve.ts";
import { truthOf } from "../liar/truth.ts";
import { writeFolder } from "./folder.ts";
import { runHarness } from "./harness.ts";
import type { Course } from "./harness.ts";
import { ledgerRegions } from "./answers.ts";
import { plainDrive } from "./options.ts";
import type { DriveOptions } from "./options.ts";
import { recordDrill } from "./record.ts";

/** The failover of a drill that is played in real time must not take long. */
export const quickSteps = (steps: readonly StepScript[]): StepScript[] =>
  steps.map((step) => ({ ...step, afterUs: step.afterUs / 3, takesUs: step.takesUs / 3 }));

export const quickScript: Partial<LiarScript> = {
  // As many as the real load has.
  accounts: 1_000,
  detectsAfterUs: 300_000,
  failover: quickSteps(honest.failover),
};

export const quickDrive: Partial<DriveOptions> = {
  baselineUs: 2 * second,
  watchUs: 2 * second,
  settleUs: second / 5,
  failback: false,
  ratePerMinute: 3_000,
  // Real answers take as long as a busy machine makes them take.
  timeoutMs: 5_000,
  objectives: { hold: { windowMs: 1_500, binMs: 500, p99Ms: 500 } },
};

export interface RealLie extends Lie {
  readonly vus: number;
  /** What stands between k6 and the liar; gives the address that k6 is to use. */
  readonly between?: (url: string) => Promise<AsyncDisposable & { readonly url: string }>;
  /** k6 gets SIGKILL so long after the fault. */
  readonly killAfterUs?: number;
}

export async function playRealLie(bench: Bench, lie: RealLie): Promise<Outcome> {
  if (bench.k6 === null) throw new Error("skipped, and not green: there is no k6 here");
  const run = join(bench.folder, "run");
  const clock = createRunClock("selftest");
  const epochWallMs = Number(clock.epochWallNs / 1000n) / 1000;
  const liar = createLiar({ ...honest, ...quickScript, ...lie.script, epochWallMs });
  const plain = { ...plainDrive, ...quickDrive, ...lie.drive };
  await using served = await serveLiar(liar, { us: () => clock.us(), via: "name" });
  await using between = (await lie.between?.(served.url)) ?? { url: served.url, [Symbol.asyncDispose]: async () => {} };
  const common = {
    clock,
    service: { url: between.url, ttlSeconds: 1 },
    regions: ledgerRegions,
    seed: "selftest",
    bodyBytes: 500,
    timeoutMs: plain.timeoutMs,
    signal: AbortSignal.timeout(60_000),
  };
  await using witness = await startedWitness({
    ...common,
    ledgerFile: join(run, "ledger", "t.ndjson"),
    logFile: join(bench.folder, "witness.log"),
    idPrefix: `${plain.run}.t.`,
    ratePerMinute: plain.witness.ratePerMinute,
  });
  await using load = await startLoad({
    ...common,
    k6: bench.k6,
    ledgerFile: join(run, "ledger", "k6.ndjson"),
    logFile: join(bench.folder, "k6.log"),
    idPrefix: `${plain.run}.k.`,
    ratePerMinute: plain.ratePerMinute,
    writeEvery: plain.writeEvery,
    vus: lie.vus,
    environment: bench.environment,
  });
  const options: DriveOptions = { ...plain, loadStartUs: clock.us() };
  const course = runHarness(liar.control, options);
  const exit = await end(load, { clock, course, killUs: killAt(lie, liar.control.moments().faultUs) });
  await witness.stop();
  const recording = recordDrill(liar, options, clock, { course, load: { exit } });
  await writeFolder(run, recording);
  await seal(run);
  return await judged(bench.folder, truthOf(liar, course.decidedUs));
}

/** Stopped at the latest when what it is part of ends. */
async function startedWitness(options: WitnessOptions): Promise<StartedWitness & AsyncDisposable> {
  const witness = await startWitness(options);
  return { ...witness, [Symbol.asyncDispose]: async () => void (await witness.stop()) };
}

const killAt = ({ killAfterUs }: RealLie, faultUs: number): number | null =>
  killAfterUs === undefined ? null : faultUs + killAfterUs;

async function end(
  load: StartedLoad,
  { clock, course, killUs }: { readonly clock: RunClock; readonly course: Course; readonly killUs: number | null },
): Promise<{ code: number | null; signal: string | null; droppedIterations: number | null }> {
  await delay(Math.max(0, (killUs ?? course.loadStopUs) - clock.us()) / 1000);
  if (killUs !== null) process.kill(load.pid, "SIGKILL");
  const { exitCode: code, signal, droppedIterations } = killUs === null ? await load.stop() : await load.exited;
  return { code, signal, droppedIterations };
}
