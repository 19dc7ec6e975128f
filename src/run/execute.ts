/**
 * Runs a drill from beginning to end and leaves the run folder behind. All effects are here and below; judging comes after, from the
 * folder alone. Whatever happens, what was begun is healed, and the healing is never reached by the signal that interrupts the run.
 */
import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { createFisClient, createSsmClient } from "../faults/clients.ts";
import { startLoad, type StartedLoad } from "../load/k6.ts";
import { tailLedger } from "../load/tally.ts";
import type { Replication } from "../model/environment.ts";
import type { Phase } from "../model/journal.ts";
import { unavailable, UserError } from "../model/user-error.ts";
import { watchAlarms } from "./alarms.ts";
import { bringUp } from "./bring-up.ts";
import { startClockLog } from "./clock-log.ts";
import { createRunClock } from "./clock.ts";
import type { LoadedContext, RunContext, RunSettings } from "./context.ts";
import { createGauge } from "./gauge.ts";
import { openJournal } from "./journal.ts";
import { writeManifest } from "./manifest.ts";
import {
  detect,
  inject,
  prepare,
  protectedAgain,
  read,
  restored,
  runRunbook,
  servingUrl,
  settle,
  steady,
} from "./phases.ts";
import { sleep } from "./poll.ts";
import { startProbes } from "./probe-process.ts";
import type { Progress } from "./progress.ts";
import { watchReplication } from "./replication.ts";
import { processesLeft } from "./residue.ts";
import { startResourceSampler } from "./resources.ts";
import { createScope, messageOf } from "./scope.ts";

export interface RunOutcome {
  /** null: the drill ran to its end. Otherwise why it did not. */
  readonly ended:
    | null
    | { readonly kind: "interrupted" }
    | { readonly kind: "refused" | "broken"; readonly error: Error };
  /** Steps that could not be undone: the environment may still be faulted. */
  readonly unhealed: readonly string[];
}

