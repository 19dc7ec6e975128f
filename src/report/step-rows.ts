/** The step budget table: each step of the failover with its limit, what was measured, and where it lies on the time axis. */
import type { Finding, FindingId } from "../model/verdict.ts";
import { findingOf } from "./criteria.ts";
import { escapeMarkup, formatDuration, formatMeasured, formatObjective } from "./format.ts";
import { placeOf, type MomentName, type ReportInput } from "./input.ts";

export interface StepRow {
  readonly id: FindingId;
  readonly title: string;
  readonly finding: Finding;
  readonly budget: string;
  readonly actual: string;
  /** What was left of the budget at worst; negative: over it. null: no budget, or no end. */
  readonly marginMs: number | null;
  readonly startUs: number | null;
  readonly endUs: number | null;
  /** The sum row: the whole recovery. */
  readonly total: boolean;
}

const steps: readonly (readonly [FindingId, string, MomentName, MomentName])[] = [
  ["step.detect", "Detect", "fault", "detected"],
  ["step.decide", "Decide", "detected", "decided"],
  ["step.fence", "Fence the old primary", "decided", "fenced"],
  ["step.promote", "Promote the standby", "decided", "promoted"],
  ["step.route", "Route the customers", "promoted", "routed"],
  ["step.scale", "Scale out", "promoted", "scaled"],
  ["rto", "Service restored and held", "fault", "restored"],
  ["step.verify", "Verify", "restored", "verified"],
  ["protected", "Protected again", "restored", "protected"],
  ["failback", "Failed back", "fault", "failedBack"],
];

export function stepRows(input: ReportInput): readonly StepRow[] {
  return steps.flatMap(([id, title, from, to]) => {
    const finding = findingOf(input.verdict, id);
    if (!finding) return [];
    const { objective, measured } = finding;
    const [start, end] = [input.moments[from], input.moments[to]];
    return {
      id,
      title,
      finding,
      budget: objective ? formatObjective(finding) : "–",
      actual: measured ? formatMeasured(finding) : "not measured",
      marginMs: objective?.unit === "ms" && measured?.hi != null ? objective.limit - measured.hi : null,
      startUs: start ? placeOf(start) : null,
      endUs: end ? placeOf(end) : null,
      total: id === "rto",
    };
  });
}

export function marginText(row: Pick<StepRow, "marginMs">): string {
  if (row.marginMs === null) return "–";
  return row.marginMs >= 0 ? `${formatDuration(row.marginMs)} left` : `${formatDuration(-row.marginMs)} over`;
}

/** For Allure's description: a bare table, since Allure 2 takes styles away. */
export function stepTableHtml(input: ReportInput): string {
  const cells = (tag: "th" | "td", values: readonly string[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escapeMarkup(value)}</${tag}>`).join("")}</tr>`;
  const rows = stepRows(input).map((row) =>
    cells("td", [row.title, row.budget, row.actual, marginText(row), row.finding.status]),
  );
  return `<table border="1" cellpadding="6">${cells("th", ["Step", "Budget", "Measured", "Margin", "Status"])}${rows.join("")}</table>`;
}
