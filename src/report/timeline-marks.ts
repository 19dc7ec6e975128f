/** What surrounds the panels: strips, the moments' lines and labels, and the few shapes they are made of (ECharts graphic elements). */
import type { ReportInput } from "./input.ts";
import { fontFamily, palette, regionColour, regionTextColour } from "./palette.ts";
import { mergeBins } from "./timeline-panels.ts";
import { momentFontSize, plotLeft, plotRight, textWidth, type MomentLabel, type Scale } from "./timeline-layout.ts";

export type Mark = Readonly<Record<string, unknown>>;

export function text(t: {
  readonly x: number;
  readonly y: number;
  readonly value: string;
  readonly size: number;
  readonly colour: string;
  readonly weight?: number;
  readonly align?: "left" | "center" | "right";
  /** Colour of the outline that keeps lines from running through the letters. */
  readonly halo?: string;
}): Mark {
  const style = {
    x: t.x,
    y: t.y,
    text: t.value,
    fill: t.colour,
    font: `${t.weight ?? 400} ${t.size}px ${fontFamily}`,
    align: t.align ?? "left",
    verticalAlign: "middle",
  };
  return { type: "text", silent: true, z: 20, style: t.halo ? { ...style, stroke: t.halo, lineWidth: 3 } : style };
}

export function rectangle(r: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly opacity?: number;
  readonly z?: number;
}): Mark {
  const shape = { x: r.x, y: r.y, width: Math.max(0, r.width), height: r.height };
  return { type: "rect", silent: true, z: r.z ?? 10, shape, style: { fill: r.fill, opacity: r.opacity ?? 1 } };
}

export function line(l: {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly colour: string;
  readonly width: number;
  readonly dash?: readonly number[];
  readonly z?: number;
}): Mark {
  const style = { stroke: l.colour, lineWidth: l.width, ...(l.dash ? { lineDash: [...l.dash] } : {}) };
  return { type: "line", silent: true, z: l.z ?? 12, shape: { x1: l.x1, y1: l.y1, x2: l.x2, y2: l.y2 }, style };
}

const stripHeight = 20;
const stripGap = 5;

export interface Strips {
  readonly marks: readonly Mark[];
  readonly keyTop: number;
  readonly bottom: number;
}

export function stripMarks(input: ReportInput, scale: Scale, top: number): Strips {
  const marks: Mark[] = [];
  let y = top;
  const strip = (title: string, draw: (y: number) => readonly Mark[]): void => {
    marks.push(
      text({
        x: plotLeft - 8,
        y: y + stripHeight / 2,
        size: 11.5,
        weight: 600,
        colour: palette.ink,
        value: title,
        align: "right",
      }),
    );
    marks.push(...draw(y));
    y += stripHeight + stripGap;
  };
  if (input.bins.length > 0) strip("served by", (at) => servedMarks(input, scale, at));
  if (input.lag.length > 0) strip("standby", (at) => standbyMarks(input, scale, at));
  if (input.phases.length > 0) strip("phase", (at) => phaseMarks(input, scale, at));
  const key = keyMarks(input, y + 9);
  return { marks: [...marks, ...key], keyTop: y - stripGap, bottom: y + (key.length > 0 ? 18 : 0) };
}

interface Run {
  readonly startUs: number;
  endUs: number;
  readonly shares: readonly number[];
}

/** Neighbouring bins of the same shares (to a pixel of the strip) become one run. */
function servedRuns(input: ReportInput): readonly Run[] {
  const { bins, binUs } = mergeBins(input);
  const runs: Run[] = [];
  for (const bin of bins) {
    const arrivals = Math.max(1, bin.ok + bin.failed + bin.unknown);
    const shares = bin.served.map((served) => Math.round((served / arrivals) * stripHeight) / stripHeight);
    const last = runs.at(-1);
    if (last && last.endUs === bin.startUs && last.shares.every((share, index) => share === shares[index]))
      last.endUs += binUs;
    else runs.push({ startUs: bin.startUs, endUs: bin.startUs + binUs, shares });
  }
  return runs;
}

function servedMarks(input: ReportInput, scale: Scale, y: number): readonly Mark[] {
  const marks: Mark[] = [];
  for (const run of servedRuns(input)) {
    const [from, to] = [scale.x(run.startUs), scale.x(run.endUs)];
    marks.push(rectangle({ x: from, y, width: to - from, height: stripHeight, fill: palette.nobody, z: 8 }));
    let filled = 0;
    run.shares.forEach((share, region) => {
      if (share <= 0) return;
      const height = share * stripHeight;
      filled += height;
      marks.push(
        rectangle({ x: from, y: y + stripHeight - filled, width: to - from, height, fill: regionColour(region), z: 9 }),
      );
    });
  }
  return marks.concat(servedLabels(input, scale, y));
}

