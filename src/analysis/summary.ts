/** What a report shows beside the findings: clocks, steps, outages, series, lost transactions. Pure; all times in µs on the run's axis. */
import type { Evidence } from "../evidence/evidence.ts";
import type { FindingId, FindingStatus, Verdict } from "../model/verdict.ts";
import { clockTable } from "./clock-table.ts";
import type { ClockRow } from "./clock-table.ts";
import { clocksOf, criticalPath, otherSpans } from "./critical-path.ts";
import type { CriticalPath } from "./critical-path.ts";
import { factsOf } from "./facts.ts";
import type { Facts } from "./facts.ts";
import type { Bounded, Interval } from "./interval.ts";
import { lossTable } from "./loss-table.ts";
import type { LostRow, Transactions, UndecidedRow } from "./loss-table.ts";
import { complaint } from "./needs.ts";
import { outagesOf } from "./all-outages.ts";
import type { Outage } from "./outages.ts";
import { runbookSteps } from "./runbook-steps.ts";
import { countedQuantiles, seriesOf, tenthsOfMs } from "./series.ts";
import type { SeriesBin } from "./series.ts";
import { good } from "./service.ts";

export type { ClockId, ClockRow } from "./clock-table.ts";
export type { CriticalPath } from "./critical-path.ts";
export type { Interval } from "./interval.ts";
export { lossCsv } from "./loss-table.ts";
export type { LostRow, Transactions, UndecidedRow } from "./loss-table.ts";
export type { Outage } from "./outages.ts";
export type { SeriesBin } from "./series.ts";

export interface Summary {
  readonly run: string;
  readonly drill: string;
  readonly title: string;
  readonly environment: string;
  readonly environmentTitle: string;
  readonly verdict: Verdict["verdict"];
  readonly startedAt: string;
  /** The last moment at which anything was observed. */
  readonly endUs: number;
  readonly regions: { readonly primary: string; readonly secondary: string };
  readonly clocks: readonly ClockRow[];
  /** What the RTO is made of; null when service was not restored. */
  readonly criticalPath: CriticalPath | null;
  readonly otherSpans: ReturnType<typeof otherSpans>;
  readonly outages: readonly Outage[];
  readonly steps: readonly StepRow[];
  readonly runbookSteps: readonly RunbookStep[];
  readonly phases: readonly { readonly phase: string; readonly startUs: number; readonly endUs: number }[];
  /** From the fault taking effect (or being commanded) until FIS says that it is over. */
  readonly faultWindow: { readonly startUs: number; readonly endUs: number } | null;
  readonly series: { readonly fromUs: number; readonly binUs: number; readonly bins: readonly SeriesBin[] };
  readonly lag: readonly { readonly us: number; readonly lagMs: number | null; readonly protected: boolean }[];
  readonly load: LoadRow;
  readonly transactions: Transactions;
  /** false: there is no final reading to tell. */
  readonly lostKnown: boolean;
  readonly lost: readonly LostRow[];
  readonly undecided: readonly UndecidedRow[];
  readonly files: readonly { readonly file: string; readonly lines: number; readonly problems: readonly string[] }[];
  readonly screenshots: readonly {
    readonly probe: string;
    readonly phase: string;
    readonly us: number;
    readonly ok: boolean;
    readonly file: string;
  }[];
}

export interface StepRow {
  readonly id: FindingId;
  readonly name: string;
  readonly budgetMs: number | null;
  readonly measuredMs: Interval | null;
  readonly status: FindingStatus;
}

export interface RunbookStep {
  readonly runbook: "failover" | "failback";
  readonly step: string;
  readonly action: string;
  readonly status: string;
  readonly startUs: number | null;
  readonly endUs: number | null;
  readonly failure: string | null;
}

