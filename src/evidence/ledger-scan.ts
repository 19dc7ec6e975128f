/**
 * Reads a ledger's lines into Arrivals. A line that fits its layout is read by offset; any other goes through JSON.parse and is
 * checked field by field, so that both ways accept exactly the same records (ledger-scan.test.ts compares them on random lines).
 */
import { z } from "zod";
import type { Mark } from "../model/ledger.ts";
import type { Arrivals, Put } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { fits, hexAt, integerAt, intentLayout, markLayout, outcomeLayout, readLayout } from "./layout.ts";
import { newline } from "./lines.ts";
import type { Problems } from "./problems.ts";

const count = z.int().nonnegative();
const answer = { st: count.max(999), err: count.max(9999), ack: count.max(4), rg: count.max(9), ep: count.max(99_999) };
const us = count.max(9_999_999_999_999);
const record = z.discriminatedUnion("k", [
  z.object({
    k: z.literal("i"),
    seq: count,
    us,
    amt: count,
    from: count.max(999_999),
    to: count.max(999_999),
    att: count,
    h: z.string().regex(/^[0-9a-f]{16}$/),
  }),
  z.object({ k: z.literal("o"), seq: count, us, ...answer, lsn: count }),
  z.object({ k: z.literal("r"), seq: count, us, end: us, ...answer, of: z.int().min(-1) }),
  z.object({ k: z.literal("m"), m: z.enum(["open", "drop", "stop", "done"]), us, n: count }),
]);

export interface LedgerRows {
  readonly arrivals: Arrivals;
  readonly marks: Numbered<Mark>[];
  lastUs: number;
}

const complaints: Record<Exclude<Put, "ok">, string> = {
  orphan: "an outcome without its intent before it, or an end before its beginning",
  twice: "its seq was used before for something else",
  seq: "its seq is far beyond anything that a file of this size can hold",
};

/** Takes one stretch of whole lines; `firstLine` is the number of its first line. Returns the number of the line after the last. */
export function scanLedger(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  firstLine: number,
  rows: LedgerRows,
  problems: Problems,
): number {
  let line = firstLine;
  for (let at = start; at < end; line++) {
    const length = scanFixed(bytes, view, at, end, line, rows, problems);
    if (length > 0) {
      at += length;
      continue;
    }
    const stop = bytes.indexOf(newline, at);
    takeText(bytes.toString("utf8", at, stop), line, rows, problems);
    at = stop + 1;
  }
  return line;
}

/** Length of the line when it fits a layout and was taken; else 0. */
function scanFixed(
  bytes: Buffer,
  view: DataView,
  at: number,
  end: number,
  line: number,
  rows: LedgerRows,
  problems: Problems,
): number {
  const kind = at + 6 < end ? bytes[at + 6] : 0;
  const { arrivals } = rows;
  let put: Put = "ok";
  let length = 0;
  if (kind === 0x69) {
    length = intentLayout.length;
    if (at + length > end || !fits(intentLayout, bytes, view, at)) return 0;
    const seq = integerAt(bytes, at + offset.intent.seq, 10);
    const sent = integerAt(bytes, at + offset.intent.us, 13);
    const amount = integerAt(bytes, at + offset.intent.amt, 10);
    const from = integerAt(bytes, at + offset.intent.from, 6);
    const to = integerAt(bytes, at + offset.intent.to, 6);
    const attempt = integerAt(bytes, at + offset.intent.att, 2);
    const high = hexAt(bytes, at + offset.intent.h);
    const low = hexAt(bytes, at + offset.intent.h + 8);
    // One comparison rejects NaN and negative numbers alike.
    if (!(seq >= 0 && sent >= 0 && amount >= 0 && from >= 0 && to >= 0 && attempt >= 0 && high >= 0 && low >= 0))
      return 0;
    if (sent > rows.lastUs) rows.lastUs = sent;
    put = arrivals.putIntent(seq, sent, amount, from, to, high, low, line);
  } else if (kind === 0x6f) {
    length = outcomeLayout.length;
    if (at + length > end || !fits(outcomeLayout, bytes, view, at)) return 0;
    const seq = integerAt(bytes, at + offset.outcome.seq, 10);
    const done = integerAt(bytes, at + offset.outcome.us, 13);
    const answered = answerAt(bytes, at + offset.outcome.st, arrivals);
    if (!(seq >= 0 && done >= 0 && answered >= 0 && integerAt(bytes, at + offset.outcome.lsn, 16) >= 0)) return 0;
    if (done > rows.lastUs) rows.lastUs = done;
    put = arrivals.putOutcome(seq, done, answered, line);
  } else if (kind === 0x72) {
    length = readLayout.length;
    if (at + length > end || !fits(readLayout, bytes, view, at)) return 0;
    const seq = integerAt(bytes, at + offset.read.seq, 10);
    const sent = integerAt(bytes, at + offset.read.us, 13);
    const done = integerAt(bytes, at + offset.read.end, 13);
    const answered = answerAt(bytes, at + offset.read.st, arrivals);
    const of = integerAt(bytes, at + offset.read.of, 10);
    if (!(seq >= 0 && sent >= 0 && done >= 0 && answered >= 0 && of >= -1)) return 0;
    if (done > rows.lastUs) rows.lastUs = done;
    put = arrivals.putRead(seq, sent, done, answered, of, line);
  } else return 0;
  if (put !== "ok") problems.line(line, complaints[put]);
  return length;
}

