/** One verdict from many findings: the worst of those that count. FAIL outranks INCONCLUSIVE outranks PASS. */
import type { Finding, FindingId, Verdict } from "../model/verdict.ts";

/** These have no objective and count all the same: without them no other finding means anything. */
export const gateIds: readonly FindingId[] = ["load.delivered", "fault.effective", "clocks", "evidence.intact"];

export function worst(findings: readonly Finding[]): Verdict["verdict"] {
  let verdict: Verdict["verdict"] = "PASS";
  for (const { id, status, objective } of findings) {
    // A harness that nobody has tested is told of; one that failed its own test is not to be believed.
    const testedItself = id === "selftest" && status !== "NOT_MEASURABLE";
    if (objective === null && !gateIds.includes(id) && !testedItself) continue;
    if (status === "FAIL") return "FAIL";
    // An objective that cannot be measured has not been met.
    if (status !== "PASS") verdict = "INCONCLUSIVE";
  }
  // Nothing that counts was found at all: that is no reason to pass.
  return findings.length === 0 ? "INCONCLUSIVE" : verdict;
}
