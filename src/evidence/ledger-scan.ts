/**
 * Reads a ledger's lines into Arrivals. A line that fits its layout is read by offset; any other goes through JSON.parse and is
 * checked field by field, so that both ways accept exactly the same records (ledger-scan.test.ts compares them on random lines).
 */
import { z } from "zod";
import type { Mark } from "../model/ledger.ts";
import type { Arrivals, Put } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { hash16, natural10, natural13, natural16, natural6 } from "./digits.ts";
import { integerAt, intentLayout, markLayout, outcomeLayout, readLayout, Remembered, same4, same8 } from "./layout.ts";
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
  const scan: Scan = {
    bytes,
    view,
    rows,
    problems,
    answers: { o: new Remembered<number>(), r: new Remembered<number>() },
  };
  let line = firstLine;
  for (let at = start; at < end; line++) {
    const length = takeFixed(scan, at, end - at, line);
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

interface Scan {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly rows: LedgerRows;
  readonly problems: Problems;
  /** The last answer to a write and to a read. */
  readonly answers: { readonly o: Remembered<number>; readonly r: Remembered<number> };
}

/** Length of the line when it fits a layout and was taken; else 0. */
function takeFixed(scan: Scan, at: number, left: number, line: number): number {
  const kind = left > 6 ? scan.bytes[at + 6] : 0;
  if (kind === 0x69) return left >= intentLayout.length && takeIntent(scan, at, line) ? intentLayout.length : 0;
  if (kind === 0x6f) return left >= outcomeLayout.length && takeOutcome(scan, at, line) ? outcomeLayout.length : 0;
  if (kind === 0x72) return left >= readLayout.length && takeRead(scan, at, line) ? readLayout.length : 0;
  return 0;
}

/** Offsets of the values, by name, from the layouts' own order. */
const inIntent = named(intentLayout.at, ["seq", "us", "amt", "from", "to", "att", "h"]);
const inOutcome = named(outcomeLayout.at, ["seq", "us", "st", "err", "ack", "rg", "ep", "lsn"]);
const inRead = named(readLayout.at, ["seq", "us", "end", "st", "err", "ack", "rg", "ep", "of"]);

function named<const Name extends string>(
  at: readonly number[],
  names: readonly Name[],
): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, index) => [name, at[index] ?? 0])) as Record<Name, number>;
}

/** {"k":"i","seq":…,"us":…,"amt":…,"from":…,"to":…,"att":…,"h":"…"} */
const intentSample = intentLayout.sample;
const fitsIntent = (view: DataView, at: number): boolean =>
  same8(intentSample, 0, view, at) &&
  same8(intentSample, inIntent.seq - 8, view, at) &&
  same4(intentSample, inIntent.us - 6, view, at) &&
  same4(intentSample, inIntent.us - 4, view, at) &&
  same4(intentSample, inIntent.amt - 7, view, at) &&
  same4(intentSample, inIntent.amt - 4, view, at) &&
  same8(intentSample, inIntent.from - 8, view, at) &&
  same4(intentSample, inIntent.to - 6, view, at) &&
  same4(intentSample, inIntent.to - 4, view, at) &&
  same4(intentSample, inIntent.att - 7, view, at) &&
  same4(intentSample, inIntent.att - 4, view, at) &&
  same4(intentSample, inIntent.h - 6, view, at) &&
  same4(intentSample, inIntent.h - 4, view, at) &&
  view.getUint8(at + intentLayout.length - 3) === intentSample.getUint8(intentLayout.length - 3) &&
  view.getUint16(at + intentLayout.length - 2) === intentSample.getUint16(intentLayout.length - 2);

/** Of the intent being read. */
const hash = new Int32Array(2);

function takeIntent({ bytes, view, rows, problems }: Scan, at: number, line: number): boolean {
  if (!fitsIntent(view, at)) return false;
  const seq = natural10(view, at + inIntent.seq);
  const sent = natural13(view, at + inIntent.us);
  const amount = natural10(view, at + inIntent.amt);
  const from = natural6(view, at + inIntent.from);
  const to = natural6(view, at + inIntent.to);
  if (!(integerAt(bytes, at + inIntent.att, 2) >= 0) || !hash16(view, at + inIntent.h, hash)) return false;
  if (seq < 0 || sent < 0 || amount < 0 || from < 0 || to < 0) return false;
  if (sent > rows.lastUs) rows.lastUs = sent;
  const put = rows.arrivals.putIntent(seq, sent, amount, from, to, hash[0] ?? 0, hash[1] ?? 0, line);
  if (put !== "ok") problems.line(line, complaints[put]);
  return true;
}

