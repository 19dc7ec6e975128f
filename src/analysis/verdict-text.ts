/** verdict.json, byte for byte the same for the same verdict: fixed order of keys, two spaces, one newline at the end. */
import type { Finding, Verdict } from "../model/verdict.ts";

export function verdictText(verdict: Verdict): string {
  const { schema, run, drill, environment, findings } = verdict;
  return `${JSON.stringify({ schema, run, drill, environment, verdict: verdict.verdict, findings: findings.map(ordered) }, null, 2)}\n`;
}

function ordered({ id, title, status, objective, measured, margin, reason, evidence }: Finding): unknown {
  return {
    id,
    title,
    status,
    objective: objective === null ? null : { op: objective.op, limit: objective.limit, unit: objective.unit },
    measured: measured === null ? null : { lo: measured.lo, hi: measured.hi, unit: measured.unit },
    margin: margin === null ? null : { lo: margin.lo, hi: margin.hi, unit: margin.unit },
    reason,
    evidence: evidence.map(({ file, line, range }) => ({
      file,
      ...(line === undefined ? {} : { line }),
      ...(range === undefined ? {} : { range }),
    })),
  };
}
