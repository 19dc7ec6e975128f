/**
 * How far two times may be wrongly apart. All writers of one host share a monotonic clock and are exact, but for one: a stock k6 knows only
 * the wall clock (load/transactions.console.ts). Its times are off by its clock's steps and by how far the wall clock strayed meanwhile.
 */
import type { Evidence } from "../evidence/evidence.ts";
import type { Interval } from "./interval.ts";
import { onceFor } from "./once.ts";
import { clockPairs } from "./wall-time.ts";

/** The samples' own wall clock has whole milliseconds. */
const sampleUs = 1_000;

/** µs between any two instants, both of which a ledger may tell; 0: all are of the monotonic clock. */
export const clockErrorUs = onceFor((evidence: Evidence): number => {
  const steps = evidence.ledgers.map(({ header }) => header.wallStepUs ?? 0);
  const coarsest = Math.max(0, ...steps);
  if (coarsest === 0) return 0;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { offsetUs } of clockPairs(evidence)) {
    least = Math.min(least, offsetUs);
    most = Math.max(most, offsetUs);
  }
  return 2 * (coarsest + sampleUs + Math.max(0, most - least));
});

/** A duration in ms that is certain to hold the true one although its ends were told by such clocks. */
export function widened({ lo, hi }: Interval, errorUs: number): Interval {
  const errorMs = Math.ceil(errorUs / 1000);
  return { lo: Math.max(0, lo - errorMs), hi: hi === null ? null : hi + errorMs };
}
