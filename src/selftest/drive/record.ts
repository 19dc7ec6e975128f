/**
 * A whole drill against the liar, as what a run folder holds: first the harness commands and polls, then load, probes and final reads
 * meet the liar in the order of time. In memory; folder.ts writes it down, evidence.ts hands it to the judge directly.
 */
import type { ExportLine } from "../../model/export.ts";
import type { ClockLine, LagLine, Manifest, ProbeHeader, ProbeLine } from "../../model/files.ts";
import type { RunEvent } from "../../model/journal.ts";
import type { RunClock } from "../../run/clock.ts";
import type { Liar } from "../liar/liar.ts";
import { second } from "../liar/script.ts";
import { runHarness } from "./harness.ts";
import type { Course } from "./harness.ts";
import { ledgerRegions } from "./answers.ts";
import { playLoad } from "./load.ts";
import type { PlayedArrival } from "./load.ts";
import { drillOf, manifestOf } from "./options.ts";
import type { DriveOptions } from "./options.ts";
import { playProbes } from "./probes.ts";
import type { PlayedProbe } from "./probes.ts";
import { playSecondWitness } from "./second-witness.ts";
import { once, play } from "./traffic.ts";
import type { Client } from "./traffic.ts";

/** What the export gave when it was read. */
export interface Snapshot {
  readonly reading: "before-replay" | "final" | "final-again";
  readonly startedUs: number;
  readonly endedUs: number;
  readonly lines: readonly ExportLine[];
}

export interface Recording {
  readonly clock: RunClock;
  readonly course: Course;
  readonly manifest: Manifest;
  readonly journal: readonly RunEvent[];
  /** Of the witnesses that were played; none when they were real. */
  readonly ledgers: readonly PlayedLedger[];
  readonly probes: readonly {
    readonly header: PlayedProbe["header"] & Pick<ProbeHeader, "persona">;
    readonly lines: readonly ProbeLine[];
  }[];
  readonly lag: readonly LagLine[];
  readonly clockLines: readonly ClockLine[];
  readonly snapshots: readonly Snapshot[];
  /** Of the load that was played; none when it was real. */
  readonly arrivals: readonly PlayedArrival[];
}

export interface PlayedLedger {
  readonly file: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly rows: string;
}

export interface RealLoad {
  readonly exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly droppedIterations: number | null;
  };
}

const readingTakesUs = 200_000;

/** `real`: what was commanded, when real clients have met the liar before this is called; its load null: those were not the witnesses. */
export function recordDrill(
  liar: Liar,
  options: DriveOptions,
  clock: RunClock,
  real: { readonly course: Course; readonly load: RealLoad | null } | null = null,
): Recording {
  const course = real?.course ?? runHarness(liar.control, options);
  const isPlayed = (real?.load ?? null) === null;
  const load = isPlayed ? playLoad(liar, options, { stopUs: course.loadStopUs }) : null;
  const witness = isPlayed ? playSecondWitness(liar, options, { stopUs: course.loadStopUs }) : null;
  const probes = playProbes({ liar, options, course });
  const snapshots: Snapshot[] = [];
  const read = (reading: Snapshot["reading"], us: number): Client =>
    once(us, () => {
      if (reading !== "before-replay") liar.tamper(reading === "final-again");
      snapshots.push({ reading, startedUs: us, endedUs: us + readingTakesUs, lines: [...liar.exportLines(us)] });
    });
  play([
    ...(load === null ? [] : [load, load.retries]),
    ...(witness === null ? [] : [witness]),
    ...probes.flatMap(({ clients }) => clients),
    ...(course.beforeReplayUs === null ? [] : [read("before-replay", course.beforeReplayUs)]),
    read("final", course.finalUs),
    read("final-again", course.finalAgainUs),
  ]);
  const drill = drillOf(options, liar.script.fault.actions);
  const exit = real?.load?.exit ?? exitOf(options, load?.dropped() ?? 0);
  return {
    clock,
    course,
    manifest: manifestOf(options, drill, clock),
    journal: journalOf(course, options, clock, exit),
    ledgers: [
      ...(load === null ? [] : [ledgerOf("k", options, clock, load.rows())]),
      ...(witness === null ? [] : [ledgerOf("t", options, clock, witness.rows())]),
    ],
    // As they are written down: each observation when it is over.
    probes: probes.map(({ header, lines }) => ({ header, lines: lines.toSorted((a, b) => a.endUs - b.endUs) })),
    lag: lagOf(liar, options, course, clock),
    clockLines: clockOf(options, course, clock),
    snapshots,
    arrivals: load?.arrivals ?? [],
  };
}

function exitOf(options: DriveOptions, dropped: number): RealLoad["exit"] {
  if (options.loadKilledUs !== null) return { code: null, signal: "SIGKILL", droppedIterations: null };
  return { code: 0, signal: null, droppedIterations: dropped };
}

const ledgerOf = (witness: "k" | "t", options: DriveOptions, clock: RunClock, rows: string): PlayedLedger => ({
  file: witness === "k" ? "ledger/k6.ndjson" : "ledger/t.ndjson",
  header: {
    ...clock.header("dr-drill/ledger@1"),
    witness,
    idPrefix: `${options.run}.${witness}.`,
    ratePerMinute: witness === "k" ? options.ratePerMinute : options.witness.ratePerMinute,
    regions: ledgerRegions,
    tool: `the self-test's own ${witness === "k" ? "load" : "second witness"}`,
  },
  rows,
});

function journalOf(course: Course, options: DriveOptions, clock: RunClock, exit: RealLoad["exit"]): RunEvent[] {
  const ended = { us: options.loadKilledUs ?? course.finalUs - 10_000, event: { type: "k6.exit", ...exit } } as const;
  return [...course.events, ended]
    .sort((a, b) => a.us - b.us)
    .map(({ us, event }, index) => ({ seq: index + 1, us, wallMs: wallMsOf(options, clock, us), ...event }));
}

const wallMsOf = (options: DriveOptions, clock: RunClock, us: number): number =>
  Math.round(Number(clock.epochWallNs / 1000n) / 1000 + us / 1000 + options.wallErrorMs(us));

function lagOf(liar: Liar, { lagEndsUs }: DriveOptions, course: Course, clock: RunClock): LagLine[] {
  const lines: LagLine[] = [];
  for (let us = second / 2; us < Math.min(course.endUs, lagEndsUs); us += second / 2) {
    const { lagMs, lagBytes, computedAtMs, protected: isProtected } = liar.control.replication(us);
    lines.push({ us, lagMs, lagBytes, computedUs: clock.fromWallMs(computedAtMs), protected: isProtected });
  }
  return lines;
}

function clockOf(options: DriveOptions, course: Course, clock: RunClock): ClockLine[] {
  const lines: ClockLine[] = [];
  for (let us = 0; us <= course.endUs; us += second) {
    const wallNs = String(BigInt(wallMsOf(options, clock, us)) * 1_000_000n);
    lines.push({ us, wallNs, loopLagMs: 1 });
  }
  return lines;
}
