/** The clocks of the recovery that others state (measurement.md §6): detected, decided, the runbook's movements, route, protection, failback. */
import type { Citation } from "../evidence/citation.ts";
import type { Evidence, Numbered } from "../evidence/evidence.ts";
import type { Drill, Movement } from "../model/drill.ts";
import type { RunEvent } from "../model/journal.ts";
import type { Bounded } from "./interval.ts";
import { sourced } from "./wall-clock.ts";
import type { ToAxis } from "./wall-clock.ts";

/** An instant with where it stands; or why there is none. */
export interface Clock {
  readonly at: Bounded | null;
  readonly reason: string;
  readonly evidence: readonly Citation[];
}

const journalFile = "journal.ndjson";
const absent = (reason: string): Clock => ({ at: null, reason, evidence: [] });

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

function eventsOf<Type extends RunEvent["type"]>(journal: Evidence["journal"], type: Type): Numbered<Of<Type>>[] {
  return journal.filter((entry): entry is Numbered<Of<Type>> => entry.value.type === type);
}

/** C3: the event that the harness acted on, or the first alarm that the drill names. */
export function detectedAt(evidence: Evidence, drill: Drill, toAxis: ToAxis, sinceUs: number): Clock {
  const detected = eventsOf(evidence.journal, "detected").find(({ value }) => value.us >= sinceUs);
  const names = drill.detection.alarms;
  const alarm = eventsOf(evidence.journal, "alarm").find(
    ({ value }) => value.state === "ALARM" && value.us >= sinceUs && (names.length === 0 || names.includes(value.name)),
  );
  const event = detected ?? alarm;
  if (event === undefined) return absent(`no alarm fired after the fault (${names.join(", ") || "any would do"})`);
  return { at: sourced(toAxis, event.value), reason: "", evidence: [{ file: journalFile, line: event.line }] };
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
  if (event === undefined) return absent("nobody decided to fail over");
  return {
    at: { lo: event.value.us, hi: event.value.us },
    reason: "",
    evidence: [{ file: journalFile, line: event.line }],
  };
}

export interface StepTimes {
  readonly start: Clock;
  readonly end: Clock;
  /** The step was seen and did not succeed. */
  readonly failed: boolean;
}

/** Begin and end of the runbook step that the drill names for a movement. */
export function movementTimes(
  evidence: Evidence,
  drill: Drill,
  toAxis: ToAxis,
  runbook: "failover" | "failback",
  movement: Movement,
): StepTimes {
  const step = drill[runbook]?.movements[movement];
  const nothing = (reason: string): StepTimes => ({ start: absent(reason), end: absent(reason), failed: false });
  if (drill[runbook] === null) return nothing(`the drill has no ${runbook}`);
  if (step === undefined) return nothing(`the drill names no step of its ${runbook} for "${movement}"`);
  const seen = eventsOf(evidence.journal, "ssm.step").filter(
    ({ value }) => value.runbook === runbook && value.step === step,
  );
  const last = seen[seen.length - 1];
  const first = seen.find(({ value }) => value.startMs !== null);
  if (last === undefined || first === undefined) return nothing(`step ${step} of the ${runbook} never began`);
  const start: Clock = {
    at: sourced(toAxis, {
      sourceMs: first.value.startMs,
      previousPollUs: notBefore(evidence, first),
      us: first.value.us,
    }),
    reason: "",
    evidence: [{ file: journalFile, line: first.line }],
  };
  const cite = [{ file: journalFile, line: last.line }];
  if (last.value.status !== "Success") {
    const why = `step ${step} of the ${runbook} did not succeed: ${last.value.status}${last.value.failure === undefined ? "" : `, ${last.value.failure}`}`;
    return { start, end: { at: null, reason: why, evidence: cite }, failed: true };
  }
  // Between the look that last found it under way and the one that found it done.
  const before = seen.length > 1 ? (seen[seen.length - 2]?.value.us ?? null) : null;
  return {
    start,
    end: {
      at: sourced(toAxis, { sourceMs: last.value.endMs, previousPollUs: before, us: last.value.us }),
      reason: "",
      evidence: cite,
    },
    failed: false,
  };
}

