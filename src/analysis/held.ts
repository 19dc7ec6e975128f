/**
 * "Restored and held" (docs/measuring.md §5, C11): the earliest moment from which on customers were served well for a whole window, and did
 * not relapse as long as it was watched. Works on any series of arrivals: the load's reads, its writes, a probe's observations.
 */
import type { Interval } from "./interval.ts";

export interface Series {
  readonly length: number;
  /** Ascending. */
  readonly dueUs: (index: number) => number;
  readonly sentUs: (index: number) => number;
  readonly doneUs: (index: number) => number;
  readonly isGood: (index: number) => boolean;
  /** Its line in the file it comes from. */
  readonly line: (index: number) => number;
}

export interface Hold {
  readonly windowMs: number;
  readonly goodRatio: number;
  readonly binMs: number;
  readonly binGoodRatio: number;
  readonly capacityRatio: number;
  readonly p99Ms: number;
  /** Bad arrivals that are allowed in any window or bin however few arrivals it has; 0 unless the series is a sparse probe. */
  readonly slack?: number;
}

export interface Held {
  /** When service was restored; hi null: not held for a whole window by the end of the observation. */
  readonly at: Interval;
  /** What `at` rests on: the last bad arrival, and the good one after it whose end is `at.hi`; null: there is none. */
  readonly lastBad: number | null;
  readonly firstGood: number | null;
  readonly held: boolean;
  /** Not held, but good when the observation ended: nobody knows for how long. */
  readonly seemsBack?: true;
  /** Times it looked restored for a whole window and then failed again. */
  readonly relapses: number;
}

/** Looks at what was due in [fromUs, untilUs). */
export function firstHeld(series: Series, fromUs: number, untilUs: number, hold: Hold): Held {
  const first = firstDue(series, fromUs);
  const end = firstDue(series, untilUs);
  const sums = sumsOf(series, first, end, hold.p99Ms);
  let relapses = 0;
  let truncated: number | null = null;
  let lastBadSent = fromUs;
  let lastBad: number | null = null;
  // The latest start from which a whole window was watched and was not good enough.
  let lastTriedSent = fromUs;
  let relapsing = false;
  for (let index = first; index < end; index++) {
    if (!series.isGood(index)) {
      lastBad = index;
      lastBadSent = Math.max(lastBadSent, series.sentUs(index));
      relapsing = false;
      continue;
    }
    // Between two bad arrivals, a later start only sees less of what is good: but a slow stretch or a bin may end, so each is tried.
    const verdict = tryFrom(series, sums, index, end, untilUs, hold);
    if (verdict === "held") {
      const firstGood = firstToEnd(series, index, end);
      const hi = series.doneUs(firstGood);
      // Not before the last bad arrival was sent, and not after the first answer to what was due from then on.
      const at = { lo: Math.min(Math.max(lastBadSent, lastTriedSent), hi), hi };
      return { at, lastBad, firstGood, held: true, relapses };
    }
    if (verdict === "relapsed" && !relapsing) {
      relapses += 1;
      relapsing = true;
    }
    if (verdict === "good so far") truncated ??= Math.max(lastBadSent, lastTriedSent);
    else if (series.dueUs(index) + hold.windowMs * 1000 <= untilUs) lastTriedSent = series.sentUs(index);
  }
  const at = { lo: truncated ?? Math.max(lastBadSent, lastTriedSent), hi: null };
  return { at, lastBad, firstGood: null, held: false, relapses, ...(truncated === null ? {} : { seemsBack: true }) };
}

type Trial = "held" | "relapsed" | "good so far" | "bad";

