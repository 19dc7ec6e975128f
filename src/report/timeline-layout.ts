/**
 * Where things go in the timeline: the x scale and its ticks, and rows for the moments' labels such that no label covers
 * another and no moment's line runs through a label. Pure arithmetic; a browser is not there to measure text, so widths are
 * estimated for the widest of the fonts we name (DejaVu Sans).
 */
import { formatDuration } from "./format.ts";
import { momentTitles, placeOf, type ReportInput } from "./input.ts";

export const width = 1200;
export const plotLeft = 92;
export const plotRight = 1180;

export function textWidth(text: string, fontSize: number, bold = false): number {
  return text.length * fontSize * (bold ? 0.66 : 0.59);
}

export interface Scale {
  /** Seconds on the axis of an instant: 0 is the fault, or the run's epoch when there was none. */
  readonly seconds: (us: number) => number;
  readonly x: (us: number) => number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly zeroUs: number;
  readonly fromFault: boolean;
}

export function scaleOf(input: ReportInput): Scale {
  const faultUs = input.moments.fault ? placeOf(input.moments.fault) : null;
  const zeroUs = faultUs ?? 0;
  const starts = [...input.bins.map((bin) => bin.startUs), ...input.phases.map((phase) => phase.startUs)];
  const startUs = starts.reduce((least, us) => Math.min(least, us), Math.min(zeroUs, input.endUs));
  const endUs = Math.max(input.endUs, startUs + 1_000_000);
  const seconds = (us: number): number => (us - zeroUs) / 1e6;
  return {
    seconds,
    x: (us) => plotLeft + ((us - startUs) / (endUs - startUs)) * (plotRight - plotLeft),
    minSeconds: seconds(startUs),
    maxSeconds: seconds(endUs),
    zeroUs,
    fromFault: faultUs !== null,
  };
}