export interface LoadRow {
  readonly planned: number;
  readonly sent: number;
  readonly good: number;
  readonly reads: number;
  readonly writes: number;
  readonly ratePerMinute: number;
  /** From the time it was due, of what was served well. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export function summarise(evidence: Evidence, verdict: Verdict): Summary {
  const { manifest, drill } = evidence;
  const facts =
    manifest === null || drill === null
      ? null
      : factsOf(evidence, drill, {
          primary: manifest.environment.primaryRegion,
          secondary: manifest.environment.secondaryRegion,
        });
  const known = <Value>(otherwise: Value, make: (facts: Facts) => Value): Value =>
    attempt(otherwise, () => (facts === null ? otherwise : make(facts)));
  const endUs = known(0, (all) => all.endUs());
  const clocks = known([], clockTable);
  const losses = known(null, lossTable);
  return {
    run: verdict.run,
    drill: verdict.drill,
    title: drill?.title ?? "",
    environment: verdict.environment,
    environmentTitle: manifest?.environment.title ?? "",
    verdict: verdict.verdict,
    startedAt: manifest?.startedAt ?? "",
    endUs,
    regions: {
      primary: manifest?.environment.primaryRegion ?? "",
      secondary: manifest?.environment.secondaryRegion ?? "",
    },
    clocks,
    criticalPath: attempt(null, () => criticalPath(clocksOf(clocks))),
    otherSpans: attempt([], () => otherSpans(clocksOf(clocks))),
    outages: known([], outagesOf),
    steps: attempt([], () => stepRows(verdict)),
    runbookSteps: known([], stepsOf),
    phases: attempt([], () => phasesOf(evidence, endUs)),
    faultWindow: known(null, faultWindow),
    series: known(noSeries, seriesOf),
    lag: evidence.lag.map(({ value }) => ({ us: value.us, lagMs: value.lagMs, protected: value.protected })),
    load: known(noLoad, loadRow),
    transactions: losses?.transactions ?? noTransactions,
    lostKnown: losses?.isKnown ?? false,
    lost: losses?.lost ?? [],
    undecided: losses?.undecided ?? [],
    files: attempt([], () => filesOf(evidence)),
    screenshots: attempt([], () => screenshots(evidence)),
  };
}

/** A part of the report that cannot be made leaves its place empty; the findings say why. */
function attempt<Value>(otherwise: Value, make: () => Value): Value {
  try {
    return make();
  } catch {
    return otherwise;
  }
}

const filesOf = (evidence: Evidence): Summary["files"] =>
  evidence.files.map((report) => ({
    file: report.file,
    lines: report.lines,
    problems: [complaint(evidence, report) ?? ""].filter((text) => text !== ""),
  }));

const noSeries = { fromUs: 0, binUs: 1_000_000, bins: [] };
const noLoad: LoadRow = {
  planned: 0,
  sent: 0,
  good: 0,
  reads: 0,
  writes: 0,
  ratePerMinute: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
};
const noTransactions: Transactions = {
  attempted: 0,
  acknowledged: 0,
  failed: 0,
  unknown: 0,
  lost: 0,
  recovered: 0,
  undecided: 0,
  salvaged: 0,
  residual: 0,
  lostMinor: 0,
  residualMinor: 0,
};

const stepNames: Partial<Record<FindingId, string>> = {
  "step.detect": "detect",
  "step.decide": "decide",
  "step.promote": "promote",
  "step.fence": "fence",
  "step.route": "route",
  "step.scale": "scale",
  "step.verify": "verify",
  protected: "protected again",
  failback: "failback",
};

function stepRows(verdict: Verdict): StepRow[] {
  return verdict.findings.flatMap(({ id, objective, measured, status }) => {
    const name = stepNames[id];
    if (name === undefined) return [];
    return [
      {
        id,
        name,
        budgetMs: objective?.limit ?? null,
        measuredMs: measured === null ? null : { lo: measured.lo, hi: measured.hi },
        status,
      },
    ];
  });
}

function stepsOf(facts: Facts): RunbookStep[] {
  const middle = (at: Bounded | null): number | null => (at === null ? null : (at.lo + at.hi) / 2);
  return runbookSteps(facts.evidence).map(({ runbook, name, begun, ended, last }) => ({
    runbook,
    step: name,
    action: last.value.action,
    status: last.value.status,
    startUs: middle(begun?.at ?? null),
    endUs: middle(ended),
    failure: last.value.failure ?? null,
  }));
}

function phasesOf({ journal }: Evidence, endUs: number): Summary["phases"] {
  const phases: { phase: string; startUs: number; endUs: number }[] = [];
  for (const { value } of journal) {
    if (value.type === "phase.started") phases.push({ phase: value.phase, startUs: value.us, endUs });
    if (value.type !== "phase.ended") continue;
    const open = phases.findLast(({ phase }) => phase === value.phase);
    if (open !== undefined) open.endUs = value.us;
  }
  return phases;
}

function faultWindow(facts: Facts): Summary["faultWindow"] {
  const { effective, commanded } = facts.fault();
  const start = effective ?? commanded;
  if (start === null) return null;
  const over = facts.evidence.journal.findLast(
    ({ value }) =>
      value.type === "fis.experiment" && ["completed", "stopped", "failed", "cancelled"].includes(value.state),
  );
  return { startUs: start.lo, endUs: over?.value.us ?? facts.endUs() };
}

function loadRow(facts: Facts): LoadRow {
  const { verdicts, schedule, arrivals, doneUs } = facts.service();
  const latencies = new Map<number, number>();
  let [goods, sent] = [0, 0];
  for (let seq = 0; seq < verdicts.length; seq++) {
    if (arrivals.isKnown(seq)) sent += 1;
    if (verdicts[seq] !== good) continue;
    goods += 1;
    const tenths = tenthsOfMs(doneUs(seq) - schedule.dueUs(seq));
    latencies.set(tenths, (latencies.get(tenths) ?? 0) + 1);
  }
  const { reads, writes } = arrivals;
  const ratePerMinute = facts.load()?.ledger.header.ratePerMinute ?? 0;
  return {
    planned: schedule.end + schedule.dropped,
    sent,
    good: goods,
    reads,
    writes,
    ratePerMinute,
    ...countedQuantiles(latencies),
  };
}

function screenshots({ probes }: Evidence): Summary["screenshots"] {
  return probes.flatMap(({ header, lines }) =>
    lines.flatMap(({ value }) =>
      (value.files ?? []).map((file) => ({
        probe: header.probe,
        phase: value.phase ?? "",
        us: value.startUs,
        ok: value.ok,
        file,
      })),
    ),
  );
}
