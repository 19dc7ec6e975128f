/**
 * RPO in time (docs/measuring.md §4): how old the oldest lost promise was when the fault took effect, plus how long after the fault promises
 * were still made that were then lost. An interval, because a write was committed somewhere between its send and its acknowledgement.
 */
import type { Arrivals } from "../evidence/arrivals.ts";
import { acknowledged } from "./classify.ts";
import type { Outcomes } from "./classify.ts";
import type { Bounded, Interval } from "./interval.ts";
import { ackedUs } from "./loss.ts";

export interface WitnessWrites {
  readonly arrivals: Arrivals;
  readonly outcomes: Outcomes;
  /** Acknowledged writes that were lost, in the order of seq. */
  readonly lost: readonly number[];
}

export interface RecoveryPoint {
  /** The sum of `age` and `after`. */
  readonly interval: Interval;
  /** How far back from the fault the loss reaches. */
  readonly age: Interval;
  /** How long after the fault promises were made that were then lost. */
  readonly after: Bounded;
  readonly lost: number;
  /** Lost promises that were made after the fault had taken effect: an old writer without a fence. */
  readonly tail: number;
  /** Surviving acknowledged writes that were acknowledged after the first lost one was: the loss is not a plain suffix. */
  readonly holes: number;
}

export function recoveryPoint(witnesses: readonly WitnessWrites[], fault: Bounded): RecoveryPoint {
  let count = 0;
  let tail = 0;
  let firstLostAck = Number.POSITIVE_INFINITY;
  let firstLostSend = Number.POSITIVE_INFINITY;
  let lastLostAck = Number.NEGATIVE_INFINITY;
  for (const { arrivals, outcomes, lost } of witnesses) {
    count += lost.length;
    for (const seq of lost) {
      const us = ackedUs(arrivals, outcomes, seq);
      if (us > fault.hi) tail += 1;
      firstLostAck = Math.min(firstLostAck, us);
      firstLostSend = Math.min(firstLostSend, arrivals.sentUs(seq));
      lastLostAck = Math.max(lastLostAck, us);
    }
  }
  // The newest promise that was kept, of those made before the fault and before the first broken one was asked for: a write committed just
  // after it may be lost too without our having sent one then. What was promised after the fault may be another writer's.
  const before = Math.min(firstLostSend, fault.lo);
  let newestKeptSend = Number.NEGATIVE_INFINITY;
  let holes = 0;
  for (const { arrivals, outcomes, lost } of witnesses) {
    const { of } = outcomes;
    let next = 0;
    for (let seq = 0; seq < of.length; seq++) {
      if (of[seq] !== acknowledged) continue;
      if (lost[next] === seq) {
        next += 1;
        continue;
      }
      const us = ackedUs(arrivals, outcomes, seq);
      if (us <= before) newestKeptSend = Math.max(newestKeptSend, arrivals.sentUs(seq));
      // Only promises made before the fault can be holes: the new writer's come later and are no part of the loss.
      if (us > firstLostAck && us <= fault.lo) holes += 1;
    }
  }
  // Without a loss these times are infinitely far away, and add nothing.
  const after = { lo: Math.max(0, lastLostAck - fault.hi), hi: Math.max(0, lastLostAck - fault.lo) };
  // No promise from before was kept: how far back the loss reaches cannot be told.
  const bounded = newestKeptSend > Number.NEGATIVE_INFINITY;
  const ageHi = bounded ? Math.max(0, fault.hi - newestKeptSend) : null;
  const age = { lo: Math.max(0, fault.lo - firstLostAck), hi: ageHi };
  const interval = { lo: age.lo + after.lo, hi: ageHi === null ? null : ageHi + after.hi };
  return { interval, age, after, lost: count, tail, holes };
}
