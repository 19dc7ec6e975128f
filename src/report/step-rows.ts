/** The step budget table: each step of the failover with its limit, what was measured, and where it lies on the time axis. */
import type { Finding, FindingId } from "../model/verdict.ts";
import { findingOf } from "./criteria.ts";
import { escapeMarkup, formatMargin, formatMeasured, formatObjective } from "./format.ts";
import { placeOf, type MomentName, type ReportInput } from "./input.ts";

export interface StepRow {
  readonly id: FindingId;
  readonly title: string;
  readonly finding: Finding;
  readonly budget: string;
  readonly actual: string;
  /** What was left of the budget at worst, or by how much it was overrun. */
  readonly margin: string;
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
      margin: formatMargin(finding),
      startUs: start ? placeOf(start) : null,
      endUs: end ? placeOf(end) : null,
      total: id === "rto",
    };
  });
}

/** For Allure's description: a bare table; Allure 2 takes styles away, so the space between columns is made of spaces. */
export function stepTableHtml(input: ReportInput): string {
  const line = (values: readonly string[], wrap: (text: string) => string): string =>
    `<tr>${values.map((value) => `<td>${wrap(escapeMarkup(value))}&#160;&#160;&#160;&#160;</td>`).join("")}</tr>`;
  const rows = stepRows(input).map((row) =>
    line([row.title, row.budget, row.actual, row.margin, row.finding.status], (text) => text),
  );
  const head = line(["Step", "Budget", "Measured", "Margin", "Status"], (text) => `<b>${text}</b>`);
  return `<table>${head}${rows.join("")}</table>`;
}
