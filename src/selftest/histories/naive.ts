/**
 * A second judge, written from measurement.md and not from the first one: it searches all rows for every question, in quadratic time, and
 * knows nothing of columns, bitmaps or prefix sums. Small histories are judged by both, and the numbers must be the same.
 */
import type { Objectives } from "../../model/drill.ts";
import type { Texts } from "./texts.ts";

interface Row {
  readonly k: string;
  readonly m: string;
  readonly w: string;
  readonly seq: number;
  readonly us: number;
  readonly end: number;
  readonly amt: number;
  readonly from: number;
  readonly to: number;
  readonly h: string;
  readonly st: number;
  readonly err: number;
  readonly ack: number;
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
  /** "Not found" is a right answer to a read of this write. */
  readonly mayMiss: (of: number) => boolean;
} {
  const rows = parse(input.texts.get("ledger/k6.ndjson"));
  const before = parse(input.texts.get("survivors/before-replay.ndjson"));
  const final = parse(input.texts.get("survivors/final-again.ndjson"));
  const intents = rows.filter(({ k }) => k === "i");
  const outcome = (seq: number): Row | undefined => rows.find((row) => row.k === "o" && row.seq === seq);
  const refused = [1101, 1210, 1211, 1212, 1213, 1310, 1311];
  const isAcked = (seq: number): boolean => {
    const found = outcome(seq);
    return found !== undefined && (found.st === 200 || found.st === 201) && (found.ack === 1 || found.ack === 3);
  };
  const isFailed = (seq: number): boolean => {
    const found = outcome(seq);
    if (found === undefined) return false;
    return (found.ack === 2 && found.st >= 400) || (found.ack === 0 && found.st === 0 && refused.includes(found.err));
  };
  const stored = (reading: readonly Row[], seq: number): Row | undefined =>
    reading.find((row) => row.k === "p" && row.w === "k" && row.seq === seq);
  const isThere = (seq: number): boolean => stored(final, seq) !== undefined;
  const startedUs = before[0]?.startedUs ?? 0;
  const wasThere = (seq: number): boolean => {
    if (stored(before, seq)?.rp === 0) return true;
    // The earlier reading cannot speak of what was promised after it had begun.
    const isSpokenOf = before.length > 0 && isAcked(seq) && (outcome(seq)?.us ?? 0) < startedUs;
    return !isSpokenOf && stored(final, seq)?.rp === 0;
  };
  const acked = intents.filter(({ seq }) => isAcked(seq));
  const lost = acked.filter(({ seq }) => !wasThere(seq));
  const open = intents.filter(({ seq, us }) => {
    return !isAcked(seq) && !isFailed(seq) && !wasThere(seq) && us <= (input.fault?.hi ?? Number.POSITIVE_INFINITY);
  });
  const minor = (payments: readonly Row[]): number => payments.reduce((sum, { amt }) => sum + amt, 0);
  const ours = intents.filter(({ seq }) => isThere(seq));
  const copies = (seq: number): Row[] => final.filter((row) => row.k === "p" && row.w === "k" && row.seq === seq);
  const any = (is: (row: Row, sent: Row) => boolean): Span =>
    exactly(ours.filter((sent) => copies(sent.seq).some((row) => is(row, sent))).length);
  const answers = new Map<string, Span>([
    ["rpo.count", { lo: lost.length, hi: lost.length + open.length }],
    ["rpo.amount", { lo: minor(lost), hi: minor(lost) + minor(open) }],
    ["residual", exactly(acked.filter(({ seq }) => !isThere(seq)).length)],
    ["duplicates", exactly(ours.filter(({ seq }) => copies(seq).length > 1 || copies(seq).some(isPostedTwice)).length)],
    [
      "corrupt",
      any((row, sent) => row.h !== sent.h || row.amt !== sent.amt || row.from !== sent.from || row.to !== sent.to),
    ],
    ["torn", any((row) => row.dr > 0 !== row.cr > 0 || row.net !== 0 || row.dr + row.cr === 0)],
    ["staleReads", exactly(rows.filter((row) => isStale(row)).length)],
  ]);
  function isStale(row: Row): boolean {
    if (row.k !== "r" || row.of < 0 || row.ack !== 2 || row.st !== 404 || !isAcked(row.of)) return false;
    return row.us >= (outcome(row.of)?.us ?? 0) && wasThere(row.of);
  }
  const split = overlap(acked, (seq) => outcome(seq));
  if (split !== null) answers.set("splitBrain", split);
  const ack = (seq: number): number => outcome(seq)?.us ?? 0;
  if (input.fault !== null && acked.length > 0)
    answers.set("rpo.time", age({ acked, lost, ack, fault: input.fault, isKept: (seq) => wasThere(seq) }));
  return { answers, mayMiss: (of) => of >= 0 && (!isAcked(of) || !wasThere(of)) };
}

const isPostedTwice = ({ dr, cr }: Row): boolean => dr > 1 || cr > 1;
const exactly = (value: number): Span => ({ lo: value, hi: value });
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** null: there is only one writer to be seen. */
function overlap(acked: readonly Row[], outcome: (seq: number) => Row | undefined): Span | null {
  const epochs = [...new Set(acked.map(({ seq }) => outcome(seq)?.ep ?? 0))].filter((epoch) => epoch > 0);
  if (epochs.length < 2) return null;
  let span = { lo: 0, hi: 0 };
  for (const older of epochs) {
    for (const newer of epochs.filter((epoch) => epoch > older)) {
      const by = (epoch: number): Row[] => acked.filter(({ seq }) => outcome(seq)?.ep === epoch);
      const ends = (epoch: number): number[] => by(epoch).map(({ seq }) => outcome(seq)?.us ?? 0);
      const definite = most(by(older).map(({ us }) => us)) - least(ends(newer));
      const possible = most(ends(older)) - least(by(newer).map(({ us }) => us));
      span = { lo: Math.max(span.lo, definite), hi: Math.max(span.hi, possible, definite) };
    }
  }
  return span;
}

function age(of: {
  readonly acked: readonly Row[];
  readonly lost: readonly Row[];
  readonly ack: (seq: number) => number;
  readonly fault: { readonly lo: number; readonly hi: number };
  readonly isKept: (seq: number) => boolean;
}): Span {
  const { acked, lost, ack, fault, isKept } = of;
  const until = lost.length === 0 ? fault.lo : least(lost.map(({ us }) => us));
  const kept = acked.filter(({ seq }) => isKept(seq) && ack(seq) <= until).map(({ us }) => us);
  const hi = kept.length === 0 ? null : Math.max(0, fault.hi - most(kept));
  if (lost.length === 0) return { lo: 0, hi };
  const acks = lost.map(({ seq }) => ack(seq));
  const tail = { lo: Math.max(0, most(acks) - fault.hi), hi: Math.max(0, most(acks) - fault.lo) };
  return { lo: Math.max(0, fault.lo - least(acks)) + tail.lo, hi: hi === null ? null : hi + tail.hi };
}
