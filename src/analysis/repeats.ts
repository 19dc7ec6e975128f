/** Requests that something on the way sent again. */
import type { Citation } from "../evidence/citation.ts";
import type { Witness } from "./witness.ts";

/** Writes whose answers count more attempts than their ledger does: a repeated request is one that nobody has on record. */
export function offeredAgain({ ledger: { arrivals, file } }: Witness): Citation[] {
  const repeated = arrivals.answers.map(({ ack }) => ack === 3 || ack === 4);
  const found: Citation[] = [];
  if (!repeated.includes(true)) return found;
  for (let seq = 0; seq < arrivals.size; seq++)
    if (arrivals.isWrite(seq) && arrivals.hasEnded(seq) && repeated[arrivals.answerOf(seq)] === true)
      found.push({ file, line: arrivals.line(seq) });
  return found;
}
