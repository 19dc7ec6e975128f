/** Evidence: a run folder, read and checked line by line. What could not be read is part of it: a judge must know what is missing. */
import type { z } from "zod";
import type { Drill } from "../model/drill.ts";
import type {
  AccountRow,
  ClockLine,
  ForeignRow,
  LagLine,
  LedgerHeader,
  Manifest,
  ProbeHeader,
  ProbeLine,
  resourceLine,
  SurvivorsHeader,
} from "../model/files.ts";
import type { RunEvent } from "../model/journal.ts";
import type { Mark } from "../model/ledger.ts";
import type { SelftestRecord } from "../model/selftest.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Presence } from "./presence.ts";
import type { SealCheck } from "./seal.ts";

/** One file as it was found. */
export interface FileReport {
  readonly file: string;
  readonly bytes: number;
  /** Whole lines, header included. */
  readonly lines: number;
  /** The last line has no newline: the writer was cut off while writing it. Its text is ignored. */
  readonly torn: boolean;
  /** Lines that are not what they should be; any of them makes what depends on the file unusable. */
  readonly brokenLines: number;
  /** The first hundred of them, and what is wrong with the file as a whole (line null). */
  readonly problems: readonly { readonly line: number | null; readonly message: string }[];
}

export interface Numbered<Value> {
  readonly line: number;
  readonly value: Value;
}

export interface Header {
  readonly run: string;
  readonly host: string;
  readonly epochMonoNs: string;
  readonly monoNs: string;
  readonly wallNs: string;
}

export interface LedgerEvidence {
  readonly file: string;
  readonly header: LedgerHeader;
  readonly arrivals: Arrivals;
  readonly marks: readonly Numbered<Mark>[];
  /** The latest instant that any of its lines names. */
  readonly lastUs: number;
}

export interface ProbeEvidence {
  readonly file: string;
  readonly header: ProbeHeader;
  readonly lines: readonly Numbered<ProbeLine>[];
}

export interface Reading {
  readonly file: string;
  readonly header: SurvivorsHeader;
  /** By witness. */
  readonly presence: ReadonlyMap<string, Presence>;
  readonly foreign: readonly Numbered<ForeignRow>[];
  readonly accounts: readonly Numbered<AccountRow>[];
  /** Net of the payments' legs by account, computed from the rows (foreign rows that name their accounts included). */
  readonly posted: Float64Array;
  readonly endedUs: number;
  /** Payments in the file: ours and foreign. */
  readonly payments: number;
}

export interface Evidence {
  /** null: missing or not valid; `files` says why. */
  readonly manifest: Manifest | null;
  readonly drill: Drill | null;
  readonly journal: readonly Numbered<RunEvent>[];
  readonly ledgers: readonly LedgerEvidence[];
  readonly probes: readonly ProbeEvidence[];
  /** Complete readings only: one without its end line is a broken file and not here. */
  readonly readings: readonly Reading[];
  readonly lag: readonly Numbered<LagLine>[];
  readonly clock: readonly Numbered<ClockLine>[];
  readonly resources: readonly Numbered<z.infer<typeof resourceLine>>[];
  /** null: the run folder carries none, or not a valid one. */
  readonly selftest: SelftestRecord | null;
  /** The headers of all NDJSON files, by file. */
  readonly headers: ReadonlyMap<string, Header>;
  /** Every evidence file that is there, and every one that should be and is not (lines 0, with its problem). */
  readonly files: readonly FileReport[];
  /** Files that are no part of a run folder. */
  readonly foreignFiles: readonly string[];
  readonly seal: SealCheck;
}
