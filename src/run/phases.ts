/** The phases of a drill, one function each, in the order in which execute.ts calls them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  createTemplate,
  deleteTemplates,
  previewTargets,
  startExperiment,
  stopExperiments,
} from "../faults/experiment.ts";
import { watchExperiment } from "../faults/watch.ts";
import { startAutomation, stopAutomations, uploadDocument, watchAutomation } from "../runbooks/automation.ts";
import { usageError, unavailable } from "../model/user-error.ts";
import { elsewhere } from "../model/ledger.ts";
import type { Endpoints } from "../model/environment.ts";
import type { RunContext, UploadableRunbook } from "./context.ts";
import { readSurvivors, type FinalReading } from "./final-read.ts";
import { poll, sleep } from "./poll.ts";

/** How often FIS and SSM are asked. SSM allows 3 GetAutomationExecution a second an account; FIS publishes no limit. */
const pollMs = { fis: 250, ssm: 400, gate: 250 } as const;

/** Uploads the runbooks and has FIS resolve the fault's targets without doing anything. Returns the template's id. */
export async function prepare(context: RunContext): Promise<{ templateId: string }> {
  const { settings, scope, journal, fis, ssm, signal } = context;
  for (const runbook of [settings.runbooks.failover, settings.runbooks.failback]) {
    if (runbook) await uploadDocument(ssm, runbook, signal);
  }
  const templateId = await scope.take({
    step: "create-template",
    deadlineMs: 60_000,
    undoRecord: () => ({ kind: "delete-template", runTag: settings.run }),
    act: (stepSignal, clientToken) =>
      createTemplate(fis, settings.drill, {
        run: settings.run,
        roleArn: context.endpoints.aws.fisRoleArn,
        clientToken,
        signal: stepSignal,
      }),
    undo: async (undoSignal) => void (await deleteTemplates(fis, settings.run, undoSignal)),
  });
  const resolved = await scope.take({
    step: "preview-targets",
    deadlineMs: 90_000,
    undoRecord: (clientToken) => ({ kind: "stop-experiment", clientToken, runTag: settings.run }),
    act: (stepSignal, clientToken) =>
      previewTargets(fis, { templateId, run: settings.run, clientToken, signal: stepSignal }),
    undo: async (undoSignal) => void (await stopExperiments(fis, settings.run, undoSignal)),
  });
  scope.settle("preview-targets");
  journal.append({ type: "fis.targets", id: templateId, resolved: [...resolved] });
  refuseOutsideBlastRadius(context, resolved);
  return { templateId };
}

function refuseOutsideBlastRadius(context: RunContext, resolved: readonly { target: string; arn: string }[]): void {
  const { environment } = context.settings;
  for (const { target, arn } of resolved) {
    const region = arn.split(":")[3] ?? "";
    if (environment.blastRadius.regions.includes(region)) continue;
    throw unavailable(
      `target "${target}" resolves to ${arn}, outside what environment "${environment.name}" allows (blastRadius.regions: ${environment.blastRadius.regions.join(", ")}); nothing was broken`,
    );
  }
}

/** A healthy baseline under full load, or no fault at all. */
export async function steady(context: RunContext): Promise<boolean> {
  const { drill, ratePerMinute } = context.settings;
  const { baselineMs, goodRatio } = drill.steadyState;
  const needs = { goodRatio, perSecond: (ratePerMinute / 60) * 0.95 };
  const healthy = await poll(() => (context.gauge.goodForUs(needs) >= baselineMs * 1000 ? true : undefined), {
    intervalMs: pollMs.gate,
    deadlineMs: baselineMs * 3 + 30_000,
    signal: context.signal,
  });
  const { perSecond, badPerSecond } = context.gauge.rate();
  const alarming = context.alarms
    .current()
    .filter((alarm) => alarm.state === "ALARM" && drill.detection.alarms.includes(alarm.name));
  // A failover that waits for an alarm would wait in vain.
  const deaf = drill.failover === null ? null : context.alarms.silent();
  const passed = healthy === true && alarming.length === 0 && deaf === null;
  const detail = passed
    ? `${baselineMs / 1000} s at ${Math.round(perSecond)} tx/s, good ≥ ${goodRatio * 100} %`
    : alarming.length > 0
      ? `alarm ${alarming.map((alarm) => alarm.name).join(", ")} is already on: no fault is injected into a system that is not healthy`
      : healthy === true && deaf !== null
        ? `alarms cannot be read (${deaf}), and the failover waits for one: no fault is injected`
        : `no healthy baseline within ${(baselineMs * 3 + 30_000) / 1000} s (now ${Math.round(perSecond)} tx/s, ${Math.round(badPerSecond)} failing/s): no fault is injected`;
  context.journal.append({ type: "gate", gate: "steady state", passed, detail });
  return passed;
}

