/**
 * C11 by the book (docs/measuring.md §5), beside src/analysis/held.ts: every start is tried, and for every start every window is counted
 * again. Reads and writes apart; the later of the two counts.
 */
import type { NaiveInput, Span } from "./naive.ts";

interface Arrival {
  readonly dueUs: number;
  readonly sentUs: number;
  readonly doneUs: number;
  readonly isGood: boolean;
}

interface Row {
  readonly k: string;
  readonly m: string;
  readonly seq: number;
  readonly att: number;
  readonly us: number;
  readonly end: number;
  readonly st: number;
  readonly ack: number;
}

const isPromise = ({ st, ack }: Row): boolean => (st === 200 || st === 201) && (ack === 1 || ack === 3);

/** `mayMiss`: "not found" is the right answer to this read. null: nothing to go by. */
export function naiveRestoration(input: NaiveInput, mayMiss: (of: number, sentUs: number) => boolean): Span | null {
  const { fault, texts, objectives } = input;
  if (fault === null) return null;
  const rows = (texts.get("ledger/k6.ndjson") ?? "")
    .split("\n")
    .slice(1, -1)
    .map((line) => JSON.parse(line) as Row & { readonly of: number });
  const periodUs = 60e6 / input.ratePerMinute;
  const requests = rows.filter(({ k, att }) => (k === "i" && att <= 1) || k === "r");
  const openUs = rows.find(({ m }) => m === "open")?.us ?? Number.POSITIVE_INFINITY;
  const t0 = requests.reduce((first, { seq, us }) => Math.min(first, us - seq * periodUs), openUs);
  const stopUs = rows.find(({ m }) => m === "stop")?.us ?? Number.POSITIVE_INFINITY;
  const seenUntilUs = rows.reduce((last, row) => Math.max(last, row.k === "r" ? row.end : row.us), 0);
  const due = (seq: number): number => t0 + seq * periodUs;
  const known = requests.filter(({ seq }) => due(seq) < stopUs);
  const lastDueUs = known.reduce((last, { seq }) => Math.max(last, due(seq)), 0);
  const untilUs = Math.min(input.failbackUs, lastDueUs + 1);
  const ofKind = (kind: "i" | "r"): Arrival[] =>
    known
      .filter(({ k }) => k === kind)
      .toSorted((a, b) => a.seq - b.seq)
      .flatMap((request) => arrivalOf(request, kind));

  function arrivalOf(request: (typeof known)[number], kind: "i" | "r"): Arrival[] {
    const outcomes = rows.filter(({ k, seq }) => k === "o" && seq === request.seq);
    const end = kind === "r" ? request : (outcomes.find(isPromise) ?? outcomes[0]);
    const doneUs = end === undefined ? Number.POSITIVE_INFINITY : kind === "r" ? request.end : end.us;
    const dueUs = due(request.seq);
    const limitUs = dueUs + objectives.arrivalDeadlineMs * 1000;
    // Not over, and not yet due to be.
    if (end === undefined && limitUs > seenUntilUs) return [];
    const isRight =
      kind === "i"
        ? end !== undefined && isPromise(end)
        : (request.st === 200 && request.ack === 1) ||
          (request.st === 404 && request.ack === 2 && mayMiss(request.of, request.us));
    return [{ dueUs, sentUs: request.us, doneUs, isGood: isRight && doneUs <= limitUs }];
  }
  const found = [ofKind("r"), ofKind("i")]
    .filter(({ length }) => length > 0)
    .map((of) => held(of, fault.lo, untilUs, input));
  if (found.length === 0) return null;
  const lo = found.reduce((latest, one) => Math.max(latest, one.lo), 0);
  const hi = found.some((one) => one.hi === null)
    ? null
    : found.reduce((latest, one) => Math.max(latest, one.hi ?? 0), 0);
  return { lo, hi };
}

/** When it was held; without an upper end: not by the end, and then the lower end is not compared. */
function held(all: readonly Arrival[], fromUs: number, untilUs: number, { objectives }: NaiveInput): Span {
  const { windowMs, goodRatio, binMs, binGoodRatio, capacityRatio, p99Ms } = objectives.hold;
  const within = (lo: number, hi: number): Arrival[] => all.filter(({ dueUs }) => dueUs >= lo && dueUs < hi);
  const share = (some: readonly Arrival[], ratio: number): boolean =>
    some.filter(({ isGood }) => isGood).length >= Math.ceil(ratio * some.length - 1e-9);
  const isFast = (some: readonly Arrival[]): boolean => {
    const good = some.filter(({ isGood }) => isGood);
    const fast = good.filter(({ dueUs, doneUs }) => doneUs - dueUs <= p99Ms * 1000);
    return fast.length >= Math.ceil(0.99 * good.length - 1e-9);
  };
  const binUs = binMs * 1000;
  for (const start of within(fromUs, untilUs).filter(({ isGood }) => isGood)) {
    const windowEndUs = start.dueUs + windowMs * 1000;
    if (windowEndUs > untilUs) break;
    const window = within(start.dueUs, windowEndUs);
    if (!share(window, goodRatio) || !share(window, capacityRatio) || !isFast(window)) continue;
    if (!isFast(within(start.dueUs, untilUs))) continue;
    let isSteady = share(within(Math.max(start.dueUs, untilUs - binUs), untilUs), binGoodRatio);
    for (let us = start.dueUs; us + binUs <= untilUs; us += binUs)
      isSteady &&= share(within(us, us + binUs), binGoodRatio);
    if (!isSteady) continue;
    // The bad ones, and those from which it was not held.
    const earlier = within(fromUs, start.dueUs);
    const good = within(start.dueUs, untilUs).filter(({ isGood }) => isGood);
    const hi = good.reduce((first, { doneUs }) => Math.min(first, doneUs), Number.POSITIVE_INFINITY);
    return {
      lo: Math.min(
        hi,
        earlier.reduce((last, { sentUs }) => Math.max(last, sentUs), fromUs),
      ),
      hi,
    };
  }
  return { lo: 0, hi: null };
}