function tryFrom(series: Series, sums: Sums, index: number, end: number, untilUs: number, hold: Hold): Trial {
  const startUs = series.dueUs(index);
  const binUs = hold.binMs * 1000;
  const windowEndUs = startUs + hold.windowMs * 1000;
  const whole = windowEndUs <= untilUs;
  const windowEnd = whole ? firstDue(series, windowEndUs) : end;
  // What nobody saw of a window may all have been good: only what is bad however that was is certain.
  const unseen = (fromUs: number): number => Math.ceil(Math.max(0, fromUs - untilUs) / spacingUs(series));
  const beyond = whole ? 0 : unseen(windowEndUs);
  if (!keeps(sums, index, windowEnd, hold, beyond)) return "bad";
  const lastUs = Math.max(startUs, untilUs - binUs);
  let from = index;
  let us = startUs;
  for (; us + binUs <= untilUs; us += binUs) {
    const to = firstDue(series, us + binUs);
    if (!enough(sums.good, from, to, hold.binGoodRatio, hold.slack))
      return whole && us >= windowEndUs ? "relapsed" : "bad";
    from = to;
  }
  if (!whole)
    return enough(sums.good, from, end, hold.binGoodRatio, hold.slack, unseen(us + binUs)) ? "good so far" : "bad";
  // The last stretch is shorter than a bin: the last whole bin before the end includes it.
  if (!enough(sums.good, firstDue(series, lastUs), end, hold.binGoodRatio, hold.slack))
    return whole && untilUs > windowEndUs ? "relapsed" : "bad";
  // A first window that was fast by luck does not make a slow service a restored one.
  if (!fastEnough(sums, index, end, hold.slack)) return whole ? "relapsed" : "bad";
  return "held";
}

const spacingUs = (series: Series): number =>
  Math.max(1, (series.dueUs(series.length - 1) - series.dueUs(0)) / Math.max(1, series.length - 1));

function keeps(sums: Sums, from: number, to: number, hold: Hold, unseen: number): boolean {
  return (
    to > from &&
    enough(sums.good, from, to, hold.goodRatio, hold.slack, unseen) &&
    enough(sums.good, from, to, hold.capacityRatio, hold.slack, unseen) &&
    fastEnough(sums, from, to, hold.slack, unseen)
  );
}

/** An empty stretch has nothing against it. */
function enough(counted: Counted, from: number, to: number, ratio: number, slack = 0, unseen = 0): boolean {
  const all = to - from + unseen;
  const found = counted(from, to) + unseen;
  return all - found <= Math.max(slack, all - Math.ceil(ratio * all - 1e-9));
}

/** The 99th percentile of what was served well; what was not is the good ratio's business. */
function fastEnough(sums: Sums, from: number, to: number, slack = 0, unseen = 0): boolean {
  const all = sums.good(from, to) + unseen;
  const slow = sums.good(from, to) - sums.fast(from, to);
  return slow <= Math.max(slack, all - Math.ceil(0.99 * all - 1e-9));
}

/** Of the good ones from `index` on: that which ended first. */
function firstToEnd(series: Series, index: number, end: number): number {
  let first = index;
  for (let next = index + 1; next < end && series.dueUs(next) < series.doneUs(first); next++) {
    if (series.isGood(next) && series.doneUs(next) < series.doneUs(first)) first = next;
  }
  return first;
}

/** How many there are from one index to before another, both of the stretch that is watched. */
type Counted = (from: number, to: number) => number;

interface Sums {
  readonly good: Counted;
  /** Good, and answered within the 99th percentile's limit of its due time. */
  readonly fast: Counted;
}

/** Only of the stretch that is watched: before it there may be millions. */
function sumsOf(series: Series, first: number, end: number, p99Ms: number): Sums {
  const length = Math.max(0, end - first) + 1;
  const good = new Uint32Array(length);
  const fast = new Uint32Array(length);
  for (let index = first; index < end; index++) {
    const isGood = series.isGood(index);
    const isFast = isGood && series.doneUs(index) - series.dueUs(index) <= p99Ms * 1000;
    const at = index - first;
    good[at + 1] = (good[at] ?? 0) + (isGood ? 1 : 0);
    fast[at + 1] = (fast[at] ?? 0) + (isFast ? 1 : 0);
  }
  const counted =
    (sums: Uint32Array): Counted =>
    (from, to) =>
      (sums[to - first] ?? 0) - (sums[from - first] ?? 0);
  return { good: counted(good), fast: counted(fast) };
}

/** Index of the first that is due at or after `us`. */
export function firstDue(series: Series, us: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series.dueUs(middle) < us) low = middle + 1;
    else high = middle;
  }
  return low;
}