/** {"k":"o","seq":…,"us":…,"st":…,"err":…,"ack":…,"rg":…,"ep":…,"lsn":…}; what stands from st to ep, answerAt compares. */
const outcomeSample = outcomeLayout.sample;
const fitsOutcome = (view: DataView, at: number): boolean =>
  same8(outcomeSample, 0, view, at) &&
  same8(outcomeSample, inOutcome.seq - 8, view, at) &&
  same4(outcomeSample, inOutcome.us - 6, view, at) &&
  same4(outcomeSample, inOutcome.us - 4, view, at) &&
  same4(outcomeSample, inOutcome.st - 6, view, at) &&
  same4(outcomeSample, inOutcome.st - 4, view, at) &&
  same4(outcomeSample, inOutcome.lsn - 7, view, at) &&
  same4(outcomeSample, inOutcome.lsn - 4, view, at) &&
  view.getUint16(at + outcomeLayout.length - 2) === outcomeSample.getUint16(outcomeLayout.length - 2);

function takeOutcome({ bytes, view, rows, problems, answers }: Scan, at: number, line: number): boolean {
  if (!fitsOutcome(view, at)) return false;
  const seq = natural10(view, at + inOutcome.seq);
  const done = natural13(view, at + inOutcome.us);
  const lsn = natural16(view, at + inOutcome.lsn);
  if (seq < 0 || done < 0 || lsn < 0 || lsn > Number.MAX_SAFE_INTEGER) return false;
  const answered = answerAt(bytes, view, at + inOutcome.st, rows.arrivals, answers.o);
  if (answered < 0) return false;
  if (done > rows.lastUs) rows.lastUs = done;
  const put = rows.arrivals.putOutcome(seq, done, answered, line);
  if (put !== "ok") problems.line(line, complaints[put]);
  return true;
}

/** {"k":"r","seq":…,"us":…,"end":…,"st":…,"err":…,"ack":…,"rg":…,"ep":…,"of":…} */
const readSample = readLayout.sample;
const fitsRead = (view: DataView, at: number): boolean =>
  same8(readSample, 0, view, at) &&
  same8(readSample, inRead.seq - 8, view, at) &&
  same4(readSample, inRead.us - 6, view, at) &&
  same4(readSample, inRead.us - 4, view, at) &&
  same4(readSample, inRead.end - 7, view, at) &&
  same4(readSample, inRead.end - 4, view, at) &&
  same4(readSample, inRead.st - 6, view, at) &&
  same4(readSample, inRead.st - 4, view, at) &&
  same4(readSample, inRead.of - 6, view, at) &&
  same4(readSample, inRead.of - 4, view, at) &&
  view.getUint16(at + readLayout.length - 2) === readSample.getUint16(readLayout.length - 2);

function takeRead({ bytes, view, rows, problems, answers }: Scan, at: number, line: number): boolean {
  if (!fitsRead(view, at)) return false;
  const seq = natural10(view, at + inRead.seq);
  const sent = natural13(view, at + inRead.us);
  const done = natural13(view, at + inRead.end);
  const of = integerAt(bytes, at + inRead.of, 10);
  if (seq < 0 || sent < 0 || done < 0 || !(of >= -1)) return false;
  const answered = answerAt(bytes, view, at + inRead.st, rows.arrivals, answers.r);
  if (answered < 0) return false;
  if (done > rows.lastUs) rows.lastUs = done;
  const put = rows.arrivals.putRead(seq, sent, done, answered, of, line);
  if (put !== "ok") problems.line(line, complaints[put]);
  return true;
}

/** From st on, outcomes and reads have the same layout, 40 bytes: 201,"err":   0,"ack":1,"rg":1,"ep":    1 */
const inAnswer = named(
  [inOutcome.err, inOutcome.ack, inOutcome.rg, inOutcome.ep].map((offset) => offset - inOutcome.st),
  ["err", "ack", "rg", "ep"],
);

/** The number of the answer whose first value (st) begins at `at`; negative when it is not one. */
function answerAt(bytes: Buffer, view: DataView, at: number, arrivals: Arrivals, last: Remembered<number>): number {
  if (last.value !== null && last.same40(view, at)) return last.value;
  const line = at - inOutcome.st;
  const fits =
    same4(outcomeSample, inOutcome.err - 7, view, line) &&
    same4(outcomeSample, inOutcome.err - 4, view, line) &&
    same4(outcomeSample, inOutcome.ack - 7, view, line) &&
    same4(outcomeSample, inOutcome.ack - 4, view, line) &&
    same4(outcomeSample, inOutcome.rg - 6, view, line) &&
    same4(outcomeSample, inOutcome.rg - 4, view, line) &&
    same4(outcomeSample, inOutcome.ep - 6, view, line) &&
    same4(outcomeSample, inOutcome.ep - 4, view, line);
  const status = integerAt(bytes, at, 3);
  const errorCode = integerAt(bytes, at + inAnswer.err, 4);
  const ack = integerAt(bytes, at + inAnswer.ack, 1);
  const region = integerAt(bytes, at + inAnswer.rg, 1);
  const epoch = integerAt(bytes, at + inAnswer.ep, 5);
  if (!(fits && status >= 0 && errorCode >= 0 && ack >= 0 && ack <= 2 && region >= 0 && epoch >= 0)) return -1;
  const number = arrivals.answerNumber(status, errorCode, ack, region, epoch);
  last.keep40(view, at, number);
  return number;
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
