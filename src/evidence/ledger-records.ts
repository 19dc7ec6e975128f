/**
 * Reads a ledger's lines by offset, many at a time, into columns, as long as they fit their layouts exactly; what does not is left to
 * ledger-scan.ts.
 */
import { intent, outcome, read } from "./arrivals.ts";
import type { Arrivals, RecordColumns } from "./arrivals.ts";
import { Growing10, Growing13, Growing16, hash16, lastTwo, upTo12, upTo8 } from "./digits.ts";
import { eights, fours, integerAt, intentLayout, lineEnd, outcomeLayout, readLayout, Remembered } from "./layout.ts";

/** What one stretch of lines is read with: what its lines have in common is remembered. */
export interface Scan {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly arrivals: Arrivals;
  readonly growing: {
    readonly seq: Growing10;
    readonly us: Growing13;
    readonly end: Growing13;
    readonly lsn: Growing16;
  };
  /** The last answer to a write and to a read. */
  readonly answers: { readonly o: Remembered<number>; readonly r: Remembered<number> };
}

export const newScan = (bytes: Buffer, view: DataView, arrivals: Arrivals): Scan => ({
  bytes,
  view,
  arrivals,
  answers: { o: new Remembered<number>(), r: new Remembered<number>() },
  growing: { seq: new Growing10(), us: new Growing13(), end: new Growing13(), lsn: new Growing16() },
});

/** Records that were read together, in columns: filled and emptied again within one call. */
const most = 1024;
export const batch: RecordColumns = {
  kind: new Uint8Array(most),
  us: new Float64Array(most),
  endUs: new Float64Array(most),
  answer: new Int32Array(most),
  seq: new Float64Array(most),
  amount: new Float64Array(most),
  from: new Int32Array(most),
  to: new Int32Array(most),
  hashHigh: new Int32Array(most),
  hashLow: new Int32Array(most),
};

