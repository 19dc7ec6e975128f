/**
 * The measured panels of the timeline: throughput, latency, errors, replication lag. Each gives ECharts series and its y axis;
 * where a panel stands and what surrounds it is timeline.ts's matter.
 */
import { formatCount, formatDuration, formatLimitDuration } from "./format.ts";
import type { ReportInput } from "./input.ts";
import { thin, type Scale } from "./timeline-layout.ts";
import { palette } from "./palette.ts";

type Point = readonly [number, number | null];

export interface Line {
  readonly points: readonly Point[];
  readonly colour: string;
  readonly width: number;
  readonly fill?: string;
  readonly step?: boolean;
}

export interface Limit {
  readonly value: number;
  readonly label: string;
}

export interface Panel {
  readonly title: string;
  readonly height: number;
  readonly legend: readonly { readonly name: string; readonly colour: string }[];
  readonly lines: readonly Line[];
  readonly limits: readonly Limit[];
  /** Stretches (µs) in which the measure was not known. */
  readonly unknown: readonly (readonly [number, number])[];
  readonly axis: {
    readonly type: "value" | "log";
    readonly min: number;
    readonly max: number;
    readonly ticks: readonly number[];
    readonly label: (value: number) => string;
  };
}

const most = (values: Iterable<number>, least: number): number => {
  let greatest = least;
  for (const value of values) if (value > greatest) greatest = value;
  return greatest;
};

/** 1, 2 or 5 times a power of ten, not below the value. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= value * 0.999) ?? 10);
}

const evenTicks = (max: number, parts: number): readonly number[] =>
  Array.from({ length: parts + 1 }, (_, index) => (max * index) / parts);

/** Whole decades that hold the values, for a log axis. */
function decades(
  values: readonly number[],
  least: number,
  greatest: number,
): { min: number; max: number; ticks: readonly number[] } {
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(positive.reduce((a, b) => Math.min(a, b), greatest)));
  const high = Math.ceil(Math.log10(positive.reduce((a, b) => Math.max(a, b), least)));
  const [from, to] = [Math.max(low, -1), Math.max(high, low + 1)];
  return {
    min: 10 ** from,
    max: 10 ** to,
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
  };
}

const buckets = 1000;

/** More bins than pixels are merged: totals as means, failures as the worst bin, so that one bad second shows in a day. */
export function mergeBins(input: Pick<ReportInput, "bins" | "binUs">): {
  readonly bins: ReportInput["bins"];
  readonly binUs: number;
} {
  const factor = Math.ceil(input.bins.length / buckets);
  if (factor <= 1) return input;
  const merged = [];
  for (let index = 0; index < input.bins.length; index += factor) {
    const slice = input.bins.slice(index, index + factor);
    const first = slice[0];
    if (!first) continue;
    const total = slice.reduce((sum, bin) => sum + bin.ok + bin.failed + bin.unknown, 0) / slice.length;
    const failed = most(
      slice.map((bin) => bin.failed),
      0,
    );
    const unknown = most(
      slice.map((bin) => bin.unknown),
      0,
    );
    const worst = (pick: (bin: ReportInput["bins"][number]) => number | null): number | null =>
      slice.reduce<number | null>(
        (high, bin) => (pick(bin) === null ? high : Math.max(high ?? 0, pick(bin) ?? 0)),
        null,
      );
    merged.push({
      startUs: first.startUs,
      ok: Math.max(0, total - failed - unknown),
      failed,
      unknown,
      served: first.served.map(
        (_, region) => slice.reduce((sum, bin) => sum + (bin.served[region] ?? 0), 0) / slice.length,
      ),
      p50Ms: worst((bin) => bin.p50Ms),
      p95Ms: worst((bin) => bin.p95Ms),
      p99Ms: worst((bin) => bin.p99Ms),
    });
  }
  return { bins: merged, binUs: input.binUs * factor };
}

function steps(
  input: ReportInput,
  scale: Scale,
  value: (bin: ReportInput["bins"][number]) => number | null,
): readonly Point[] {
  const points: Point[] = input.bins.map((bin) => [scale.seconds(bin.startUs), value(bin)]);
  const last = input.bins.at(-1);
  if (last) points.push([scale.seconds(last.startUs + input.binUs), value(last)]);
  return points;
}