/** Waits the part of the drill's random delay that the run's seed gives. */
export async function waitForRandomPhase(context: RunContext): Promise<void> {
  const { randomDelayMs } = context.settings.drill.fault;
  if (randomDelayMs === 0) return;
  const drawn = createHash("sha256").update(`${context.settings.run} fault phase`).digest().readUInt32BE(0) / 2 ** 32;
  const waitMs = Math.round(drawn * randomDelayMs);
  context.journal.append({
    type: "note",
    text: `the fault waits ${waitMs} of at most ${randomDelayMs} ms: a random phase, from the run's seed`,
  });
  await sleep(waitMs, context.signal);
}

/** Starts the experiment; the fault lives until its own durations end, `undo("inject-fault")`, or healing. */
export async function inject(context: RunContext, templateId: string): Promise<void> {
  const { settings, scope, fis, journal, clock, signal } = context;
  const id = await scope.take({
    step: "inject-fault",
    deadlineMs: 60_000,
    undoRecord: (clientToken) => ({ kind: "stop-experiment", clientToken, runTag: settings.run }),
    act: (stepSignal, clientToken) =>
      startExperiment(fis, { templateId, run: settings.run, clientToken, signal: stepSignal }),
    undo: async (undoSignal) => void (await stopExperiments(fis, settings.run, undoSignal)),
    undoBudgetMs: 90_000,
  });
  watchExperiment(fis, id, { journal, clock, intervalMs: pollMs.fis, signal });
}

export async function detect(context: RunContext, sinceUs: number): Promise<boolean> {
  const { alarms, deadlineMs } = context.settings.drill.detection;
  const fired = await poll(() => context.alarms.firing(alarms, sinceUs), {
    intervalMs: 100,
    deadlineMs,
    signal: context.signal,
  });
  if (fired) {
    context.journal.append({
      type: "detected",
      by: fired.name,
      sourceMs: fired.sourceMs,
      previousPollUs: fired.previousPollUs,
    });
    return true;
  }
  context.journal.append({
    type: "gate",
    gate: "detection",
    passed: false,
    detail: `no alarm (${alarms.join(", ") || "any"}) fired within ${deadlineMs / 1000} s of the fault`,
  });
  return false;
}

export async function runRunbook(
  context: RunContext,
  kind: "failover" | "failback",
  runbook: UploadableRunbook,
): Promise<boolean> {
  const { scope, ssm, journal, clock } = context;
  const parameters = bind(runbook, context);
  const status = await scope.take({
    step: `runbook-${kind}`,
    deadlineMs: runbook.definition.deadlineMs,
    undoRecord: (clientToken) => ({ kind: "stop-automation", clientToken, document: runbook.name }),
    act: async (signal, clientToken) => {
      const id = await startAutomation(ssm, { document: runbook.name, parameters, clientToken, signal });
      return await watchAutomation(ssm, id, {
        runbook: kind,
        document: runbook.name,
        journal,
        clock,
        intervalMs: pollMs.ssm,
        signal,
      });
    },
    undo: async (undoSignal) => void (await stopAutomations(ssm, runbook.name, undoSignal)),
  });
  scope.settle(`runbook-${kind}`);
  return status === "Success" || status === "CompletedWithSuccess";
}

