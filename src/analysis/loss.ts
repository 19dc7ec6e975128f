/**
 * What became of the writes (docs/measuring.md §3), as sets over seq: lost = acknowledged and absent; recovered = unknown and present;
 * undecided = unknown and absent; refused and present = failed for the client, applied all the same.
 */
import type { Arrivals } from "../evidence/arrivals.ts";
import type { Presence } from "../evidence/presence.ts";
import { acknowledged, failed, unknown } from "./classify.ts";
import type { Outcomes } from "./classify.ts";

/** Is the payment there, as far as this question goes? */
export type Present = (seq: number) => boolean;

export interface Sets {
  /** In the order of seq. */
  readonly lost: readonly number[];
  readonly undecided: readonly number[];
  readonly recovered: number;
  readonly refusedYetPresent: readonly number[];
}

export function setsOf(outcomes: Outcomes, present: Present): Sets {
  const lost: number[] = [];
  const undecided: number[] = [];
  const refusedYetPresent: number[] = [];
  let recovered = 0;
  const { of } = outcomes;
  for (let seq = 0; seq < of.length; seq++) {
    const outcome = of[seq];
    if (outcome === acknowledged) {
      if (!present(seq)) lost.push(seq);
    } else if (outcome === unknown) {
      if (present(seq)) recovered += 1;
      else undecided.push(seq);
    } else if (outcome === failed && present(seq)) refusedYetPresent.push(seq);
  }
  return { lost, undecided, recovered, refusedYetPresent };
}

/** There at all: what counts after reconciliation. */
export const present =
  (presence: Presence | undefined): Present =>
  (seq) =>
    presence?.has(seq) ?? false;

/** There without having been replayed: what counts before it. */
export const presentUnreplayed =
  (presence: Presence | undefined): Present =>
  (seq) =>
    presence?.hasOriginal(seq) ?? false;

/** When the promise was made, and where that is on record. */
export function ackOf(
  arrivals: Arrivals,
  outcomes: Outcomes,
  seq: number,
): { readonly us: number; readonly answer: number; readonly line: number } {
  return (
    outcomes.laterAcks.get(seq) ?? { us: arrivals.endUs(seq), answer: arrivals.answerOf(seq), line: arrivals.line(seq) }
  );
}

/** When the promise was made: `ackOf(…).us` without an object, for where millions are asked. */
export const ackedUs = (arrivals: Arrivals, outcomes: Outcomes, seq: number): number =>
  (outcomes.laterAcks.size === 0 ? undefined : outcomes.laterAcks.get(seq)?.us) ?? arrivals.endUs(seq);

/** `ackOf(…).answer`, likewise. */
export const ackAnswer = (arrivals: Arrivals, outcomes: Outcomes, seq: number): number =>
  (outcomes.laterAcks.size === 0 ? undefined : outcomes.laterAcks.get(seq)?.answer) ?? arrivals.answerOf(seq);

export function sumMinor(arrivals: Arrivals, seqs: readonly number[]): number {
  return seqs.reduce((sum, seq) => sum + arrivals.amountMinor(seq), 0);
}
