/** A witness's ledger with what became of its writes: before any replay, and in the end. */
import type { Arrivals } from "../evidence/arrivals.ts";
import type { Evidence, LedgerEvidence, Reading } from "../evidence/evidence.ts";
import { acknowledged, outcomesOf } from "./classify.ts";
import type { Outcomes } from "./classify.ts";
import { answeredBy } from "./epochs.ts";
import type { SwitchOver } from "./epochs.ts";
import { ackAnswer, ackedUs, present, presentUnreplayed, setsOf } from "./loss.ts";
import type { Present, Sets } from "./loss.ts";
import { once } from "./once.ts";

export interface Witness {
  readonly ledger: LedgerEvidence;
  readonly outcomes: Outcomes;
  /** Before any replay: in the reading of that name, or in the final one without what is marked as replayed. */
  readonly presentBefore: Present;
  readonly presentFinal: Present;
  /** Absent before any replay, but promised by a writer that took over later: none of the fault's doing. In the order of seq. */
  readonly brokenLater: readonly number[];
  /** Before any replay; without what is `brokenLater`. */
  readonly before: Sets;
  readonly final: Sets;
}

interface Known {
  readonly evidence: Evidence;
  readonly finalReading: () => Reading | null;
  readonly switchOver: () => SwitchOver | null;
}

export function witnessOf(facts: Known, ledger: LedgerEvidence): Witness {
  const letter = ledger.header.witness;
  const outcomes = outcomesOf(ledger.arrivals);
  const presentBefore = beforeReplay(facts, letter, ledger.arrivals, outcomes);
  const presentFinal = present(facts.finalReading()?.presence.get(letter));
  // Asked for when all witnesses are known, and so the writers are.
  const absent = once(() => {
    const switched = facts.switchOver();
    const later = switched === null ? [] : answeredBy(ledger, switched.isNew);
    const isLater = (seq: number): boolean => later[ackAnswer(ledger.arrivals, outcomes, seq)] === true;
    const sets = setsOf(outcomes, presentBefore);
    return { ...sets, lost: sets.lost.filter((seq) => !isLater(seq)), brokenLater: sets.lost.filter(isLater) };
  });
  const final = once(() => setsOf(outcomes, presentFinal));
  return {
    ledger,
    outcomes,
    presentBefore,
    presentFinal,
    get brokenLater() {
      return absent().brokenLater;
    },
    get before() {
      return absent();
    },
    get final() {
      return final();
    },
  };
}

/**
 * The reading from before the replay is taken while the load goes on: it can only speak of what was acknowledged before it began. For later
 * writes the final reading speaks, without what is marked as replayed.
 */
function beforeReplay(facts: Known, letter: string, arrivals: Arrivals, outcomes: Outcomes): Present {
  const final = presentUnreplayed(facts.finalReading()?.presence.get(letter));
  const reading = facts.evidence.readings.find(({ header }) => header.reading === "before-replay");
  if (reading === undefined) return final;
  const before = presentUnreplayed(reading.presence.get(letter));
  const { startedUs } = reading.header;
  const spokenOf = (seq: number): boolean =>
    outcomes.of[seq] === acknowledged && ackedUs(arrivals, outcomes, seq) < startedUs;
  return (seq) => before(seq) || (!spokenOf(seq) && final(seq));
}
