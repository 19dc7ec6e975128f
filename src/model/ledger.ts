/**
 * Ledger and survivor records have a fixed layout: numbers are padded with spaces in front, so that each line is valid JSON
 * (jq, DuckDB read it) and can also be read by offset, which is what makes judging millions of lines fast.
 *
 * Intent, before the send (148 bytes with newline is NOT promised; the layout below is):
 *   {"k":"i","seq":%10d,"us":%13d,"amt":%10d,"from":%6d,"to":%6d,"att":%2d,"h":"%16x"}
 * Outcome of a write, after it (st: HTTP status or 0; err: k6 error code, or 9000, or 0; ack: 1 = 2xx whose body echoes id, hash and
 * committed; 2 = an error answer that carries x-not-executed; 3 = as 1, and 4 = any other answer, when its x-attempt is above the intent's
 * att: something on the way sent the request again; else 0; rg: Region number; ep: write epoch; lsn: commit LSN as an integer):
 *   {"k":"o","seq":%10d,"us":%13d,"st":%3d,"err":%4d,"ack":%1d,"rg":%1d,"ep":%5d,"lsn":%16d}
 * A read, after it (us: sent; end: done; of: seq of the write it asked for, -1 when none; ack: 1 = right content, 2 = not found, 0 = else):
 *   {"k":"r","seq":%10d,"us":%13d,"end":%13d,"st":%3d,"err":%4d,"ack":%1d,"rg":%1d,"ep":%5d,"of":%10d}
 * A mark of the load itself, not of a request; m is always four letters. A ledger without "done" was cut short:
 *   {"k":"m","m":"open","us":%13d,"n":%10d}
 *   open: us = when iteration 0 was scheduled (iteration i: us + i × 60e6 / ratePerMinute, as long as none was dropped), n = 0
 *   drop: n = iterations that k6 could not start for want of a free VU, so far; within 50 ms, and once more just before "done", also when 0
 *   stop: the harness asked for the end: from us on no request was begun; n = requests begun before and still without an outcome
 *   done: the ledger was closed in order; n = requests begun in all (intents + reads)
 * Rows of different requests stand in the order in which they were written, which is not exactly the order of their times.
 * A payment as finally read back (w: witness; h: first 16 hex digits of the hash RECOMPUTED from the stored body; rp: 1 = replayed by
 * salvage; dr, cr: number of debit and credit legs; net: credited minus debited, 0 when balanced; rg, ep: where and when it was committed):
 *   {"k":"p","w":"k","seq":%10d,"h":"%16x","amt":%10d,"from":%6d,"to":%6d,"rg":%1d,"ep":%5d,"rp":%1d,"dr":%2d,"cr":%2d,"net":%11d}
 */

/**
 * In `err`: the machine that sends had no port or file descriptor left for a connection. k6 has the same number (1213) for this and for a
 * network that is not there, but one is the generator's trouble and the other the system's.
 */
export const noSocketCode = 9000;

/** Last in a ledger's list of Regions: stands for any that an answer names and the environment does not. */
export const elsewhere = "elsewhere";

/** A Region's number in the rows, 1 for the first of the list; one that is named and not of the list is not the same as none named (0). */
export function regionNumber(name: unknown, regions: readonly string[]): number {
  if (typeof name !== "string" || name === "") return 0;
  return (regions.includes(name) ? regions.indexOf(name) : regions.indexOf(elsewhere)) + 1;
}

/** One write as the client sent it. */
export interface Intent {
  readonly seq: number;
  readonly us: number;
  readonly amountMinor: number;
  readonly from: number;
  readonly to: number;
  readonly attempt: number;
  /** First 16 hex digits of sha256 of the request body. */
  readonly hash: string;
}

export interface Outcome {
  readonly seq: number;
  readonly us: number;
  readonly status: number;
  readonly errorCode: number;
  readonly ack: 0 | 1 | 2 | 3 | 4;
  readonly region: number;
  readonly epoch: number;
  readonly lsn: number;
}

export interface Read {
  readonly seq: number;
  readonly us: number;
  readonly endUs: number;
  readonly status: number;
  readonly errorCode: number;
  readonly ack: 0 | 1 | 2;
  readonly region: number;
  readonly epoch: number;
  /** seq of the write it asked for; -1 when none. */
  readonly of: number;
}

export interface Mark {
  readonly mark: "open" | "drop" | "stop" | "done";
  readonly us: number;
  readonly n: number;
}

export interface Survivor {
  readonly witness: string;
  readonly seq: number;
  readonly hash: string;
  readonly amountMinor: number;
  readonly from: number;
  readonly to: number;
  readonly region: number;
  readonly epoch: number;
  readonly replayed: boolean;
  readonly debits: number;
  readonly credits: number;
  readonly net: number;
}

const pad = (value: number, width: number): string => String(value).padStart(width, " ");

export function formatIntent(r: Intent): string {
  return `{"k":"i","seq":${pad(r.seq, 10)},"us":${pad(r.us, 13)},"amt":${pad(r.amountMinor, 10)},"from":${pad(r.from, 6)},"to":${pad(r.to, 6)},"att":${pad(r.attempt, 2)},"h":"${r.hash}"}\n`;
}

export function formatOutcome(r: Outcome): string {
  return `{"k":"o","seq":${pad(r.seq, 10)},"us":${pad(r.us, 13)},"st":${pad(r.status, 3)},"err":${pad(r.errorCode, 4)},"ack":${r.ack},"rg":${r.region},"ep":${pad(r.epoch, 5)},"lsn":${pad(r.lsn, 16)}}\n`;
}

export function formatRead(r: Read): string {
  return `{"k":"r","seq":${pad(r.seq, 10)},"us":${pad(r.us, 13)},"end":${pad(r.endUs, 13)},"st":${pad(r.status, 3)},"err":${pad(r.errorCode, 4)},"ack":${r.ack},"rg":${r.region},"ep":${pad(r.epoch, 5)},"of":${pad(r.of, 10)}}\n`;
}

export function formatMark(r: Mark): string {
  return `{"k":"m","m":"${r.mark}","us":${pad(r.us, 13)},"n":${pad(r.n, 10)}}\n`;
}

export function formatSurvivor(r: Survivor): string {
  return `{"k":"p","w":"${r.witness}","seq":${pad(r.seq, 10)},"h":"${r.hash}","amt":${pad(r.amountMinor, 10)},"from":${pad(r.from, 6)},"to":${pad(r.to, 6)},"rg":${r.region},"ep":${pad(r.epoch, 5)},"rp":${r.replayed ? 1 : 0},"dr":${pad(r.debits, 2)},"cr":${pad(r.credits, 2)},"net":${pad(r.net, 11)}}\n`;
}
