/**
 * What several findings need, computed once and only when asked for: sets of writes, the load's schedule, the fault's time. If one of these
 * cannot be computed, only the findings that need it suffer.
 */
import type { Evidence, Reading } from "../evidence/evidence.ts";
import type { Drill, Objectives } from "../model/drill.ts";
import { agreementOf } from "./agreement.ts";
import type { Agreement, Testimony } from "./agreement.ts";
import { acknowledged, classifyRead, classifyWrite } from "./classify.ts";
import { switchOverOf, writersOf } from "./epochs.ts";
import type { SwitchOver, Writer } from "./epochs.ts";
import { commandedAt, faultTime } from "./fault-time.ts";
import type { FaultTime } from "./fault-time.ts";
import { ackedUs } from "./loss.ts";
import type { Bounded } from "./interval.ts";
import { needJournal, needLedgers, needProbes } from "./needs.ts";
import { once } from "./once.ts";
import { classSeries, restoration } from "./restoration.ts";
import type { Restoration } from "./restoration.ts";
import { scheduleOf, untimed } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";
import { serviceOf } from "./service.ts";
import type { Service } from "./service.ts";
import { ifMeasured, Unmeasured } from "./unmeasured.ts";
import { witnessOf } from "./witness.ts";
import type { Witness } from "./witness.ts";

export interface Facts {
  readonly evidence: Evidence;
  readonly drill: Drill;
  readonly objectives: Objectives;
  readonly primary: string;
  readonly secondary: string;
  /** The reading that tells what is there in the end. */
  readonly finalReading: () => Reading | null;
  /** It, and the one before it: nothing was under way when they were taken, so what either shows was so. */
  readonly finalReadings: () => readonly Reading[];
  readonly writers: () => readonly Writer[];
  /** null: the acknowledgements state no epochs. */
  readonly switchOver: () => SwitchOver | null;
  readonly witnesses: () => readonly Witness[];
  /** The witness that is the load itself; null without one. */
  readonly load: () => Witness | null;
  /** The one that wrote beside it to check it; null without one. */
  readonly second: () => Witness | null;
  /** Its writes as customers of the service. */
  readonly secondService: () => Service | null;
  /** Whether the two agree; null without either of them. */
  readonly agreement: () => Agreement | null;
  readonly schedule: () => Schedule;
  readonly service: () => Service;
  readonly fault: () => FaultTime;
  readonly restoration: () => Restoration;
  /** The last instant at which anything was observed. */
  readonly endUs: () => number;
}

interface Regions {
  readonly primary: string;
  readonly secondary: string;
}

/** The judge and the summary ask the same of the same evidence: what is known of millions of writes is kept as long as the evidence is. */
const factsKnown = new WeakMap<Evidence, Facts>();

export function factsOf(evidence: Evidence, drill: Drill, regions: Regions): Facts {
  const before = factsKnown.get(evidence);
  if (before?.drill === drill && before.primary === regions.primary && before.secondary === regions.secondary)
    return before;
  const facts = newFacts(evidence, drill, regions);
  factsKnown.set(evidence, facts);
  return facts;
}

function newFacts(evidence: Evidence, drill: Drill, regions: Regions): Facts {
  const reading = (name: string): Reading | null =>
    evidence.readings.find(({ header }) => header.reading === name) ?? null;
  const facts: Facts = {
    evidence,
    drill,
    objectives: drill.objectives,
    ...regions,
    finalReading: () => facts.finalReadings()[0] ?? null,
    finalReadings: () => [reading("final-again"), reading("final")].filter((one) => one !== null),
    writers: once(() => writersOf(facts.witnesses())),
    switchOver: once(() => switchOverOf(facts.writers(), { ...regions, sinceUs: sinceIfKnown(facts) })),
    witnesses: once(() => evidence.ledgers.map((ledger) => witnessOf(facts, ledger))),
    load: () => loadAmong(facts.witnesses()),
    second: () => facts.witnesses().find(isSecond) ?? null,
    secondService: once(() => secondServiceFrom(facts)),
    agreement: once(() => agreement(facts)),
    schedule: once(() => {
      needLedgers(evidence);
      return scheduleOf(loadOf(facts).ledger, {
        dropped: dropped(evidence),
        timeoutMs: evidence.manifest?.load.timeoutMs ?? 60_000,
      });
    }),
    service: once(() => serviceFrom(facts)),
    // Whatever is derived from a file asks whether that file is sound, so that no finding can forget to.
    fault: once(() => {
      needJournal(evidence);
      needLedgers(evidence);
      needProbes(evidence, ["inside-primary"]);
      return faultTime(evidence, (sinceUs, visit) => visitPrimary(facts, sinceUs, visit));
    }),
    restoration: once(() => restorationFrom(facts)),
    endUs: once(() => lastInstant(evidence)),
  };
  return facts;
}

const isSecond = ({ ledger }: Witness): boolean => ledger.header.witness === "t";

/** Never the second witness, whose few writes are no load: then there is none. */
const loadAmong = (witnesses: readonly Witness[]): Witness | null =>
  witnesses.find(({ ledger }) => ledger.header.witness === "k") ?? witnesses.find((one) => !isSecond(one)) ?? null;

export function loadOf(facts: Facts): Witness {
  const load = facts.load();
  if (load === null) throw new Unmeasured("there is no ledger of the load");
  return load;
}

/** When the fault took effect; throws Unmeasured with the reason when that is not known. */
export function effectiveAt(facts: Facts): { readonly lo: number; readonly hi: number } {
  const { effective, reason } = facts.fault();
  if (effective === null) throw new Unmeasured(`the fault did not demonstrably take effect: ${reason}`);
  return effective;
}

