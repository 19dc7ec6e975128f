/** Reads a final reading's rows and compares each with what the ledger says was sent; the same two ways as ledger-scan.ts. */
import { z } from "zod";
import { accountRow, foreignRow, survivorsFooter } from "../model/files.ts";
import type { AccountRow, ForeignRow } from "../model/files.ts";
import type { Arrivals, SentColumns } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { hash16, lastTwo, upTo12, upTo8 } from "./digits.ts";
import { integerAt, same4, same8, survivorLayout } from "./layout.ts";
import { newline } from "./lines.ts";
import { Presence } from "./presence.ts";
import type { Problems } from "./problems.ts";

const count = z.int().nonnegative();
const paymentRow = z.object({
  k: z.literal("p"),
  w: z.string().length(1),
  seq: count.max(9_999_999_999),
  h: z.string().regex(/^[0-9a-f]{16}$/),
  amt: z.int(),
  from: count.max(999_999),
  to: count.max(999_999),
  rg: count.max(9),
  ep: count.max(99_999),
  rp: count.max(1),
  dr: count.max(99),
  cr: count.max(99),
  net: z.int(),
});
const otherRow = z.discriminatedUnion("k", [paymentRow, foreignRow, accountRow, survivorsFooter]);

export interface ReadingRows {
  /** By witness; those without a ledger have no arrivals, and every row of theirs is a phantom. */
  readonly arrivals: ReadonlyMap<string, Arrivals>;
  readonly presence: Map<string, Presence>;
  readonly foreign: Numbered<ForeignRow>[];
  readonly accounts: Numbered<AccountRow>[];
  posted: Float64Array;
  payments: number;
  footer: z.infer<typeof survivorsFooter> | null;
}

/** Takes one stretch of whole lines; `firstLine` is the number of its first line. Returns the number of the line after the last. */
export function scanSurvivors(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  firstLine: number,
  rows: ReadingRows,
  problems: Problems,
): number {
  // Nothing is like this: words of text are not NaN.
  const alike: Alike = { letter: 0, tail: noTail, tailWords: new Float64Array(7).fill(Number.NaN) };
  let line = firstLine;
  for (let at = start; at < end;) {
    if (rows.footer === null) {
      let count = readRows(view, at, end, alike);
      if (count === 0 && beginsLike(bytes, view, at, end, alike)) count = readRows(view, at, end, alike);
      if (count > 0) {
        store(rows, String.fromCharCode(alike.letter), alike.tail, count, line);
        line += count;
        at += count * length;
        continue;
      }
    }
    const stop = bytes.indexOf(newline, at);
    takeText(bytes.toString("utf8", at, stop), line, rows, problems);
    line += 1;
    at = stop + 1;
  }
  return line;
}

/** What a row tells of how and where it was stored: nearly always the same. */
interface Tail {
  readonly region: number;
  readonly epoch: number;
  readonly replayed: number;
  readonly debits: number;
  readonly credits: number;
  readonly net: number;
}

/** What rows have in common that are read together: their witness, and their last 56 bytes, which hold the tail. */
interface Alike {
  letter: number;
  tail: Tail;
  readonly tailWords: Float64Array;
}

const noTail: Tail = { region: 0, epoch: 0, replayed: 0, debits: 0, credits: 0, net: 0 };

