/**
 * Which writer acknowledged what (docs/measuring.md §6). Every promotion begins a new write epoch, but two standbys of one writer may both begin
 * the same one: a writer is an epoch in a Region.
 */
import { acknowledged } from "./classify.ts";
import type { LedgerEvidence } from "../evidence/evidence.ts";
import type { Outcomes } from "./classify.ts";
import { ackAnswer, ackedUs } from "./loss.ts";

export interface Writer {
  readonly epoch: number;
  /** "" when its answers do not say. */
  readonly region: string;
  /** By send. */
  readonly firstSentUs: number;
  readonly lastSentUs: number;
  /** By acknowledgement. */
  readonly firstAckUs: number;
  readonly lastAckUs: number;
}

interface Promised {
  readonly ledger: LedgerEvidence;
  readonly outcomes: Outcomes;
}

/** By epoch, and then by their first acknowledgement; acknowledgements that do not state an epoch (0) are left out. */
export function writersOf(witnesses: readonly Promised[]): Writer[] {
  const writers = new Map<string, { -readonly [Field in keyof Writer]: Writer[Field] }>();
  for (const { ledger, outcomes } of witnesses) {
    const { answers } = ledger.arrivals;
    const { firstSent, lastSent, firstAck, lastAck } = spansByAnswer(ledger, outcomes);
    for (const [number, answer] of answers.entries()) {
      const { epoch } = answer;
      const region = regionNamed(ledger.header.regions, answer.region);
      if (epoch === 0) continue;
      const known = writers.get(`${epoch} ${region}`);
      const [none, never] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      writers.set(`${epoch} ${region}`, {
        epoch,
        region,
        firstSentUs: Math.min(known?.firstSentUs ?? none, firstSent[number] ?? none),
        lastSentUs: Math.max(known?.lastSentUs ?? never, lastSent[number] ?? never),
        firstAckUs: Math.min(known?.firstAckUs ?? none, firstAck[number] ?? none),
        lastAckUs: Math.max(known?.lastAckUs ?? never, lastAck[number] ?? never),
      });
    }
  }
  // Answers that acknowledge nothing are nobody's work.
  return [...writers.values()]
    .filter(({ firstAckUs }) => firstAckUs < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.epoch - b.epoch || a.firstAckUs - b.firstAckUs);
}

/** Of the promises with each answer: there are millions of them, and a few answers. */
function spansByAnswer({ arrivals }: LedgerEvidence, outcomes: Outcomes) {
  const { of } = outcomes;
  const { length } = arrivals.answers;
  const [firstSent, lastSent] = [new Float64Array(length).fill(Infinity), new Float64Array(length).fill(-Infinity)];
  const [firstAck, lastAck] = [new Float64Array(length).fill(Infinity), new Float64Array(length).fill(-Infinity)];
  for (let seq = 0; seq < of.length; seq++) {
    if (of[seq] !== acknowledged) continue;
    const answer = ackAnswer(arrivals, outcomes, seq);
    const sent = arrivals.sentUs(seq);
    const acked = ackedUs(arrivals, outcomes, seq);
    if (sent < (firstSent[answer] ?? 0)) firstSent[answer] = sent;
    if (sent > (lastSent[answer] ?? 0)) lastSent[answer] = sent;
    if (acked < (firstAck[answer] ?? 0)) firstAck[answer] = acked;
    if (acked > (lastAck[answer] ?? 0)) lastAck[answer] = acked;
  }
  return { firstSent, lastSent, firstAck, lastAck };
}

/** "" for a Region that the answer does not name. */
export const regionNamed = (regions: readonly string[], number: number): string => regions[number - 1] ?? "";

export const highestEpoch = (writers: readonly Writer[]): number => Math.max(0, ...writers.map(({ epoch }) => epoch));

/** Of a writer: its Region ("" if its answers do not say) and its epoch. */
export type IsWriter = (region: string, epoch: number) => boolean;

/** One writer took over from another. */
export interface SwitchOver {
  /** The new writer's first acknowledgement; +∞: there was none. */
  readonly newUs: number;
  /** Its epoch; +∞ without one. */
  readonly newEpoch: number;
  /** The writer from before, and any that is no newer; who is neither old nor new cannot be told. */
  readonly isOld: IsWriter;
  readonly isNew: IsWriter;
}

export interface Moved {
  readonly primary: string;
  readonly secondary: string;
  /** When the fault took effect, or was commanded: what was acknowledged before is the old writer's. +∞: not known. */
  readonly sinceUs: number;
}

/** null: no acknowledgement states an epoch. */
export function switchOverOf(writers: readonly Writer[], moved: Moved): SwitchOver | null {
  const { primary, secondary, sinceUs } = moved;
  const before = ({ firstAckUs }: Writer): Writer[] =>
    writers.filter((one) => one.region === primary && one.firstAckUs < firstAckUs);
  // A Region that already answered before the fault, for the same writer, did not take over then.
  const fresh = writers
    .filter(({ region }) => region === secondary)
    .filter((one) => one.firstAckUs >= sinceUs || one.epoch > highestEpoch(before(one)))
    .reduce<Writer | null>((first, one) => (first !== null && first.firstAckUs <= one.firstAckUs ? first : one), null);
  if (fresh === null || before(fresh).length === 0) return byEpochAlone(writers, sinceUs);
  const old = highestEpoch(before(fresh));
  // The primary Region's own standby may have been promoted, too: only an epoch above both is a switch back.
  const lastOld = Math.max(old, fresh.epoch);
  return {
    newUs: fresh.firstAckUs,
    newEpoch: fresh.epoch,
    isOld: (region, epoch) => (region === primary ? epoch <= lastOld : region !== secondary && epoch < fresh.epoch),
    isNew: (region, epoch) =>
      region === secondary ? epoch >= fresh.epoch : epoch > (region === primary ? lastOld : old),
  };
}

/** Where the answers do not say which Region they come from, or the Region stayed. */
function byEpochAlone(writers: readonly Writer[], sinceUs: number): SwitchOver | null {
  const [lowest] = writers;
  if (lowest === undefined) return null;
  const known = sinceUs < Number.POSITIVE_INFINITY;
  const old = Math.max(lowest.epoch, known ? highestEpoch(writers.filter((one) => one.firstAckUs < sinceUs)) : 0);
  const newer = writers.filter(({ epoch }) => epoch > old);
  return {
    newUs: Math.min(...newer.map(({ firstAckUs }) => firstAckUs)),
    newEpoch: Math.min(...newer.map(({ epoch }) => epoch)),
    isOld: (_region, epoch) => epoch <= old,
    isNew: (_region, epoch) => epoch > old,
  };
}
