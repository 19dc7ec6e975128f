/**
 * The live picture of the load, from tailing the ledger: what the run's own gates (steady, restored and held) and the progress line go by.
 * It is approximate on purpose (counted when seen, not when scheduled); the verdict is computed again from the evidence.
 */
export interface Tally {
  /** Arrivals finished since the start, by outcome. */
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  /** Region that served the newest good answer; null before the first. */
  readonly region: string | null;
  /** Latency over the last poll's arrivals, ms; null when there were none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

interface Sample {
  readonly us: number;
  readonly good: number;
  readonly bad: number;
}

export interface Gauge {
  add(us: number, tally: Tally): void;
  latest(): Tally | null;
  /** Over the last second or so. */
  rate(): { readonly perSecond: number; readonly badPerSecond: number };
  /**
   * For how long, up to now, every stretch of one second had a good ratio of at least `goodRatio` and at least `capacity` of the
   * scheduled rate; microseconds.
   */
  goodForUs(needs: { readonly goodRatio: number; readonly perSecond: number }): number;
}

/** Two hours at four samples a second; older samples no longer matter to any gate. */
const sampleLimit = 30_000;

export function createGauge(): Gauge {
  const samples: Sample[] = [];
  let latest: Tally | null = null;

  function over(spanUs: number): { perSecond: number; badPerSecond: number } {
    const last = samples.at(-1);
    if (!last) return { perSecond: 0, badPerSecond: 0 };
    const first = samples.findLast((sample) => sample.us <= last.us - spanUs) ?? samples[0] ?? last;
    const seconds = (last.us - first.us) / 1e6;
    if (seconds <= 0) return { perSecond: 0, badPerSecond: 0 };
    return {
      perSecond: (last.good + last.bad - first.good - first.bad) / seconds,
      badPerSecond: (last.bad - first.bad) / seconds,
    };
  }

  return {
    add: (us, tally) => {
      latest = tally;
      samples.push({ us, good: tally.ok, bad: tally.failed + tally.unknown });
      if (samples.length > sampleLimit) samples.splice(0, sampleLimit / 2);
    },
    latest: () => latest,
    rate: () => over(1_000_000),
    goodForUs: (needs) => {
      const last = samples.at(-1);
      if (!last) return 0;
      let goodSinceUs = last.us;
      let later = last;
      for (let index = samples.length - 2; index >= 0; index -= 1) {
        const earlier = samples[index];
        if (!earlier) break;
        const seconds = (later.us - earlier.us) / 1e6;
        if (seconds < 1) continue;
        const good = later.good - earlier.good;
        const all = good + later.bad - earlier.bad;
        if (all === 0 || good / all < needs.goodRatio || all / seconds < needs.perSecond) break;
        goodSinceUs = earlier.us;
        later = earlier;
      }
      return last.us - goodSinceUs;
    },
  };
}
