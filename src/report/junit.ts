/** The verdict as JUnit XML, in the subset that every CI reads: a breach is a failure, what was not proven is an error. */
import { allureStatusOf, groupOf } from "./criteria.ts";
import { escapeMarkup, formatMargin, formatMeasured, formatObjective } from "./format.ts";
import type { Finding, Verdict } from "../model/verdict.ts";

export function junitXml(verdict: Verdict, run: { readonly startedAt: string; readonly seconds: number }): string {
  const statuses = verdict.findings.map(allureStatusOf);
  const tally = (status: string): number => statuses.filter((one) => one === status).length;
  const counts = `tests="${verdict.findings.length}" failures="${tally("failed")}" errors="${tally("broken")}" skipped="${tally("skipped")}"`;
  const suite = attributes({
    name: verdict.drill,
    timestamp: run.startedAt.replace(/(?:\.\d+)?Z$/, ""),
    time: run.seconds.toFixed(3),
  });
  const properties = Object.entries({ run: verdict.run, environment: verdict.environment, verdict: verdict.verdict });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dr-drill" ${counts} time="${run.seconds.toFixed(3)}">`,
    `  <testsuite ${suite} ${counts}>`,
    "    <properties>",
    ...properties.map(([name, value]) => `      <property ${attributes({ name, value })}/>`),
    "    </properties>",
    ...verdict.findings.map((finding) => testCase(verdict, finding)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escapeMarkup(value)}"`)
    .join(" ");

const elements = { failed: "failure", broken: "error", skipped: "skipped" } as const;

function testCase(verdict: Verdict, finding: Finding): string {
  const seconds = finding.measured?.unit === "ms" ? (finding.measured.hi ?? finding.measured.lo) / 1000 : 0;
  const head = attributes({
    classname: `${verdict.drill}.${groupOf(finding.id)}`,
    name: `${finding.id}: ${finding.title}`,
    time: Math.max(0, seconds).toFixed(3),
  });
  const status = allureStatusOf(finding);
  const margin = finding.margin === null ? "" : `, margin ${formatMargin(finding)}`;
  const figures = `measured ${formatMeasured(finding)}, limit ${formatObjective(finding)}${margin}`;
  if (status === "passed")
    return `    <testcase ${head}><system-out>${escapeMarkup(`${figures}. ${finding.reason}`)}</system-out></testcase>`;
  const element = elements[status];
  const message = attributes({
    message: `${figures}: ${finding.reason}`,
    ...(element === "skipped" ? {} : { type: finding.status }),
  });
  return `    <testcase ${head}><${element} ${message}/></testcase>`;
}