/** Rows that were read together, in columns: filled and emptied again within one call. */
const most = 1024;
const batch: SentColumns & { readonly differs: Int8Array } = {
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
const { sample, length } = survivorLayout;

/** {"k":"p","w":"…","seq":…,"h":"…","amt":…,"from":…,"to":…,"rg": */
const headFits = (view: DataView, at: number): boolean =>
  same8(sample, 0, view, at) &&
  same4(sample, witnessAt - 6, view, at) &&
  same4(sample, witnessAt - 4, view, at) &&
  same8(sample, seqAt - 8, view, at) &&
  same4(sample, hashAt - 6, view, at) &&
  same4(sample, hashAt - 4, view, at) &&
  same8(sample, amountAt - 8, view, at) &&
  same8(sample, fromAt - 8, view, at) &&
  same4(sample, toAt - 6, view, at) &&
  same4(sample, toAt - 4, view, at) &&
  same4(sample, regionAt - 6, view, at) &&
  same4(sample, regionAt - 4, view, at);

/** From the byte before the value of rg to the end of the line: :1,"ep":    1,"rp":0,"dr": 1,"cr": 1,"net":          0} */
const tailAt = length - 56;
const tailIs = (words: Float64Array, view: DataView, at: number): boolean =>
  view.getFloat64(at, true) === words[0] &&
  view.getFloat64(at + 8, true) === words[1] &&
  view.getFloat64(at + 16, true) === words[2] &&
  view.getFloat64(at + 24, true) === words[3] &&
  view.getFloat64(at + 32, true) === words[4] &&
  view.getFloat64(at + 40, true) === words[5] &&
  view.getFloat64(at + 48, true) === words[6];

/** Reads rows into the batch as long as they fit the layout and are alike; returns how many. */
function readRows(view: DataView, start: number, end: number, { letter, tailWords }: Alike): number {
  const { seq: seqs, amount: amounts, from: froms, to: tos } = batch;
  let n = 0;
  for (let at = start; n < most && at + length <= end; at += length) {
    if (view.getUint8(at + witnessAt) !== letter || !headFits(view, at) || !tailIs(tailWords, view, at + tailAt)) break;
    const seq = upTo12(
      lastTwo(view.getInt32(at + seqAt - 2, true)),
      view.getInt32(at + seqAt + 2, true),
      view.getInt32(at + seqAt + 6, true),
    );
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

const tailFits = (view: DataView, at: number): boolean =>
  same4(sample, epochAt - 6, view, at) &&
  same4(sample, epochAt - 4, view, at) &&
  same4(sample, replayedAt - 6, view, at) &&
  same4(sample, replayedAt - 4, view, at) &&
  same4(sample, debitsAt - 6, view, at) &&
  same4(sample, debitsAt - 4, view, at) &&
  same4(sample, creditsAt - 6, view, at) &&
  same4(sample, creditsAt - 4, view, at) &&
  same4(sample, netAt - 7, view, at) &&
  same4(sample, netAt - 4, view, at) &&
  view.getUint16(at + length - 2) === sample.getUint16(length - 2);

/** Takes the witness and the tail of the row at `at` for what the next rows have in common; false when it does not fit the layout. */
function beginsLike(bytes: Buffer, view: DataView, at: number, end: number, alike: Alike): boolean {
  if (at + length > end || !headFits(view, at) || !tailFits(view, at)) return false;
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

interface Witness {
  readonly sent: Arrivals | undefined;
  readonly presence: Presence;
}

function witnessOf(rows: ReadingRows, name: string): Witness {
  const sent = rows.arrivals.get(name);
  let presence = rows.presence.get(name);
  if (presence === undefined) {
    presence = new Presence(sent?.size ?? 0);
    rows.presence.set(name, presence);
  }
  return { sent, presence };
}

/** Takes the first rows of the batch, which stand in consecutive lines. */
function store(rows: ReadingRows, witness: string, tail: Tail, count: number, firstLine: number): void {
  const { sent, presence } = witnessOf(rows, witness);
  rows.payments += count;
  post(rows, batch, count, tail);
  if (sent?.compare(batch, count, batch.differs) === true) {
    presence.putAll(batch.seq, count, conditionOf(presence, 0, tail), firstLine);
    return;
  }
  for (let n = 0; n < count; n++) {
    const [seq = 0, amountMinor = 0] = [batch.seq[n], batch.amount[n]];
    const differs = sent === undefined ? -1 : (batch.differs[n] ?? -1);
    if (differs < 0) presence.phantoms.push({ seq, line: firstLine + n, amountMinor });
    else presence.put(seq, conditionOf(presence, differs, tail), firstLine + n);
  }
}

/** `differs`: 1 another body, 2 other fields, 3 both. */
const conditionOf = (presence: Presence, differs: number, tail: Tail): number =>
  presence.conditionNumber(
    differs + (tail.net === 0 ? 0 : 4) + 8 * tail.replayed,
    tail.debits,
    tail.credits,
    tail.region,
    tail.epoch,
  );

/** Adds to the accounts' nets. */
function post(rows: ReadingRows, { from, to, amount }: SentColumns, count: number, { debits, credits }: Tail): void {
  for (let n = 0; n < count; n++) {
    const [payer = 0, payee = 0, minor = 0] = [from[n], to[n], amount[n]];
    addTo(rows, payer, -minor * debits);
    addTo(rows, payee, minor * credits);
  }
}

function addTo(rows: ReadingRows, account: number, amount: number): void {
  if (account >= rows.posted.length) {
    const wider = new Float64Array(Math.max(2 * rows.posted.length, account + 1));
    wider.set(rows.posted);
    rows.posted = wider;
  }
  rows.posted[account] = (rows.posted[account] ?? 0) + amount;
}

const isAccount = (id: number | undefined): boolean =>
  id !== undefined && Number.isInteger(id) && id >= 0 && id <= 999_999;

/** Its legs are then part of the accounts' sums. */
export const namesItsAccounts = (row: ForeignRow): row is ForeignRow & { from: number; to: number } =>
  isAccount(row.from) && isAccount(row.to);

function takeText(text: string, line: number, rows: ReadingRows, problems: Problems): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.line(line, "not JSON");
    return;
  }
  if (rows.footer !== null) {
    problems.line(line, "a line after the end of the reading");
    return;
  }
  const parsed = otherRow.safeParse(value);
  if (!parsed.success) {
    problems.line(line, "not a row of a reading");
    return;
  }
  const { data } = parsed;
  if (data.k === "a") rows.accounts.push({ line, value: data });
  else if (data.k === "end") rows.footer = data;
  else if (data.k === "f") {
    rows.payments += 1;
    rows.foreign.push({ line, value: data });
    if (namesItsAccounts(data)) {
      addTo(rows, data.from, -data.amt);
      addTo(rows, data.to, data.amt);
    }
  } else {
    batch.seq[0] = data.seq;
    batch.amount[0] = data.amt;
    batch.from[0] = data.from;
    batch.to[0] = data.to;
    batch.hashHigh[0] = Number.parseInt(data.h.slice(0, 8), 16);
    batch.hashLow[0] = Number.parseInt(data.h.slice(8), 16);
    const { rg: region, ep: epoch, rp: replayed, dr: debits, cr: credits, net } = data;
    store(rows, data.w, { region, epoch, replayed, debits, credits, net }, 1, line);
  }
}
