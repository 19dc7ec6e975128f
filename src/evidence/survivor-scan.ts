/** Reads a final reading's rows and compares each with what the ledger says was sent; the same two ways as ledger-scan.ts. */
import { z } from "zod";
import { accountRow, foreignRow, survivorsFooter } from "../model/files.ts";
import type { AccountRow, ForeignRow } from "../model/files.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { fits, hexAt, integerAt, survivorLayout } from "./layout.ts";
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

export function scanSurvivors(
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
  firstLine: number,
  rows: ReadingRows,
  problems: Problems,
): number {
  let line = firstLine;
  for (let at = start; at < end; line++) {
    if (rows.footer === null && takeFixed(bytes, view, at, end, line, rows)) {
      at += survivorLayout.length;
      continue;
    }
    const stop = bytes.indexOf(newline, at);
    takeText(bytes.toString("utf8", at, stop), line, rows, problems);
    at = stop + 1;
  }
  return line;
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

function takeFixed(bytes: Buffer, view: DataView, at: number, end: number, line: number, rows: ReadingRows): boolean {
  if (at + survivorLayout.length > end || !fits(survivorLayout, bytes, view, at)) return false;
  const witness = bytes[at + witnessAt] ?? 0;
  const seq = integerAt(bytes, at + seqAt, 10);
  const high = hexAt(bytes, at + hashAt);
  const low = hexAt(bytes, at + hashAt + 8);
  const amount = integerAt(bytes, at + amountAt, 10);
  const from = integerAt(bytes, at + fromAt, 6);
  const to = integerAt(bytes, at + toAt, 6);
  const region = integerAt(bytes, at + regionAt, 1);
  const epoch = integerAt(bytes, at + epochAt, 5);
  const replayed = integerAt(bytes, at + replayedAt, 1);
  const debits = integerAt(bytes, at + debitsAt, 2);
  const credits = integerAt(bytes, at + creditsAt, 2);
  const net = integerAt(bytes, at + netAt, 11);
  // A letter needs no escape in JSON; other witnesses take the slow way.
  if (!(witness >= 0x61 && witness <= 0x7a) || Number.isNaN(amount) || Number.isNaN(net)) return false;
  if (!(seq >= 0 && high >= 0 && low >= 0 && from >= 0 && to >= 0 && region >= 0 && epoch >= 0)) return false;
  if (!(replayed >= 0 && replayed <= 1 && debits >= 0 && credits >= 0)) return false;
  put(
    rows,
    letters[witness - 0x61] ?? "",
    seq,
    high,
    low,
    amount,
    from,
    to,
    region,
    epoch,
    replayed,
    debits,
    credits,
    net,
    line,
  );
  return true;
}

const letters = "abcdefghijklmnopqrstuvwxyz";

function put(
  rows: ReadingRows,
  witness: string,
  seq: number,
  high: number,
  low: number,
  amount: number,
  from: number,
  to: number,
  region: number,
  epoch: number,
  replayed: number,
  debits: number,
  credits: number,
  net: number,
  line: number,
): void {
  const sent = rows.arrivals.get(witness);
  let presence = rows.presence.get(witness);
  if (presence === undefined) {
    presence = new Presence(sent?.size ?? 0);
    rows.presence.set(witness, presence);
  }
  rows.payments += 1;
  post(rows, from, -amount * debits);
  post(rows, to, amount * credits);
  if (sent === undefined || !sent.isWrite(seq)) {
    presence.phantoms.push({ seq, line, amountMinor: amount });
    return;
  }
  const otherBody = sent.hashHigh(seq) === high && sent.hashLow(seq) === low ? 0 : 1;
  const otherFields = sent.amountMinor(seq) === amount && sent.from(seq) === from && sent.to(seq) === to ? 0 : 2;
  const flags = otherBody + otherFields + (net === 0 ? 0 : 4) + 8 * replayed;
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
    put(
      rows,
      data.w,
      data.seq,
      high,
      low,
      data.amt,
      data.from,
      data.to,
      data.rg,
      data.ep,
      data.rp,
      data.dr,
      data.cr,
      data.net,
      line,
    );
  }
}