/** Offsets of the values, by name, from the layouts' own order. */
const offset = {
  intent: named(intentLayout.at, ["seq", "us", "amt", "from", "to", "att", "h"]),
  outcome: named(outcomeLayout.at, ["seq", "us", "st", "err", "ack", "rg", "ep", "lsn"]),
  read: named(readLayout.at, ["seq", "us", "end", "st", "err", "ack", "rg", "ep", "of"]),
} as const;

function named<const Name extends string>(
  at: readonly number[],
  names: readonly Name[],
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, index) => [name, at[index] ?? 0])) as Record<Name, number>;
}

const answerFrom = { err: relative("err"), ack: relative("ack"), rg: relative("rg"), ep: relative("ep") } as const;

/** From st on, outcomes and reads have the same layout. */
function relative(name: "err" | "ack" | "rg" | "ep"): number {
  return offset.outcome[name] - offset.outcome.st;
}

/** The number of the answer whose first value (st) begins at `at`; negative when it is not one. */
function answerAt(bytes: Uint8Array, at: number, arrivals: Arrivals): number {
  const status = integerAt(bytes, at, 3);
  const errorCode = integerAt(bytes, at + answerFrom.err, 4);
  const ack = integerAt(bytes, at + answerFrom.ack, 1);
  const region = integerAt(bytes, at + answerFrom.rg, 1);
  const epoch = integerAt(bytes, at + answerFrom.ep, 5);
  if (!(status >= 0 && errorCode >= 0 && ack >= 0 && ack <= 4 && region >= 0 && epoch >= 0)) return -1;
  return arrivals.answerNumber(status, errorCode, ack, region, epoch);
}

function takeText(text: string, line: number, rows: LedgerRows, problems: Problems): void {
  const { arrivals } = rows;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.line(line, "not JSON");
    return;
  }
  const parsed = record.safeParse(value);
  if (!parsed.success) {
    problems.line(line, "not a ledger record");
    return;
  }
  const { data } = parsed;
  let put: Put = "ok";
  if (data.k === "m") rows.marks.push({ line, value: { mark: data.m, us: data.us, n: data.n } });
  else if (data.k === "i") {
    const high = Number.parseInt(data.h.slice(0, 8), 16);
    const low = Number.parseInt(data.h.slice(8), 16);
    put = arrivals.putIntent(data.seq, data.us, data.amt, data.from, data.to, high, low, line);
  } else {
    const answered = arrivals.answerNumber(data.st, data.err, data.ack, data.rg, data.ep);
    if (data.k === "o") put = arrivals.putOutcome(data.seq, data.us, answered, line);
    else put = arrivals.putRead(data.seq, data.us, data.end, answered, data.of, line);
  }
  rows.lastUs = Math.max(rows.lastUs, data.k === "r" ? data.end : data.us);
  if (put !== "ok") problems.line(line, complaints[put]);
}

export const ledgerLineBytes = Math.min(
  intentLayout.length,
  outcomeLayout.length,
  readLayout.length,
  markLayout.length,
);