/** `$name` in a runbook's parameters is looked up in the environment's bindings. */
function bind(runbook: UploadableRunbook, context: RunContext): Record<string, string> {
  return Object.fromEntries(
    Object.entries(runbook.definition.parameters).map(([name, value]) => {
      if (!value.startsWith("$")) return [name, value];
      const bound = context.endpoints.bindings[value.slice(1)];
      if (bound === undefined) {
        throw usageError(
          `parameter ${name} of ${runbook.definition.document} is ${value}, and environment "${context.settings.environment.name}" has no such binding; it has ${Object.keys(context.endpoints.bindings).join(", ") || "none"}`,
        );
      }
      return [name, bound];
    }),
  );
}

/** Waits until the service is good again and has stayed so for the hold window; false at the horizon. */
export async function restored(context: RunContext, faultUs: number): Promise<boolean> {
  const { objectives } = context.settings.drill;
  const { hold } = objectives;
  const horizonMs = objectives.horizonMs ?? objectives.rtoMs;
  const leftMs = horizonMs + hold.windowMs - (context.clock.us() - faultUs) / 1000;
  const needs = { goodRatio: hold.binGoodRatio, perSecond: (context.settings.ratePerMinute / 60) * hold.capacityRatio };
  // A little more than the window: the judge counts by scheduled time, and the last arrivals must have had time to end.
  const neededUs = (hold.windowMs + 2_000) * 1000;
  const held = await poll(() => (context.gauge.goodForUs(needs) >= neededUs ? true : undefined), {
    intervalMs: pollMs.gate,
    deadlineMs: Math.max(0, leftMs),
    signal: context.signal,
  });
  const passed = held === true;
  context.journal.append({
    type: "gate",
    gate: "restored and held",
    passed,
    detail: passed ? `good for ${hold.windowMs / 1000} s` : `not restored within the horizon of ${horizonMs / 1000} s`,
  });
  return passed;
}

export async function protectedAgain(context: RunContext, deadlineMs: number): Promise<boolean> {
  const seen = await poll(() => (context.replication()?.protected === true ? true : undefined), {
    intervalMs: pollMs.gate,
    deadlineMs,
    signal: context.signal,
  });
  context.journal.append({
    type: "gate",
    gate: "protected again",
    passed: seen === true,
    detail: seen === true ? "a standby streams from the new primary" : `no standby within ${deadlineMs / 1000} s`,
  });
  return seen === true;
}

/** One final reading of a Region; a reading that fails is noted, and what needs it becomes INCONCLUSIVE. */
export async function read(
  context: RunContext,
  reading: FinalReading["reading"],
  region: Endpoints["primary"],
): Promise<void> {
  const { settings, clock, signal, endpoints, journal } = context;
  const { finalRead } = settings.environment;
  if (finalRead === null) return;
  const { run } = settings;
  try {
    const { payments } = await readSurvivors(join(settings.runFolder, "survivors", `${reading}.ndjson`), {
      reading,
      url: region.url,
      run,
      regions: [endpoints.primary.name, endpoints.secondary.name, elsewhere],
      clock,
      signal: AbortSignal.any([signal, AbortSignal.timeout(300_000)]),
      ...(finalRead === undefined
        ? {}
        : { lines: (readSignal: AbortSignal) => finalRead(endpoints, { region, run }, readSignal) }),
    });
    const how = finalRead === undefined ? "" : ", through the environment's finalRead";
    journal.append({ type: "note", text: `read back (${reading}): ${payments} payments${how}` });
  } catch (error) {
    if (signal.aborted) throw error;
    journal.append({
      type: "note",
      text: `the reading "${reading}" failed: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

/** The Region that serves customers now, as the load saw it last. */
export function servingRegion(context: RunContext): Endpoints["primary"] {
  const { primary, secondary } = context.endpoints;
  return context.gauge.latest()?.region === secondary.name ? secondary : primary;
}

export const settle = (context: RunContext): Promise<void> => sleep(context.settings.drill.settleMs, context.signal);
