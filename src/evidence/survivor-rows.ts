/**
 * Reads a reading's rows by offset, many at a time, into columns, as long as they fit their layout exactly and are of one witness and one
 * condition; what does not is left to survivor-scan.ts.
 */
import type { SentColumns } from "./arrivals.ts";
import { Growing10, hash16, lastTwo, upTo12, upTo8 } from "./digits.ts";
import { eights, fours, integerAt, lineEnd, survivorLayout } from "./layout.ts";

/** What a row tells of how and where it was stored: nearly always the same. */
export interface Tail {
  readonly region: number;
  readonly epoch: number;
  readonly replayed: number;
  readonly debits: number;
  readonly credits: number;
  readonly net: number;
}

/** What rows have in common that are read together: their witness, and their last 56 bytes, which hold the tail. */
export interface Alike {
  letter: number;
  tail: Tail;
  readonly tailWords: Float64Array;
  readonly growingSeq: Growing10;
}

const noTail: Tail = { region: 0, epoch: 0, replayed: 0, debits: 0, credits: 0, net: 0 };

/** What no row is like: words of text are not NaN. */
export const nothingAlike = (): Alike => ({
  letter: 0,
  tail: noTail,
  tailWords: new Float64Array(7).fill(Number.NaN),
  growingSeq: new Growing10(),
});

/** Rows that were read together, in columns: filled and emptied again within one call. */
const most = 1024;
export const batch: SentColumns & { readonly differs: Int8Array } = {
  seq: new Float64Array(most),
  amount: new Float64Array(most),
  from: new Int32Array(most),
  to: new Int32Array(most),
  hashHigh: new Int32Array(most),
  hashLow: new Int32Array(most),
  differs: new Int8Array(most),
};

const [
  witnessAt = 0,
  seqAt = 0,
  hashAt = 0,
  amountAt = 0,
  fromAt = 0,
  toAt = 0,
  regionAt = 0,
  epochAt = 0,
  replayedAt = 0,
  debitsAt = 0,
  creditsAt = 0,
  netAt = 0,
] = survivorLayout.at;
export const { length: rowBytes } = survivorLayout;

/** {"k":"p","w":"…","seq":…,"h":"…","amt":…,"from":…,"to":…,"rg": */
const head8 = eights(survivorLayout, [0, seqAt - 8, amountAt - 8, fromAt - 8]);
const head4 = fours(
  survivorLayout,
  [witnessAt - 6, witnessAt - 4, hashAt - 6, hashAt - 4].concat([toAt - 6, toAt - 4, regionAt - 6, regionAt - 4]),
);
const headFits = (view: DataView, at: number): boolean =>
  view.getFloat64(at, true) === head8[0] &&
  view.getInt32(at + witnessAt - 6, true) === head4[0] &&
  view.getInt32(at + witnessAt - 4, true) === head4[1] &&
  view.getFloat64(at + seqAt - 8, true) === head8[1] &&
  view.getInt32(at + hashAt - 6, true) === head4[2] &&
  view.getInt32(at + hashAt - 4, true) === head4[3] &&
  view.getFloat64(at + amountAt - 8, true) === head8[2] &&
  view.getFloat64(at + fromAt - 8, true) === head8[3] &&
  view.getInt32(at + toAt - 6, true) === head4[4] &&
  view.getInt32(at + toAt - 4, true) === head4[5] &&
  view.getInt32(at + regionAt - 6, true) === head4[6] &&
  view.getInt32(at + regionAt - 4, true) === head4[7];

/** From the byte before the value of rg to the end of the line: :1,"ep":    1,"rp":0,"dr": 1,"cr": 1,"net":          0} */
const tailAt = rowBytes - 56;
const tailIs = (words: Float64Array, view: DataView, at: number): boolean =>
  view.getFloat64(at, true) === words[0] &&
  view.getFloat64(at + 8, true) === words[1] &&
  view.getFloat64(at + 16, true) === words[2] &&
  view.getFloat64(at + 24, true) === words[3] &&
  view.getFloat64(at + 32, true) === words[4] &&
  view.getFloat64(at + 40, true) === words[5] &&
  view.getFloat64(at + 48, true) === words[6];

/** Reads rows into the batch as long as they fit the layout and are alike; returns how many. */
export function readRows(view: DataView, start: number, end: number, { letter, tailWords, growingSeq }: Alike): number {
  const { seq: seqs, amount: amounts, from: froms, to: tos } = batch;
  let n = 0;
  for (let at = start; n < most && at + rowBytes <= end; at += rowBytes) {
    if (view.getUint8(at + witnessAt) !== letter || !headFits(view, at) || !tailIs(tailWords, view, at + tailAt)) break;
    const seq = growingSeq.at(view, at + seqAt);
    const amount = upTo12(
      lastTwo(view.getInt32(at + amountAt - 2, true)),
      view.getInt32(at + amountAt + 2, true),
      view.getInt32(at + amountAt + 6, true),
    );
    const from = upTo8(lastTwo(view.getInt32(at + fromAt - 2, true)), view.getInt32(at + fromAt + 2, true));
    const to = upTo8(lastTwo(view.getInt32(at + toAt - 2, true)), view.getInt32(at + toAt + 2, true));
    // Negative amounts take the slow way.
    if (seq < 0 || amount < 0 || from < 0 || to < 0 || !hash16(view, at + hashAt, batch, n)) break;
    seqs[n] = seq;
    amounts[n] = amount;
    froms[n] = from;
    tos[n] = to;
    n += 1;
  }
  return n;
}

const tail4At = [epochAt - 6, epochAt - 4, replayedAt - 6, replayedAt - 4, debitsAt - 6, debitsAt - 4].concat([
  creditsAt - 6,
  creditsAt - 4,
  netAt - 7,
  netAt - 4,
]);
const tail4 = fours(survivorLayout, tail4At);
const tailFits = (view: DataView, at: number): boolean =>
  tail4At.every((offset, n) => view.getInt32(at + offset, true) === tail4[n]) &&
  view.getUint16(at + rowBytes - 2, true) === lineEnd;

/** Takes the witness and the tail of the row at `at` for what the next rows have in common; false when it does not fit the layout. */
export function beginsLike(bytes: Buffer, view: DataView, at: number, end: number, alike: Alike): boolean {
  if (at + rowBytes > end || !headFits(view, at) || !tailFits(view, at)) return false;
  const letter = bytes[at + witnessAt] ?? 0;
  // A letter needs no escape in JSON; other witnesses take the slow way.
  if (letter < 0x61 || letter > 0x7a) return false;
  const tail = {
    region: integerAt(bytes, at + regionAt, 1),
    epoch: integerAt(bytes, at + epochAt, 5),
    replayed: integerAt(bytes, at + replayedAt, 1),
    debits: integerAt(bytes, at + debitsAt, 2),
    credits: integerAt(bytes, at + creditsAt, 2),
    net: integerAt(bytes, at + netAt, 11),
  };
  if (!(tail.region >= 0 && tail.epoch >= 0 && tail.replayed >= 0 && tail.replayed <= 1)) return false;
  if (!(tail.debits >= 0 && tail.credits >= 0) || Number.isNaN(tail.net)) return false;
  alike.letter = letter;
  alike.tail = tail;
  for (let n = 0; n < 7; n++) alike.tailWords[n] = view.getFloat64(at + tailAt + 8 * n, true);
  return true;
}
