/**
 * Reads a ledger's lines into Arrivals. A line that fits its layout is read by offset; any other goes through JSON.parse and is
 * checked field by field, so that both ways accept exactly the same records (ledger-scan.test.ts compares them on random lines).
 */
import { z } from "zod";
import type { Mark } from "../model/ledger.ts";
import type { Arrivals, Put } from "./arrivals.ts";
import type { Numbered } from "./evidence.ts";
import { intentLayout, markLayout, outcomeLayout, readLayout } from "./layout.ts";
import type { Problems } from "./problems.ts";
import { refusals } from "./refused.ts";
import { read } from "./sink.ts";
import type { RecordColumns, Taker } from "./sink.ts";

/** JSON can say -0, which is 0. */
export const natural = z
  .int()
  .nonnegative()
  .overwrite((n) => n + 0);
const answer = {
  st: natural.max(999),
  err: natural.max(9999),
  ack: natural.max(4),
  rg: natural.max(9),
  ep: natural.max(99_999),
};
const us = natural.max(9_999_999_999_999);
const record = z.discriminatedUnion("k", [
  z.object({
    k: z.literal("i"),
    seq: natural,
    us,
    amt: natural,
    from: natural.max(999_999),
    to: natural.max(999_999),
    att: natural,
    h: z.string().regex(/^[0-9a-f]{16}$/),
  }),
  z.object({ k: z.literal("o"), seq: natural, us, ...answer, lsn: natural }),
  z.object({ k: z.literal("r"), seq: natural, us, end: us, ...answer, of: z.int().min(-1) }),
  z.object({ k: z.literal("m"), m: z.enum(["open", "drop", "stop", "done"]), us, n: natural }),
]);

export interface LedgerRows {
  readonly arrivals: Arrivals;
  readonly marks: Numbered<Mark>[];
  lastUs: number;
}

const complaints: Record<Exclude<Put, "ok">, string> = {
  orphan: "an outcome without its intent before it (each attempt has one), or an end before its beginning",
  twice: "its seq was used before for something else",
  seq: "its seq is far beyond anything that a file of this size can hold",
  ...refusals,
};

/** Takes the lines of a ledger after the header. */
export const ledgerTaker = (rows: LedgerRows, problems: Problems): Pick<Taker, "records" | "text"> => ({
  records: (batch, count, firstLine) => store(rows, batch, count, firstLine, problems),
  text: (text, line) => takeText(text, line, rows, problems),
});

/** Takes the first records of the batch, which stand in consecutive lines. */
function store(rows: LedgerRows, batch: RecordColumns, count: number, firstLine: number, problems: Problems): void {
  for (let n = 0; n < count; n++) {
    const last = (batch.kind[n] === read ? batch.endUs[n] : batch.us[n]) ?? 0;
    if (last > rows.lastUs) rows.lastUs = last;
  }
  rows.arrivals.putAll(batch, count, firstLine, (line, put) => problems.line(line, complaints[put]));
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
