/**
 * A second judge, written from docs/measuring.md and not from the first one: it searches all rows for nearly every question, in quadratic time,
 * and knows nothing of columns, bitmaps or prefix sums. Small histories are judged by both, and the numbers must be the same.
 */
import type { Objectives } from "../../model/drill.ts";
import type { Texts } from "./texts.ts";

interface Row {
  readonly k: string;
  readonly m: string;
  readonly w: string;
  readonly seq: number;
  readonly att: number;
  readonly us: number;
  readonly end: number;
  readonly amt: number;
  readonly from: number;
  readonly to: number;
  readonly h: string;
  readonly st: number;
  readonly err: number;
  readonly ack: number;
  readonly rg: number;
  readonly ep: number;
  readonly of: number;
  readonly rp: number;
  readonly dr: number;
  readonly cr: number;
  readonly net: number;
  readonly startedUs: number;
}

export interface Span {
  readonly lo: number;
  /** null: no upper bound. */
  readonly hi: number | null;
}

export interface NaiveInput {
  readonly texts: Texts;
  /** When the fault took effect; µs. */
  readonly fault: { readonly lo: number; readonly hi: number } | null;
  /** When the fault was commanded, µs. */
  readonly commandUs: number;
  readonly objectives: Objectives;
  readonly ratePerMinute: number;
  readonly failbackUs: number;
}

const parse = (text: string | undefined): Row[] =>
  text === undefined
    ? []
    : text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Row);

/** Counts, and µs of times; findings that it has no opinion of are absent. */
export function naiveJudge(input: NaiveInput): {
  readonly answers: ReadonlyMap<string, Span>;
  /** "Not found" is a right answer to a read, sent then, of this write of the load. */
  readonly mayMiss: (of: number, sentUs: number) => boolean;
  /** What the two witnesses contradict each other about, by their losses. */
  readonly apart: boolean;
  /** The second witness was promised nothing before the fault. */
  readonly confirmsNothing: boolean;
} {
  const rows = [...ledgerOf(input, "k"), ...ledgerOf(input, "t")];
  const before = parse(input.texts.get("survivors/before-replay.ndjson"));
  const final = parse(input.texts.get("survivors/final-again.ndjson"));
  // The first attempt of each: what came of it the outcomes tell.
  const intents = rows.filter(({ k, att }) => k === "i" && att <= 1);
  const { outcome, isAcked, isFailed } = outcomesIn(rows);
  const isRow = ({ k }: Row): boolean => k === "p";
  const first = parse(input.texts.get("survivors/final.ndjson"));
  const [copiesBefore, copiesFirst, copiesAgain] = [
    byWrite(before.filter(isRow)),
    byWrite(first.filter(isRow)),
    byWrite(final.filter(isRow)),
  ];
  const isThere = (of: Write): boolean => copiesAgain(of).length > 0;
  const startedUs = before[0]?.startedUs ?? 0;
  const wasThere = (of: Write): boolean => {
    if (copiesBefore(of).some(({ rp }) => rp === 0)) return true;
    // The earlier reading cannot speak of what was promised after it had begun.
    const isSpokenOf = before.length > 0 && isAcked(of) && (outcome(of)?.us ?? 0) < startedUs;
    return !isSpokenOf && copiesAgain(of).some(({ rp }) => rp === 0);
  };
  const acked = intents.filter(isAcked);
  // A promise of the writer that took over: what became of it is none of the fault's doing.
  const promises = acked.flatMap((sent) => outcome(sent) ?? []);
  const isLater = laterIn(promises, input.fault?.lo ?? input.commandUs);
  const isKept = (of: Write): boolean => {
    const found = outcome(of);
    return wasThere(of) || (isAcked(of) && found !== undefined && isLater(found));
  };
  const lost = acked.filter((sent) => !isKept(sent));
  const open = intents.filter((sent) => {
    const isBefore = sent.us <= (input.fault?.hi ?? Number.POSITIVE_INFINITY);
    return !isAcked(sent) && !isFailed(sent) && !wasThere(sent) && isBefore;
  });
  const minor = (payments: readonly Row[]): number => payments.reduce((sum, { amt }) => sum + amt, 0);
  // What either of the two final readings shows was so.
  const copies = (of: Write): Row[] => [...copiesFirst(of), ...copiesAgain(of)];
  const isDoubled = (of: Write): boolean => copiesFirst(of).length > 1 || copiesAgain(of).length > 1;
  const ours = intents.filter((sent) => copies(sent).length > 0);
  const any = (is: (row: Row, sent: Row) => boolean): Span =>
    exactly(ours.filter((sent) => copies(sent).some((row) => is(row, sent))).length);
  const answers = new Map<string, Span>([
    ["rpo.count", { lo: lost.length, hi: lost.length + open.length }],
    ["rpo.amount", { lo: minor(lost), hi: minor(lost) + minor(open) }],
    ["residual", exactly(acked.filter((sent) => !isThere(sent)).length)],
    ["duplicates", exactly(ours.filter((sent) => isDoubled(sent) || copies(sent).some(isPostedTwice)).length)],
    [
      "corrupt",
      any((row, sent) => row.h !== sent.h || row.amt !== sent.amt || row.from !== sent.from || row.to !== sent.to),
    ],
    ["torn", any((row) => row.dr > 0 !== row.cr > 0 || row.net !== 0 || row.dr + row.cr === 0)],
    ["staleReads", exactly(rows.filter(staleAmong(rows, { wasThere, isAcked, outcome })).length)],
  ]);
  const split = overlap(acked, outcome);
  if (split !== null) answers.set("splitBrain", split);
  const ack = (of: Write): number => outcome(of)?.us ?? 0;
  if (input.fault !== null && acked.length > 0)
    answers.set("rpo.time", age({ acked, lost, ack, fault: input.fault, isKept }));
  const promised = acked.map((sent) => ({
    w: sent.w,
    us: sent.us,
    endUs: ack(sent),
    epoch: outcome(sent)?.ep ?? 0,
    isKept: isKept(sent),
  }));
  return {
    answers,
    mayMiss: (seq, sentUs) => {
      const of = { w: "k", seq };
      return seq >= 0 && (!isAcked(of) || !wasThere(of) || sentUs < ack(of));
    },
    apart: lossesApart(promised),
    confirmsNothing: !promised.some(({ w, endUs }) => w === "t" && (input.fault === null || endUs <= input.fault.hi)),
  };
}

