/** How findings are grouped, tagged and shown: one table for Allure, the page, JUnit and the terminal. */
import { gateIds } from "../analysis/lattice.ts";
import type { Finding, FindingId, Verdict } from "../model/verdict.ts";

export type Group = "recovery" | "data" | "application" | "validity";

export const groupTitles: Readonly<Record<Group, string>> = {
  recovery: "Recovery time",
  data: "Data",
  application: "Application",
  validity: "Was the drill valid?",
};

const prefixes: readonly (readonly [RegExp, Group])[] = [
  [/^(rto|step\.|protected$|failback$)/, "recovery"],
  [/^(availability|functional)$/, "application"],
  [/^(load\.delivered|fault\.effective|clocks|evidence\.intact|selftest)$/, "validity"],
];

export function groupOf(id: FindingId): Group {
  return prefixes.find(([pattern]) => pattern.test(id))?.[1] ?? "data";
}

/** Starts every message, so that Allure's categories can sort failures by what was breached. */
export function tagOf(id: FindingId): "[RTO]" | "[RPO]" | "[LOSS]" | "[APP]" | "[HARNESS]" {
  const group = groupOf(id);
  if (group === "data") return id.startsWith("rpo.") ? "[RPO]" : "[LOSS]";
  return { recovery: "[RTO]" as const, application: "[APP]" as const, validity: "[HARNESS]" as const }[group];
}

/** Whether the verdict hangs on it: an objective, or a gate without which no other finding means anything. */
export function decides(finding: Pick<Finding, "id" | "objective">): boolean {
  return finding.objective !== null || gateIds.includes(finding.id);
}

export type AllureStatus = "passed" | "failed" | "broken" | "skipped";

/**
 * INCONCLUSIVE is `broken` and never `skipped`, which would leave Allure's ring green. What could not be measured is skipped only
 * where nothing was demanded of it.
 */
export function allureStatusOf(finding: Pick<Finding, "id" | "objective" | "status">): AllureStatus {
  switch (finding.status) {
    case "PASS":
      return "passed";
    case "FAIL":
      return "failed";
    case "INCONCLUSIVE":
      return "broken";
    case "NOT_MEASURABLE":
      return decides(finding) ? "broken" : "skipped";
    default:
      return "broken";
  }
}

export const verdictStatus: Readonly<Record<Verdict["verdict"], AllureStatus>> = {
  PASS: "passed",
  FAIL: "failed",
  INCONCLUSIVE: "broken",
};

/** What keeps the verdict from PASS: the proven breaches first, then the gates, which are often the cause of the rest, then the rest. */
export function obstacles(verdict: Pick<Verdict, "findings">): readonly Finding[] {
  const rank = (finding: Finding): number => (finding.status === "FAIL" ? 0 : gateIds.includes(finding.id) ? 1 : 2);
  return verdict.findings
    .filter((finding) => finding.status !== "PASS" && decides(finding))
    .sort((a, b) => rank(a) - rank(b));
}

export interface Ground {
  readonly finding: Finding;
  /** Others that stand where they stand for the very same reason. */
  readonly also: readonly Finding[];
}

/** The obstacles with each reason said once. */
export function groundsOf(verdict: Pick<Verdict, "findings">): readonly Ground[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of obstacles(verdict)) {
    const key = `${finding.status} ${finding.reason}`;
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()].map(([finding, ...also]) => ({ finding, also }));
}

export function findingOf(verdict: Pick<Verdict, "findings">, id: FindingId): Finding | null {
  return verdict.findings.find((finding) => finding.id === id) ?? null;
}

/** One sentence: FAIL says what was breached, INCONCLUSIVE what was not proven. */
export function verdictSentence(verdict: Verdict): string {
  const bad = obstacles(verdict);
  const names = (findings: readonly Finding[]): string =>
    findings.length > 3
      ? `${findings
          .slice(0, 3)
          .map((finding) => finding.title)
          .join("; ")}; and ${findings.length - 3} more`
      : findings.map((finding) => finding.title).join("; ");
  const judged = verdict.findings.filter((finding) => finding.objective !== null).length;
  switch (verdict.verdict) {
    case "PASS":
      return `All ${judged} objectives met, on complete evidence.`;
    case "FAIL":
      return `Breached: ${names(bad.filter((finding) => finding.status === "FAIL"))}.`;
    case "INCONCLUSIVE":
      return bad.length > 0 ? `Not proven: ${names(bad)}.` : "Nothing was proven.";
    default:
      return "";
  }
}