/** Reads records into the batch as long as they fit their layouts; says how many, and where the next line begins. */
export function readRecords(scan: Scan, start: number, end: number): { readonly count: number; readonly next: number } {
  const { bytes } = scan;
  let at = start;
  let n = 0;
  for (; n < most && at + 6 < end; n++) {
    const kind = bytes[at + 6] ?? 0;
    if (kind === intent) {
      if (at + intentLayout.length > end || !readIntent(scan, at, n)) break;
      at += intentLayout.length;
    } else if (kind === outcome) {
      if (at + outcomeLayout.length > end || !readOutcome(scan, at, n)) break;
      at += outcomeLayout.length;
    } else if (kind === read) {
      if (at + readLayout.length > end || !readRead(scan, at, n)) break;
      at += readLayout.length;
    } else break;
    batch.kind[n] = kind;
  }
  return { count: n, next: at };
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
const intent8 = eights(intentLayout, [0, inIntent.seq - 8, inIntent.from - 8]);
const intent4 = fours(
  intentLayout,
  [inIntent.us - 6, inIntent.us - 4, inIntent.amt - 7, inIntent.amt - 4, inIntent.to - 6, inIntent.to - 4].concat([
    inIntent.att - 7,
    inIntent.att - 4,
    inIntent.h - 6,
    inIntent.h - 4,
  ]),
);
const fitsIntent = (view: DataView, at: number): boolean =>
  view.getFloat64(at, true) === intent8[0] &&
  view.getFloat64(at + inIntent.seq - 8, true) === intent8[1] &&
  view.getInt32(at + inIntent.us - 6, true) === intent4[0] &&
  view.getInt32(at + inIntent.us - 4, true) === intent4[1] &&
  view.getInt32(at + inIntent.amt - 7, true) === intent4[2] &&
  view.getInt32(at + inIntent.amt - 4, true) === intent4[3] &&
  view.getFloat64(at + inIntent.from - 8, true) === intent8[2] &&
  view.getInt32(at + inIntent.to - 6, true) === intent4[4] &&
  view.getInt32(at + inIntent.to - 4, true) === intent4[5] &&
  view.getInt32(at + inIntent.att - 7, true) === intent4[6] &&
  view.getInt32(at + inIntent.att - 4, true) === intent4[7] &&
  view.getInt32(at + inIntent.h - 6, true) === intent4[8] &&
  view.getInt32(at + inIntent.h - 4, true) === intent4[9] &&
  view.getUint8(at + inIntent.h + 16) === 0x22 &&
  view.getUint16(at + inIntent.h + 17, true) === lineEnd;

function readIntent({ bytes, view, growing }: Scan, at: number, n: number): boolean {
  if (!fitsIntent(view, at)) return false;
  const seq = growing.seq.at(view, at + inIntent.seq);
  const us = growing.us.at(view, at + inIntent.us);
  const amount = upTo12(
    lastTwo(view.getInt32(at + inIntent.amt - 2, true)),
    view.getInt32(at + inIntent.amt + 2, true),
    view.getInt32(at + inIntent.amt + 6, true),
  );
  const from = upTo8(lastTwo(view.getInt32(at + inIntent.from - 2, true)), view.getInt32(at + inIntent.from + 2, true));
  const to = upTo8(lastTwo(view.getInt32(at + inIntent.to - 2, true)), view.getInt32(at + inIntent.to + 2, true));
  if (!(integerAt(bytes, at + inIntent.att, 2) >= 0) || !hash16(view, at + inIntent.h, batch, n)) return false;
  batch.seq[n] = seq;
  batch.us[n] = us;
  batch.amount[n] = amount;
  batch.from[n] = from;
  batch.to[n] = to;
  return seq >= 0 && us >= 0 && amount >= 0 && from >= 0 && to >= 0;
}

/** {"k":"o","seq":…,"us":…,"st":…,"err":…,"ack":…,"rg":…,"ep":…,"lsn":…}; answerAt compares what stands from st to ep. */
const outcome8 = eights(outcomeLayout, [0, inOutcome.seq - 8]);
const outcome4 = fours(outcomeLayout, [
  inOutcome.us - 6,
  inOutcome.us - 4,
  inOutcome.st - 6,
  inOutcome.st - 4,
  inOutcome.lsn - 7,
  inOutcome.lsn - 4,
]);
const fitsOutcome = (view: DataView, at: number): boolean =>
  view.getFloat64(at, true) === outcome8[0] &&
  view.getFloat64(at + inOutcome.seq - 8, true) === outcome8[1] &&
  view.getInt32(at + inOutcome.us - 6, true) === outcome4[0] &&
  view.getInt32(at + inOutcome.us - 4, true) === outcome4[1] &&
  view.getInt32(at + inOutcome.st - 6, true) === outcome4[2] &&
  view.getInt32(at + inOutcome.st - 4, true) === outcome4[3] &&
  view.getInt32(at + inOutcome.lsn - 7, true) === outcome4[4] &&
  view.getInt32(at + inOutcome.lsn - 4, true) === outcome4[5] &&
  view.getUint16(at + inOutcome.lsn + 16, true) === lineEnd;

function readOutcome({ bytes, view, arrivals, answers, growing }: Scan, at: number, n: number): boolean {
  if (!fitsOutcome(view, at)) return false;
  const seq = growing.seq.at(view, at + inOutcome.seq);
  const us = growing.us.at(view, at + inOutcome.us);
  const lsn = growing.lsn.at(view, at + inOutcome.lsn);
  if (seq < 0 || us < 0 || lsn < 0 || lsn > Number.MAX_SAFE_INTEGER) return false;
  const answer = answerAt(bytes, view, at + inOutcome.st, arrivals, answers.o);
  batch.seq[n] = seq;
  batch.us[n] = us;
  batch.answer[n] = answer;
  return answer >= 0;
}

/** {"k":"r","seq":…,"us":…,"end":…,"st":…,"err":…,"ack":…,"rg":…,"ep":…,"of":…} */
const read8 = eights(readLayout, [0, inRead.seq - 8]);
const read4 = fours(
  readLayout,
  [inRead.us - 6, inRead.us - 4, inRead.end - 7, inRead.end - 4].concat([
    inRead.st - 6,
    inRead.st - 4,
    inRead.of - 6,
    inRead.of - 4,
  ]),
);
const fitsRead = (view: DataView, at: number): boolean =>
  view.getFloat64(at, true) === read8[0] &&
  view.getFloat64(at + inRead.seq - 8, true) === read8[1] &&
  view.getInt32(at + inRead.us - 6, true) === read4[0] &&
  view.getInt32(at + inRead.us - 4, true) === read4[1] &&
  view.getInt32(at + inRead.end - 7, true) === read4[2] &&
  view.getInt32(at + inRead.end - 4, true) === read4[3] &&
  view.getInt32(at + inRead.st - 6, true) === read4[4] &&
  view.getInt32(at + inRead.st - 4, true) === read4[5] &&
  view.getInt32(at + inRead.of - 6, true) === read4[6] &&
  view.getInt32(at + inRead.of - 4, true) === read4[7] &&
  view.getUint16(at + inRead.of + 10, true) === lineEnd;

function readRead({ bytes, view, arrivals, answers, growing }: Scan, at: number, n: number): boolean {
  if (!fitsRead(view, at)) return false;
  const seq = growing.seq.at(view, at + inRead.seq);
  const us = growing.us.at(view, at + inRead.us);
  const endUs = growing.end.at(view, at + inRead.end);
  const of = integerAt(bytes, at + inRead.of, 10);
  if (seq < 0 || us < 0 || endUs < 0 || !(of >= -1)) return false;
  const answer = answerAt(bytes, view, at + inRead.st, arrivals, answers.r);
  batch.seq[n] = seq;
  batch.us[n] = us;
  batch.endUs[n] = endUs;
  batch.amount[n] = of;
  batch.answer[n] = answer;
  return answer >= 0;
}

/** From st on, outcomes and reads have the same layout, 40 bytes: 201,"err":   0,"ack":1,"rg":1,"ep":    1 */
const inAnswer = named(
  [inOutcome.err, inOutcome.ack, inOutcome.rg, inOutcome.ep].map((offset) => offset - inOutcome.st),
  ["err", "ack", "rg", "ep"],
);

const answer4At = [inAnswer.err - 7, inAnswer.err - 4, inAnswer.ack - 7, inAnswer.ack - 4].concat([
  inAnswer.rg - 6,
  inAnswer.rg - 4,
  inAnswer.ep - 6,
  inAnswer.ep - 4,
]);
const answer4 = fours(
  outcomeLayout,
  answer4At.map((offset) => offset + inOutcome.st),
);

/** The number of the answer whose first value (st) begins at `at`; negative when it is not one. */
function answerAt(bytes: Buffer, view: DataView, at: number, arrivals: Arrivals, last: Remembered<number>): number {
  if (last.value !== null && last.same40(view, at)) return last.value;
  if (!answer4At.every((offset, n) => view.getInt32(at + offset, true) === answer4[n])) return -1;
  const status = integerAt(bytes, at, 3);
  const errorCode = integerAt(bytes, at + inAnswer.err, 4);
  const ack = integerAt(bytes, at + inAnswer.ack, 1);
  const region = integerAt(bytes, at + inAnswer.rg, 1);
  const epoch = integerAt(bytes, at + inAnswer.ep, 5);
  if (!(status >= 0 && errorCode >= 0 && ack >= 0 && ack <= 2 && region >= 0 && epoch >= 0)) return -1;
  const number = arrivals.answerNumber(status, errorCode, ack, region, epoch);
  last.keep40(view, at, number);
  return number;
}
