/**
 * Whether ledgers and readings can both be true about the write epochs: a row bears the epoch in which it was committed, the answer that
 * promised it the same one, and no reading can hold what was committed after it. Systems that state no epochs (0) contradict nothing.
 */
import type { Reading } from "../evidence/evidence.ts";
import type { Presence } from "../evidence/presence.ts";
import { plural } from "./check.ts";
import { acknowledged } from "./classify.ts";
import type { Facts } from "./facts.ts";
import type { Witness } from "./witness.ts";
import { ackAnswer } from "./loss.ts";
import { onceFor } from "./once.ts";

/** What contradicts what, a sentence each; empty: nothing does. */
export const epochContradictions = onceFor((facts: Facts): readonly string[] => [
  ...facts.evidence.readings.flatMap(rowsFromLater),
  // While the earliest reading is taken the load goes on, and what is written later may be in a later epoch.
  ...facts.finalReadings().flatMap((reading) => facts.witnesses().flatMap((witness) => apart(witness, reading))),
]);

function rowsFromLater({ file, header, presence }: Reading): string[] {
  const rows = [...presence.values()].flatMap(({ conditions }) => conditions.map(({ epoch }) => epoch));
  const latest = rows.reduce((most, epoch) => Math.max(most, epoch), 0);
  return header.epoch > 0 && latest > header.epoch
    ? [`${file} was read in epoch ${header.epoch}, and has rows of epoch ${latest}`]
    : [];
}

interface Apart {
  count: number;
  first: string;
}

function apart({ ledger, outcomes }: Witness, { file, header, presence }: Reading): string[] {
  const { arrivals, header: own } = ledger;
  const rows = presence.get(own.witness);
  const later: Apart = { count: 0, first: "" };
  const other: Apart = { count: 0, first: "" };
  const note = (to: Apart, seq: number, epoch: number, more: string): void => {
    if (to.count++ === 0) to.first = `${own.idPrefix}${seq} in epoch ${epoch}${more}`;
  };
  const repeated = new Set(arrivals.extras.map(({ seq }) => seq));
  for (let seq = 0; seq < outcomes.of.length; seq++) {
    if (outcomes.of[seq] !== acknowledged) continue;
    const { epoch = 0, ack = 0 } = arrivals.answers[ackAnswer(arrivals, outcomes, seq)] ?? {};
    if (epoch === 0) continue;
    if (header.epoch > 0 && epoch > header.epoch) note(later, seq, epoch, "");
    // What was offered more than once may have been committed by an earlier offer than the one that was answered.
    if (ack !== 1 || repeated.has(seq) || rows === undefined) continue;
    const stored = rows.condition(seq);
    if (stored === null || stored.epoch === epoch) continue;
    const [first, ...others] = originals(rows, seq);
    if (first !== undefined && first !== epoch && !others.includes(epoch))
      note(other, seq, epoch, `, stored in epoch ${first}`);
  }
  return [
    told(later, `acknowledged in an epoch above ${header.epoch}, in which ${file} was read`),
    told(other, `acknowledged in another epoch than ${file} says`),
  ].filter((sentence) => sentence !== "");
}

/** The epochs that its rows state; not those of replays, which are committed anew. */
function originals(rows: Presence, seq: number): number[] {
  const numbers = [rows.firstCondition(seq), ...rows.doubles.flatMap((row) => (row.seq === seq ? row.condition : []))];
  return numbers.flatMap((number) => {
    const { replayed = true, epoch = 0 } = rows.conditions[number] ?? {};
    return replayed || epoch === 0 ? [] : epoch;
  });
}

const told = ({ count, first }: Apart, what: string): string =>
  count === 0 ? "" : `${plural(count, "write")} ${count === 1 ? "was" : "were"} ${what} (${first})`;