function throughput(input: ReportInput, scale: Scale, given: ReportInput): Panel {
  // Merged bins still count arrivals of one original bin, so the rate is per that one.
  const perSecond = 1e6 / given.binUs;
  const rate = (pick: (bin: ReportInput["bins"][number]) => number) =>
    steps(input, scale, (bin) => pick(bin) * perSecond);
  const all = rate((bin) => bin.ok + bin.failed + bin.unknown);
  const planned = input.manifest.load.ratePerMinute / 60;
  const max = roundUp(
    most(
      all.map(([, value]) => value ?? 0),
      planned,
    ) * 1.08,
  );
  return {
    title: "Throughput, transactions per second",
    height: 150,
    legend: [
      { name: "good", colour: palette.ok },
      { name: "unknown", colour: palette.unknown },
      { name: "failed or late", colour: palette.failed },
    ],
    lines: [
      { points: all, colour: palette.okLine, width: 1, fill: palette.ok, step: true },
      {
        points: rate((bin) => bin.failed + bin.unknown),
        colour: palette.unknown,
        width: 0,
        fill: palette.unknown,
        step: true,
      },
      { points: rate((bin) => bin.failed), colour: palette.failed, width: 0, fill: palette.failed, step: true },
    ],
    limits: [],
    unknown: [],
    axis: { type: "value", min: 0, max, ticks: evenTicks(max, 4), label: formatCount },
  };
}

function latency(input: ReportInput, scale: Scale): Panel {
  const line = (
    pick: (bin: ReportInput["bins"][number]) => number | null,
    colour: string,
    lineWidth: number,
  ): Line => ({
    points: input.bins.map((bin) => [scale.seconds(bin.startUs + input.binUs / 2), pick(bin)]),
    colour,
    width: lineWidth,
  });
  const lines = [
    line((bin) => bin.p99Ms, palette.p99, 1.2),
    line((bin) => bin.p95Ms, palette.p95, 1.4),
    line((bin) => bin.p50Ms, palette.p50, 1.8),
  ];
  const deadline = input.objectives.arrivalDeadlineMs;
  const values = lines.flatMap((one) => one.points.flatMap(([, value]) => (value === null ? [] : [value])));
  const axis = decades([...values, deadline], 1, 1000);
  return {
    title: "Latency of right answers, from when they were due",
    height: 140,
    legend: [
      { name: "p50", colour: palette.p50 },
      { name: "p95", colour: palette.p95 },
      { name: "p99", colour: palette.p99 },
    ],
    lines,
    limits: [{ value: deadline, label: `good up to ${formatLimitDuration(deadline)}` }],
    unknown: [],
    axis: { type: "log", ...axis, label: logLabel },
  };
}

const logLabel = (value: number): string => (value < 1000 ? `${value} ms` : formatLimitDuration(value));

function errors(input: ReportInput, scale: Scale): Panel {
  const share = (bin: ReportInput["bins"][number]): number | null => {
    const total = bin.ok + bin.failed + bin.unknown;
    return total === 0 ? null : ((bin.failed + bin.unknown) / total) * 100;
  };
  const points = steps(input, scale, share);
  const max =
    most(
      points.map(([, value]) => value ?? 0),
      0,
    ) > 10
      ? 100
      : 10;
  return {
    title: "Failed, late or unknown, % of arrivals",
    height: 80,
    legend: [],
    lines: [{ points, colour: palette.failed, width: 1.4, fill: "rgba(213,94,0,0.25)", step: true }],
    limits: [],
    unknown: [],
    axis: { type: "value", min: 0, max, ticks: evenTicks(max, 2), label: (value) => `${value} %` },
  };
}

function lag(input: ReportInput, scale: Scale): Panel {
  // A lag of nothing has no place on a log axis; it is drawn at the axis' foot.
  const floorMs = 1;
  const points = thin(
    input.lag.map((point): Point => [
      scale.seconds(point.us),
      point.lagMs === null ? null : Math.max(floorMs, point.lagMs),
    ]),
    buckets,
  );
  const rpoMs = input.objectives.rpoMs;
  const axis = decades([...points.flatMap(([, value]) => (value === null ? [] : [value])), rpoMs], 100, rpoMs);
  return {
    title: "Replication lag (grey: not known)",
    height: 100,
    legend: [],
    lines: [{ points, colour: palette.lag, width: 1.4 }],
    limits: [{ value: rpoMs, label: `RPO ${formatLimitDuration(rpoMs)}` }],
    unknown: unknownLag(input),
    axis: { type: "log", ...axis, label: (value) => formatDuration(value).replace(".00", "").replace(".0", "") },
  };
}

function unknownLag(input: ReportInput): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  let fromUs: number | null = null;
  for (const point of input.lag) {
    if (point.lagMs === null) fromUs ??= point.us;
    else if (fromUs !== null) {
      stretches.push([fromUs, point.us]);
      fromUs = null;
    }
  }
  if (fromUs !== null) stretches.push([fromUs, input.lag.at(-1)?.us ?? fromUs]);
  return stretches;
}

/** A panel with nothing to show is left out rather than drawn empty. */
export function panelsOf(input: ReportInput, scale: Scale): readonly Panel[] {
  const drawn: ReportInput = { ...input, ...mergeBins(input) };
  const panels =
    input.bins.length > 0 ? [throughput(drawn, scale, input), latency(drawn, scale), errors(drawn, scale)] : [];
  return input.lag.length > 0 ? [...panels, lag(drawn, scale)] : panels;
}
