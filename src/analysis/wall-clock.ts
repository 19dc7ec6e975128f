/**
 * Places on the run's axis, as intervals, what others date by clocks of their own (FIS, SSM, alarms). Such a clock is not ours and may be
 * off by any time; but it tells how far two changes are apart, so that what we saw of one by polling bounds the others, too.
 */
import type { Bounded } from "./interval.ts";

export interface Change {
  /** As its source states it, ms since the Unix epoch; null: it states nothing. */
  readonly sourceMs: number | null;
  /** It had not happened yet when we looked before, or ordered it; null: nobody knows of such a moment. */
  readonly notBeforeUs: number | null;
  /** When we saw that it had happened. */
  readonly seenUs: number;
}

export type Place = (change: Change) => Bounded;

/** How fast a source's clock may run against ours: what the gate `clocks` allows the wall clock. */
const drift = 200e-6;

/** `changes`: all that one source dates. Where they exclude each other, its clock was set meanwhile: then polling is all that counts. */
export function placedBy(changes: readonly Change[]): Place {
  const dated = changes.filter(({ sourceMs }) => sourceMs !== null);
  // A source that states whole seconds only may have rounded either way.
  const roundedUs = dated.every(({ sourceMs }) => (sourceMs ?? 0) % 1000 === 0) ? 1_000_000 : 1_000;
  return (change) => {
    // Not looked for before, it may have happened at any time of the run.
    const seen = { lo: Math.min(change.notBeforeUs ?? 0, change.seenUs), hi: change.seenUs };
    if (change.sourceMs === null) return seen;
    let { lo, hi } = seen;
    for (const other of dated) {
      const laterUs = (change.sourceMs - (other.sourceMs ?? 0)) * 1000;
      // Both are rounded, and the clock may have drifted between them.
      const errorUs = 2 * roundedUs + drift * apartUs(other, change);
      lo = Math.max(lo, (other.notBeforeUs ?? Number.NEGATIVE_INFINITY) + laterUs - errorUs);
      hi = Math.min(hi, other.seenUs + laterUs + errorUs);
    }
    return lo <= hi ? { lo, hi } : seen;
  };
}

/** How far two changes are apart at most. */
function apartUs(a: Change, b: Change): number {
  const from = Math.min(a.notBeforeUs ?? a.seenUs, b.notBeforeUs ?? b.seenUs);
  return Math.max(a.seenUs, b.seenUs) - from;
}
