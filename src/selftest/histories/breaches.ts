/**
 * What a drill's findings must not say, from the truth alone: a finding whose objective was broken must not PASS, one whose objective was
 * kept must not FAIL, and a measured interval must hold the true value. Where the truth cannot tell, nothing is claimed.
 */
import type { Objectives } from "../../model/drill.ts";
import type { Payment } from "../liar/script.ts";
import { isNamed, promisedUs } from "../liar/truth.ts";
import type { Truth } from "../liar/truth.ts";
import { answer, limit, never } from "./answer.ts";
import type { Answer, Answers } from "./answer.ts";
import { availabilityAnswer } from "./customers.ts";
import type { Played } from "./played.ts";
import { faultUs, restoredUs, timeAnswers } from "./times.ts";

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
  const fault = faultUs(played);
  const { lost } = played.truth;
  if (fault === null || isFluttering(played)) return null;
  if (lost.length === 0) return 0;
  const acked = lost.map(({ ackedUs }) => ackedUs ?? 0);
  return Math.max(0, fault - Math.min(...lost.map(promisedUs))) + Math.max(0, Math.max(...acked) - fault);
}

export function answersOf(played: Played, objectives: Objectives): Answers {
  const { truth, stored, skewed, returned, drive, seenAgain } = played;
  const restored = restoredUs(played);
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
  const phantom = count(({ refused, ackedUs }) => refused && ackedUs === null) + returned.size + truth.inserted;
  // With one of the two final readings gone, it depends on which.
  const isHalfRead = played.history.damage === "reading gone" && !played.seenTwice;
  const inRows = (found: number): Answer => (isHalfRead ? answer(null, null) : answer(found > 0, found));
  const unpaired = torn > 0 && !played.seenTwice ? null : torn > 0;
  const booksAreWrong = skewed ? true : unpaired === false && otherFrom ? null : unpaired;
  // What only the first of the two readings shows was stored there, too.
  const onceSeen = stored.filter(({ id, storedRegion }) => !seenAgain.has(id) && !isNamed(storedRegion));
  const outside = new Set([...truth.outside, ...onceSeen].map(({ id }) => id));
  const residual = isHalfRead ? null : truth.residual.length;
  const isAskedAgain = drive.retriesAfterUs !== null && truth.refusedYetThere.length > 0;
  const accepted = truth.acceptedByOld.length + truth.acceptedFromFence;
  // What the probe gave up on was accepted all the same, and nobody outside can know.
  const heard = accepted - truth.acceptedUnheard;
  const breach = answer(heard > 0 ? true : accepted > 0 ? null : false, heard === accepted ? accepted : null);
  const isJudged = drive.failover && truth.moments.promotedUs !== never;
  // Without a failover there is no objective for it.
  const unjudged = answer(drive.failover ? null : false, null);
  const answers: (readonly [string, Answer])[] = [
    ...timeAnswers(played, objectives),
    ["rpo.time", answer(limit(rpoMs, objectives.rpoMs, true), rpoMs)],
    ["rpo.count", answer(limit(lost, objectives.rpoCount ?? never, false), lost)],
    ["rpo.amount", answer(limit(minor, objectives.rpoAmountMinor ?? never, false), minor)],
    ["residual", residual === null ? answer(null, null) : answer(residual > objectives.residual, residual)],
    ["duplicates", inRows(doubled)],
    ["corrupt", inRows(corrupt)],
    ["torn", inRows(torn)],
    // Whoever was refused and asked again without an answer cannot know which of the two was done.
    ["phantom", isAskedAgain ? answer(null, null) : inRows(phantom)],
    // An account that was changed in the row only makes the books wrong in a way that need not show in the balances.
    ["balance", answer(booksAreWrong, null)],
    ["splitBrain", isJudged ? answer(overlapMs(truth) > 0, overlapMs(truth)) : unjudged],
    ["fenceBreach", isJudged ? breach : unjudged],
    ["staleReads", staleness(played)],
    ["functional", answer(restored === null || restored === never || played.troubles.length > 0 ? null : false, null)],
    ["residency", isHalfRead ? answer(null, null) : answer(outside.size > 0, outside.size)],
    ["availability", availabilityAnswer(played, objectives)],
  ];
  return new Map(answers);
}

/** Stale reads of what later vanished are told as part of that. */
function staleness({ truth, vanished, returned }: Played): Answer {
  // What was lost and came back was not there to be read, or was: that depends on when one looks.
  if (truth.staleReads.length === 0) return returned.size > 0 ? { isBroken: null } : answer(false, 0);
  const gone = new Set([...truth.residual.map(({ id }) => id), ...vanished]);
  const left = truth.staleReads.filter(({ payment }) => !gone.has(payment.id)).length;
  return answer(left > 0 ? true : null, gone.size + returned.size > 0 ? null : left);
}

/** From the first write of the new writer to the last of the old one. */
function overlapMs({ acknowledged, acceptedByOld }: Truth): number {
  const fresh = acknowledged.filter(({ region }) => region === 1).map(promisedUs);
  if (fresh.length === 0) return 0;
  return Math.max(0, Math.max(...acceptedByOld.map(promisedUs), -never) - Math.min(...fresh)) / 1000;
}