export async function execute(
  settings: RunSettings,
  options: { readonly signal: AbortSignal; readonly progress: (elapsedMs: () => number) => Progress },
): Promise<RunOutcome> {
  const clock = createRunClock(settings.run);
  const logs = join(settings.runFolder, "logs");
  mkdirSync(logs, { recursive: true });
  using progress = options.progress(() => clock.us() / 1000);
  progress.line("SET-UP", `bringing up ${settings.environment.title}`);
  await using system = await bringUp(settings.environment, {
    root: settings.root,
    run: settings.run,
    logFile: join(logs, "system.log"),
    signal: options.signal,
  });
  const { endpoints } = system;
  writeManifest(settings, clock, endpoints);
  using journal = openJournal(join(settings.runFolder, "journal.ndjson"), clock, settings.argv);
  journal.onEvent((event) => progress.event(event));

  // Aborts the run for reasons of its own (the load died, the disk is full, the system is gone), beside the person's Ctrl+C.
  const broken = new AbortController();
  void system.failed.catch((error: unknown) => broken.abort(error));
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const onInterrupt = (): void => void journal.commit({ type: "interrupted", signal: String(options.signal.reason) });
  options.signal.addEventListener("abort", onInterrupt, { once: true });

  const scope = createScope(journal, signal);
  let phase: Phase | null = null;
  let ended: RunOutcome["ended"] = null;
  let unhealed: readonly string[] = [];
  using _clockLog = startClockLog(join(settings.runFolder, "clock.ndjson"), clock);
  const roots = new Map<"harness" | "load" | "probes" | "system", number>([["harness", process.pid]]);
  if (system.pid !== null) roots.set("system", system.pid);
  await using _resources = startResourceSampler({
    file: join(settings.runFolder, "resources.ndjson"),
    clock,
    intervalMs: 2000,
    roots: () => roots,
  });
  await using probes = await startProbes({
    clock,
    runFolder: settings.runFolder,
    logFile: join(logs, "probes.log"),
    endpoints,
    probeFiles: settings.probeFiles,
    environmentFile: settings.environmentFile,
    vantage: "outside",
    signal,
  });
  roots.set("probes", probes.pid);
  const watching = new AbortController();
  const watchSignal = AbortSignal.any([signal, watching.signal]);
  const gauge = createGauge();
  const replication = watchReplication(settings.environment, endpoints, watchSignal);
  const context: RunContext = {
    settings,
    clock,
    journal,
    scope,
    signal,
    endpoints,
    fis: createFisClient(endpoints),
    ssm: createSsmClient(endpoints),
    probes,
    alarms: watchAlarms(settings.environment, endpoints, { journal, clock, intervalMs: 100, signal: watchSignal }),
    gauge,
    replication,
    enter: (next, given = {}) => {
      if (phase) journal.append({ type: "phase.ended", phase });
      phase = next;
      journal.append({ type: "phase.started", phase: next });
      probes.phase(next, given);
    },
  };
  try {
    context.enter("set-up");
    const { templateId } = await prepare(context);
    const load = await takeLoad(context, broken, roots);
    await using _live = showLive(context, progress, () => phase, replication);
    await drill({ ...context, load }, templateId);
  } catch (error) {
    const cause = signal.aborted && !options.signal.aborted ? broken.signal.reason : error;
    ended = options.signal.aborted
      ? { kind: "interrupted" }
      : {
          kind: cause instanceof UserError ? "refused" : "broken",
          error: cause instanceof Error ? cause : new Error(messageOf(cause)),
        };
    if (ended.kind !== "interrupted")
      journal.append({ type: "note", text: `the run ended early: ${messageOf(cause)}` });
  } finally {
    watching.abort();
    if (phase) journal.append({ type: "phase.ended", phase });
    unhealed = await scope.heal();
    options.signal.removeEventListener("abort", onInterrupt);
    await probes[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
    const left = processesLeft(settings.run);
    journal.append({
      type: "residue",
      clean: left.length === 0 && unhealed.length === 0,
      left: [...left, ...unhealed.map((step) => `not undone: ${step}`)],
    });
  }
  return { ended, unhealed };
}

/** The drill itself, as its phases. */
async function drill(context: LoadedContext, templateId: string): Promise<void> {
  const { settings, scope, journal, load } = context;
  const { failover, failback } = settings.runbooks;
  context.enter("steady", { journey: true });
  if (await steady(context)) {
    context.enter("fault");
    const faultUs = context.clock.us();
    await inject(context, templateId);
    if (await detect(context, faultUs)) {
      journal.append({ type: "decided", by: "policy" });
      context.enter("failover", { journey: true });
      if (failover) await runRunbook(context, "failover", failover);
      context.enter("restored");
      await restored(context, faultUs);
      await read(context, "before-replay", servingUrl(context));
    }
    if (failback) context.enter("failback");
    await scope.undo("inject-fault");
    if (failback) {
      await runRunbook(context, "failback", failback);
      context.enter("protected", { journey: true });
      await protectedAgain(context, failback.definition.deadlineMs);
    }
    await settle(context);
  }
  context.enter("final-reads");
  const exit = await load.stop();
  scope.settle("start-load");
  journal.append({
    type: "k6.exit",
    code: exit.exitCode,
    signal: exit.signal,
    droppedIterations: exit.droppedIterations,
  });
  await read(context, "final", servingUrl(context));
  await read(context, "final-again", servingUrl(context));
}

async function takeLoad(
  context: RunContext,
  broken: AbortController,
  roots: Map<string, number>,
): Promise<StartedLoad> {
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
        regions: [endpoints.primary.name, endpoints.secondary.name],
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
  roots.set("load", load.pid);
  void load.exited.then((exit) => {
    if (exit.reason !== null) broken.abort(unavailable(`the load ended in the middle of the drill: ${exit.reason}`));
  });
  return load;
}

const ledgerFile = (settings: RunSettings): string => join(settings.runFolder, "ledger", "k6.ndjson");

/** Polls the ledger's tally four times a second: feeds the gates, and the live line. */
function showLive(
  context: RunContext,
  progress: Progress,
  phase: () => Phase | null,
  replication: () => Replication | null,
): AsyncDisposable {
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
        lagMs: replication()?.lagMs ?? null,
      });
      await sleep(250, ending.signal).catch(() => {});
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
