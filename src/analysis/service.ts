/** The load as the customers of the service: which arrivals were served well, reads and writes apart. */
import type { Arrivals } from "../evidence/arrivals.ts";
import { acknowledged, classifyRead } from "./classify.ts";
import type { Outcomes } from "./classify.ts";
import type { Schedule } from "./schedule.ts";

export const bad = 0;
export const good = 1;
/** Not over when the observation ended, and not yet due to be: says nothing. */
export const open = 2;

export interface Service {
  /** By seq: bad, good or open. */
  readonly verdicts: Uint8Array;
  readonly schedule: Schedule;
  readonly arrivals: Arrivals;
  /** An arrival without trace is counted as a read: a write leaves its intent before anything else. */
  readonly isWrite: (seq: number) => boolean;
  readonly sentUs: (seq: number) => number;
  /** +∞ while it has not ended. */
  readonly doneUs: (seq: number) => number;
}

export interface ServiceOptions {
  /** Good = right and complete by its due time plus this. */
  readonly deadlineMs: number;
  /** "Not found" is the truth when it was asked for a payment that is lost, or was not acknowledged yet, or never. */
  readonly mayBeAbsent: (seq: number, askedUs: number) => boolean;
}

export function serviceOf(
  arrivals: Arrivals,
  outcomes: Outcomes,
  schedule: Schedule,
  options: ServiceOptions,
): Service {
  const deadlineUs = options.deadlineMs * 1000;
  const reads = arrivals.answers.map(classifyRead);
  const isWrite = (seq: number): boolean => arrivals.isWrite(seq);
  const sentUs = (seq: number): number => (arrivals.isKnown(seq) ? arrivals.sentUs(seq) : schedule.dueUs(seq));
  const doneUs = (seq: number): number => {
    const later = outcomes.laterAcks.get(seq);
    if (later !== undefined) return later.us;
    return arrivals.hasEnded(seq) ? arrivals.endUs(seq) : Number.POSITIVE_INFINITY;
  };
  const isRight = (seq: number): boolean => {
    if (arrivals.isWrite(seq)) return outcomes.of[seq] === acknowledged;
    const read = reads[arrivals.answerOf(seq)];
    return (
      read === "right" || (read === "not found" && options.mayBeAbsent(arrivals.readOf(seq), arrivals.sentUs(seq)))
    );
  };
  const verdicts = new Uint8Array(schedule.end);
  for (let seq = 0; seq < schedule.end; seq++) {
    const limit = schedule.dueUs(seq) + deadlineUs;
    const done = doneUs(seq);
    if (done <= limit && isRight(seq)) verdicts[seq] = good;
    else if (done === Number.POSITIVE_INFINITY && limit > schedule.observedUntilUs) verdicts[seq] = open;
  }
  return { verdicts, schedule, arrivals, isWrite, sentUs, doneUs };
}
