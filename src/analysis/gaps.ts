/** What the witnesses' ledgers have not got. A lost acknowledgement hides a loss: with a gap, "none was found" proves nothing. */
import { plural } from "./check.ts";
import type { Facts } from "./facts.ts";
import { onceFor } from "./once.ts";

/** Every intent must have its outcome, and each ledger its end. */
export const ledgerGaps = onceFor((facts: Facts): readonly string[] =>
  facts.witnesses().flatMap(({ ledger }) => {
    const { arrivals, marks, file } = ledger;
    const wrong: string[] = [];
    let unanswered = 0;
    for (let seq = 0; seq < arrivals.size; seq++) if (arrivals.isWrite(seq) && !arrivals.hasEnded(seq)) unanswered += 1;
    if (unanswered > 0) wrong.push(`${file}: ${plural(unanswered, "write")} without an outcome`);
    const has = (mark: string): boolean => marks.some(({ value }) => value.mark === mark);
    if (!has("done")) wrong.push(`${file} was cut short: it has no "done" mark`);
    else if (!has("drop")) wrong.push(`${file} does not tell how many iterations were dropped`);
    if (!has("open")) wrong.push(`${file} has no "open" mark: its beginning is missing`);
    return wrong;
  }),
);

/** null: the second witness wrote, or was not to. */
export const missingWitness = (facts: Facts): string | null =>
  facts.evidence.manifest?.witness !== undefined && facts.second() === null
    ? "the manifest promises a second witness, and there is no ledger of it"
    : null;

/** For findings over all writes: with one of these, finding nothing wrong is no PASS. What was found stays found. */
export function recordGaps(facts: Facts): string[] {
  const missing = missingWitness(facts);
  return [...ledgerGaps(facts), ...(missing === null ? [] : [missing])];
}
