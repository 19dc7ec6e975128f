/**
 * What a drill's findings must not say, from the truth alone: a finding whose objective was broken must not PASS, one whose objective was
 * kept must not FAIL, and a measured interval must hold the true value. Where the truth cannot tell, nothing is claimed.
 */
import type { Objectives } from "../../model/drill.ts";
import type { Course } from "../drive/harness.ts";
import type { DriveOptions } from "../drive/options.ts";
import type { Payment, Trouble } from "../liar/script.ts";
import { promisedUs } from "../liar/truth.ts";
import type { Truth } from "../liar/truth.ts";
import type { History } from "./plan.ts";

/** null: nobody can say. */
export interface Answer {
  readonly isBroken: boolean | null;
  /** In the finding's unit; undefined: not a number, or not known. */
  readonly value?: number;
}

export type Answers = ReadonlyMap<string, Answer>;

export interface Played {
  readonly history: History;
  readonly truth: Truth;
  readonly course: Course;
  readonly drive: DriveOptions;
  /** All payments of the witnesses that are there in either of the two final readings. */
  readonly stored: readonly Payment[];
  /** Both of them have the same ones. */
  readonly seenTwice: boolean;
  readonly troubles: readonly Trouble[];
  /** Money was put on an account by hand. */
  readonly skewed: boolean;
  /** Ids that were there in only one of the two final readings. */
  readonly vanished: ReadonlySet<string>;
  readonly returned: ReadonlySet<string>;
}

const never = Number.POSITIVE_INFINITY;

/** When customers were served again and stayed so while they were watched; null: nobody can say. */
export function restoredUs({ history, truth, troubles, course, returned }: Played): number | null {
  // Reads of what was lost and came back were answered wrongly, or rightly: that depends on when one looks.
  if (history.isUneven || returned.size > 0) return null;
  const { moments } = truth;
  if (moments.faultUs === never) return null;
  const watchedUntilUs = Math.min(course.failbackUs, course.loadStopUs);
  const flaps = troubles.filter(({ fromUs }) => fromUs < watchedUntilUs);
  const back = Math.max(moments.restoredUs, ...flaps.map(({ untilUs }) => untilUs));
  // What begins as the watching ends may have been seen by few arrivals or none.
  const isNear = (us: number): boolean => Math.abs(us - watchedUntilUs) < 1_500_000;
  if (flaps.some(({ fromUs }) => isNear(fromUs)) || isNear(back)) return null;
  return back < watchedUntilUs ? back : never;
}

/** What vanished or came back, and was not lost at the failover: how the first reading counts it depends on when it was taken. */
function isFluttering({ truth, returned, course, history }: Played): boolean {
  const beforeReplayUs = history.damage === "reading gone" ? null : course.beforeReplayUs;
  const spokenUs = beforeReplayUs === null ? -never : beforeReplayUs - 100_000;
  // What the new writer promised is no part of that loss, whatever became of it.
  const removed = truth.residual.some(
    ({ lost, region, ackedUs }) => !lost && region === 0 && (ackedUs ?? 0) >= spokenUs,
  );
  return removed || (beforeReplayUs === null && returned.size > 0);
}

/** The age of the oldest broken promise, and how long after the fault promises were made that were then broken. */
export function lossUs(played: Played): number | null {
  const { faultUs } = played.truth.moments;
  const { lost } = played.truth;
  if (faultUs === never || isFluttering(played)) return null;
  if (lost.length === 0) return 0;
  const acked = lost.map(({ ackedUs }) => ackedUs ?? 0);
  return Math.max(0, faultUs - Math.min(...lost.map(promisedUs))) + Math.max(0, Math.max(...acked) - faultUs);
}

const limit = (value: number | null, most: number, isStrict: boolean): boolean | null =>
  value === null ? null : isStrict ? value >= most : value > most;

