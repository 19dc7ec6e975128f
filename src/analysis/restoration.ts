/** C2 and C11: when customers first failed, and when they were served again and stayed so, by the load and by the probes. */
import { NearColumn } from "../evidence/columns.ts";
import type { ProbeEvidence } from "../evidence/evidence.ts";
import type { Objectives } from "../model/drill.ts";
import { firstHeld } from "./held.ts";
import type { Held, Series } from "./held.ts";
import { gap, latest } from "./interval.ts";
import type { Bounded, Interval } from "./interval.ts";
import { onceFor } from "./once.ts";
import { bad, good, open } from "./service.ts";
import type { Service } from "./service.ts";
import { Unmeasured } from "./unmeasured.ts";

export interface ByProbe {
  readonly file: string;
  readonly vantage: string;
  readonly persona: "fresh" | "sticky";
  readonly held: Held;
  /** How far the two instruments may be apart without contradicting each other, µs. */
  readonly toleranceUs: number;
  readonly agrees: boolean;
}

export interface Restoration {
  /** C11: of reads and of writes, whichever came later. */
  readonly at: Interval;
  readonly reads: Held | null;
  readonly writes: Held | null;
  /** Lines of the ledger that C11 rests on: of reads and of writes, the last bad arrival and the first good one after it. */
  readonly lines: readonly number[];
  readonly relapses: number;
  /** Until when the load was watched for a relapse. */
  readonly watchedUntilUs: number;
  /**
   * C2: when the first arrival was due that was not served well; null: none was. One that was over before the fault had certainly struck may
   * have failed without it, and then the next one was the first.
   */
  readonly firstFailure: Bounded | null;
  readonly firstFailureSeq: number | null;
  readonly probes: readonly ByProbe[];
  /** Customers that keep their address and connection: what they saw is told, and confirms or contradicts nothing. */
  readonly sticky: readonly ByProbe[];
}

export interface Watched {
  readonly fault: Bounded;
  readonly service: Service;
  readonly objectives: Objectives;
  /** Of kind customer. */
  readonly probes: readonly ProbeEvidence[];
  /** A failback is another planned act: what it does to customers is not a relapse of the failover. +∞ without one. */
  readonly failbackUs: number;
  readonly dnsTtlSeconds: number;
}

export function restoration(watched: Watched): Restoration {
  const { fault, service, objectives } = watched;
  const { schedule } = service;
  if (schedule.end === 0) throw new Unmeasured("the load sent nothing");
  const watchedUntilUs = Math.min(watched.failbackUs, schedule.dueUs(schedule.end - 1) + 1);
  const held = (writes: boolean): Held | null => {
    const arrivals = classSeries(service, writes);
    return arrivals.length === 0 ? null : firstHeld(arrivals, fault.lo, watchedUntilUs, objectives.hold);
  };
  const reads = held(false);
  const writes = held(true);
  const both = [reads, writes].filter((one) => one !== null);
  const linesOf = (one: Held | null, writesOnly: boolean): number[] =>
    [one?.lastBad, one?.firstGood].flatMap((index) =>
      index === undefined || index === null ? [] : [classSeries(service, writesOnly).line(index)],
    );
  const at = both.map((one) => one.at).reduce(latest);
  const firstFailureSeq = firstFailure(service, fault.lo, objectives.arrivalDeadlineMs);
  const sureSeq = firstFailure(service, fault.hi, objectives.arrivalDeadlineMs) ?? firstFailureSeq;
  const probes = watched.probes.map((probe) => byProbe(watched, probe, watchedUntilUs, reads?.at ?? at));
  return {
    at,
    reads,
    writes,
    lines: [...linesOf(reads, false), ...linesOf(writes, true)],
    relapses: Math.max(0, ...both.map((one) => one.relapses)),
    watchedUntilUs,
    firstFailureSeq,
    firstFailure:
      firstFailureSeq === null || sureSeq === null
        ? null
        : { lo: schedule.dueUs(firstFailureSeq), hi: schedule.dueUs(Math.max(firstFailureSeq, sureSeq)) },
    // A customer probe reads: it is the load's reads that it can confirm.
    probes: probes.filter(({ persona }) => persona !== "sticky"),
    sticky: probes.filter(({ persona }) => persona === "sticky"),
  };
}

/** Made once for all who ask: of millions of arrivals it is megabytes. */
const classes = {
  reads: onceFor((service: Service) => newSeries(service, false)),
  writes: onceFor((service: Service) => newSeries(service, true)),
};

export const classSeries = (service: Service, writes: boolean): Series =>
  (writes ? classes.writes : classes.reads)(service);

function newSeries(service: Service, writes: boolean): Series {
  const { verdicts, schedule } = service;
  const seqs = new NearColumn(verdicts.length);
  let length = 0;
  for (let seq = 0; seq < verdicts.length; seq++) {
    if (verdicts[seq] !== open && service.isWrite(seq) === writes) seqs.set(length++, seq);
  }
  const at = (index: number): number => seqs.get(index);
  return {
    length,
    dueUs: (index) => schedule.dueUs(at(index)),
    sentUs: (index) => service.sentUs(at(index)),
    doneUs: (index) => service.doneUs(at(index)),
    isGood: (index) => verdicts[at(index)] === good,
    line: (index) => service.arrivals.line(at(index)),
  };
}

export function probeSeries(probe: ProbeEvidence): Series {
  const line = (index: number) => probe.lines[index]?.value;
  return {
    length: probe.lines.length,
    dueUs: (index) => line(index)?.schedUs ?? 0,
    sentUs: (index) => line(index)?.startUs ?? 0,
    doneUs: (index) => line(index)?.endUs ?? 0,
    isGood: (index) => line(index)?.ok === true,
    line: (index) => probe.lines[index]?.line ?? 0,
  };
}

function byProbe(watched: Watched, probe: ProbeEvidence, untilUs: number, load: Interval): ByProbe {
  const { intervalMs, timeoutMs, vantage, persona = "fresh" } = probe.header;
  // A probe has few observations in a window: one bad one is noise, not a service that is down.
  const held = firstHeld(probeSeries(probe), watched.fault.lo, untilUs, { ...watched.objectives.hold, slack: 1 });
  // Two clients that honour the record's TTL may see a new address that much apart.
  const toleranceUs = ((intervalMs ?? 0) + timeoutMs + watched.dnsTtlSeconds * 1000) * 1000;
  // One that never saw the service back while the load did contradicts it, however near its last bad observation.
  const sawItBack = held.at.hi !== null || held.seemsBack === true || load.hi === null;
  // Nor does one confirm it that had stopped looking by then.
  const lastLookUs = probe.lines.reduce((last, { value }) => Math.max(last, value.startUs), Number.NEGATIVE_INFINITY);
  const agrees = sawItBack && (load.hi === null || lastLookUs >= load.hi) && gap(held.at, load) <= toleranceUs;
  return { file: probe.file, vantage, persona, held, toleranceUs, agrees };
}

/** Arrivals whose time was not up when the fault struck; what was over before, and bad all the same, is none of its doing. */
export const sufferedFrom = (service: Service, faultUs: number, arrivalDeadlineMs: number, seq: number): boolean =>
  service.verdicts[seq] === bad &&
  service.schedule.dueUs(seq) >= faultUs - arrivalDeadlineMs * 1000 &&
  service.doneUs(seq) >= faultUs;

function firstFailure(service: Service, faultUs: number, arrivalDeadlineMs: number): number | null {
  for (let seq = 0; seq < service.verdicts.length; seq++)
    if (sufferedFrom(service, faultUs, arrivalDeadlineMs, seq)) return seq;
  return null;
}
