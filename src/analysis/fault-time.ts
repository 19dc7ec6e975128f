/**
 * When the fault was commanded (C0) and when it took effect (C1 = T0). Effective means that the primary Region stopped answering: not
 * before the last answer it gave was asked for, not after the first failure of the canary that knocks on its own door.
 */
import type { Citation } from "../evidence/citation.ts";
import type { Evidence, Numbered, ProbeEvidence } from "../evidence/evidence.ts";
import type { ProbeLine } from "../model/files.ts";
import type { RunEvent } from "../model/journal.ts";
import { failsAlone, unsteady } from "./canary.ts";
import type { Bounded } from "./interval.ts";
import { orderedUs, runbookSteps } from "./runbook-steps.ts";
import { placedBy } from "./wall-clock.ts";
import type { Change } from "./wall-clock.ts";

type FisAction = Extract<RunEvent, { type: "fis.action" }>;

export interface FaultTime {
  readonly commanded: Bounded | null;
  /** Start of the first action that does something. */
  readonly firstAction: Bounded | null;
  readonly effective: Bounded | null;
  /** Why there is no `effective`; "" when there is. */
  readonly reason: string;
  readonly evidence: readonly Citation[];
  /** Last state of each action that does something, in the order of the journal. */
  readonly actions: readonly {
    readonly action: string;
    readonly actionId: string;
    readonly state: string;
    readonly reason: string | null;
    readonly line: number;
  }[];
}

/** Visits every right answer that the primary gave to the load when asked after `sinceUs`. */
export type PrimaryAnswers = (sinceUs: number, visit: (sentUs: number, doneUs: number) => void) => void;

/** A canary that fails and comes back more often than this says nothing about when the fault took effect. */
const runLimit = 50;

export function faultTime(evidence: Evidence, primaryAnswers: PrimaryAnswers): FaultTime {
  const commanded = commandedAt(evidence.journal);
  const { actions, firstAction } = actionsOf(evidence.journal, commanded?.lo ?? null);
  const base = { commanded, firstAction, actions };
  if (commanded === null)
    return { ...base, effective: null, reason: "the journal has no start of an experiment", evidence: [] };
  const inside = evidence.probes.filter((probe) => probe.header.kind === "inside-primary");
  const { drill } = evidence;
  const complaints = inside.map((probe) => (drill === null ? null : unsteady(probe, drill.steadyState, commanded.lo)));
  const canaries = inside.filter((_, index) => complaints[index] === null);
  if (canaries.length === 0) {
    const none = "there is no canary inside the primary Region (a probe of kind inside-primary)";
    const reason = complaints.find((one) => one !== null) ?? none;
    return { ...base, effective: null, reason, evidence: inside.map(({ file }) => ({ file })) };
  }
  const from = Math.max(commanded.lo, firstAction?.lo ?? commanded.lo);
  const observations = canaries.flatMap((probe) => probe.lines.map((line) => ({ probe, line })));
  observations.sort((a, b) => a.line.value.startUs - b.line.value.startUs);
  const failed = failures(observations, from);
  const failover = failoverActs(evidence);
  // A primary that was up would have answered the canary as fast as ever; one that failed later may have been closed or fenced.
  const patienceUs = slowestAnswerUs(observations, commanded.lo);
  const before = failed.filter((run) => firstFailedUs(run, patienceUs) <= failover.fromUs);
  const isNoisy = canaries.some((canary) => failsAlone(canary, commanded.lo));
  const runs = before.slice(0, runLimit);
  for (const { run, untilUs } of [...runs.map(lasting), ...runs.flatMap(short)]) {
    const [first] = run;
    if (first === undefined) continue;
    const hi = beyondNoiseUs(run, isNoisy);
    // The primary that goes on answering after that has not been hit: this was noise, and the fault comes later, or never.
    let wentOn = false;
    const beganUs = first.line.value.startUs;
    const lastGoodUs = lastGoodCanary(observations, beganUs);
    let lo = Math.max(commanded.lo, lastGoodUs);
    const wasSilent = beganUs - lastGoodUs > silentUs(first.probe);
    // While the canary still waited, the failover began: whoever was served until then shows that the failover it was.
    const downUs = hi > failover.fromUs ? firstFailedUs(run, patienceUs) : hi;
    primaryAnswers(Math.min(lo, downUs), (sentUs, doneUs) => {
      if (sentUs > downUs && doneUs <= untilUs) wentOn = true;
      // An answer to what was sent after the canary began to wait, or while it did not look, may be that of a primary that is already back.
      if (doneUs <= hi && sentUs > lo && sentUs <= beganUs && !wasSilent) lo = sentUs;
    });
    if (wentOn) continue;
    const { file } = first.probe;
    return {
      ...base,
      effective: { lo: Math.min(lo, hi), hi },
      reason: "",
      evidence: [{ file, line: first.line.line }],
    };
  }
  const idle = firstAction === null ? ", and no action that does something was seen to start" : "";
  const reason =
    before.length < failed.length
      ? `the canary inside the primary Region failed only after ${failover.what}, which may have taken the primary down itself${idle}`
      : `the canary inside the primary Region never failed after the fault was commanded${idle}`;
  return { ...base, effective: null, reason, evidence: canaries.map(({ file }) => ({ file })) };
}

