/** Pieces of the page: tiles with their bars, the step budgets, the lost writes, the findings. Each gives HTML, all text escaped. */
import type { Finding, FindingId, FindingStatus } from "../model/verdict.ts";
import { decides, findingOf, groupOf, groupTitles, type Group } from "./criteria.ts";
import {
  escapeMarkup as escape,
  formatCount,
  formatInterval,
  formatMargin,
  formatMeasured,
  formatMoney,
  formatObjective,
} from "./format.ts";
import type { LostWrite, PathPart, ReportInput } from "./input.ts";
import { stepRows, type StepRow } from "./step-rows.ts";

export type Tone = "pass" | "fail" | "open" | "none";

export function toneOf(finding: Pick<Finding, "status" | "id" | "objective"> | null): Tone {
  if (!finding) return "none";
  const tones: Readonly<Record<FindingStatus, Tone>> = {
    PASS: "pass",
    FAIL: "fail",
    INCONCLUSIVE: "open",
    NOT_MEASURABLE: "open",
  };
  // What is only disclosed is coloured when it went wrong, and not when it merely stands there.
  return decides(finding) || finding.status === "FAIL" ? tones[finding.status] : "none";
}

const words: Readonly<Record<FindingStatus, string>> = {
  PASS: "✓ pass",
  FAIL: "✗ FAIL",
  INCONCLUSIVE: "? inconclusive",
  NOT_MEASURABLE: "– not measurable",
};

export function chip(finding: Finding): string {
  const text = decides(finding) || finding.status !== "PASS" ? words[finding.status] : "disclosed";
  return `<span class="chip ${toneOf(finding)}">${text}</span>`;
}

export function tilesHtml(input: ReportInput): string {
  const { verdict, writes } = input;
  const [rto, rpo, residual, functional] = (["rto", "rpo.time", "residual", "functional"] as const).map((id) =>
    findingOf(verdict, id),
  );
  const customer = findingOf(verdict, "rto.customer");
  const available = findingOf(verdict, "availability");
  const [count, amount] = (["rpo.count", "rpo.amount"] as const).map((id) => findingOf(verdict, id));
  return `<section class="tiles" aria-label="Key figures">
${tile({ name: "RTO", finding: rto, note: customer?.measured ? `customers were without service for ${formatMeasured(customer)}` : "from the fault until service was restored and held" })}
${tile({ name: "RPO", finding: rpo, note: rpoNote(count, amount) })}
${tile({ name: "Lost after reconciliation", finding: residual, note: writes ? `of ${formatCount(writes.acknowledged)} acknowledged writes; ${formatCount(writes.unknown)} more ended unknown, ${formatCount(writes.recovered)} of them were applied` : "acknowledged writes missing at the final read" })}
${tile({ name: "Application functional", finding: functional, note: available?.measured ? `${formatMeasured(available)} of all arrivals in the whole drill were good` : "a customer's journey, before and after" })}
</section>`;
}

function rpoNote(count: Finding | null | undefined, amount: Finding | null | undefined): string {
  if (!count?.measured) return "age of the oldest acknowledged write that was lost";
  const money = amount?.measured ? `, ${formatMeasured(amount)} in money` : "";
  return `${formatMeasured(count)} acknowledged writes lost before replay${money}`;
}

function tile(part: {
  readonly name: string;
  readonly finding: Finding | null | undefined;
  readonly note: string;
}): string {
  const finding = part.finding ?? null;
  const value = finding?.measured ? formatMeasured(finding) : finding ? words[finding.status].slice(2) : "not judged";
  const limit = finding?.objective ? `limit ${formatObjective(finding)}` : "no limit set";
  return `<div class="tile ${toneOf(finding)}"><h3>${escape(part.name)}</h3><div class="value">${escape(value)}</div>
<div class="limit">${escape(limit)}</div>${finding ? bar(finding) : ""}<p class="note">${escape(part.note)}</p></div>`;
}