/** A step cannot have begun before its runbook was ordered, nor before the last look that did not show it yet; whatever its clock says. */
function notBefore({ journal }: Evidence, step: Numbered<Of<"ssm.step">>): number | null {
  const { us, runbook } = step.value;
  const earlier = journal.findLast(({ value }) => {
    if (value.us >= us) return false;
    if (value.type === "step.intended") return value.step === `runbook-${runbook}`;
    return (value.type === "ssm.step" || value.type === "ssm.execution") && value.runbook === runbook;
  });
  return earlier?.value.us ?? null;
}

/** C8: the first answer of the name server that names the new Region, between that look and the one before. */
export function routedAt(evidence: Evidence, secondary: string, sinceUs: number): Clock {
  let best: Clock = absent("no name server's answer named the new Region");
  for (const probe of evidence.probes.filter(({ header }) => header.kind === "dns")) {
    let before: number | null = null;
    for (const { value, line } of probe.lines) {
      if (!value.ok) continue;
      if (value.region === secondary && value.endUs >= sinceUs) {
        const at = { lo: before ?? value.startUs, hi: value.endUs };
        if (best.at === null || at.hi < best.at.hi) best = { at, reason: "", evidence: [{ file: probe.file, line }] };
        break;
      }
      before = value.startUs;
    }
  }
  for (const { value, line } of eventsOf(evidence.journal, "dns.answer")) {
    if (value.region !== secondary || value.us < sinceUs) continue;
    const at = { lo: value.previousPollUs ?? value.us, hi: value.us };
    if (best.at === null || at.hi < best.at.hi) best = { at, reason: "", evidence: [{ file: journalFile, line }] };
    break;
  }
  return best;
}

/** C13: a standby streams again, after the time without one. */
export function protectedAt(evidence: Evidence, sinceUs: number): Clock {
  let lost = false;
  let before = sinceUs;
  for (const { value, line } of evidence.lag) {
    if (value.us < sinceUs) continue;
    if (!value.protected) lost = true;
    else if (lost) return { at: { lo: before, hi: value.us }, reason: "", evidence: [{ file: "lag.ndjson", line }] };
    before = value.us;
  }
  if (evidence.lag.length === 0) return absent("replication was not watched");
  return absent(
    lost ? "no standby was streaming again by the end of the observation" : "replication was never seen to be lost",
  );
}

export interface Failback {
  readonly started: Clock;
  readonly complete: Clock;
}

/** C14 */
export function failbackAt(evidence: Evidence): Failback {
  const events = eventsOf(evidence.journal, "ssm.execution").filter(({ value }) => value.runbook === "failback");
  const phase = eventsOf(evidence.journal, "phase.started").find(({ value }) => value.phase === "failback");
  const first = phase ?? events[0];
  if (first === undefined)
    return { started: absent("there was no failback"), complete: absent("there was no failback") };
  const started: Clock = {
    at: { lo: first.value.us, hi: first.value.us },
    reason: "",
    evidence: [{ file: journalFile, line: first.line }],
  };
  const last = events[events.length - 1];
  if (last === undefined || !["Success", "CompletedWithSuccess"].includes(last.value.status)) {
    return {
      started,
      complete: absent(
        `the failback did not succeed: ${last?.value.status ?? "it never began"}${last?.value.failure === undefined ? "" : `, ${last.value.failure}`}`,
      ),
    };
  }
  const before =
    evidence.journal.findLast(({ value }) => value.us < last.value.us && value.type === "ssm.step")?.value.us ??
    last.value.us;
  return {
    started,
    complete: {
      at: { lo: Math.min(before, last.value.us), hi: last.value.us },
      reason: "",
      evidence: [{ file: journalFile, line: last.line }],
    },
  };
}
