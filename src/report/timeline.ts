/**
 * The timeline picture: who served, the phases, whether a standby protected the data, and under them the measured panels, all
 * over one time axis whose zero is the fault. Drawn by ECharts on the server into one static SVG without script or outside reference.
 */
import { LineChart } from "echarts/charts";
import { GraphicComponent, GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { formatAxisTime, formatUtc } from "./format.ts";
import type { ReportInput } from "./input.ts";
import { fontFamily, palette } from "./palette.ts";
import {
  placeMoments,
  plotLeft,
  plotRight,
  scaleOf,
  textWidth,
  ticksOf,
  width,
  type Scale,
} from "./timeline-layout.ts";
import { line, momentMarks, rectangle, stripMarks, text, type Mark } from "./timeline-marks.ts";
import { panelsOf, type Panel } from "./timeline-panels.ts";

echarts.use([LineChart, GraphicComponent, GridComponent, SVGRenderer]);

const headerHeight = 50;
const momentRowHeight = 17;
const panelTitleHeight = 30;
const footHeight = 46;

interface PlacedPanel extends Panel {
  readonly top: number;
}

export function timelineSvg(input: ReportInput): string {
  const scale = scaleOf(input);
  const moments = placeMoments(input, scale);
  const stripsTop = headerHeight + moments.rows * momentRowHeight + 6;
  const strips = stripMarks(input, scale, stripsTop);
  let top = strips.bottom;
  const panels = panelsOf(input, scale).map((panel): PlacedPanel => {
    const placed = { ...panel, top: top + panelTitleHeight };
    top = placed.top + panel.height;
    return placed;
  });
  const height = top + footHeight;
  const ticks = ticksOf(scale);
  const marks: Mark[] = [
    ...header(input, scale),
    ...faultMarks(input, scale, panels),
    ...strips.marks,
    ...panels.flatMap((panel) => panelMarks(panel, scale, ticks)),
    ...momentMarks(moments.labels, {
      top: headerHeight,
      rowHeight: momentRowHeight,
      gap: [strips.keyTop, strips.bottom],
      bottom: top,
    }),
    text({
      x: (plotLeft + plotRight) / 2,
      y: height - 12,
      align: "center",
      size: 11.5,
      colour: palette.quiet,
      value: axisTitle(input, scale),
    }),
  ];
  return render(height, {
    animation: false,
    backgroundColor: palette.paper,
    textStyle: { fontFamily },
    grid: panels.map((panel) => ({
      left: plotLeft,
      right: width - plotRight,
      top: panel.top,
      height: panel.height,
      outerBoundsMode: "none",
    })),
    xAxis: panels.map((_, index) => timeAxis(index, scale, ticks, index === panels.length - 1)),
    yAxis: panels.map((panel, index) => valueAxis(index, panel)),
    series: panels.flatMap((panel, index) => panel.lines.map((one) => seriesOf(one, index))),
    graphic: marks,
  });
}

function render(height: number, option: echarts.EChartsCoreOption): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(option);
    return tidy(chart.renderToSVGString());
  } finally {
    // An undisposed chart keeps a timer, and the process would never end.
    chart.dispose();
  }
}

/**
 * Takes out the hover styles and data attributes, which serve only ECharts' own client, and makes ids independent of how many
 * charts this process has drawn: the same evidence gives the same bytes.
 */
function tidy(svg: string): string {
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>\n?/g, "")
    .replace(/ class="[^"]*"| ecmeta_[a-z_]+="[^"]*"| pointer-events="[^"]*"/g, "")
    .replace(/\bzr\d+-/g, "timeline-")
    .replace("<svg ", '<svg role="img" aria-label="Timeline of the drill" ');
}

function axisTitle(input: ReportInput, scale: Scale): string {
  const zero = formatUtc(input.epochWallMs + scale.zeroUs / 1000, 3);
  return scale.fromFault
    ? `min:s from the moment the fault took effect (${zero})`
    : `min:s from the start of the run (${zero}); no fault took effect`;
}

function header(input: ReportInput, scale: Scale): Mark[] {
  const { word, colour } = verdictWord(input.verdict.verdict);
  const subtitle = `${input.manifest.environment.title} · ${input.regions.join(" → ")} · ${formatUtc(input.epochWallMs)} · ${input.verdict.run}`;
  return [
    text({ x: 16, y: 20, size: 17, weight: 700, colour: palette.ink, value: input.title }),
    text({ x: plotRight, y: 20, size: 17, weight: 700, colour, value: word, align: "right" }),
    text({ x: 16, y: 40, size: 11.5, colour: palette.quiet, value: subtitle }),
    ...(scale.fromFault
      ? []
      : [
          text({
            x: plotRight,
            y: 40,
            size: 11.5,
            colour: palette.fault,
            value: "no fault took effect",
            align: "right" as const,
          }),
        ]),
  ];
}

export function verdictWord(verdict: ReportInput["verdict"]["verdict"]): {
  readonly word: string;
  readonly colour: string;
} {
  return { word: verdict, colour: { PASS: "#00744f", FAIL: "#b3261e", INCONCLUSIVE: "#8a5a00" }[verdict] };
}

