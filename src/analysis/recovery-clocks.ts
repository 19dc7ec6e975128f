/** The clocks of the recovery that others state (docs/measuring.md §5): detected, decided, the runbook's movements, route, protection, failback. */
import type { Citation } from "../evidence/citation.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { Drill, Movement } from "../model/drill.ts";
import type { Bounded } from "./interval.ts";
import { eventsOf, orderedUs, runbookSteps, watchedUntilUs } from "./runbook-steps.ts";
import type { RunbookName } from "./runbook-steps.ts";
import { placedBy } from "./wall-clock.ts";
import type { Change } from "./wall-clock.ts";

/** An instant with where it stands; or why there is none. */
export interface Clock {
  readonly at: Bounded | null;
  readonly reason: string;
  readonly evidence: readonly Citation[];
  /** Without `at`: until when its observer looked for it in vain; null: nobody looked. */
  readonly soughtUntilUs: number | null;
}

const journalFile = "journal.ndjson";
export const reached = (at: Bounded, evidence: readonly Citation[]): Clock => ({
  at,
  reason: "",
  evidence,
  soughtUntilUs: null,
});
const missed = (reason: string, soughtUntilUs: number | null, evidence: readonly Citation[] = []): Clock => ({
  at: null,
  reason,
  evidence,
  soughtUntilUs,
});

const journalEndUs = ({ journal }: Evidence): number => journal[journal.length - 1]?.value.us ?? 0;

/** C3: the event that the harness acted on, or the first alarm that the drill names. `sinceUs`: the command of the fault. */
export function detectedAt(evidence: Evidence, drill: Drill, sinceUs: number): Clock {
  const { journal } = evidence;
  const [alarms, detections] = [eventsOf(journal, "alarm"), eventsOf(journal, "detected")];
  const names = drill.detection.alarms;
  const event =
    detections.find(({ value }) => value.us >= sinceUs) ??
    alarms.find(
      ({ value }) =>
        value.state === "ALARM" && value.us >= sinceUs && (names.length === 0 || names.includes(value.name)),
    );
  if (event === undefined)
    return missed(`no alarm fired after the fault (${names.join(", ") || "any would do"})`, journalEndUs(evidence));
  const changeOf = ({ sourceMs, previousPollUs, us }: (typeof event)["value"]): Change => ({
    sourceMs,
    notBeforeUs: previousPollUs,
    seenUs: us,
  });
  const place = placedBy([...alarms, ...detections].map(({ value }) => changeOf(value)));
  return reached(place(changeOf(event.value)), [{ file: journalFile, line: event.line }]);
}

/** Since when the alarms could not be read any more, when that was still so at the end; null: they could. `heardUs` null: they never could. */
export function alarmsSilent({
  journal,
}: Evidence): { readonly heardUs: number | null; readonly reason: string; readonly line: number } | null {
  const last = journal.findLast(({ value }) => value.type === "alarms.silent" || value.type === "alarms.heard");
  return last?.value.type === "alarms.silent"
    ? { heardUs: last.value.heardUs, reason: `alarms could not be read: ${last.value.reason}`, line: last.line }
    : null;
}

/** C4 */
export function decidedAt(evidence: Evidence, sinceUs: number): Clock {
  const event = eventsOf(evidence.journal, "decided").find(({ value }) => value.us >= sinceUs);
  if (event === undefined) return missed("nobody decided to fail over", journalEndUs(evidence));
  return reached({ lo: event.value.us, hi: event.value.us }, [{ file: journalFile, line: event.line }]);
}

export interface StepTimes {
  readonly start: Clock;
  readonly end: Clock;
  /** "unfinished": it was cancelled, or had not ended when it was last looked for. */
  readonly outcome: "not seen" | "succeeded" | "failed" | "unfinished";
}

/** Begin and end of the runbook step that the drill names for a movement. */
export function movementTimes(evidence: Evidence, drill: Drill, runbook: RunbookName, movement: Movement): StepTimes {
  const name = drill[runbook]?.movements[movement];
  const untilUs = watchedUntilUs(evidence.journal, runbook);
  const nothing = (reason: string): StepTimes => {
    const clock = missed(reason, untilUs);
    return { start: clock, end: clock, outcome: "not seen" };
  };
  if (drill[runbook] === null) return nothing(`the drill has no ${runbook}`);
  if (name === undefined) return nothing(`the drill names no step of its ${runbook} for "${movement}"`);
  const step = runbookSteps(evidence).find((one) => one.runbook === runbook && one.name === name);
  if (step === undefined || step.begun === null) return nothing(`step ${name} of the ${runbook} never began`);
  const start = reached(step.begun.at, [{ file: journalFile, line: step.begun.line }]);
  const { value, line } = step.last;
  const cited = [{ file: journalFile, line }];
  if (value.status === "Success" && step.ended !== null)
    return { start, end: reached(step.ended, cited), outcome: "succeeded" };
  const why = `step ${name} of the ${runbook} did not succeed: ${value.status}${value.failure === undefined ? "" : `, ${value.failure}`}`;
  const hasFailed = value.status === "Failed" || value.status === "TimedOut";
  return { start, end: missed(why, untilUs, cited), outcome: hasFailed ? "failed" : "unfinished" };
}