const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Round times, at most 16 of them, zero always among them. */
export function ticksOf(scale: Pick<Scale, "minSeconds" | "maxSeconds">): readonly number[] {
  const range = scale.maxSeconds - scale.minSeconds;
  const step = tickSteps.find((candidate) => range / candidate <= 16) ?? Math.ceil(range / 16 / 86_400) * 86_400;
  const first = Math.ceil(scale.minSeconds / step);
  const last = Math.floor(scale.maxSeconds / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

export interface MomentLabel {
  readonly text: string;
  readonly x: number;
  readonly row: number;
  readonly anchor: "start" | "end";
  readonly strong: boolean;
}

export const momentFontSize = 11.5;
const labelGap = 5;

/** The x extent that a label covers beside its line. */
function extentOf(label: {
  text: string;
  x: number;
  anchor: "start" | "end";
  strong: boolean;
}): readonly [number, number] {
  const size = textWidth(label.text, momentFontSize, label.strong) + labelGap + 4;
  return label.anchor === "start" ? [label.x, label.x + size] : [label.x - size, label.x];
}

function elapsed(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return formatDuration(seconds * 1000);
}

type Placed = Omit<MomentLabel, "row">;
type Movable = Omit<Placed, "anchor"> & { readonly anchors: readonly Placed["anchor"][] };

/** Two labels clash when they overlap in one row, or when the line of the higher one runs down through the lower one. */
function clash(a: Placed, rowA: number, b: Placed, rowB: number): boolean {
  const [extentA, extentB] = [extentOf(a), extentOf(b)];
  if (rowA === rowB) return extentA[0] < extentB[1] && extentB[0] < extentA[1];
  const [higher, lowerExtent, lower] = rowA < rowB ? [a, extentB, b] : [b, extentA, a];
  const margin = lower.anchor === "start" ? lowerExtent[0] + 0.5 : lowerExtent[0];
  const end = lower.anchor === "end" ? lowerExtent[1] - 0.5 : lowerExtent[1];
  return higher.x > margin && higher.x < end;
}

/**
 * Row 0 is the top. Depth-first over the labels, each in the lowest row that is free and on the first side that will do; bounded.
 * `sides`: how many of a label's anchors may be tried.
 */
function assignRows(labels: readonly Movable[], rowCount: number, sides: 1 | 2): readonly MomentLabel[] | null {
  const placed: MomentLabel[] = [];
  let budget = 20_000;
  const place = (index: number): boolean => {
    const label = labels[index];
    if (!label) return true;
    for (const anchor of label.anchors.slice(0, sides)) {
      for (let row = rowCount - 1; row >= 0; row -= 1) {
        if ((budget -= 1) < 0) return false;
        const candidate = { text: label.text, x: label.x, strong: label.strong, anchor, row };
        if (placed.some((other) => clash(other, other.row, candidate, row))) continue;
        placed.push(candidate);
        if (place(index + 1)) return true;
        placed.pop();
      }
    }
    return false;
  };
  return place(0) ? placed : null;
}

/** The moments worth a line in the picture; the others stand in the tables. */
const drawn = ["fault", "detected", "decided", "promoted", "routed", "restored", "protected"] as const;

/** Labels of the moments that came, placed; the rows they need. */
export function placeMoments(
  input: ReportInput,
  scale: Scale,
): { readonly labels: readonly MomentLabel[]; readonly rows: number } {
  const labels: Movable[] = [];
  for (const name of drawn) {
    const moment = input.moments[name];
    const us = moment ? placeOf(moment) : null;
    if (us === null) continue;
    const seconds = scale.seconds(us);
    const after =
      name === "fault" || !scale.fromFault ? "" : ` ${seconds < 0 ? "−" : "+"}${elapsed(Math.abs(seconds))}`;
    const text = `${momentTitles[name]}${after}`;
    const x = scale.x(us);
    const strong = name === "fault" || name === "restored";
    labels.push({ text, x, strong, anchors: anchorsOf({ name, text, x, strong }) });
  }
  labels.sort((a, b) => a.x - b.x);
  for (const sides of [1, 2] as const) {
    for (let rows = 1; rows <= labels.length; rows += 1) {
      const placed = assignRows(labels, rows, sides);
      if (placed) return { rows, labels: placed };
    }
  }
  return {
    rows: labels.length,
    labels: labels.map(({ anchors, ...label }, row) => ({ ...label, anchor: anchors[0] ?? "start", row })),
  };
}

/** The sides on which there is room, best first. The fault's label goes left, which saves a row; the others right, so that one reads on. */
function anchorsOf(label: {
  readonly name: string;
  readonly text: string;
  readonly x: number;
  readonly strong: boolean;
}): readonly ("start" | "end")[] {
  const size = labelGap + textWidth(label.text, momentFontSize, label.strong);
  const right = label.x + size < width - 6 ? (["start"] as const) : [];
  const left = label.x - size > 6 ? (["end"] as const) : [];
  return label.name === "fault" && label.x - size > plotLeft ? [...left, ...right] : [...right, ...left];
}

/**
 * Fewer points, the same picture: per bucket the least and the greatest are kept, so a spike of one sample stays.
 * Gaps (null) stay gaps.
 */
export function thin(
  points: readonly (readonly [number, number | null])[],
  buckets: number,
): readonly (readonly [number, number | null])[] {
  if (points.length <= buckets * 2) return points;
  const kept: (readonly [number, number | null])[] = [];
  const perBucket = points.length / buckets;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const slice = points.slice(Math.floor(bucket * perBucket), Math.floor((bucket + 1) * perBucket));
    let [least, greatest, gap] = [-1, -1, -1];
    slice.forEach(([, value], index) => {
      if (value === null) gap = index;
      else {
        if (least < 0 || value < (slice[least]?.[1] ?? Infinity)) least = index;
        if (greatest < 0 || value > (slice[greatest]?.[1] ?? -Infinity)) greatest = index;
      }
    });
    for (const index of [...new Set([least, greatest, gap])].filter((i) => i >= 0).sort((a, b) => a - b)) {
      const point = slice[index];
      if (point) kept.push(point);
    }
  }
  return kept;
}
