/** The final readings' rows that are no witness's: which of them the probes' own records explain. A probe pays, too. */
import type { Citation } from "../../evidence/citation.ts";
import type { ProbeLine } from "../../model/files.ts";
import type { Facts } from "../facts.ts";

export interface ProbePayments {
  /** Answered "not executed", or not even connected, and there all the same. */
  readonly refused: readonly Citation[];
  /** With ids of this run that no probe's record explains. */
  readonly unexplained: readonly Citation[];
  /** Attempts that may have left a row, and whose id is not on record: any of the unexplained may be theirs, or not. */
  readonly untold: number;
  /** Rows of others. */
  readonly strangers: number;
}

interface Told {
  /** Whole words of what the records say of payments that were made, or may have been. */
  readonly words: Set<string>;
  readonly refused: Set<string>;
  untold: number;
}

export function probePayments(facts: Facts): ProbePayments {
  const told = toldBy(facts);
  const found = { refused: [] as Citation[], unexplained: [] as Citation[] };
  let strangers = 0;
  const known = new Map<string, number>();
  for (const { header, file, foreign } of facts.finalReadings()) {
    const prefix = `${header.run}.`;
    const here = new Map<string, number>();
    let others = 0;
    for (const { value, line } of foreign) {
      const { id } = value;
      // A row without an id is nobody's; the reader's own mark is believed only where it accuses.
      if (!value.ours && id !== "" && !id.startsWith(prefix)) {
        others += 1;
        continue;
      }
      const rows = (here.get(id) ?? 0) + 1;
      here.set(id, rows);
      // The other reading had it: one row, seen twice.
      if (rows <= (known.get(id) ?? 0)) continue;
      known.set(id, rows);
      // A probe pays once with each id: a second row of it nobody sent.
      if (rows === 1 && told.words.has(id)) continue;
      (told.refused.has(id) ? found.refused : found.unexplained).push({ file, line });
    }
    strangers = Math.max(strangers, others);
  }
  return { ...found, untold: told.untold, strangers };
}

function toldBy(facts: Facts): Told {
  const told: Told = { words: new Set(), refused: new Set(), untold: 0 };
  for (const { header, lines } of facts.evidence.probes) {
    if (header.kind === "fence") for (const { value } of lines) tellAttempt(value, told);
    if (header.kind === "journey") for (const { value } of lines) tellJourney(value, `${header.run}.`, told);
  }
  // Two probes may use the same prefix: what one of them may have paid is explained, whatever the other was told.
  for (const id of told.words) told.refused.delete(id);
  return told;
}

/** Only an attempt that was accepted, or of which nobody knows how it ended, can have left a row. */
function tellAttempt({ detail, status }: ProbeLine, told: Told): void {
  // Cut off by its time-out, before it could say what it did.
  if (detail === undefined) told.untold += 1;
  if (detail?.["attempted"] !== true) return;
  const { id, accepted, refused } = detail;
  if (typeof id === "string") (refused === true ? told.refused : told.words).add(id);
  else if (accepted === true || status === undefined) told.untold += 1;
}

/** A journey tells what its page said, with the payment's id somewhere in it; one that ended badly may have paid without learning it. */
function tellJourney({ detail, ok }: ProbeLine, prefix: string, told: Told): void {
  const words = Object.values(detail ?? {}).flatMap((text) => (typeof text === "string" ? wordsOf(text) : []));
  for (const word of words) told.words.add(word);
  if (!ok && !words.some((word) => word.startsWith(prefix))) told.untold += 1;
}

/** As they stand between spaces or marks, and without the full stop behind them: an id is matched whole, never as a part of another. */
const wordsOf = (text: string): string[] =>
  [...text.split(/\s+/), ...text.split(/[^\w.-]+/)].flatMap((word) => [word, word.replace(/[.,:;!?]+$/, "")]);
