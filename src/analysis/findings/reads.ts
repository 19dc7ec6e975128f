/** staleReads: a read that was sent after a write was acknowledged, or found by another read, must see it (docs/measuring.md §6). */
import type { Arrivals } from "../../evidence/arrivals.ts";
import type { Citation } from "../../evidence/citation.ts";
import { acknowledged, classifyRead, failed, unknown } from "../classify.ts";
import type { Outcomes, ReadOutcome } from "../classify.ts";
import { cite, notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import type { Writer } from "../epochs.ts";
import type { Witness } from "../witness.ts";
import { recordGaps } from "../gaps.ts";
import { point } from "../interval.ts";
import { ackedUs } from "../loss.ts";
import { needBefore, needLedgers } from "../needs.ts";

interface Reads {
  /** Reads that asked for a payment which had been acknowledged, or found by another read, before they were sent. */
  checked: number;
  readonly stale: number[];
  readonly wrong: number[];
  oldestUs: number;
  /** Answered in an older write epoch than one that had acknowledged before they were sent: the old side still serves. */
  older: number;
  /** Payments that a read had found, and for which there was no promise, that are gone in the end: applied, seen and lost. */
  gone: number;
}

function readsOf({ ledger, outcomes, presentBefore, presentFinal }: Witness, writers: readonly Writer[]): Reads {
  const { arrivals } = ledger;
  const kinds = arrivals.answers.map(classifyRead);
  const seen = seenBeforePromised(ledger.arrivals, outcomes, kinds);
  const found: Reads = { checked: 0, stale: [], wrong: [], oldestUs: 0, older: 0, gone: 0 };
  for (const of of seen.keys())
    if ((outcomes.of[of] === unknown || outcomes.of[of] === failed) && !presentFinal(of)) found.gone += 1;
  for (let seq = 0; seq < arrivals.size; seq++) {
    if (!arrivals.isRead(seq)) continue;
    const kind = kinds[arrivals.answerOf(seq)];
    if (kind === "wrong") found.wrong.push(arrivals.line(seq));
    const epoch = arrivals.answers[arrivals.answerOf(seq)]?.epoch ?? 0;
    const sent = arrivals.sentUs(seq);
    if (epoch > 0 && writers.some((newer) => newer.epoch > epoch && newer.firstAckUs < sent)) found.older += 1;
    const of = arrivals.readOf(seq);
    if (of < 0 || (kind !== "right" && kind !== "not found")) continue;
    const promisedUs = outcomes.of[of] === acknowledged ? ackedUs(arrivals, outcomes, of) : Number.POSITIVE_INFINITY;
    const age = sent - Math.min(promisedUs, seen.get(of) ?? Number.POSITIVE_INFINITY);
    // Absence while the write was under way proves nothing.
    if (age < 0) continue;
    found.checked += 1;
    // What is lost is rightly not found: that is RPO's finding, not a stale read.
    if (kind === "right" || !presentBefore(of)) continue;
    found.stale.push(arrivals.line(seq));
    found.oldestUs = Math.max(found.oldestUs, age);
  }
  return found;
}

/** Payments that a read found before, or without, their acknowledgement: when it had. Who looks later and does not find them has travelled back. */
function seenBeforePromised(
  arrivals: Arrivals,
  outcomes: Outcomes,
  kinds: readonly ReadOutcome[],
): ReadonlyMap<number, number> {
  const seen = new Map<number, number>();
  for (let seq = 0; seq < arrivals.size; seq++) {
    if (!arrivals.isRead(seq) || kinds[arrivals.answerOf(seq)] !== "right") continue;
    const [of, us] = [arrivals.readOf(seq), arrivals.endUs(seq)];
    if (of < 0 || us >= (seen.get(of) ?? Number.POSITIVE_INFINITY)) continue;
    if (outcomes.of[of] !== acknowledged || us < ackedUs(arrivals, outcomes, of)) seen.set(of, us);
  }
  return seen;
}

export const staleReads: Check = {
  id: "staleReads",
  title: "Reads that missed an acknowledged write, or answered wrongly",
  objective: () => ({ op: "<=", limit: 0, unit: "count" }),
  doubts: recordGaps,
  measure: (facts) => {
    needLedgers(facts.evidence);
    needBefore(facts.evidence);
    let [checked, stale, wrong, oldestUs, older, gone] = [0, 0, 0, 0, 0, 0];
    const evidence: Citation[] = [];
    for (const witness of facts.witnesses()) {
      const reads = readsOf(witness, facts.writers());
      checked += reads.checked;
      stale += reads.stale.length;
      wrong += reads.wrong.length;
      older += reads.older;
      gone += reads.gone;
      oldestUs = Math.max(oldestUs, reads.oldestUs);
      evidence.push(...cite(witness.ledger.file, [...reads.stale, ...reads.wrong]));
    }
    const lost =
      gone > 0 ? `; ${plural(gone, "payment")} that a read had found, never acknowledged, not there in the end` : "";
    if (checked === 0 && wrong === 0)
      return notMeasurable(`no read asked for a payment that had been acknowledged${lost}`, "count");
    const reason =
      stale + wrong === 0
        ? `none of ${plural(checked, "read")} of acknowledged payments`
        : `${stale} of ${checked} did not find what had been acknowledged or read (up to ${Math.ceil(oldestUs / 1000)} ms before)${wrong > 0 ? `; ${plural(wrong, "answer")} with wrong content` : ""}`;
    const late =
      older > 0 ? `; ${plural(older, "read")} answered in an older write epoch after a newer one had begun` : "";
    return { measured: point(stale + wrong), unit: "count", reason: `${reason}${late}${lost}`, evidence };
  },
};