/** Measured interval against its limit, to scale from zero: solid up to the lower end, faint up to the upper. */
function bar(finding: Finding): string {
  const { measured, objective } = finding;
  if (!measured || !objective || objective.limit <= 0) return "";
  const full = Math.max(objective.limit, measured.hi ?? measured.lo * 1.2) * (objective.op === ">=" ? 1 : 1.08);
  const percent = (value: number): string => `${Math.min(100, Math.max(0, (value / full) * 100)).toFixed(2)}%`;
  const width = measured.hi === null ? `calc(100% - ${percent(measured.lo)})` : percent(measured.hi - measured.lo);
  return `<div class="scale"><i style="left:0;width:${percent(measured.lo)}"></i><i class="range" style="left:${percent(measured.lo)};width:${width}"></i><b style="left:calc(${percent(objective.limit)} - 1px)"></b></div>`;
}

export function stepsHtml(input: ReportInput): string {
  const rows = stepRows(input);
  if (rows.length === 0) return "";
  const starts = rows.flatMap((row) => (row.startUs === null ? [] : [row.startUs]));
  // Protection and failback last far longer than the recovery and would squeeze it: the bars end with the verified service.
  const ends = rows.flatMap((row) =>
    row.endUs === null || row.id === "protected" || row.id === "failback" ? [] : [row.endUs],
  );
  const [from, to] = [Math.min(...starts), Math.max(...ends)];
  const cells = rows.map((row) => {
    const heading = `<td>${escape(row.title)}</td><td class="number">${escape(row.budget)}</td><td class="number">${escape(row.actual)}</td><td class="number">${escape(row.margin)}</td>`;
    return `<tr class="${row.total ? "total " : ""}${toneOf(row.finding)}">${heading}<td>${gantt(row, from, to)}</td><td>${chip(row.finding)}</td></tr>`;
  });
  return `<section class="card" id="steps"><h2>Step budgets</h2><div class="wide"><table><thead><tr><th>Step</th><th class="number">Budget</th><th class="number">Measured</th><th class="number">Margin</th><th>From the fault to verified service</th><th>Status</th></tr></thead><tbody>${cells.join("\n")}</tbody></table></div>${pathHtml(input)}</section>`;
}

/** What the RTO is made of: each part as long as its middle, and the sum beside the RTO that it must hold. */
function pathHtml({ criticalPath, otherSpans, verdict }: ReportInput): string {
  if (criticalPath === null || criticalPath.steps.length < 2) return "";
  const middle = ({ loMs, hiMs }: PathPart): number => (loMs + hiMs) / 2;
  const whole = middle(criticalPath.sum);
  if (whole <= 0) return "";
  const parts = criticalPath.steps.map((part) => {
    const share = (100 * middle(part)) / whole;
    const text = `${part.name} ${formatInterval(part.loMs, part.hiMs, "ms")}`;
    return {
      bar: `<i style="flex-grow:${share.toFixed(2)}" title="${escape(text)}">${share >= 8 ? escape(part.name) : ""}</i>`,
      text: `${text} (${share.toFixed(0)} %)`,
    };
  });
  const rto = findingOf(verdict, "rto");
  const { sum } = criticalPath;
  const check = `${sum.name} ${formatInterval(sum.loMs, sum.hiMs, "ms")}${rto?.measured ? `, RTO ${formatMeasured(rto)}` : ""}`;
  const others = otherSpans.map(({ name, loMs, hiMs }) => `; ${name} ${formatInterval(loMs, hiMs, "ms")}`).join("");
  return `<h3 class="path">Critical path: what the RTO is made of</h3><div class="path">${parts.map(({ bar: one }) => one).join("")}</div><p class="reason">${escape(`${parts.map(({ text }) => text).join(" · ")}; ${check}${others}`)}</p>`;
}

function gantt(row: StepRow, from: number, to: number): string {
  if (row.startUs === null || row.endUs === null || to <= from || row.endUs > to) return "";
  const percent = (us: number): string => `${(((us - from) / (to - from)) * 100).toFixed(2)}%`;
  return `<div class="gantt"><i style="left:${percent(row.startUs)};width:${(((row.endUs - row.startUs) / (to - from)) * 100).toFixed(2)}%"></i></div>`;
}

