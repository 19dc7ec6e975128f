/**
 * Runs a drill from beginning to end and leaves the run folder behind. All effects are here and below; judging comes after, from the
 * folder alone. Whatever happens, what was begun is healed, and the healing is never reached by the signal that interrupts the run.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createFisClient, createSsmClient } from "../faults/clients.ts";
import type { Phase } from "../model/journal.ts";
import { UserError } from "../model/user-error.ts";
import { bringUp } from "./bring-up.ts";
import { createRunClock } from "./clock.ts";
import type { LoadedContext, RunContext, RunSettings } from "./context.ts";
import { openInstruments } from "./instruments.ts";
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
  servingRegion,
  settle,
  steady,
  waitForRandomPhase,
} from "./phases.ts";
import type { Progress } from "./progress.ts";
import { processesLeft } from "./residue.ts";
import { createScope, messageOf } from "./scope.ts";
import { followLoad, takeLoad } from "./with-load.ts";
import { stopWitness, takeWitness } from "./with-witness.ts";

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
  // Aborts the run for reasons of its own (the load died, the disk is full, the system is gone), beside the person's Ctrl+C.
  const broken = new AbortController();
  const onFull = (error: UserError): void => broken.abort(error);
  using journal = openJournal(join(settings.runFolder, "journal.ndjson"), clock, { argv: settings.argv, onFull });
  journal.onEvent((event) => progress.event(event));
  system.failed.catch((error: unknown) => broken.abort(error));
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const onInterrupt = (): void => void journal.append({ type: "interrupted", signal: String(options.signal.reason) });
  options.signal.addEventListener("abort", onInterrupt, { once: true });

  await using instruments = await openInstruments({
    settings,
    endpoints,
    clock,
    journal,
    systemPid: system.pid,
    signal,
    onFull,
  });
  const scope = createScope(journal, signal);
  let phase: Phase | null = null;
  const context: RunContext = {
    settings,
    clock,
    journal,
    scope,
    signal,
    endpoints,
    fis: createFisClient(endpoints),
    ssm: createSsmClient(endpoints),
    ...instruments,
    enter: (next, given = {}) => {
      if (phase) journal.append({ type: "phase.ended", phase });
      phase = next;
      journal.append({ type: "phase.started", phase: next });
      instruments.probes.phase(next, given);
    },
  };
  let ended: RunOutcome["ended"] = null;
  try {
    context.enter("set-up");
    const { templateId } = await prepare(context);
    const witness = await takeWitness(context);
    instruments.count("probes", witness.pid);
    const load = await takeLoad(context, (reason) => broken.abort(reason));
    instruments.count("load", load.pid);
    await using _live = followLoad(context, progress, () => phase);
    await drill({ ...context, load, witness }, templateId);
  } catch (error) {
    const cause: unknown = broken.signal.aborted ? broken.signal.reason : error;
    ended = options.signal.aborted ? { kind: "interrupted" } : brokenBy(cause);
    if (ended.kind !== "interrupted")
      journal.append({ type: "note", text: `the run ended early: ${messageOf(cause)}` });
  }
  if (phase) journal.append({ type: "phase.ended", phase });
  const unhealed = await scope.heal();
  options.signal.removeEventListener("abort", onInterrupt);
  await instruments[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  const left = [...processesLeft(settings.run), ...unhealed.map((step) => `not undone: ${step}`)];
  journal.append({ type: "residue", clean: left.length === 0, left });
  return { ended, unhealed };
}

function brokenBy(cause: unknown): NonNullable<RunOutcome["ended"]> {
  return {
    kind: cause instanceof UserError ? "refused" : "broken",
    error: cause instanceof Error ? cause : new Error(messageOf(cause)),
  };
}

/** The drill itself, as its phases. */
async function drill(context: LoadedContext, templateId: string): Promise<void> {
  const { settings, scope, journal, load } = context;
  const { failover, failback } = settings.runbooks;
  context.enter("steady", { journey: true });
  if (await steady(context)) {
    await waitForRandomPhase(context);
    context.enter("fault");
    const faultUs = context.clock.us();
    await inject(context, templateId);
    const detected = await detect(context, faultUs);
    if (detected) {
      journal.append({ type: "decided", by: "policy" });
      context.enter("failover", { journey: true });
      if (failover && !(await runRunbook(context, "failover", failover))) {
        const text =
          "the failover runbook did not succeed: waiting for its operators until the horizon (Ctrl+C ends the drill)";
        journal.append({ type: "note", text });
      }
      context.enter("restored");
      await restored(context, faultUs);
      await read(context, "before-replay", servingRegion(context));
    }
    // Nothing moved, nothing to bring back: without a failover the old Region is still the one that serves.
    const bringBack = detected && failover !== null ? failback : null;
    if (bringBack) context.enter("failback");
    await scope.undo("inject-fault");
    if (bringBack) {
      await runRunbook(context, "failback", bringBack);
      context.enter("protected", { journey: true });
      await protectedAgain(context, bringBack.definition.deadlineMs);
    }
    await settle(context);
  }
  context.enter("final-reads");
  const [exit] = await Promise.all([load.stop(), stopWitness(context, context.witness)]);
  scope.settle("start-load");
  journal.append({
    type: "k6.exit",
    code: exit.exitCode,
    signal: exit.signal,
    droppedIterations: exit.droppedIterations,
  });
  await read(context, "final", servingRegion(context));
  await read(context, "final-again", servingRegion(context));
}