export function answersOf(played: Played, objectives: Objectives): Answers {
  const { truth, stored, skewed, returned, drive } = played;
  const restored = restoredUs(played);
  const rtoMs = restored === null ? null : (restored - truth.moments.faultUs) / 1000;
  const loss = lossUs(played);
  const rpoMs = loss === null ? null : loss / 1000;
  const known = !isFluttering(played);
  const lost = known ? truth.lost.length : null;
  const minor = known ? truth.lostMinor : null;
  const count = (is: (payment: Payment) => boolean): number => stored.filter(is).length;
  const torn = count((row) => (row.debits === 0) !== (row.credits === 0));
  const doubled = count((row) => row.copies > 1 || (row.debits > 1 && row.credits > 1));
  const otherFrom = stored.some((row) => row.storedFrom !== row.from);
  const corrupt = count((row) => row.storedBody !== row.body || row.storedFrom !== row.from);
  const phantom = count(({ refused, ackedUs }) => refused && ackedUs === null) + returned.size;
  // With one of the two final readings gone, it depends on which.
  const isHalfRead = played.history.damage === "reading gone" && !played.seenTwice;
  const inRows = (found: number): Answer => (isHalfRead ? answer(null, null) : answer(found > 0, found));
  const unpaired = torn > 0 && !played.seenTwice ? null : torn > 0;
  const booksAreWrong = skewed ? true : unpaired === false && otherFrom ? null : unpaired;
  const residual = isHalfRead ? null : truth.residual.length;
  const accepted = truth.acceptedByOld.length + truth.acceptedFromFence;
  const isJudged = drive.failover && truth.moments.promotedUs !== never;
  const answers: [string, Answer][] = [
    ["rto", answer(limit(rtoMs, objectives.rtoMs, true), rtoMs)],
    ["rpo.time", answer(limit(rpoMs, objectives.rpoMs, true), rpoMs)],
    ["rpo.count", answer(limit(lost, objectives.rpoCount ?? never, false), lost)],
    ["rpo.amount", answer(limit(minor, objectives.rpoAmountMinor ?? never, false), minor)],
    ["residual", residual === null ? answer(null, null) : answer(residual > objectives.residual, residual)],
    ["duplicates", inRows(doubled)],
    ["corrupt", inRows(corrupt)],
    ["torn", inRows(torn)],
    // A row that nobody sent may also be one whose record was lost.
    [
      "phantom",
      truth.inserted > 0 || isHalfRead ? answer(!isHalfRead && phantom > 0 ? true : null, null) : inRows(phantom),
    ],
    // An account that was changed in the row only makes the books wrong in a way that need not show in the balances.
    ["balance", answer(booksAreWrong, null)],
    ["splitBrain", isJudged ? answer(overlapMs(truth) > 0, overlapMs(truth)) : answer(null, null)],
    ["fenceBreach", isJudged ? answer(accepted > 0, accepted) : answer(null, null)],
    ["staleReads", answer(staleness(played), null)],
    ["functional", answer(restored === null || restored === never || played.troubles.length > 0 ? null : false, null)],
    ["residency", answer(truth.outside.length > 0, truth.outside.length)],
  ];
  return new Map(answers);
}

const answer = (isBroken: boolean | null, value: number | null): Answer =>
  value === null || !Number.isFinite(value) ? { isBroken } : { isBroken, value };

/** Stale reads of what later vanished are told as part of that. */
function staleness({ truth, vanished, returned }: Played): boolean | null {
  // What was lost and came back was not there to be read, or was: that depends on when one looks.
  if (truth.staleReads.length === 0) return returned.size > 0 ? null : false;
  const gone = new Set([...truth.residual.map(({ id }) => id), ...vanished]);
  return truth.staleReads.some(({ payment }) => !gone.has(payment.id)) ? true : null;
}

/** From the first write of the new writer to the last of the old one. */
function overlapMs({ acknowledged, acceptedByOld }: Truth): number {
  const fresh = acknowledged.filter(({ region }) => region === 1).map(promisedUs);
  if (fresh.length === 0) return 0;
  return Math.max(0, Math.max(...acceptedByOld.map(promisedUs), -never) - Math.min(...fresh)) / 1000;
}