/** Steps that wait, look or ask, and change nothing. */
const harmless: readonly string[] = [
  "aws:approve",
  "aws:assertAwsResourceProperty",
  "aws:branch",
  "aws:pause",
  "aws:sleep",
  "aws:updateVariable",
  "aws:waitForAwsResourceProperty",
];

/** From when on the failover may have closed or fenced the primary: its first step that changes something, else its order. +∞: never. */
function failoverActs(evidence: Evidence): { readonly fromUs: number; readonly what: string } {
  let first = { fromUs: Number.POSITIVE_INFINITY, what: "" };
  for (const { runbook, name, begun, last } of runbookSteps(evidence)) {
    if (runbook !== "failover" || begun === null || harmless.includes(last.value.action)) continue;
    if (begun.at.lo < first.fromUs) first = { fromUs: begun.at.lo, what: `the failover's step ${name} had begun` };
  }
  const ofFailover = evidence.drill?.failover === null ? null : orderedUs(evidence.journal, "failover");
  if (first.what !== "" || ofFailover === null) return first;
  return { fromUs: ofFailover, what: "the failover was ordered" };
}

/** The canary's slowest right answer before the fault; +∞: there was none. */
function slowestAnswerUs(observations: readonly Observed[], untilUs: number): number {
  const took = observations.flatMap(({ line: { value } }) =>
    value.ok && value.endUs <= untilUs ? [value.endUs - value.startUs] : [],
  );
  return took.length === 0 ? Number.POSITIVE_INFINITY : took.reduce((slowest, us) => Math.max(slowest, us), 0);
}

interface Suspect {
  readonly run: readonly Observed[];
  /** Whoever gets an answer from the primary after the first failure and before this shows that it was noise. */
  readonly untilUs: number;
}

/** `patienceUs`: how long after its send an observation without answer counts as failed, although it waited longer. */
const firstFailedUs = (run: readonly Observed[], patienceUs = Number.POSITIVE_INFINITY): number =>
  run.reduce(
    (earliest, { line: { value } }) => Math.min(earliest, value.endUs, value.startUs + patienceUs),
    Number.POSITIVE_INFINITY,
  );

/** Where the canary failed once without a fault and was right again at its next look, the first failure of a run may be such a one, too. */
const beyondNoiseUs = (run: readonly Observed[], isNoisy: boolean): number => {
  const [first, second] = run.map(({ line }) => line.value.endUs).toSorted((a, b) => a - b);
  return (isNoisy ? second : undefined) ?? first ?? Number.POSITIVE_INFINITY;
};

