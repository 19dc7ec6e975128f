/** For tests of held.ts: arrivals in a few words. Times in ms. */
import { firstHeld } from "./held.ts";
import type { Held, Hold, Series } from "./held.ts";

export interface Seen {
  readonly due: number;
  readonly good: boolean;
  /** Until it ended; default 10. */
  readonly took?: number;
}

/** Times in ms. */
function seriesOf(seen: readonly Seen[]): Series {
  const at = (index: number): Seen => seen[index] ?? { due: 0, good: false };
  return {
    length: seen.length,
    dueUs: (index) => at(index).due * 1000,
    sentUs: (index) => at(index).due * 1000,
    doneUs: (index) => (at(index).due + (at(index).took ?? 10)) * 1000,
    isGood: (index) => at(index).good,
    line: (index) => index + 2,
  };
}

export const hold: Hold = {
  windowMs: 10_000,
  goodRatio: 0.999,
  binMs: 1000,
  binGoodRatio: 0.99,
  capacityRatio: 0.95,
  p99Ms: 500,
};

/** One arrival every `period` ms for `total` ms; `good` says which. */
export const load = (total: number, good: (due: number) => boolean, period = 10): Seen[] =>
  Array.from({ length: Math.floor(total / period) }, (_, n) => ({ due: n * period, good: good(n * period) }));

export const judged = (seen: readonly Seen[], from = 5000, until = 60_000, how = hold): Held =>
  firstHeld(seriesOf(seen), from * 1000, until * 1000, how);