const mostLost = 50;
const lostStates: Readonly<Record<LostWrite["state"], string>> = {
  replayed: "salvaged and replayed",
  missing: "missing at the final read",
};

export function lostHtml(input: ReportInput): string {
  const { lost } = input;
  if (lost.length === 0) return "";
  // Those that are still missing first: they are the ones to chase.
  const shown = [...lost]
    .sort((a, b) => Number(a.state === "replayed") - Number(b.state === "replayed") || a.ackedUs - b.ackedUs)
    .slice(0, mostLost);
  const head = [
    "Payment",
    "Acknowledged (UTC)",
    "Amount",
    "Accounts",
    "Acknowledged by",
    "What became of it",
    "Evidence",
  ];
  const rows = shown.map((write) => {
    const at = new Date(input.epochWallMs + write.ackedUs / 1000).toISOString().slice(11, 23);
    const tone = write.state === "missing" ? "fail" : "none";
    const state = `<span class="chip ${tone}">${lostStates[write.state]}</span>`;
    return `<tr><td class="mono">${escape(write.id)}</td><td>${at}</td><td class="number">${formatMoney(write.amountMinor)}</td><td>${write.from} → ${write.to}</td><td>${escape(write.region === "" ? "not stated" : write.region)}</td><td>${state}</td><td class="reason">${escape(write.evidence)}</td></tr>`;
  });
  const more = lost.length > shown.length ? `${formatCount(shown.length)} of ${formatCount(lost.length)} shown. ` : "";
  return `<section class="card long" id="lost"><h2>Acknowledged writes lost before replay</h2><div class="wide"><table><thead><tr>${head.map((cell) => `<th${cell === "Amount" ? ' class="number"' : ""}>${cell}</th>`).join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div><p class="reason">${more}All of them: <a href="lost.csv">lost.csv</a></p></section>`;
}

export function findingsHtml(input: ReportInput): string {
  const groups: readonly Group[] = ["recovery", "data", "application", "validity"];
  const rows = groups.flatMap((group) => {
    const own = input.verdict.findings.filter((finding) => groupOf(finding.id) === group);
    return own.length === 0
      ? []
      : [`<tr class="group"><td colspan="6">${escape(groupTitles[group])}</td></tr>`, ...own.map(findingRow)];
  });
  return `<section class="card long" id="findings"><h2>All findings</h2><div class="wide"><table><thead><tr><th>Finding</th><th class="number">Measured</th><th class="number">Limit</th><th class="number">Margin</th><th>Status</th><th>Reason and evidence</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function findingRow(finding: Finding): string {
  const limit = finding.objective ? formatObjective(finding) : "–";
  const measured = finding.measured ? formatMeasured(finding) : "–";
  return `<tr id="${anchorOf(finding.id)}"><td>${escape(finding.title)}<br><code class="reason">${escape(finding.id)}</code></td><td class="number">${escape(measured)}</td><td class="number">${escape(limit)}</td><td class="number">${escape(formatMargin(finding))}</td><td>${chip(finding)}</td><td class="reason">${escape(finding.reason)}${evidenceLinks(finding)}</td></tr>`;
}

export const anchorOf = (id: FindingId): string => `finding-${id.replaceAll(".", "-")}`;

function evidenceLinks(finding: Finding): string {
  const links = finding.evidence.slice(0, 6).map(({ file, line, range }) => {
    const place = range ? `:${range[0]}–${range[1]}` : line === undefined ? "" : `:${line}`;
    return `<a href="${escape(encodeURI(file))}">${escape(file + place)}</a>`;
  });
  const more = finding.evidence.length > 6 ? ` and ${finding.evidence.length - 6} more in verdict.json` : "";
  return links.length === 0 ? "" : `<br>${links.join(" ")}${more}`;
}
