/** Every measured number is an interval [lo, hi] that is certain to hold the true value. hi null: unbounded above (right-censored). */
import type { Finding, FindingStatus } from "../model/verdict.ts";

export interface Interval {
  readonly lo: number;
  readonly hi: number | null;
}

export interface Bounded {
  readonly lo: number;
  readonly hi: number;
}

export const point = (value: number): Bounded => ({ lo: value, hi: value });

/** Time from `from` to `to`, each known within its interval; never negative. */
export function between(from: Interval, to: Interval): Interval {
  // An unbounded start could be as late as the end itself.
  const lo = from.hi === null ? 0 : Math.max(0, to.lo - from.hi);
  return { lo, hi: to.hi === null ? null : Math.max(0, to.hi - from.lo) };
}

/** null: the two exclude each other. */
export function intersect(a: Interval, b: Interval): Interval | null {
  const lo = Math.max(a.lo, b.lo);
  const hi = a.hi === null ? b.hi : b.hi === null ? a.hi : Math.min(a.hi, b.hi);
  return hi !== null && lo > hi ? null : { lo, hi };
}

/** The later of two instants. */
export function latest(a: Interval, b: Interval): Interval {
  return { lo: Math.max(a.lo, b.lo), hi: a.hi === null || b.hi === null ? null : Math.max(a.hi, b.hi) };
}

/** How far apart two instants are at least; 0 when they may be the same. */
export function gap(a: Interval, b: Interval): number {
  return Math.max(0, a.hi === null ? 0 : b.lo - a.hi, b.hi === null ? 0 : a.lo - b.hi);
}

/** Microseconds to whole milliseconds, outwards: rounding must not make an interval narrower than what was measured. */
export const toMs = (interval: Interval): Interval => ({
  lo: Math.floor(interval.lo / 1000),
  hi: interval.hi === null ? null : Math.ceil(interval.hi / 1000),
});

export type Objective = NonNullable<Finding["objective"]>;

/** How far inside the limit the true value lies, at least and at most; negative beyond it. lo null: nobody knows how far beyond. */
export function marginOf(measured: Interval, { op, limit, unit }: Objective): NonNullable<Finding["margin"]> {
  const { lo, hi } = measured;
  // Ratios are given to one millionth, and their differences are no finer.
  const apart = (from: number, to: number): number =>
    unit === "ratio" ? Math.round((to - from) * 1e6) / 1e6 : to - from;
  if (op === ">=") return { lo: apart(limit, lo), hi: hi === null ? null : apart(limit, hi), unit };
  return { lo: hi === null ? null : apart(hi, limit), hi: apart(lo, limit), unit };
}

/** PASS if the whole interval keeps the limit, FAIL if none of it does, else INCONCLUSIVE. */
export function judgeInterval(measured: Interval, objective: Objective): FindingStatus {
  const { limit } = objective;
  const compare = {
    "<": (value: number) => value < limit,
    "<=": (value: number) => value <= limit,
    ">=": (value: number) => value >= limit,
  };
  const keeps = compare[objective.op];
  const hi = measured.hi ?? Number.POSITIVE_INFINITY;
  const [best, worst] = objective.op === ">=" ? [hi, measured.lo] : [measured.lo, hi];
  if (keeps(worst)) return "PASS";
  return keeps(best) ? "INCONCLUSIVE" : "FAIL";
}