/** C8: the first answer of the name server that names the new Region, between that look and the one before. */
export function routedAt(evidence: Evidence, secondary: string, sinceUs: number): Clock {
  let best: { readonly at: Bounded; readonly file: string; readonly line: number } | null = null;
  let lookedUs: number | null = null;
  const look = (us: number): void => void (lookedUs = Math.max(lookedUs ?? us, us));
  for (const probe of evidence.probes.filter(({ header }) => header.kind === "dns")) {
    let before: number | null = null;
    for (const { value, line } of probe.lines) {
      if (!value.ok) continue;
      if (value.region === secondary && value.endUs >= sinceUs) {
        const at = { lo: before ?? value.startUs, hi: value.endUs };
        if (best === null || at.hi < best.at.hi) best = { at, file: probe.file, line };
        break;
      }
      before = value.startUs;
      look(value.startUs);
    }
  }
  for (const { value, line } of eventsOf(evidence.journal, "dns.answer")) {
    look(value.us);
    if (value.region !== secondary || value.us < sinceUs) continue;
    const at = { lo: value.previousPollUs ?? value.us, hi: value.us };
    if (best === null || at.hi < best.at.hi) best = { at, file: journalFile, line };
    break;
  }
  if (best === null) return missed("no name server's answer named the new Region", lookedUs);
  return reached(best.at, [{ file: best.file, line: best.line }]);
}

/** C13: a standby streams again, after the time without one, and is not lost again while it is watched. */
export function protectedAt(evidence: Evidence, sinceUs: number): Clock {
  const looks = evidence.lag.filter(({ value }) => value.us >= sinceUs);
  const lost = looks.findLastIndex(({ value }) => !value.protected);
  const lookedUs = evidence.lag[evidence.lag.length - 1]?.value.us ?? null;
  if (lookedUs === null) return missed("replication was not watched", null);
  const [before, again] = [looks[lost], looks[lost + 1]];
  if (before === undefined) return missed("replication was never seen to be lost", null);
  if (again === undefined) return missed("no standby was streaming again by the end of the observation", lookedUs);
  return reached({ lo: before.value.us, hi: again.value.us }, [{ file: "lag.ndjson", line: again.line }]);
}

export interface Failback {
  readonly started: Clock;
  readonly complete: Clock;
}

/** C14: between the last look that found it under way, and not before its last step had ended, and the one that found it over. */
export function failbackAt(evidence: Evidence): Failback {
  const { journal } = evidence;
  const events = eventsOf(journal, "ssm.execution").filter(({ value }) => value.runbook === "failback");
  const phase = eventsOf(journal, "phase.started").find(({ value }) => value.phase === "failback");
  const first = phase ?? events[0];
  if (first === undefined) {
    const clock = missed("there was no failback", journalEndUs(evidence));
    return { started: clock, complete: clock };
  }
  const started = reached({ lo: first.value.us, hi: first.value.us }, [{ file: journalFile, line: first.line }]);
  const last = events[events.length - 1];
  if (last === undefined || !["Success", "CompletedWithSuccess"].includes(last.value.status)) {
    const why = `the failback did not succeed: ${last?.value.status ?? "it never began"}${last?.value.failure === undefined ? "" : `, ${last.value.failure}`}`;
    return { started, complete: missed(why, watchedUntilUs(journal, "failback")) };
  }
  const ends = runbookSteps(evidence).flatMap(({ runbook, ended }) =>
    runbook === "failback" && ended ? [ended.lo] : [],
  );
  const { us } = last.value;
  const notBefore = [last.value.previousPollUs, orderedUs(journal, "failback"), ...ends, first.value.us];
  const lo = Math.min(us, Math.max(...notBefore.flatMap((one) => one ?? [])));
  return { started, complete: reached({ lo, hi: us }, [{ file: journalFile, line: last.line }]) };
}
