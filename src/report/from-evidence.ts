/** The judge's words and the evidence → what the reports are drawn from. The only file here that knows both sides. */
import { lossCsv, type Summary } from "../analysis/summary.ts";
import { epochWallMs } from "../analysis/wall-time.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { objectivesSchema } from "../model/drill.ts";
import type { Manifest } from "../model/files.ts";
import type { Verdict } from "../model/verdict.ts";
import { evidenceNotes, healthOf } from "./health.ts";
import type { Moment, MomentName, PathPart, ReportInput } from "./input.ts";

const clockOf: Readonly<Record<MomentName, Summary["clocks"][number]["id"]>> = {
  fault: "C1",
  customerFailure: "C2",
  detected: "C3",
  decided: "C4",
  promoted: "C5",
  fenced: "C6",
  // Routed is when customers were seen to arrive, not when the control plane said so (C7).
  routed: "C8",
  scaled: "C9",
  restored: "C11",
  verified: "C12",
  protected: "C13",
  failedBack: "C14",
};

export function reportInput(
  evidence: Evidence & { readonly manifest: Manifest },
  verdict: Verdict,
  summary: Summary,
): ReportInput {
  const { manifest, drill } = evidence;
  const regions = [summary.regions.primary, summary.regions.secondary];
  const { transactions } = summary;
  return {
    verdict,
    manifest,
    title: summary.title,
    description: drill?.description ?? null,
    objectives: drill?.objectives ?? objectivesSchema.parse({}),
    epochWallMs: epochWallMs(evidence) ?? Date.parse(manifest.startedAt),
    endUs: summary.endUs,
    regions,
    moments: momentsOf(summary),
    criticalPath: summary.criticalPath && {
      steps: summary.criticalPath.steps.map(partOf),
      sum: partOf({ name: "Σ", took: summary.criticalPath.sum }),
    },
    otherSpans: summary.otherSpans.map(partOf),
    faultWindow: summary.faultWindow,
    phases: summary.phases,
    binUs: summary.series.binUs,
    bins: summary.series.bins.map((bin) => ({
      startUs: bin.us,
      ok: bin.reads + bin.writes,
      failed: bin.fail,
      unknown: bin.unknown,
      served: regions.map((region) => bin.byRegion[region] ?? 0),
      p50Ms: bin.p50Ms,
      p95Ms: bin.p95Ms,
      p99Ms: bin.p99Ms,
    })),
    lag: summary.lag,
    writes: { ...transactions, lostAmountMinor: transactions.lostMinor },
    lost: summary.lost.map((write) => ({
      ...write,
      state: write.salvaged ? "replayed" : "missing",
      evidence: `${write.ledgerFile}:${write.ledgerLine}`,
    })),
    lostCsv: lossCsv(summary),
    journal: evidence.journal.map(({ value }) => value),
    probes: evidence.probes.map(({ header, lines }) => ({ header, lines: lines.map(({ value }) => value) })),
    health: healthOf(evidence),
    evidenceNotes: evidenceNotes(evidence),
  };
}

const partOf = ({ name, took }: Summary["otherSpans"][number]): PathPart => ({
  name,
  loMs: took.lo / 1000,
  hiMs: (took.hi ?? took.lo) / 1000,
});

function momentsOf(summary: Summary): Partial<Record<MomentName, Moment>> {
  const moments: Partial<Record<MomentName, Moment>> = {};
  for (const [name, id] of Object.entries(clockOf) as [MomentName, Summary["clocks"][number]["id"]][]) {
    const at = summary.clocks.find((clock) => clock.id === id)?.at;
    if (at) moments[name] = { loUs: at.lo, hiUs: at.hi };
  }
  return moments;
}

/** The wall clock at the run's epoch, by the anchor that the journal's header holds. */
