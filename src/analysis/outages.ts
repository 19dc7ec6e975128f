/** The stretches in which customers were not served, as one series of requests saw them (docs/measuring.md §5, "Uncertainty"). */
import type { Series } from "./held.ts";
import type { Interval } from "./interval.ts";

export interface Outage {
  /** "reads", "writes", or a probe's name. */
  readonly seenBy: string;
  readonly onset: Interval;
  /** hi null: it lasted until the end of the observation. */
  readonly end: Interval;
}

/** Fewer failures than this in a row are noise, not an outage. */
export const leastFailures = 3;
/** Good answers for less than this between two failures do not end an outage. */
const mergeUs = 1_000_000;

/** A request without an answer had failed, for the customer, when its deadline had passed. */
export function outagesIn(series: Series, seenBy: string, deadlineUs: number, mergedWithinUs = mergeUs): Outage[] {
  const outages: Outage[] = [];
  for (const { first, last } of stretches(series, mergedWithinUs)) {
    const before = lastGood(series, first);
    const after = firstGood(series, last);
    const firstFailed = Math.min(series.doneUs(first), series.sentUs(first) + deadlineUs);
    const onset = { lo: Math.min(before ?? series.sentUs(first), firstFailed), hi: firstFailed };
    const lastFailed = series.sentUs(last);
    outages.push({
      seenBy,
      onset,
      end: after === null ? { lo: lastFailed, hi: null } : { lo: Math.min(lastFailed, after), hi: after },
    });
  }
  return outages;
}

function stretches(series: Series, mergedWithinUs: number): { first: number; last: number }[] {
  const found: { first: number; last: number; failures: number }[] = [];
  for (let index = 0; index < series.length; index++) {
    if (series.isGood(index)) continue;
    const current = found[found.length - 1];
    if (current !== undefined && series.dueUs(index) - series.dueUs(current.last) <= mergedWithinUs) {
      current.last = index;
      current.failures += 1;
    } else found.push({ first: index, last: index, failures: 1 });
  }
  return found.filter(({ failures }) => failures >= leastFailures);
}

/** Send of the last good one before it. */
function lastGood(series: Series, before: number): number | null {
  for (let index = before - 1; index >= 0; index--) if (series.isGood(index)) return series.sentUs(index);
  return null;
}

/** The earliest completion of a good one after it. */
function firstGood(series: Series, after: number): number | null {
  let earliest = Number.POSITIVE_INFINITY;
  for (let index = after + 1; index < series.length && series.dueUs(index) < earliest; index++) {
    if (series.isGood(index)) earliest = Math.min(earliest, series.doneUs(index));
  }
  return earliest === Number.POSITIVE_INFINITY ? null : earliest;
}
