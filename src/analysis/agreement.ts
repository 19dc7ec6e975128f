/**
 * Do two witnesses that wrote side by side tell of the same events? (docs/measuring.md §7, G11.) A ledger that lost an acknowledgement
 * hides a loss, and no ledger shows by itself what it has lost; another one does. Only what cannot both be true counts as a contradiction:
 * neither saw what happened between two writes of its own, and each may have followed the name to the new address up to its TTL later.
 * A loss that is scattered, and not the tail of what a writer committed, may look like one: then nobody can say how far back it reaches.
 */
import { acknowledged } from "./classify.ts";
import { firstDue } from "./held.ts";
import type { Series } from "./held.ts";
import type { Bounded } from "./interval.ts";
import { ackAnswer, ackedUs } from "./loss.ts";
import { leastFailures, outagesIn } from "./outages.ts";
import type { Outage } from "./outages.ts";
import type { WitnessWrites } from "./recovery-point.ts";

export interface Testimony {
  /** As sentences name it. */
  readonly name: string;
  readonly writes: WitnessWrites;
  /** Region names in the order of their numbers in the answers. */
  readonly regions: readonly string[];
  /** Its writes as customers of the service. */
  readonly series: Series;
  /** Time between two of its writes. */
  readonly spacingUs: number;
}

export interface Agreement {
  /** What contradicts what, a sentence each; empty: the two agree. */
  readonly loss: readonly string[];
  readonly epochs: readonly string[];
  readonly outages: readonly string[];
}

export interface Compared {
  /** null: not known when it took effect. */
  readonly fault: Bounded | null;
  readonly timeoutUs: number;
  readonly dnsTtlUs: number;
  /** Good = right by its due time plus this. */
  readonly deadlineUs: number;
  /** It is known when each arrival of the load was due: else nobody can say when it was not served. */
  readonly timed: boolean;
}

export function agreementOf(load: Testimony, second: Testimony, given: Compared): Agreement {
  const toleranceUs = Math.max(load.spacingUs, second.spacingUs) + given.timeoutUs + given.dnsTtlUs;
  const [one, other] = [acksByEpoch(load, given.fault), acksByEpoch(second, given.fault)];
  const silent = confirmsNothing(second, given.fault);
  return {
    loss: [...silent, ...lossApart(load, one, second, other)],
    epochs: [
      ...regionsApart(load, one, second, other),
      ...unseen(load, one, second, other, toleranceUs),
      ...unseen(second, other, load, one, toleranceUs),
    ],
    outages: given.timed
      ? [
          ...outagesApart(load, second, toleranceUs, given.deadlineUs),
          ...outagesApart(second, load, toleranceUs, given.deadlineUs),
        ]
      : [],
  };
}

/** The acknowledgements of one writer of the system. */
interface Acks {
  /** When its first lost write was committed: after the newest kept one before it was sent, and before it was acknowledged itself. */
  readonly lossBegins: { lo: number; hi: number };
  readonly regions: Set<string>;
  firstAckUs: number;
  lastSentUs: number;
  firstLostSentUs: number;
}

/**
 * By write epoch (0: not stated): what one writer had committed and not yet replicated is lost from some instant on, so every witness of that
 * writer must place the beginning of the loss at the same instant. Without epochs, writers can only be told apart by the fault.
 */
function acksByEpoch({ writes, regions }: Testimony, fault: Bounded | null): Map<number, Acks> {
  const { arrivals } = writes;
  const found = new Map<number, Acks>();
  eachAck(writes, (seq, us, answer, isLost) => {
    const { epoch = 0, region = 0 } = arrivals.answers[answer] ?? {};
    const acks = found.get(epoch) ?? noAcks();
    found.set(epoch, acks);
    const name = regions[region - 1];
    if (name !== undefined) acks.regions.add(name);
    acks.firstAckUs = Math.min(acks.firstAckUs, us);
    acks.lastSentUs = Math.max(acks.lastSentUs, arrivals.sentUs(seq));
    if (!isLost) return;
    acks.lossBegins.hi = Math.min(acks.lossBegins.hi, us);
    acks.firstLostSentUs = Math.min(acks.firstLostSentUs, arrivals.sentUs(seq));
  });
  eachAck(writes, (seq, us, answer, isLost) => {
    const epoch = arrivals.answers[answer]?.epoch ?? 0;
    const acks = found.get(epoch);
    if (acks === undefined || isLost) return;
    const until = Math.min(acks.firstLostSentUs, epoch === 0 ? (fault?.lo ?? 0) : Number.POSITIVE_INFINITY);
    if (us <= until) acks.lossBegins.lo = Math.max(acks.lossBegins.lo, arrivals.sentUs(seq));
  });
  return found;
}

const noAcks = (): Acks => ({
  lossBegins: { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY },
  regions: new Set(),
  firstAckUs: Number.POSITIVE_INFINITY,
  lastSentUs: Number.NEGATIVE_INFINITY,
  firstLostSentUs: Number.POSITIVE_INFINITY,
});

function eachAck(
  { arrivals, outcomes, lost }: WitnessWrites,
  visit: (seq: number, us: number, answer: number, isLost: boolean) => void,
): void {
  const { of } = outcomes;
  let next = 0;
  for (let seq = 0; seq < of.length; seq++) {
    if (of[seq] !== acknowledged) continue;
    const isLost = lost[next] === seq;
    if (isLost) next += 1;
    visit(seq, ackedUs(arrivals, outcomes, seq), ackAnswer(arrivals, outcomes, seq), isLost);
  }
}

