/** What the gates have in common (docs/measuring.md §7). */
import type { Measurement } from "../check.ts";

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
