/** Reads a final reading's rows and compares each with what the ledger says was sent; the same two ways as ledger-scan.ts. */
import { z } from "zod";
import { accountRow, foreignRow, survivorsFooter } from "../model/files.ts";
import type { AccountRow, ForeignRow } from "../model/files.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { hash16, natural10, natural6 } from "./digits.ts";
import { integerAt, Remembered, same4, same8, survivorLayout } from "./layout.ts";
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
  const scan: Scan = { bytes, view, rows, letter: 0, witness: null, tail: new Remembered<Tail>() };
  let line = firstLine;
  for (let at = start; at < end; line++) {
    if (rows.footer === null && end - at >= length && takeFixed(scan, at, line)) {
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
  readonly rows: ReadingRows;
  /** The witness of the last line. */
  letter: number;
  witness: Witness | null;
  readonly tail: Remembered<Tail>;
}

interface Witness {
  readonly sent: Arrivals | undefined;
  readonly presence: Presence;
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

/** Of the row being read. */
const hash = new Int32Array(2);

function takeFixed(scan: Scan, at: number, line: number): boolean {
  const { bytes, view, rows } = scan;
  const letter = bytes[at + witnessAt] ?? 0;
  // A letter needs no escape in JSON; other witnesses take the slow way, and so do negative amounts.
  if (!headFits(view, at) || letter < 0x61 || letter > 0x7a) return false;
  const seq = natural10(view, at + seqAt);
  const amount = natural10(view, at + amountAt);
  const from = natural6(view, at + fromAt);
  const to = natural6(view, at + toAt);
  if (seq < 0 || amount < 0 || from < 0 || to < 0 || !hash16(view, at + hashAt, hash)) return false;
  const tail = tailOf(scan, at);
  if (tail === null) return false;
  if (scan.witness === null || letter !== scan.letter) {
    scan.letter = letter;
    scan.witness = witnessOf(rows, String.fromCharCode(letter));
  }
  put(rows, scan.witness, seq, hash[0] ?? 0, hash[1] ?? 0, amount, from, to, tail, line);
  return true;
}

/** From the byte before the value of rg to the end of the line: :1,"ep":    1,"rp":0,"dr": 1,"cr": 1,"net":          0} */
const tailAt = length - 56;
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

function tailOf({ bytes, view, tail: last }: Scan, at: number): Tail | null {
  if (last.same56(view, at + tailAt)) return last.value;
  const tail = {
    region: integerAt(bytes, at + regionAt, 1),
    epoch: integerAt(bytes, at + epochAt, 5),
    replayed: integerAt(bytes, at + replayedAt, 1),
    debits: integerAt(bytes, at + debitsAt, 2),
    credits: integerAt(bytes, at + creditsAt, 2),
    net: integerAt(bytes, at + netAt, 11),
  };
  if (!tailFits(view, at) || !(tail.region >= 0 && tail.epoch >= 0 && tail.replayed >= 0 && tail.replayed <= 1))
    return null;
  if (!(tail.debits >= 0 && tail.credits >= 0) || Number.isNaN(tail.net)) return null;
  last.keep56(view, at + tailAt, tail);
  return tail;
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

function put(
  rows: ReadingRows,
  { sent, presence }: Witness,
  seq: number,
  high: number,
  low: number,
  amount: number,
  from: number,
  to: number,
  tail: Tail,
  line: number,
): void {
  const { debits, credits, region, epoch, replayed, net } = tail;
  rows.payments += 1;
  post(rows, from, -amount * debits);
  post(rows, to, amount * credits);
  const other = sent === undefined ? -1 : sent.compare(seq, high, low, amount, from, to);
  if (other < 0) {
    presence.phantoms.push({ seq, line, amountMinor: amount });
    return;
  }
  const flags = other + (net === 0 ? 0 : 4) + 8 * replayed;
  presence.put(seq, presence.conditionNumber(flags, debits, credits, region, epoch), line);
}

const isAccount = (id: number | undefined): boolean =>
  id !== undefined && Number.isInteger(id) && id >= 0 && id <= 999_999;

/** Its legs are then part of the accounts' sums. */
export const namesItsAccounts = (row: ForeignRow): row is ForeignRow & { from: number; to: number } =>
  isAccount(row.from) && isAccount(row.to);

/** Adds to an account's net. */
function post(rows: ReadingRows, account: number, amount: number): void {
  if (account >= rows.posted.length) {
    const wider = new Float64Array(Math.max(2 * rows.posted.length, account + 1));
    wider.set(rows.posted);
    rows.posted = wider;
  }
  rows.posted[account] = (rows.posted[account] ?? 0) + amount;
}

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
      post(rows, data.from, -data.amt);
      post(rows, data.to, data.amt);
    }
  } else {
    const high = Number.parseInt(data.h.slice(0, 8), 16);
    const low = Number.parseInt(data.h.slice(8), 16);
    const tail = {
      region: data.rg,
      epoch: data.ep,
      replayed: data.rp,
      debits: data.dr,
      credits: data.cr,
      net: data.net,
    };
    put(rows, witnessOf(rows, data.w), data.seq, high, low, data.amt, data.from, data.to, tail, line);
  }
}
