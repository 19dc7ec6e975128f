/** A check measures one thing and leaves the judging to `findingOf`: what it returns is compared with the objective in one place only. */
import type { Citation } from "../evidence/citation.ts";
import type { Finding, FindingId, FindingStatus } from "../model/verdict.ts";
import { clockErrorUs, widened } from "./clock-error.ts";
import type { Facts } from "./facts.ts";
import { filesRead } from "./files-read.ts";
import { judgeInterval, marginOf } from "./interval.ts";
import type { Interval, Objective } from "./interval.ts";
import { NotExposed, Unmeasured } from "./unmeasured.ts";

export interface Measurement {
  readonly measured: Interval | null;
  readonly unit: "ms" | "count" | "minor" | "ratio";
  readonly reason: string;
  readonly evidence?: readonly Citation[];
  /** What the objective is compared with, when it is not all of `measured`: counts of promises broken are judged without the undecided. */
  readonly judged?: Interval;
  /** A duration that holds the error of the clocks already. */
  readonly clockErrorIn?: true;
  /** For gates, which have no objective, and for what the system or the drill gives no way to measure. */
  readonly status?: FindingStatus;
}

export interface Check {
  readonly id: FindingId;
  readonly title: string;
  /** null: disclosed, not judged. */
  readonly objective: (facts: Facts) => Objective | null;
  readonly measure: (facts: Facts) => Measurement;
  /** What keeps it from PASS although nothing wrong was found; empty: nothing. */
  readonly doubts?: (facts: Facts) => readonly string[];
}

export const notMeasurable = (reason: string, unit: Measurement["unit"]): Measurement => ({
  measured: null,
  unit,
  reason,
  status: "NOT_MEASURABLE",
});

/** The numbers stay for people to look at, but where the witnesses contradict each other nothing can be concluded from them. */
export function disputed(measurement: Measurement, contradictions: readonly string[]): Measurement {
  const [first] = contradictions;
  if (first === undefined) return measurement;
  return { ...measurement, status: "INCONCLUSIVE", reason: `the witnesses disagree: ${first}; ${measurement.reason}` };
}

/** A check that throws is never a PASS. */
export function findingOf(check: Check, facts: Facts): Finding {
  const { id, title } = check;
  let objective: Objective | null = null;
  try {
    objective = check.objective(facts);
    const measurement = withClockError(check.measure(facts), facts);
    const { measured, unit } = measurement;
    if (measured !== null && !isInterval(measured))
      throw new Unmeasured(`its times contradict each other: from ${measured.lo} to ${measured.hi} ${unit}`);
    const found = measurement.status ?? statusOf(measurement, objective);
    const [doubt] = found === "PASS" ? (check.doubts?.(facts) ?? []) : [];
    const status = doubt === undefined ? found : "INCONCLUSIVE";
    const lines = measurement.evidence ?? [];
    const evidence = lines.length > 0 || status === "NOT_MEASURABLE" ? [...lines] : filesRead(id, facts.evidence);
    const reason = doubt === undefined ? measurement.reason : `${doubt}; ${measurement.reason}`;
    return {
      id,
      title,
      status,
      objective,
      measured: measured === null ? null : { lo: measured.lo, hi: measured.hi, unit },
      margin: measured === null || objective === null ? null : marginOf(measurement.judged ?? measured, objective),
      reason,
      evidence,
    };
  } catch (error) {
    const reason =
      error instanceof Unmeasured
        ? error.message
        : `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
    const status = error instanceof NotExposed ? "NOT_MEASURABLE" : "INCONCLUSIVE";
    return { id, title, status, objective, measured: null, margin: null, reason, evidence: [] };
  }
}

function withClockError(measurement: Measurement, { evidence }: Facts): Measurement {
  const { measured, judged, unit, clockErrorIn } = measurement;
  const errorUs = clockErrorUs(evidence);
  if (errorUs === 0 || measured === null || unit !== "ms" || clockErrorIn === true) return measurement;
  return {
    ...measurement,
    measured: widened(measured, errorUs),
    ...(judged === undefined ? {} : { judged: widened(judged, errorUs) }),
  };
}

const isInterval = ({ lo, hi }: Interval): boolean =>
  Number.isFinite(lo) && (hi === null || (Number.isFinite(hi) && lo <= hi));

function statusOf({ measured, judged }: Measurement, objective: Objective | null): FindingStatus {
  if (measured === null) return objective === null ? "NOT_MEASURABLE" : "INCONCLUSIVE";
  return objective === null ? "PASS" : judgeInterval(judged ?? measured, objective);
}

/** At most this many lines are cited one by one. */
export const citedAtMost = 20;

export const cite = (file: string, lines: readonly number[]): Citation[] =>
  lines.slice(0, citedAtMost).map((line) => ({ file, line }));

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Whole milliseconds as people read them. */
export function spokenMs(ms: number | null): string {
  if (ms === null) return "?";
  return ms < 10_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function spoken({ lo, hi }: Interval): string {
  if (hi === null) return `more than ${spokenMs(lo)}`;
  return lo === hi ? spokenMs(lo) : `${spokenMs(lo)} to ${spokenMs(hi)}`;
}
