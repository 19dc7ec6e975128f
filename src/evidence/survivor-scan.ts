/** Reads a final reading's rows and compares each with what the ledger says was sent; the same two ways as ledger-scan.ts. */
import { z } from "zod";
import { accountRow, foreignRow, survivorsFooter } from "../model/files.ts";
import type { AccountRow, ForeignRow } from "../model/files.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { natural } from "./ledger-scan.ts";
import { Presence } from "./presence.ts";
import type { Problems } from "./problems.ts";
import { isRefused, refusalOf, refusals } from "./refused.ts";
import { bytesOfRecord, columnsIn, mostRecords } from "./sink.ts";
import type { SentColumns, Tail, Taker } from "./sink.ts";

const paymentRow = z.object({
  k: z.literal("p"),
  w: z.string().length(1),
  seq: natural.max(9_999_999_999),
  h: z.string().regex(/^[0-9a-f]{16}$/),
  amt: z.int(),
  from: natural.max(999_999),
  to: natural.max(999_999),
  rg: natural.max(9),
  ep: natural.max(99_999),
  rp: natural.max(1),
  dr: natural.max(99),
  cr: natural.max(99),
  net: z.int(),
});
const otherRow = z.discriminatedUnion("k", [paymentRow, foreignRow, accountRow, survivorsFooter]);

export interface ReadingRows {
  /** How many the header lists. */
  regions: number;
  /** By witness; those without a ledger have no arrivals, and every row of theirs is a phantom. */
  readonly arrivals: ReadonlyMap<string, Arrivals>;
  readonly presence: Map<string, Presence>;
  readonly foreign: Numbered<ForeignRow>[];
  readonly accounts: Numbered<AccountRow>[];
  posted: Float64Array;
  payments: number;
  footer: z.infer<typeof survivorsFooter> | null;
}

/** Takes the lines of a reading after the header. */
export const readingTaker = (rows: ReadingRows, problems: Problems): Pick<Taker, "rows" | "text"> => ({
  rows: (batch, count, firstLine, letter, tail) => {
    if (rows.footer === null) store(rows, batch, String.fromCharCode(letter), tail, count, firstLine, problems);
    else for (let n = 0; n < count; n++) problems.line(firstLine + n, afterTheEnd);
  },
  text: (text, line) => takeText(text, line, rows, problems),
});

const afterTheEnd = "a line after the end of the reading";
const differs = new Int8Array(mostRecords);
const single = columnsIn(new ArrayBuffer(bytesOfRecord), 0, 1);

interface Witness {
  readonly sent: Arrivals | undefined;
  readonly presence: Presence;
}

function witnessOf(rows: ReadingRows, name: string): Witness {
  const sent = rows.arrivals.get(name);
  let presence = rows.presence.get(name);
  if (presence === undefined) {
    presence = new Presence(sent?.size ?? 0, rows.regions);
    rows.presence.set(name, presence);
  }
  return { sent, presence };
}

/** Takes the first rows of the batch, which stand in consecutive lines. */
function store(
  rows: ReadingRows,
  batch: SentColumns,
  witness: string,
  tail: Tail,
  count: number,
  firstLine: number,
  problems: Problems,
): void {
  const { sent, presence } = witnessOf(rows, witness);
  rows.payments += count;
  post(rows, batch, count, tail);
  if (sent?.compare(batch, count, differs) === true) {
    const condition = conditionOf(presence, 0, tail);
    if (!isRefused(condition)) presence.putAll(batch.seq, count, condition, firstLine);
    else for (let n = 0; n < count; n++) problems.line(firstLine + n, refusals[refusalOf(condition)]);
    return;
  }
  for (let n = 0; n < count; n++) {
    const [seq = 0, amountMinor = 0] = [batch.seq[n], batch.amount[n]];
    const differ = sent === undefined ? -1 : (differs[n] ?? -1);
    const condition = conditionOf(presence, Math.max(0, differ), tail);
    if (isRefused(condition)) problems.line(firstLine + n, refusals[refusalOf(condition)]);
    else if (differ < 0) presence.phantoms.push({ seq, line: firstLine + n, amountMinor });
    else presence.put(seq, condition, firstLine + n);
  }
}

/** `differ`: 1 another body, 2 other fields, 3 both. */
const conditionOf = (presence: Presence, differ: number, tail: Tail): number =>
  presence.conditionNumber(
    differ + (tail.net === 0 ? 0 : 4) + 8 * tail.replayed,
    tail.debits,
    tail.credits,
    tail.region,
    tail.epoch,
  );

/** Adds to the accounts' nets. */
function post(rows: ReadingRows, { from, to, amount }: SentColumns, count: number, { debits, credits }: Tail): void {
  for (let n = 0; n < count; n++) {
    const minor = amount[n] ?? 0;
    addTo(rows, from[n] ?? 0, -minor * debits);
    addTo(rows, to[n] ?? 0, minor * credits);
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
    problems.line(line, afterTheEnd);
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
    single.seq[0] = data.seq;
    single.amount[0] = data.amt;
    single.from[0] = data.from;
    single.to[0] = data.to;
    single.hashHigh[0] = Number.parseInt(data.h.slice(0, 8), 16);
    single.hashLow[0] = Number.parseInt(data.h.slice(8), 16);
    const { rg: region, ep: epoch, rp: replayed, dr: debits, cr: credits, net } = data;
    store(rows, single, data.w, { region, epoch, replayed, debits, credits, net }, 1, line, problems);
  }
}
