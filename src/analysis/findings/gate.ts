/** What the gates have in common (docs/measuring.md §7). */
import type { Measurement } from "../check.ts";

/** The baseline before the fault that is looked at, at most. */
export const longestBaselineMs = 60_000;

/** PASS, or INCONCLUSIVE with everything that is wrong. */
export function gate(wrong: readonly string[], right: string, evidence: Measurement["evidence"] = []): Measurement {
  const fine = wrong.length === 0;
  return {
    measured: null,
    unit: "count",
    status: fine ? "PASS" : "INCONCLUSIVE",
    reason: fine ? right : wrong.join("; "),
    evidence,
  };
}
