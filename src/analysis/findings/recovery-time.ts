/** rto and its relatives: how long customers were without service (docs/measuring.md §5). */
import type { Citation } from "../../evidence/citation.ts";
import { cite, plural, spoken } from "../check.ts";
import type { Check, Measurement } from "../check.ts";
import { clockTable, decided, detected } from "../clock-table.ts";
import { clocksOf, criticalPath } from "../critical-path.ts";
import { effectiveAt, loadOf } from "../facts.ts";
import type { Facts } from "../facts.ts";
import { between, toMs } from "../interval.ts";
import type { Interval } from "../interval.ts";
import { needJournal, needLedgers, needProbes } from "../needs.ts";
import type { Clock } from "../recovery-clocks.ts";
import type { Restoration } from "../restoration.ts";
import { untimed } from "../schedule.ts";
import type { Untimed } from "../schedule.ts";
import { Unmeasured } from "../unmeasured.ts";

const inWords: Readonly<Record<Untimed, (count: number) => string>> = {
  dropped: (count) => `k6 could not start ${plural(count, "iteration")}, so what was due when is not known`,
  starved: (count) =>
    `${plural(count, "arrival")} found no port or file descriptor left on the load generator's machine`,
  untraced: (count) => `${plural(count, "arrival")} left no trace in the ledger`,
  unanswered: (count) => `${plural(count, "write")} should have had an outcome on record long since`,
};

/** The restoration, if the load may be trusted to tell its time. */
export function trustedRestoration(facts: Facts): Restoration {
  const { evidence } = facts;
  needJournal(evidence);
  needLedgers(evidence);
  needProbes(evidence, ["inside-primary", "customer"]);
  const schedule = facts.schedule();
  const trouble = untimed(schedule);
  if (trouble !== null)
    throw new Unmeasured(`${inWords[trouble](schedule[trouble])}: times from the load are withdrawn`);
  effectiveAt(facts);
  const [contradiction] = facts.agreement()?.outages ?? [];
  if (contradiction !== undefined) throw new Unmeasured(`the witnesses disagree: ${contradiction}`);
  const restored = facts.restoration();
  const agreeing = restored.probes.filter(({ agrees }) => agrees).length;
  if (restored.probes.length === 0)
    throw new Unmeasured("no probe of kind customer watched the service, so nothing confirms what the load saw");
  if (agreeing * 3 < restored.probes.length * 2) {
    const [first] = restored.probes.filter(({ agrees }) => !agrees);
    const seen =
      first === undefined
        ? ""
        : `: ${first.file} saw it restored at ${axis(first.held.at)}, the load at ${axis(restored.at)}`;
    throw new Unmeasured(`the instruments disagree${seen}`);
  }
  return restored;
}

const axis = ({ lo, hi }: Interval): string =>
  hi === null
    ? `never (not before ${(lo / 1e6).toFixed(3)} s)`
    : `${(lo / 1e6).toFixed(3)} to ${(hi / 1e6).toFixed(3)} s`;

/** `cited`: where the start stands. */
function since(facts: Facts, start: Interval, from: string, cited: readonly Citation[]): Measurement {
  const restored = trustedRestoration(facts);
  const measured = toMs(between(start, restored.at));
  return {
    measured,
    unit: "ms",
    reason: `${spoken(measured)} from ${from} until ${ending(restored)}`,
    evidence: [...cited, ...restorationLines(facts, restored)],
  };
}

export const restorationLines = (facts: Facts, { lines }: Restoration): Citation[] =>
  cite(loadOf(facts).ledger.file, lines);

function firstFailureLine(facts: Facts, { firstFailureSeq }: Restoration): Citation[] {
  const { file, arrivals } = loadOf(facts).ledger;
  return firstFailureSeq === null ? [] : [{ file, line: arrivals.line(firstFailureSeq) }];
}

function ending(restored: Restoration): string {
  const relapses = restored.relapses > 0 ? `, after ${plural(restored.relapses, "relapse")}` : "";
  const reads = restored.reads?.at.hi ?? null;
  const writes = restored.writes?.at.hi ?? null;
  if (restored.at.hi !== null) return `reads and writes were served again and stayed so${relapses}`;
  const what =
    reads === null && writes === null
      ? "neither reads nor writes were"
      : reads === null
        ? "reads were not"
        : "writes were not";
  return `the end of the observation: ${what} served well for a whole window${relapses}`;
}

function fromClock(facts: Facts, clock: Clock, from: string): Measurement {
  needJournal(facts.evidence);
  if (clock.at === null) return { measured: null, unit: "ms", reason: clock.reason, status: "NOT_MEASURABLE" };
  return since(facts, clock.at, from, clock.evidence);
}

export const rto: Check = {
  id: "rto",
  title: "Time without service, from the fault taking effect",
  objective: ({ objectives }) => ({ op: "<", limit: objectives.rtoMs, unit: "ms" }),
  measure: (facts) => {
    const fault = effectiveAt(facts);
    const measurement = since(facts, fault, "the fault taking effect", facts.fault().evidence);
    return { ...measurement, reason: `${measurement.reason}${pathOf(facts)}${stickyOnes(facts, fault)}` };
  },
};

/** What it is made of, so that a reader sees at once which step to shorten. */
function pathOf(facts: Facts): string {
  const path = criticalPath(clocksOf(clockTable(facts)));
  if (path === null || path.steps.length < 2) return "";
  const steps = path.steps.map(({ name, took }) => `${name} ${spoken(toMs(took))}`);
  return `; critical path: ${steps.join(", ")}`;
}

/** Customers who hold on to the old address, and how long that cost them. */
function stickyOnes(facts: Facts, fault: Interval): string {
  return facts
    .restoration()
    .sticky.map(
      ({ file, held }) =>
        `; a sticky customer (${file}) was without service for ${spoken(toMs(between(fault, held.at)))}`,
    )
    .join("");
}

export const rtoCustomer: Check = {
  id: "rto.customer",
  title: "Time without service, from the first customer's failure",
  objective: () => null,
  measure: (facts) => {
    const restored = trustedRestoration(facts);
    const { firstFailure } = restored;
    if (firstFailure === null)
      return { measured: { lo: 0, hi: 0 }, unit: "ms", reason: "no arrival of the load failed" };
    const cited = firstFailureLine(facts, restored);
    return since(facts, firstFailure, "the first arrival that was not served well", cited);
  },
};

export const rtoFromDetection: Check = {
  id: "rto.fromDetection",
  title: "Time without service, from detection",
  objective: () => null,
  measure: (facts) => fromClock(facts, detected(facts), "detection"),
};

export const rtoFromDecision: Check = {
  id: "rto.fromDecision",
  title: "Time without service, from the decision to fail over",
  objective: () => null,
  measure: (facts) => fromClock(facts, decided(facts), "the decision"),
};