/** A Region's name on the longest stretch that it served alone, if it fits there. */
function servedLabels(input: ReportInput, scale: Scale, y: number): readonly Mark[] {
  return input.regions.flatMap((name, region) => {
    let best = { from: 0, to: 0 };
    let fromUs: number | null = null;
    for (const bin of input.bins) {
      const alone = (bin.served[region] ?? 0) > 0.5 * (bin.ok + bin.failed + bin.unknown);
      fromUs = alone ? (fromUs ?? bin.startUs) : null;
      const to = bin.startUs + input.binUs;
      if (fromUs !== null && to - fromUs > best.to - best.from) best = { from: fromUs, to };
    }
    const [from, to] = [scale.x(best.from), scale.x(best.to)];
    if (best.to === best.from || to - from < textWidth(name, 11, true) + 10) return [];
    return [
      text({
        x: (from + to) / 2,
        y: y + stripHeight / 2,
        size: 11,
        weight: 600,
        colour: regionTextColour(region),
        value: name,
        align: "center",
        halo: regionColour(region),
      }),
    ];
  });
}

function standbyMarks(input: ReportInput, scale: Scale, y: number): readonly Mark[] {
  const marks: Mark[] = [
    rectangle({ x: plotLeft, y, width: plotRight - plotLeft, height: stripHeight, fill: palette.nobody, z: 8 }),
  ];
  let startUs: number | null = null;
  const close = (endUs: number): void => {
    if (startUs === null) return;
    const [from, to] = [scale.x(startUs), scale.x(endUs)];
    marks.push(rectangle({ x: from, y, width: to - from, height: stripHeight, fill: palette.ok, z: 9 }));
    if (to - from > 74)
      marks.push(
        text({
          x: (from + to) / 2,
          y: y + stripHeight / 2,
          size: 11,
          weight: 600,
          colour: palette.ink,
          value: "streaming",
          align: "center",
          halo: palette.ok,
        }),
      );
    startUs = null;
  };
  for (const point of input.lag) {
    if (point.protected) startUs ??= point.us;
    else close(point.us);
  }
  const last = input.lag.at(-1);
  if (last) close(last.us);
  return marks;
}

function phaseMarks(input: ReportInput, scale: Scale, y: number): readonly Mark[] {
  return input.phases.flatMap((phase, index) => {
    const [from, to] = [scale.x(phase.startUs), scale.x(phase.endUs ?? input.endUs)];
    const fill = palette.phases[index % palette.phases.length] ?? palette.nobody;
    const named = `${index + 1} ${phase.phase}`;
    const value = to - from > textWidth(named, 11) + 8 ? named : to - from > 10 ? String(index + 1) : "";
    return [
      rectangle({ x: from, y, width: to - from, height: stripHeight, fill, z: 8 }),
      line({ x1: from, y1: y, x2: from, y2: y + stripHeight, colour: palette.rule, width: 1, z: 9 }),
      ...(value === ""
        ? []
        : [
            text({
              x: (from + to) / 2,
              y: y + stripHeight / 2,
              size: 11,
              colour: palette.ink,
              value,
              align: "center" as const,
              halo: fill,
            }),
          ]),
    ];
  });
}

/** What the colours and numbers of the strips mean: Regions, nobody, the fault's shade, and the phases by number. */
function keyMarks(input: ReportInput, y: number): readonly Mark[] {
  const marks: Mark[] = [];
  let x = plotLeft;
  const entry = (name: string, fill: string | null, opacity = 1): void => {
    if (fill !== null) {
      marks.push(rectangle({ x, y: y - 5, width: 11, height: 10, fill, opacity }));
      x += 15;
    }
    marks.push(text({ x, y, size: 11, colour: palette.quiet, value: name }));
    x += textWidth(name, 11) + 10;
  };
  if (input.bins.length > 0) {
    input.regions.forEach((name, region) => entry(name, regionColour(region)));
    entry("nobody", palette.nobody);
  }
  if (input.faultWindow) entry(input.moments.fault ? "fault" : "fault commanded", palette.fault, 0.25);
  x += 10;
  input.phases.forEach((phase, index) => entry(`${index + 1} ${phase.phase}`, null));
  return marks;
}

export function momentMarks(
  labels: readonly MomentLabel[],
  place: {
    readonly top: number;
    readonly rowHeight: number;
    readonly gap: readonly [number, number];
    readonly bottom: number;
  },
): readonly Mark[] {
  return labels.flatMap((label) => {
    const y = place.top + label.row * place.rowHeight + place.rowHeight / 2;
    const colour = label.strong ? (label.text.startsWith("fault") ? palette.fault : palette.okLine) : palette.moment;
    const start = label.anchor === "start";
    return [
      // Interrupted where the key's words stand.
      ...[
        [y - 6, place.gap[0]],
        [place.gap[1], place.bottom],
      ].map(([y1 = 0, y2 = 0]) =>
        line({
          x1: label.x,
          y1,
          x2: label.x,
          y2,
          colour,
          width: label.strong ? 1.6 : 1,
          dash: label.strong ? [] : [4, 3],
        }),
      ),
      text({
        x: start ? label.x + 5 : label.x - 5,
        y,
        size: momentFontSize,
        weight: label.strong ? 700 : 400,
        colour: label.strong ? colour : palette.ink,
        value: label.text,
        align: start ? "left" : "right",
      }),
    ];
  });
}