/** A read that missed what it had to find: it was there, and had been promised or found before the read was sent. */
function staleAmong(
  rows: readonly Row[],
  {
    wasThere,
    isAcked,
    outcome,
  }: Record<"wasThere" | "isAcked", (of: Write) => boolean> & Pick<ReturnType<typeof outcomesIn>, "outcome">,
): (row: Row) => boolean {
  return (row) => {
    const of = { w: row.w, seq: row.of };
    if (row.k !== "r" || row.of < 0 || row.ack !== 2 || row.st !== 404 || !wasThere(of)) return false;
    const found = rows.filter((one) => one.k === "r" && one.w === row.w && one.of === row.of && one.ack === 1);
    const known = [...(isAcked(of) ? [outcome(of)?.us ?? 0] : []), ...found.map(({ end }) => end)];
    return known.some((us) => row.us >= us);
  };
}

/** What the client may conclude of each write, from all its attempts. */
function outcomesIn(rows: readonly Row[]): {
  /** That which was promised, if any was; else the first. */
  readonly outcome: (of: Write) => Row | undefined;
  readonly isAcked: (of: Write) => boolean;
  readonly isFailed: (of: Write) => boolean;
} {
  const attempts = byWrite(rows.filter(({ k }) => k === "o"));
  const isPromise = ({ st, ack }: Row): boolean => (st === 200 || st === 201) && (ack === 1 || ack === 3);
  const refused = [1101, 1210, 1211, 1212, 1213, 1310, 1311];
  const isRefused = ({ ack, st, err }: Row): boolean =>
    (ack === 2 && st >= 400) || (ack === 0 && st === 0 && refused.includes(err));
  return {
    outcome: (of) => attempts(of).find(isPromise) ?? attempts(of)[0],
    isAcked: (of) => attempts(of).some(isPromise),
    isFailed: (of) => attempts(of).length > 0 && attempts(of).every(isRefused),
  };
}

type Write = Pick<Row, "w" | "seq">;

/** All rows of one write. */
function byWrite(rows: readonly Row[]): (of: Write) => readonly Row[] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.w} ${row.seq}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, [row]);
    else known.push(row);
  }
  return ({ w, seq }) => found.get(`${w} ${seq}`) ?? [];
}

function ledgerOf({ texts }: NaiveInput, witness: "k" | "t"): Row[] {
  const rows = parse(texts.get(witness === "k" ? "ledger/k6.ndjson" : "ledger/t.ndjson"));
  return rows.map((row) => ({ ...row, w: witness }));
}

