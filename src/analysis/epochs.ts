/** Which writer acknowledged what: every promotion begins a new write epoch (measurement.md §7). */
import { acknowledged } from "./classify.ts";
import type { Witness } from "./facts.ts";
import { ackOf } from "./loss.ts";

export interface Epoch {
  readonly epoch: number;
  readonly acks: number;
  /** By send. */
  readonly firstSentUs: number;
  readonly lastSentUs: number;
  /** By acknowledgement. */
  readonly firstAckUs: number;
  readonly lastAckUs: number;
}

/** Ascending; acknowledgements that do not state an epoch (0) are left out. */
export function epochsOf(witnesses: readonly Witness[]): Epoch[] {
  const epochs = new Map<number, { -readonly [Field in keyof Epoch]: Epoch[Field] }>();
  for (const { ledger, outcomes } of witnesses) {
    const { arrivals } = ledger;
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      const ack = ackOf(arrivals, outcomes, seq);
      const epoch = arrivals.answers[ack.answer]?.epoch ?? 0;
      if (epoch === 0) continue;
      const sent = arrivals.sentUs(seq);
      let known = epochs.get(epoch);
      if (known === undefined) {
        known = { epoch, acks: 0, firstSentUs: sent, lastSentUs: sent, firstAckUs: ack.us, lastAckUs: ack.us };
        epochs.set(epoch, known);
      }
      known.acks += 1;
      known.firstSentUs = Math.min(known.firstSentUs, sent);
      known.lastSentUs = Math.max(known.lastSentUs, sent);
      known.firstAckUs = Math.min(known.firstAckUs, ack.us);
      known.lastAckUs = Math.max(known.lastAckUs, ack.us);
    }
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}