const lasting = (run: readonly Observed[]): Suspect => ({ run, untilUs: firstFailedUs(run) + 1_000_000 });

/** Asked only when no failure lasted: an outage that was over within a second, which the canary saw several times and nobody contradicts. */
function short(run: readonly Observed[]): Suspect[] {
  const lastUs = run[run.length - 1]?.line.value.startUs ?? 0;
  return lastUs > firstFailedUs(run) ? [{ run, untilUs: lastUs }] : [];
}

interface Observed {
  readonly probe: ProbeEvidence;
  readonly line: Numbered<ProbeLine>;
}

/** Runs of consecutive failures: those of two or more first, because a single one may be noise; then the single ones. */
function failures(observations: readonly Observed[], fromUs: number): Observed[][] {
  const runs: Observed[][] = [];
  let run: Observed[] = [];
  for (const observed of observations) {
    if (observed.line.value.startUs < fromUs && observed.line.value.endUs < fromUs) continue;
    if (!observed.line.value.ok) run.push(observed);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  return [...runs.filter(({ length }) => length > 1), ...runs.filter(({ length }) => length === 1)];
}

/** The latest send of one that was answered, of those sent before `beforeUs`: the primary was up at some moment after it. */
function lastGoodCanary(observations: readonly Observed[], beforeUs: number): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { line } of observations) {
    if (line.value.ok && line.value.startUs <= beforeUs) latest = Math.max(latest, line.value.startUs);
  }
  return latest;
}

/** A canary that begins no observation for so long was not looking. */
const silentUs = ({ header }: ProbeEvidence): number => 1000 * (3 * (header.intervalMs ?? 0) + header.timeoutMs);

/** The journal's last intent to start an experiment before FIS first told of one that runs; earlier ones only previewed the targets. */
export function commandedAt(journal: Evidence["journal"]): Bounded | null {
  let intended: { us: number; step: string } | null = null;
  let done: number | null = null;
  for (const { value } of journal) {
    if (value.type === "fis.experiment") break;
    if (value.type === "step.intended" && value.undo?.kind === "stop-experiment") {
      intended = { us: value.us, step: value.step };
      done = null;
    } else if (value.type === "step.done" && value.step === intended?.step) done = value.us;
  }
  const fis = journal.find(({ value }) => value.type === "fis.experiment");
  if (intended === null || fis === undefined) return null;
  return { lo: intended.us, hi: done ?? fis.value.us };
}

function actionsOf(
  journal: Evidence["journal"],
  commandedUs: number | null,
): Pick<FaultTime, "actions" | "firstAction"> {
  const last = new Map<string, { event: FisAction; line: number }>();
  const starts: Change[] = [];
  const dated: Change[] = [];
  for (const { value, line } of journal) {
    // What FIS dates may be older than the state that it is told with: only our order certainly came before it.
    if (value.type === "fis.experiment")
      dated.push({ sourceMs: value.sourceMs, notBeforeUs: commandedUs, seenUs: value.us });
    if (value.type !== "fis.action") continue;
    const start = { sourceMs: value.startMs, notBeforeUs: commandedUs, seenUs: value.us };
    dated.push(start);
    if (value.endMs !== null)
      dated.push({ sourceMs: value.endMs, notBeforeUs: value.previousPollUs ?? commandedUs, seenUs: value.us });
    if (value.actionId === "aws:fis:wait") continue;
    last.set(value.action, { event: value, line });
    if (value.startMs !== null && value.state !== "pending" && value.state !== "initiating") starts.push(start);
  }
  const place = placedBy(dated);
  const firstAction = starts.map(place).reduce<Bounded | null>((a, b) => (a !== null && a.lo <= b.lo ? a : b), null);
  const actions = [...last.values()].map(({ event, line }) => {
    return { action: event.action, actionId: event.actionId, state: event.state, reason: event.reason ?? null, line };
  });
  return { actions, firstAction };
}
