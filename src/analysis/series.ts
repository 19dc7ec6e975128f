/** The load second by second, by the time at which arrivals were due. */
import { classifyRead, classifyWrite, unknown } from "./classify.ts";
import type { Facts } from "./facts.ts";
import { loadOf } from "./facts.ts";
import { good } from "./service.ts";

export interface SeriesBin {
  /** Begin of the bin. */
  readonly us: number;
  readonly scheduled: number;
  /** Served well, by kind. */
  readonly reads: number;
  readonly writes: number;
  /** Everything else that ended or whose time was up, except writes of unknown outcome. */
  readonly fail: number;
  readonly unknown: number;
  /** Served well, by the Region that answered. */
  readonly byRegion: Readonly<Record<string, number>>;
  /** From the due time, of what was right, however late. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

const secondUs = 1_000_000;
/** A run of more than a day has wider bins: however long its files say that it was, it does not fill the memory. */
const mostBins = 86_400;

export function seriesOf(facts: Facts): {
  readonly fromUs: number;
  readonly binUs: number;
  readonly bins: readonly SeriesBin[];
} {
  const { verdicts, schedule, arrivals, isWrite, doneUs } = facts.service();
  const { outcomes, ledger } = loadOf(facts);
  const fromUs = Math.floor(schedule.t0Us / secondUs) * secondUs;
  const tookUs = Math.max(1, schedule.dueUs(verdicts.length) - fromUs);
  const binUs = Math.ceil(tookUs / secondUs / mostBins) * secondUs;
  const right = arrivals.answers.map(
    (answer) => classifyRead(answer) === "right" || classifyWrite(answer) === "acknowledged",
  );
  const bins: SeriesBin[] = [];
  let seq = 0;
  for (let us = fromUs; seq < verdicts.length; us += binUs) {
    const bin = { us, scheduled: 0, reads: 0, writes: 0, fail: 0, unknown: 0 };
    const byRegion: Record<string, number> = {};
    const latencies: number[] = [];
    for (; seq < verdicts.length && schedule.dueUs(seq) < us + binUs; seq++) {
      bin.scheduled += 1;
      const answer = arrivals.answerOf(seq);
      if (arrivals.hasEnded(seq) && right[answer] === true) latencies.push(doneUs(seq) - schedule.dueUs(seq));
      if (verdicts[seq] === good) {
        if (isWrite(seq)) bin.writes += 1;
        else bin.reads += 1;
        const region = ledger.header.regions[(arrivals.answers[answer]?.region ?? 0) - 1];
        if (region !== undefined) byRegion[region] = (byRegion[region] ?? 0) + 1;
      } else if (outcomes.of[seq] === unknown) bin.unknown += 1;
      else bin.fail += 1;
    }
    bins.push({ ...bin, byRegion, ...quantiles(latencies) });
  }
  return { fromUs, binUs, bins };
}

export interface Quantiles {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** In ms, to a tenth; null without values. */
export function quantiles(latenciesUs: readonly number[]): Quantiles {
  const tenths = Float64Array.from(latenciesUs, tenthsOfMs).sort();
  return quantilesAt(tenths.length, (rank) => tenths[rank] ?? 0);
}

/** The same of millions, which are only counted: they come as tenths of a millisecond already. */
export function countedQuantiles(counts: ReadonlyMap<number, number>): Quantiles {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  return quantilesAt(all, (rank) => {
    let before = 0;
    return sorted.find(([, count]) => (before += count) > rank)?.[0] ?? 0;
  });
}

export const tenthsOfMs = (us: number): number => Math.round(us / 100);

/** `tenths`: the value of that rank, from 0, in the order of size. */
function quantilesAt(all: number, tenths: (rank: number) => number): Quantiles {
  const at = (quantile: number): number | null =>
    all === 0 ? null : tenths(Math.max(0, Math.ceil(quantile * all) - 1)) / 10;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