const isPostedTwice = ({ dr, cr }: Row): boolean => dr > 1 || cr > 1;
const exactly = (value: number): Span => ({ lo: value, hi: value });
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** Region 1 is the primary at first, 2 takes over; whoever comes in an epoch above both has taken over from 2 again. */
function laterIn(promises: readonly Row[], faultUs: number): (found: Row) => boolean {
  const taken = promises.filter(({ rg }) => rg === 2);
  if (taken.length === 0) {
    const first = least(promises.map(({ ep }) => ep).filter((ep) => ep > 0));
    const before = Math.max(first, ...promises.filter(({ us }) => us < faultUs).map(({ ep }) => ep));
    return ({ ep }) => ep > before;
  }
  const fromUs = least(taken.map(({ us }) => us));
  const old = most(promises.filter(({ rg, us }) => rg === 1 && us < fromUs).map(({ ep }) => ep));
  const last = Math.max(old, least(taken.map(({ ep }) => ep)));
  return ({ rg, ep }) => rg === 2 || ep > (rg === 1 ? last : old);
}

/** null: there is only one writer to be seen. A writer is an epoch in a Region. */
function overlap(acked: readonly Row[], outcome: (of: Write) => Row | undefined): Span | null {
  const writers = new Map<string, { ep: number; rg: number; sends: number[]; ends: number[] }>();
  for (const sent of acked) {
    const { ep = 0, rg = 0, us = 0 } = outcome(sent) ?? {};
    if (ep === 0) continue;
    const writer = writers.get(`${ep} ${rg}`) ?? { ep, rg, sends: [], ends: [] };
    writer.sends.push(sent.us);
    writer.ends.push(us);
    writers.set(`${ep} ${rg}`, writer);
  }
  if (writers.size < 2) return null;
  let span = { lo: 0, hi: 0 };
  for (const older of writers.values()) {
    for (const newer of writers.values()) {
      // Of one epoch in both Regions, Region 2 took over.
      if (older.ep > newer.ep || (older.ep === newer.ep && !(older.rg === 1 && newer.rg === 2))) continue;
      const definite = most(older.sends) - least(newer.ends);
      const possible = most(older.ends) - least(newer.sends);
      span = { lo: Math.max(span.lo, definite), hi: Math.max(span.hi, possible, definite) };
    }
  }
  return span;
}

function age(of: {
  readonly acked: readonly Row[];
  readonly lost: readonly Row[];
  readonly ack: (of: Write) => number;
  readonly fault: { readonly lo: number; readonly hi: number };
  readonly isKept: (of: Write) => boolean;
}): Span {
  const { acked, lost, ack, fault, isKept } = of;
  const until = Math.min(fault.lo, least(lost.map(({ us }) => us)));
  const kept = acked.filter((sent) => isKept(sent) && ack(sent) <= until).map(({ us }) => us);
  const hi = kept.length === 0 ? null : Math.max(0, fault.hi - most(kept));
  if (lost.length === 0) return { lo: 0, hi };
  const acks = lost.map(ack);
  const tail = { lo: Math.max(0, most(acks) - fault.hi), hi: Math.max(0, most(acks) - fault.lo) };
  return { lo: Math.max(0, fault.lo - least(acks)) + tail.lo, hi: hi === null ? null : hi + tail.hi };
}

interface Promised {
  readonly w: string;
  readonly us: number;
  readonly endUs: number;
  readonly epoch: number;
  readonly isKept: boolean;
}

/** Each places the instant at which the loss of one writer began: after its newest kept write, and before its first lost promise. */
function lossesApart(promised: readonly Promised[]): boolean {
  const begin = (witness: string, epoch: number): Span => {
    const own = promised.filter((one) => one.w === witness && one.epoch === epoch);
    const lost = own.filter(({ isKept }) => !isKept);
    const firstUs = least(lost.map(({ us }) => us));
    const kept = own.filter(({ isKept, endUs }) => isKept && endUs <= firstUs);
    return { lo: most(kept.map(({ us }) => us)), hi: least(lost.map(({ endUs }) => endUs)) };
  };
  return [...new Set(promised.map(({ epoch }) => epoch))].some((epoch) => {
    const [one, other] = [begin("k", epoch), begin("t", epoch)];
    return one.lo > (other.hi ?? 0) || other.lo > (one.hi ?? 0);
  });
}
