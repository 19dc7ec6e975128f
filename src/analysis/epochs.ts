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
  const epochs = new Map<number, Epoch>();
  for (const { ledger, outcomes } of witnesses) {
    const { arrivals } = ledger;
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      const ack = ackOf(arrivals, outcomes, seq);
      const epoch = arrivals.answers[ack.answer]?.epoch ?? 0;
      if (epoch === 0) continue;
      const sent = arrivals.sentUs(seq);
      const known = epochs.get(epoch);
      epochs.set(epoch, {
        epoch,
        acks: (known?.acks ?? 0) + 1,
        firstSentUs: Math.min(known?.firstSentUs ?? sent, sent),
        lastSentUs: Math.max(known?.lastSentUs ?? sent, sent),
        firstAckUs: Math.min(known?.firstAckUs ?? ack.us, ack.us),
        lastAckUs: Math.max(known?.lastAckUs ?? ack.us, ack.us),
      });
    }
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}
