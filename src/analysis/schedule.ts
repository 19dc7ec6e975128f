/**
 * When each arrival of the load was due. The load is an open model: iteration i is due at t0 + i × period whatever the system does, and
 * everything about availability is counted from then (docs/measuring.md §5). Valid only while k6 started every iteration.
 */
import type { LedgerEvidence } from "../evidence/evidence.ts";
import { noSocketCode } from "../model/ledger.ts";

export interface Schedule {
  readonly t0Us: number;
  readonly periodUs: number;
  readonly dueUs: (seq: number) => number;
  /** One more than the last seq that counts: what was due after the load was told to stop does not. */
  readonly end: number;
  /** The last instant that the ledger can speak of. */
  readonly observedUntilUs: number;
  /** Iterations that k6 could not start; then `dueUs` means nothing, and no time may be derived from the load. */
  readonly dropped: number;
  /** Arrivals for which the machine that sends had no port or file descriptor left: they failed, and not by the system's fault. */
  readonly starved: number;
  /** Arrivals that left no trace although they were due well before the end: the ledger has gaps. */
  readonly untraced: number;
  /** Writes whose outcome should be on record long since, and is not: whoever answered, or did not, the ledger has lost it. */
  readonly unanswered: number;
  /** The ledger ends in order, with a "done" mark. */
  readonly complete: boolean;
}

const troubles = ["dropped", "starved", "untraced", "unanswered"] as const;
export type Untimed = (typeof troubles)[number];

/** Why nobody knows when each arrival was due and what became of it, so that no time may be derived from the load; null: it is known. */
export const untimed = (schedule: Schedule): Untimed | null => troubles.find((one) => schedule[one] > 0) ?? null;

export function scheduleOf(
  ledger: LedgerEvidence,
  given: { readonly dropped: number; readonly timeoutMs: number },
): Schedule {
  const { arrivals, header, marks, lastUs } = ledger;
  const periodUs = 60e6 / header.ratePerMinute;
  const mark = (name: string) => marks.findLast(({ value }) => value.mark === name)?.value;
  const stop = mark("stop");
  const done = mark("done");
  let t0Us = mark("open")?.us ?? Number.POSITIVE_INFINITY;
  for (let seq = 0; seq < arrivals.size; seq++) {
    if (arrivals.isKnown(seq)) t0Us = Math.min(t0Us, arrivals.sentUs(seq) - seq * periodUs);
  }
  const dueUs = (seq: number): number => t0Us + seq * periodUs;
  // What began as the load was being told to stop was refused or cut off: it says nothing about the system.
  let end = arrivals.size;
  if (stop !== undefined) while (end > 0 && dueUs(end - 1) >= stop.us) end -= 1;
  const graceUs = stop === undefined ? given.timeoutMs * 1000 + 1e6 : 1e6;
  const lastDue = dueUs(end - 1);
  while (end > 0 && !arrivals.isKnown(end - 1)) end -= 1;
  // Until it was told to stop, or at least until shortly before its end, the load began all that was due.
  const begunUntilUs = Math.max(lastDue, stop?.us ?? done?.us ?? lastDue) - graceUs;
  let untraced = Math.max(0, Math.ceil((begunUntilUs - dueUs(end)) / periodUs));
  for (let seq = 0; seq < end; seq++) if (!arrivals.isKnown(seq) && dueUs(seq) < begunUntilUs) untraced += 1;
  const noSocket = arrivals.answers.map(({ errorCode }) => errorCode === noSocketCode);
  let starved = 0;
  for (let seq = 0; seq < end; seq++)
    if (arrivals.hasEnded(seq) && noSocket[arrivals.answerOf(seq)] === true) starved += 1;
  const dropped = marks.reduce((most, { value }) => Math.max(most, value.mark === "drop" ? value.n : 0), given.dropped);
  const observedUntilUs = Math.max(lastUs, stop?.us ?? 0, done?.us ?? 0);
  let unanswered = 0;
  for (let seq = 0; seq < end; seq++) {
    if (!arrivals.isWrite(seq) || arrivals.hasEnded(seq)) continue;
    // A ledger that was closed in order had waited for every outcome.
    if (done !== undefined || arrivals.sentUs(seq) + given.timeoutMs * 1000 + 1e6 < observedUntilUs) unanswered += 1;
  }
  // A k6 without our ledger waits for none: these were in flight when it was stopped, and no others.
  if (unanswered === stop?.n) unanswered = 0;
  return {
    t0Us,
    periodUs,
    dueUs,
    end,
    observedUntilUs,
    dropped,
    starved,
    untraced,
    unanswered,
    complete: done !== undefined,
  };
}
