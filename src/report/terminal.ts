/** The end of a run in the terminal: the verdict table, what stands against PASS once more with its reason, and where the reports are. */
import type { Finding, Verdict } from "../model/verdict.ts";
import { decides, groupOf, groupTitles, groundsOf, verdictSentence, type Ground, type Group } from "./criteria.ts";
import { formatMeasured, formatObjective } from "./format.ts";

export interface TableOptions {
  readonly colours: boolean;
  readonly files: readonly { readonly name: string; readonly path: string }[];
}

const columns = 100;
const codes = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33" } as const;
type Style = keyof typeof codes;

/** Pure: the same verdict gives the same text. No trailing newline. */
export function verdictTable(verdict: Verdict, options: TableOptions): string {
  const paint = (style: Style, text: string): string =>
    options.colours ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
  const word = paint("bold", paint(wordStyle[verdict.verdict], verdict.verdict));
  const lines = [
    `${word}  ${verdict.drill} on ${verdict.environment}  ${paint("dim", verdict.run)}`,
    ...wrap(verdictSentence(verdict), 0),
    "",
  ];
  const judged = verdict.findings.filter(decides);
  for (const group of ["recovery", "data", "application", "validity"] as const)
    lines.push(...groupLines(group, judged, paint));
  lines.push(
    ...disclosedLines(
      verdict.findings.filter((finding) => !decides(finding)),
      paint,
    ),
  );
  const grounds = groundsOf(verdict);
  if (grounds.length > 0) {
    lines.push(paint("bold", verdict.verdict === "FAIL" ? "Why it failed" : "Why there is no PASS"));
    for (const ground of grounds) lines.push(...groundLines(ground, paint));
    lines.push("");
  }
  const nameWidth = options.files.reduce((most, { name }) => Math.max(most, name.length), 0);
  for (const { name, path } of options.files) lines.push(`${name.padEnd(nameWidth)}  ${path}`);
  while (lines.at(-1) === "") lines.pop();
  return lines.join("\n");
}

type Paint = (style: Style, text: string) => string;

const wordStyle: Readonly<Record<Verdict["verdict"], Style>> = { PASS: "green", FAIL: "red", INCONCLUSIVE: "yellow" };
const marks: Readonly<
  Record<Finding["status"], { readonly mark: string; readonly word: string; readonly style: Style }>
> = {
  PASS: { mark: "✓", word: "pass", style: "green" },
  FAIL: { mark: "✗", word: "FAIL", style: "red" },
  INCONCLUSIVE: { mark: "?", word: "INCONCLUSIVE", style: "yellow" },
  NOT_MEASURABLE: { mark: "–", word: "NOT MEASURABLE", style: "yellow" },
};

const titleWidth = 60;
const measuredWidth = 23;

function groupLines(group: Group, findings: readonly Finding[], paint: Paint): string[] {
  const own = findings.filter((finding) => groupOf(finding.id) === group);
  if (own.length === 0) return [];
  const rows = own.map((finding) => {
    const { mark, style } = marks[finding.status];
    const measured = finding.measured || finding.objective ? formatMeasured(finding) : marks[finding.status].word;
    const limit = finding.objective ? `  ${formatObjective(finding)}` : "";
    return `  ${paint(style, mark)} ${row(finding.title, measured)}${limit}`;
  });
  const head =
    group === "validity"
      ? groupTitles[group]
      : `${groupTitles[group].padEnd(titleWidth + 4)}${"measured".padStart(measuredWidth)}  limit`;
  return [paint("bold", head), ...rows, ""];
}

/** What stands there without a limit. It is marked only where something is wrong with it. */
function disclosedLines(findings: readonly Finding[], paint: Paint): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map((finding) => {
    const { mark, word, style } = marks[finding.status];
    const value = finding.measured ? formatMeasured(finding) : word.toLowerCase();
    return `  ${finding.status === "PASS" ? " " : paint(style, mark)} ${paint("dim", row(finding.title, value))}`;
  });
  return [paint("bold", "Disclosed, not judged"), ...rows, ""];
}

const row = (title: string, value: string): string =>
  `${cut(title, titleWidth).padEnd(titleWidth)}${cut(value, measuredWidth).padStart(measuredWidth)}`;

function groundLines({ finding, also }: Ground, paint: Paint): string[] {
  const { word, style } = marks[finding.status];
  const figures = finding.objective ? `: ${formatMeasured(finding)}, limit ${formatObjective(finding)}` : "";
  const evidence = finding.evidence
    .slice(0, 3)
    .map(
      ({ file, line, range }) => `${file}${range ? `:${range[0]}-${range[1]}` : line === undefined ? "" : `:${line}`}`,
    );
  return [
    `  ${paint(style, word)}  ${cut(`${finding.title} (${finding.id})${figures}`, columns - 4 - word.length)}`,
    ...wrap(finding.reason, 6),
    ...(also.length > 0 ? wrap(`For the same reason: ${also.map(({ id }) => id).join(", ")}.`, 6) : []),
    ...(evidence.length > 0 ? [paint("dim", cut(`      ${evidence.join("  ")}`, columns))] : []),
  ];
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((one) => one !== "")) {
    if (line !== "" && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? cut(word, columns - indent) : `${line} ${cut(word, columns - indent)}`;
  }
  if (line !== "") lines.push(line);
  return lines.map((one) => " ".repeat(indent) + one);
}