/** A witness whom nobody promised anything before the fault cannot tell what was lost by it. */
function confirmsNothing({ name, writes }: Testimony, fault: Bounded | null): string[] {
  let before = false;
  eachAck(writes, (_seq, us) => {
    if (fault === null || us <= fault.hi) before = true;
  });
  return before ? [] : [`${name} was not acknowledged a single write before the fault: it confirms nothing`];
}

type ByEpoch = ReadonlyMap<number, Acks>;

function* both(one: ByEpoch, other: ByEpoch): Generator<[epoch: number, ofOne: Acks, ofOther: Acks]> {
  for (const [epoch, acks] of one) {
    const others = other.get(epoch);
    if (others !== undefined) yield [epoch, acks, others];
  }
}

function lossApart(load: Testimony, one: ByEpoch, second: Testimony, other: ByEpoch): string[] {
  const wrong: string[] = [];
  for (const [epoch, { lossBegins: a }, { lossBegins: b }] of both(one, other)) {
    if (a.lo <= b.hi && b.lo <= a.hi) continue;
    const where = epoch === 0 ? "" : ` of epoch ${epoch}`;
    wrong.push(`the loss${where} began ${spokenBegin(a)} by ${load.name}, ${spokenBegin(b)} by ${second.name}`);
  }
  return wrong;
}

function spokenBegin({ lo, hi }: { readonly lo: number; readonly hi: number }): string {
  if (hi === Number.POSITIVE_INFINITY) return `not before ${seconds(lo)}`;
  return lo === Number.NEGATIVE_INFINITY ? `before ${seconds(hi)}` : `between ${seconds(lo)} and ${seconds(hi)}`;
}

/** One epoch has one writer, so it is in one place; two places that share nothing are two writers, or one witness is wrong. */
function regionsApart(load: Testimony, one: ByEpoch, second: Testimony, other: ByEpoch): string[] {
  const wrong: string[] = [];
  for (const [epoch, { regions: a }, { regions: b }] of both(one, other)) {
    if (a.size === 0 || b.size === 0 || [...a].some((name) => b.has(name))) continue;
    const places = `${[...a].join(", ")} by ${load.name}, ${[...b].join(", ")} by ${second.name}`;
    wrong.push(`${epoch === 0 ? "writes were" : `epoch ${epoch} was`} acknowledged by ${places}`);
  }
  return wrong;
}

/** Epochs in which one was acknowledged for so long that the other, which wrote all the while, must have been, too. */
function unseen(seeing: Testimony, seen: ByEpoch, blind: Testimony, known: ByEpoch, toleranceUs: number): string[] {
  const wrong: string[] = [];
  const told = [...seen.keys()].some((epoch) => epoch > 0);
  if (told && known.size > 0 && [...known.keys()].every((epoch) => epoch === 0))
    return [`${seeing.name} was told the write epochs, ${blind.name} never`];
  for (const [epoch, { firstAckUs, lastSentUs }] of seen) {
    if (epoch === 0 || known.has(epoch) || known.has(0)) continue;
    const { series } = blind;
    const tried = firstDue(series, lastSentUs) - firstDue(series, firstAckUs + toleranceUs);
    if (tried < leastFailures) continue;
    const when = `from ${seconds(firstAckUs)} to ${seconds(lastSentUs)}`;
    wrong.push(
      `${seeing.name} was acknowledged in epoch ${epoch} ${when}, ${blind.name} never, with ${tried} writes in that time`,
    );
  }
  return wrong;
}

/** Stretches in which one was not served and the other was, by more than the difference between two clients. */
function outagesApart(one: Testimony, other: Testimony, toleranceUs: number, deadlineUs: number): string[] {
  const { series } = other;
  if (series.length === 0) return [];
  const observed = { lo: series.dueUs(0), hi: series.dueUs(series.length - 1) };
  const excused = outagesIn(series, other.name, deadlineUs).map(({ onset, end }) => ({
    lo: onset.lo - toleranceUs,
    hi: (end.hi ?? Number.POSITIVE_INFINITY) + toleranceUs,
  }));
  const wrong: string[] = [];
  // Only failures one after the other: where some are served well, the one may have been lucky and the other not.
  for (const outage of outagesIn(one.series, one.name, deadlineUs, 1.5 * one.spacingUs)) {
    for (const { lo, hi } of without(certain(outage, observed), excused)) {
      // What is shorter the other may have missed.
      if (hi - lo < leastFailures * other.spacingUs) continue;
      wrong.push(`${one.name} was not served from ${seconds(lo)} to ${seconds(hi)}, ${other.name} was`);
    }
  }
  return wrong;
}

const certain = ({ onset, end }: Outage, observed: Bounded): Bounded => ({
  lo: Math.max(onset.hi ?? onset.lo, observed.lo),
  hi: Math.min(end.lo, observed.hi),
});

/** What is left of a stretch. */
function without(whole: Bounded, taken: readonly Bounded[]): Bounded[] {
  let left: Bounded[] = whole.lo < whole.hi ? [whole] : [];
  for (const { lo, hi } of taken) {
    left = left.flatMap((piece) =>
      [
        { lo: piece.lo, hi: Math.min(piece.hi, lo) },
        { lo: Math.max(piece.lo, hi), hi: piece.hi },
      ].filter((rest) => rest.lo < rest.hi),
    );
  }
  return left;
}

const seconds = (us: number): string => `${(us / 1e6).toFixed(3)} s`;
