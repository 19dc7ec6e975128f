/**
 * What the reports are drawn from: the verdict, the plan that was written before the run, and the run's course in plain numbers.
 * Every renderer (timeline, page, Allure, terminal, JUnit) reads this and nothing else, so that all of them say the same.
 * Times are whole microseconds since the run's epoch, as in the run folder.
 */
import type { Objectives } from "../model/drill.ts";
import type { Manifest, ProbeHeader, ProbeLine } from "../model/files.ts";
import type { RunEvent } from "../model/journal.ts";
import type { Verdict } from "../model/verdict.ts";

/** The clocks of a drill, in the order in which a sound failover passes them. */
export const momentNames = [
  "fault",
  "customerFailure",
  "detected",
  "decided",
  "fenced",
  "promoted",
  "routed",
  "scaled",
  "restored",
  "verified",
  "protected",
  "failedBack",
] as const;
export type MomentName = (typeof momentNames)[number];

export const momentTitles: Readonly<Record<MomentName, string>> = {
  fault: "fault effective",
  customerFailure: "first customer failure",
  detected: "detected",
  decided: "decided",
  fenced: "old primary fenced",
  promoted: "promoted",
  routed: "routed",
  scaled: "scaled",
  restored: "restored",
  verified: "verified",
  protected: "protected",
  failedBack: "failed back",
};

/** An instant known to lie in [loUs, hiUs]; hiUs null: it had not happened when we stopped looking. */
export interface Moment {
  readonly loUs: number;
  readonly hiUs: number | null;
}

export interface Span {
  readonly startUs: number;
  /** null: still open when the evidence ends. */
  readonly endUs: number | null;
}

/** Arrivals scheduled in one interval of the load, by how they ended, and who answered. */
export interface Bin {
  readonly startUs: number;
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  /** Good answers by Region, in the order of `regions`. */
  readonly served: readonly number[];
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface LagPoint {
  readonly us: number;
  readonly lagMs: number | null;
  readonly protected: boolean;
}

/** A link of the chain from the fault to the restored service, or another stretch of the recovery, ms. */
export interface PathPart {
  readonly name: string;
  readonly loMs: number;
  readonly hiMs: number;
}

export interface WriteTotals {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Acknowledged and absent before anything was replayed. */
  readonly lost: number;
  readonly lostAmountMinor: number;
  /** Acknowledged and absent at the final read. */
  readonly residual: number;
  /** Unknown to the client, and found applied. */
  readonly recovered: number;
}

/** One acknowledged write that was absent before replay; `state` says what became of it. */
export interface LostWrite {
  readonly id: string;
  readonly ackedUs: number;
  readonly amountMinor: number;
  readonly from: number;
  readonly to: number;
  readonly region: string;
  readonly state: "replayed" | "missing";
  /** The line of the ledger that holds the acknowledgement: file:line. */
  readonly evidence: string;
}

export interface ProbeRun {
  readonly header: ProbeHeader;
  readonly lines: readonly ProbeLine[];
}

/** A sign of the harness's own health; sound null: disclosed only. */
export interface HealthSign {
  readonly name: string;
  readonly value: string;
  readonly sound: boolean | null;
}

export interface ReportInput {
  readonly verdict: Verdict;
  readonly manifest: Manifest;
  readonly title: string;
  readonly description: string | null;
  readonly objectives: Objectives;
  /** Wall clock at the run's epoch, ms. */
  readonly epochWallMs: number;
  /** Where the evidence ends. */
  readonly endUs: number;
  readonly regions: readonly string[];
  readonly moments: Readonly<Partial<Record<MomentName, Moment>>>;
  /** What the RTO is made of, in order, and what that comes to; null when service was not restored. */
  readonly criticalPath: { readonly steps: readonly PathPart[]; readonly sum: PathPart } | null;
  /** The RTO by other beginnings and ends. */
  readonly otherSpans: readonly PathPart[];
  readonly faultWindow: Span | null;
  readonly phases: readonly (Span & { readonly phase: string })[];
  readonly binUs: number;
  readonly bins: readonly Bin[];
  readonly lag: readonly LagPoint[];
  readonly writes: WriteTotals | null;
  readonly lost: readonly LostWrite[];
  /** The same as a table for machines. */
  readonly lostCsv: string | null;
  readonly journal: readonly RunEvent[];
  readonly probes: readonly ProbeRun[];
  readonly health: readonly HealthSign[];
  /** Faults of the evidence itself (torn last lines and the like), for people. */
  readonly evidenceNotes: readonly string[];
}

/** Middle of the interval: where a picture puts it. A moment that never came has no place. */
export function placeOf(moment: Moment): number | null {
  return moment.hiUs === null ? null : (moment.loUs + moment.hiUs) / 2;
}
