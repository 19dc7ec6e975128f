/** Places what others state in wall-clock time (FIS, SSM, alarms) on the run's own axis, as intervals. */
import type { Evidence } from "../evidence/evidence.ts";
import { intersect } from "./interval.ts";
import type { Bounded } from "./interval.ts";

export type ToAxis = (wallMs: number) => Bounded;

/** A source that states whole seconds is taken to mean ± 1 s, else ± 2 ms (its own rounding and that of our anchors). */
const granularityUs = (wallMs: number): number => (wallMs % 1000 === 0 ? 1_000_000 : 2_000);

export function wallClock(evidence: Evidence): ToAxis {
  const header = evidence.headers.get("journal.ndjson");
  // µs between the wall clock and our axis, from the anchor that the writer took when it opened the journal.
  const anchorUs =
    header === undefined
      ? 0
      : Number((BigInt(header.wallNs) - BigInt(header.monoNs) + BigInt(header.epochMonoNs)) / 1000n);
  const samples = evidence.clock.map(({ value }) => ({
    us: value.us,
    offsetUs: Number(BigInt(value.wallNs) / 1000n) - value.us,
  }));
  const offsetNear = (us: number): number => {
    let nearest: number | null = null;
    let offset = anchorUs;
    for (const sample of samples) {
      const distance = Math.abs(sample.us - us);
      if (nearest !== null && distance >= nearest) continue;
      nearest = distance;
      offset = sample.offsetUs;
    }
    // The samples' wall clock has whole milliseconds only: the anchor is finer, unless the clock was set meanwhile.
    return Math.abs(offset - anchorUs) < 20_000 ? anchorUs : offset;
  };
  return (wallMs) => {
    const us = wallMs * 1000 - offsetNear(wallMs * 1000 - anchorUs);
    const width = granularityUs(wallMs);
    return { lo: us - width, hi: us + width };
  };
}

/**
 * A change that a source dates and that we saw by polling: within both, when they agree. When they do not, the source's clock is not ours,
 * and what we saw is what counts.
 */
export function sourced(
  toAxis: ToAxis,
  change: { readonly sourceMs: number | null; readonly previousPollUs: number | null; readonly us: number },
): Bounded {
  const stated = change.sourceMs === null ? null : toAxis(change.sourceMs);
  if (change.previousPollUs === null) {
    if (stated === null) return { lo: change.us, hi: change.us };
    return { lo: Math.min(stated.lo, change.us), hi: Math.min(stated.hi, change.us) };
  }
  const seen = { lo: change.previousPollUs, hi: change.us };
  const both = stated === null ? null : intersect(stated, seen);
  return both === null ? seen : { lo: both.lo, hi: both.hi ?? seen.hi };
}
