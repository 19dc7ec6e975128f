/**
 * The verdict: a pure function of the evidence. Every finding has its own check; what they find is compared with the objectives in one
 * place (check.ts) and put together by the lattice. Nothing passes for want of evidence.
 */
import type { Evidence } from "../evidence/evidence.ts";
import { findingIds } from "../model/verdict.ts";
import type { Finding, FindingId, Verdict } from "../model/verdict.ts";
import { findingOf } from "./check.ts";
import type { Check } from "./check.ts";
import { factsOf } from "./facts.ts";
import { balance } from "./findings/balance.ts";
import { faultEffective } from "./findings/fault-gate.ts";
import { corrupt, duplicates, phantom, torn } from "./findings/integrity.ts";
import { staleReads } from "./findings/reads.ts";
import { loadDelivered } from "./findings/load-gate.ts";
import { clocks, evidenceIntact, recordProblems, selftest } from "./findings/record-gates.ts";
import { residual, rpoAmount, rpoCount, rpoTime } from "./findings/recovery-point.ts";
import { rto, rtoCustomer, rtoFromDecision, rtoFromDetection } from "./findings/recovery-time.ts";
import { residency } from "./findings/residency.ts";
import { availability, functional } from "./findings/service-level.ts";
import {
  failback,
  protectedAgain,
  stepDecide,
  stepDetect,
  stepFence,
  stepPromote,
  stepRoute,
  stepScale,
  stepVerify,
} from "./findings/steps.ts";
import { fenceBreach, splitBrain } from "./findings/switch-over.ts";
import { worst } from "./lattice.ts";

const checks: Readonly<Record<FindingId, Check>> = {
  rto,
  "rto.customer": rtoCustomer,
  "rto.fromDetection": rtoFromDetection,
  "rto.fromDecision": rtoFromDecision,
  "step.detect": stepDetect,
  "step.decide": stepDecide,
  "step.promote": stepPromote,
  "step.fence": stepFence,
  "step.route": stepRoute,
  "step.scale": stepScale,
  "step.verify": stepVerify,
  protected: protectedAgain,
  failback,
  "rpo.time": rpoTime,
  "rpo.count": rpoCount,
  "rpo.amount": rpoAmount,
  residual,
  duplicates,
  corrupt,
  torn,
  phantom,
  balance,
  splitBrain,
  fenceBreach,
  staleReads,
  residency,
  availability,
  functional,
  "load.delivered": loadDelivered,
  "fault.effective": faultEffective,
  clocks,
  "evidence.intact": evidenceIntact,
  selftest,
};

export function judge(evidence: Evidence): Verdict {
  const { manifest, drill } = evidence;
  const head = {
    schema: "dr-drill/verdict@1",
    run: manifest?.run ?? "",
    drill: drill?.name ?? "",
    environment: manifest?.environment.name ?? "",
  } as const;
  if (manifest === null || drill === null) {
    const findings = findingIds.map((id) => unreadable(checks[id], evidence));
    return { ...head, verdict: worst(findings), findings };
  }
  const { primaryRegion, secondaryRegion } = manifest.environment;
  const facts = factsOf(evidence, drill, { primary: primaryRegion, secondary: secondaryRegion });
  const findings = findingIds.map((id) => findingOf(checks[id], facts));
  return { ...head, verdict: worst(findings), findings };
}

/** Without a manifest nobody knows what was promised, so nothing can be judged. */
function unreadable({ id, title }: Check, evidence: Evidence): Finding {
  const [first = "manifest.json cannot be read"] = recordProblems({
    ...evidence,
    files: evidence.files.filter(({ file }) => file === "manifest.json"),
  }).wrong;
  return {
    id,
    title,
    status: "INCONCLUSIVE",
    objective: null,
    measured: null,
    margin: null,
    reason: first,
    evidence: [{ file: "manifest.json" }],
  };
}