/** Where to look for what the recovery did: after the fault was effective, or at least commanded. */
export function recoverySince(facts: Facts): number {
  const { effective, commanded } = facts.fault();
  return effective?.lo ?? commanded?.lo ?? Number.POSITIVE_INFINITY;
}

const sinceIfKnown = (facts: Facts): number => ifMeasured(() => recoverySince(facts)) ?? Number.POSITIVE_INFINITY;

/** Where to look for who noticed and who decided: an alarm may fire before the fault is effective, and a drill may act on it. */
export function commandedSince({ evidence }: Facts): number {
  needJournal(evidence);
  return commandedAt(evidence.journal)?.lo ?? Number.POSITIVE_INFINITY;
}

function serviceFrom(facts: Facts): Service {
  const { ledger, outcomes, presentBefore } = loadOf(facts);
  const known = facts.evidence.readings.length > 0;
  // A payment for which the load had no promise when it asked, or that is lost, is rightly not found; whether it should be there is RPO's question.
  const mayBeAbsent = (of: number, askedUs: number): boolean =>
    of >= 0 &&
    (outcomes.of[of] !== acknowledged ||
      askedUs < ackedUs(ledger.arrivals, outcomes, of) ||
      (known && !presentBefore(of)));
  return serviceOf(ledger.arrivals, outcomes, facts.schedule(), {
    deadlineMs: facts.objectives.arrivalDeadlineMs,
    mayBeAbsent,
  });
}

/** Of the two, the longer time that a request may take: what it has not recorded by then is missing. */
const timeoutMs = ({ evidence: { manifest } }: Facts): number =>
  Math.max(manifest?.load.timeoutMs ?? 0, manifest?.witness?.timeoutMs ?? 0);

function secondServiceFrom(facts: Facts): Service | null {
  const second = facts.second();
  if (second === null) return null;
  const schedule = scheduleOf(second.ledger, { dropped: 0, timeoutMs: timeoutMs(facts) });
  return serviceOf(second.ledger.arrivals, second.outcomes, schedule, {
    deadlineMs: facts.objectives.arrivalDeadlineMs,
    mayBeAbsent: () => false,
  });
}

function agreement(facts: Facts): Agreement | null {
  const [load, second, service] = [facts.load(), facts.second(), facts.secondService()];
  if (load === null || second === null || service === null) return null;
  const { manifest } = facts.evidence;
  return agreementOf(
    testimony("k6", load, facts.service(), manifest?.load.writeEvery ?? 1),
    testimony("the second witness", second, service, 1),
    {
      fault: faultIfKnown(facts),
      timeoutUs: timeoutMs(facts) * 1000,
      dnsTtlUs: (manifest?.load.dnsTtlSeconds ?? 0) * 1e6,
      deadlineUs: facts.objectives.arrivalDeadlineMs * 1000,
      timed: untimed(facts.schedule()) === null,
    },
  );
}

/** For what can be said although nobody knows when the fault took effect. */
export const faultIfKnown = (facts: Facts): Bounded | null => ifMeasured(() => facts.fault().effective);

function testimony(name: string, witness: Witness, service: Service, writeEvery: number): Testimony {
  const { ledger, outcomes, before } = witness;
  return {
    name,
    writes: { arrivals: ledger.arrivals, outcomes, lost: before.lost },
    regions: ledger.header.regions,
    series: classSeries(service, true),
    spacingUs: service.schedule.periodUs * writeEvery,
  };
}

function restorationFrom(facts: Facts): Restoration {
  const { evidence, objectives } = facts;
  needProbes(evidence, ["customer"]);
  const failback = evidence.journal.find(({ value }) => value.type === "phase.started" && value.phase === "failback");
  return restoration({
    fault: effectiveAt(facts),
    service: facts.service(),
    objectives,
    probes: evidence.probes.filter(({ header }) => header.kind === "customer"),
    failbackUs: failback?.value.us ?? Number.POSITIVE_INFINITY,
    dnsTtlSeconds: evidence.manifest?.load.dnsTtlSeconds ?? 0,
  });
}

/** Right answers of the primary, however late: that they came is what counts here, and it does not depend on any schedule. */
function visitPrimary(facts: Facts, sinceUs: number, visit: (sentUs: number, doneUs: number) => void): void {
  for (const { ledger } of facts.witnesses()) {
    const { arrivals, header } = ledger;
    const primary = header.regions.indexOf(facts.primary) + 1;
    if (primary === 0) continue;
    const right = arrivals.answers.map((answer) => answer.region === primary && classifyRead(answer) === "right");
    const written = arrivals.answers.map(
      (answer) => answer.region === primary && classifyWrite(answer) === "acknowledged",
    );
    for (let seq = 0; seq < arrivals.size; seq++) {
      if (arrivals.sentUs(seq) <= sinceUs || !arrivals.hasEnded(seq)) continue;
      const answer = arrivals.answerOf(seq);
      if (arrivals.isWrite(seq) ? written[answer] : right[answer]) visit(arrivals.sentUs(seq), arrivals.endUs(seq));
    }
  }
}

function dropped(evidence: Evidence): number {
  let most = 0;
  for (const { value } of evidence.journal)
    if (value.type === "k6.exit") most = Math.max(most, value.droppedIterations ?? 0);
  return most;
}

function lastInstant(evidence: Evidence): number {
  let last = 0;
  const see = (us: number): void => void (last = Math.max(last, us));
  for (const { value } of evidence.journal) see(value.us);
  for (const { lastUs } of evidence.ledgers) see(lastUs);
  for (const { lines } of evidence.probes) for (const { value } of lines) see(value.endUs);
  for (const { endedUs } of evidence.readings) see(endedUs);
  for (const { value } of evidence.lag) see(value.us);
  return last;
}
