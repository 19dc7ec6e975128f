/**
 * Which writer acknowledged what (docs/measuring.md §6). Every promotion begins a new write epoch, but two standbys of one writer may both begin
 * the same one: a writer is an epoch in a Region.
 */
import type { Answer } from "../evidence/answer-key.ts";
import type { LedgerEvidence } from "../evidence/evidence.ts";
import type { Span } from "../evidence/spans.ts";
import { classifyWrite } from "./classify.ts";
import type { Outcomes } from "./classify.ts";

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
  const writers = new Map<string, Writer>();
  for (const { ledger, outcomes } of witnesses) {
    const { arrivals, header } = ledger;
    const add = (answer: Answer | undefined, span: Span): void => {
      const { epoch = 0, region: number = 0 } = answer ?? {};
      if (epoch === 0) return;
      const region = regionNamed(header.regions, number);
      const key = `${epoch} ${region}`;
      writers.set(key, { epoch, region, ...spanned(writers.get(key), span) });
    };
    for (const [number, answer] of arrivals.answers.entries()) {
      const span = arrivals.written(number);
      // A promise once is a promise, whatever came of further attempts.
      if (span !== null && classifyWrite(answer) === "acknowledged") add(answer, span);
    }
    for (const [seq, { us, answer }] of outcomes.laterAcks) {
      const sentUs = arrivals.sentUs(seq);
      add(arrivals.answers[answer], { firstSentUs: sentUs, lastSentUs: sentUs, firstEndUs: us, lastEndUs: us });
    }
  }
  return [...writers.values()].sort((a, b) => a.epoch - b.epoch || a.firstAckUs - b.firstAckUs);
}

function spanned(known: Writer | undefined, span: Span): Omit<Writer, "epoch" | "region"> {
  return {
    firstSentUs: Math.min(known?.firstSentUs ?? Number.POSITIVE_INFINITY, span.firstSentUs),
    lastSentUs: Math.max(known?.lastSentUs ?? Number.NEGATIVE_INFINITY, span.lastSentUs),
    firstAckUs: Math.min(known?.firstAckUs ?? Number.POSITIVE_INFINITY, span.firstEndUs),
    lastAckUs: Math.max(known?.lastAckUs ?? Number.NEGATIVE_INFINITY, span.lastEndUs),
  };
}

/** "" for a Region that the answer does not name. */
export const regionNamed = (regions: readonly string[], number: number): string => regions[number - 1] ?? "";

export const highestEpoch = (writers: readonly Writer[]): number => Math.max(0, ...writers.map(({ epoch }) => epoch));

/** Of a writer: its Region ("" if its answers do not say) and its epoch. */
export type IsWriter = (region: string, epoch: number) => boolean;

/** For each of its answers: such a writer gave it. */
export const answeredBy = ({ arrivals, header }: LedgerEvidence, isWriter: IsWriter): readonly boolean[] =>
  arrivals.answers.map(({ epoch, region }) => epoch > 0 && isWriter(regionNamed(header.regions, region), epoch));

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
