/** An invented set of findings for the renderers' own tests; see sample-input.ts. */
import { marginOf } from "../analysis/interval.ts";
import { findingIds, type Finding, type FindingId, type Verdict } from "../model/verdict.ts";

function finding(id: FindingId, part: Partial<Finding>): Finding {
  return {
    id,
    title: id,
    status: "PASS",
    objective: null,
    measured: null,
    margin: null,
    reason: "as planted",
    evidence: [],
    ...part,
  };
}

const ms = (lo: number, hi: number | null = lo) => ({ lo, hi, unit: "ms" as const });
const below = (limit: number) => ({ op: "<" as const, limit, unit: "ms" as const });
const none = { op: "<=" as const, limit: 0, unit: "count" as const };
const count = (value: number) => ({ lo: value, hi: value, unit: "count" as const });

/** A whole passing set of findings; a test overrides what it plants. */
export function sampleFindings(overrides: Partial<Record<FindingId, Partial<Finding>>> = {}): readonly Finding[] {
  const given: Partial<Record<FindingId, Partial<Finding>>> = {
    rto: {
      title: "Service restored and held after the fault",
      objective: below(900_000),
      measured: ms(14_210, 14_630),
    },
    "rto.customer": { title: "From the first customer failure", measured: ms(14_100, 14_400) },
    "rto.fromDetection": { title: "From detection", measured: ms(10_100, 10_600) },
    "rto.fromDecision": { title: "From the decision", measured: ms(10_050, 10_550) },
    "step.detect": { title: "Detect", objective: below(60_000), measured: ms(3_900, 4_150) },
    "step.decide": { title: "Decide", measured: ms(2, 60) },
    "step.fence": { title: "Fence the old primary", measured: ms(800, 1_000) },
    "step.promote": { title: "Promote", objective: below(120_000), measured: ms(3_100, 3_300) },
    "step.route": { title: "Route", objective: below(60_000), measured: ms(5_900, 6_200) },
    "step.scale": { title: "Scale", objective: below(300_000), measured: ms(2_000, 2_300) },
    "step.verify": { title: "Verify", objective: below(120_000), measured: ms(1_200, 1_300) },
    protected: { title: "A standby streams again", measured: ms(48_000, 48_400) },
    failback: { title: "Failed back", measured: ms(60_000, 60_500) },
    "rpo.time": { title: "Age of the oldest lost write", objective: below(60_000), measured: ms(180, 420) },
    "rpo.count": { title: "Acknowledged writes lost before replay", measured: count(7) },
    "rpo.amount": { title: "Money in them", measured: { lo: 86_412, hi: 86_412, unit: "minor" } },
    residual: { title: "Acknowledged writes missing after salvage", objective: none, measured: count(0) },
    duplicates: { title: "Payments applied twice", objective: none, measured: count(0) },
    corrupt: { title: "Payments that came back altered", objective: none, measured: count(0) },
    balance: { title: "Sum of all balances unchanged", objective: none, measured: count(0) },
    staleReads: { title: "Stale reads", status: "NOT_MEASURABLE", reason: "the system gives no read by id" },
    availability: { title: "Share of good arrivals", measured: { lo: 0.9031, hi: 0.9031, unit: "ratio" } },
    functional: {
      title: "A customer can pay before and after",
      objective: { op: ">=", limit: 1, unit: "ratio" },
      measured: { lo: 1, hi: 1, unit: "ratio" },
    },
    "load.delivered": {
      title: "The load was delivered",
      objective: { op: ">=", limit: 0.99, unit: "ratio" },
      measured: { lo: 1, hi: 1, unit: "ratio" },
    },
    "fault.effective": {
      title: "The fault bit",
      reason: "inside-primary failed 0.2 s after the command",
      evidence: [{ file: "probes/inside-primary.ndjson", range: [301, 342] }],
    },
  };
  return findingIds.map((id) => {
    const { objective = null, measured = null, ...rest } = { ...given[id], ...overrides[id] };
    const margin = objective === null || measured === null ? null : marginOf(measured, objective);
    return finding(id, { objective, measured, margin, ...rest });
  });
}

export function sampleVerdict(word: Verdict["verdict"], findings = sampleFindings()): Verdict {
  const run = "20261120T080813Z-regional-failover-7f3a";
  return {
    schema: "dr-drill/verdict@1",
    run,
    drill: "regional-failover",
    environment: "lab",
    verdict: word,
    findings: [...findings],
  };
}
