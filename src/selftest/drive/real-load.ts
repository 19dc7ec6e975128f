/**
 * A drill with a real k6: it meets the liar over real HTTP in real time, while the harness's part is commanded ahead on the same clock.
 * The probes and the final reads are played afterwards, on the instants that have passed: the liar is a function of time.
 */
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { seal } from "../../evidence/seal.ts";
import { startLoad } from "../../load/k6.ts";
import type { StartedLoad } from "../../load/k6.ts";
import { createRunClock } from "../../run/clock.ts";
import type { RunClock } from "../../run/clock.ts";
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
import { ledgerRegions } from "./load.ts";
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
  await using load = await startLoad({
    k6: bench.k6,
    clock,
    ledgerFile: join(run, "ledger", "k6.ndjson"),
    logFile: join(bench.folder, "k6.log"),
    service: { url: between.url, ttlSeconds: 1 },
    regions: ledgerRegions,
    idPrefix: `${plain.run}.k.`,
    seed: "selftest",
    ratePerMinute: plain.ratePerMinute,
    writeEvery: plain.writeEvery,
    bodyBytes: 500,
    timeoutMs: plain.timeoutMs,
    vus: lie.vus,
    environment: bench.environment,
    signal: AbortSignal.timeout(60_000),
  });
  const options: DriveOptions = { ...plain, loadStartUs: clock.us() };
  const course = runHarness(liar.control, options);
  const exit = await end(load, { clock, course, killUs: killAt(lie, liar.control.moments().faultUs) });
  const recording = recordDrill(liar, options, clock, { course, load: { exit } });
  await writeFolder(run, recording);
  await seal(run);
  return await judged(bench.folder, truthOf(liar, `${options.run}.k.`, course.decidedUs));
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
