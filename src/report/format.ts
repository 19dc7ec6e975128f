/** Numbers as people read them. One place, so that the terminal, the page, Allure and JUnit print the same figure alike. */
import type { Finding } from "../model/verdict.ts";

type Unit = "ms" | "count" | "minor" | "ratio";

const minusSafe = (text: string): string => text.replace(/^-(?=0(?:\.0+)?(?:\D|$))/, "");

/** 850 ms · 4.20 s · 58.3 s · 4 min 32 s · 1 h 02 min */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return "0 s";
  if (ms < 999.5) return `${minusSafe(ms < 10 ? ms.toFixed(1) : ms.toFixed(0))} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 119_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A limit is a round number more often than not: 15 min, 60 s, 2 s. */
export function formatLimitDuration(ms: number): string {
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  if (ms >= 1000 && ms % 1000 === 0 && ms < 120_000) return `${ms / 1000} s`;
  return formatDuration(ms);
}

export function formatCount(value: number): string {
  return Number.isInteger(value)
    ? value.toLocaleString("en-US")
    : value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** Minor units → major with two decimals. The evidence names no currency, so neither does this. */
export function formatMoney(minor: number): string {
  return (minor / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** Never rounds an imperfect ratio up to 100 %. */
export function formatRatio(ratio: number): string {
  const percent = ratio * 100;
  if (percent === 100 || percent === 0) return `${percent} %`;
  for (const digits of [2, 3, 4, 5, 6]) {
    const text = percent.toFixed(digits);
    if (Number(text) !== 100 && Number(text) !== 0) return `${text} %`;
  }
  return percent > 50 ? "> 99.999999 %" : "< 0.000001 %";
}

export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      return formatDuration(value);
    case "count":
      return formatCount(value);
    case "minor":
      return formatMoney(value);
    case "ratio":
      return formatRatio(value);
    default:
      return String(value);
  }
}

/** Both ends of the interval, the unit once when it is the same: "12.1–12.9 s". */
export function formatInterval(lo: number, hi: number | null, unit: Unit): string {
  if (hi === null) return `≥ ${formatValue(lo, unit)}`;
  const [from, to] = [formatValue(lo, unit), formatValue(hi, unit)];
  if (from === to) return to;
  const [fromNumber, fromUnit] = splitUnit(from);
  const [toNumber, toUnit] = splitUnit(to);
  return fromUnit === toUnit && fromUnit !== null ? `${fromNumber}–${toNumber}${toUnit}` : `${from} – ${to}`;
}

function splitUnit(text: string): readonly [string, string | null] {
  const match = /^([\d.,]+)( (?:ms|s|%))?$/.exec(text);
  return match ? [match[1] ?? text, match[2] ?? ""] : [text, null];
}

export function formatMeasured(finding: Pick<Finding, "measured">): string {
  const { measured } = finding;
  return measured ? formatInterval(measured.lo, measured.hi, measured.unit) : "not measured";
}

/** What is left at worst, or by how much it was overrun; "–" when nothing is known, or there is nothing to be left. */
export function formatMargin({ margin, objective }: Pick<Finding, "margin" | "objective">): string {
  if (margin === null || objective === null || isExtreme(objective)) return "–";
  const { lo, hi, unit } = margin;
  if (lo === null) return hi !== null && hi <= 0 ? `≥ ${formatValue(-hi, unit)} over` : "–";
  // Rounded down: what is left is never made more.
  const left = unit === "ms" && lo >= 119_950 ? Math.floor(lo / 1000) * 1000 : lo;
  return lo >= 0 ? `${formatValue(left, unit)} left` : `${formatValue(-lo, unit)} over`;
}

/** Nothing can be better than this limit. */
const isExtreme = ({ op, limit, unit }: NonNullable<Finding["objective"]>): boolean =>
  (op === "<=" && limit === 0) || (op === ">=" && unit === "ratio" && limit === 1);

const operators = { "<": "<", "<=": "≤", ">=": "≥" } as const;

/** "< 15 min"; an upper limit of nothing reads better as "0" than as "≤ 0". */
export function formatObjective(finding: Pick<Finding, "objective">): string {
  const { objective } = finding;
  if (!objective) return "disclosed";
  if (objective.op === "<=" && objective.limit === 0) return "0";
  const limit =
    objective.unit === "ms"
      ? formatLimitDuration(objective.limit)
      : formatValue(objective.limit, objective.unit)
          .replace(/(\.\d*?)0+ %$/, "$1 %")
          .replace(". %", " %");
  return `${operators[objective.op]} ${limit}`;
}

/** 2026-11-20 08:12:31.204 UTC */
export function formatUtc(wallMs: number, digits: 0 | 3 = 0): string {
  const iso = new Date(wallMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, digits === 0 ? 19 : 23)} UTC`;
}

/** Signed minutes and seconds on an axis: -0:30, 0:00, +1:30. */
export function formatAxisTime(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = whole === 0 ? "" : seconds < 0 ? "−" : "+";
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const tail = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${sign}${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${sign}${minutes}:${tail}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For HTML and XML text and attributes. Control characters that XML forbids are shown as U+FFFD. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[\p{Cc}\ufffe\uffff]/gu, (c) => (/[\t\n\r]/.test(c) ? c : "\ufffd"))
    .replace(/[&<>"']/g, (c) => entities[c] ?? c);
}