/** The fault window, a tint over every panel: under it, filled areas would hide it. */
function faultMarks(input: ReportInput, scale: Scale, panels: readonly PlacedPanel[]): Mark[] {
  if (!input.faultWindow) return [];
  const from = scale.x(input.faultWindow.startUs);
  const to = scale.x(input.faultWindow.endUs ?? input.endUs);
  return panels.map(({ top, height }) =>
    rectangle({ x: from, y: top, width: to - from, height, fill: palette.fault, opacity: 0.1, z: 4 }),
  );
}

/** Grid, title, legend, limits. The grid is drawn here because ECharts draws its own at places other than our ticks. */
function panelMarks(panel: PlacedPanel, scale: Scale, ticks: readonly number[]): Mark[] {
  const titleY = panel.top - 11;
  const bottom = panel.top + panel.height;
  const marks: Mark[] = [
    ...ticks
      .map((tick) => scale.x(scale.zeroUs + tick * 1e6))
      .map((x) => line({ x1: x, y1: panel.top, x2: x, y2: bottom, colour: palette.grid, width: 1, z: -6 })),
    ...panel.axis.ticks
      .map((tick) => yOf(panel, tick))
      .map((y) => line({ x1: plotLeft, y1: y, x2: plotRight, y2: y, colour: palette.grid, width: 1, z: -6 })),
    ...panel.unknown.map(([from, to]) =>
      rectangle({
        x: scale.x(from),
        y: panel.top,
        width: scale.x(to) - scale.x(from),
        height: panel.height,
        fill: palette.nobody,
        opacity: 0.6,
        z: -4,
      }),
    ),
    text({
      x: plotLeft,
      y: titleY,
      size: 12,
      weight: 600,
      colour: palette.ink,
      value: panel.title,
      halo: palette.paper,
    }),
  ];
  let right = plotRight;
  for (const { name, colour } of panel.legend.toReversed()) {
    const size = textWidth(name, 11.5);
    marks.push(
      text({ x: right - size, y: titleY, size: 11.5, colour: palette.quiet, value: name, halo: palette.paper }),
    );
    marks.push(rectangle({ x: right - size - 15, y: titleY - 5, width: 11, height: 10, fill: colour }));
    right -= size + 30;
  }
  for (const limit of panel.limits) {
    const y = yOf(panel, limit.value);
    marks.push(
      line({ x1: plotLeft, y1: y, x2: plotRight, y2: y, colour: palette.limit, dash: [5, 4], width: 1.2, z: 6 }),
    );
    marks.push(
      text({
        x: plotRight - 4,
        y: y + 9,
        size: 11,
        colour: palette.limit,
        value: limit.label,
        align: "right",
        halo: palette.paper,
      }),
    );
  }
  return marks;
}

function yOf(panel: PlacedPanel, value: number): number {
  const { type, min, max } = panel.axis;
  const place = type === "log" ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return panel.top + panel.height * (1 - Math.min(1, Math.max(0, place)));
}

function timeAxis(gridIndex: number, scale: Scale, ticks: readonly number[], labelled: boolean) {
  const customValues = [...ticks];
  return {
    type: "value" as const,
    gridIndex,
    min: scale.minSeconds,
    max: scale.maxSeconds,
    axisLine: { lineStyle: { color: palette.rule }, onZero: false },
    axisTick: { show: labelled, customValues, lineStyle: { color: palette.quiet } },
    splitLine: { show: false },
    axisLabel: {
      show: labelled,
      customValues,
      color: palette.quiet,
      fontSize: 11.5,
      formatter: (value: number) => formatAxisTime(value),
      hideOverlap: true,
    },
  };
}

function valueAxis(gridIndex: number, panel: PlacedPanel) {
  const customValues = [...panel.axis.ticks];
  return {
    type: panel.axis.type,
    gridIndex,
    min: panel.axis.min,
    max: panel.axis.max,
    axisLine: { show: false },
    axisTick: { show: false },
    minorTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      customValues,
      color: palette.quiet,
      fontSize: 11,
      formatter: (value: number) => panel.axis.label(value),
    },
  };
}

function seriesOf(one: Panel["lines"][number], index: number) {
  return {
    type: "line" as const,
    xAxisIndex: index,
    yAxisIndex: index,
    silent: true,
    animation: false,
    clip: true,
    ...(one.step ? { step: "end" as const } : {}),
    lineStyle: { color: one.colour, width: one.width },
    ...(one.fill ? { areaStyle: { color: one.fill, opacity: 1 } } : {}),
    itemStyle: { color: one.colour },
    showAllSymbol: true,
    // A sample with gaps on both sides makes no line: it gets a dot, or the picture would hide it.
    data: one.points.map(([x, y], at) => {
      const alone =
        !one.step &&
        y !== null &&
        (one.points[at - 1]?.[1] ?? null) === null &&
        (one.points[at + 1]?.[1] ?? null) === null;
      return { value: [x, y ?? "-"], symbol: alone ? "circle" : "none", symbolSize: 4 };
    }),
  };
}
