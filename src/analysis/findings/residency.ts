/** residency: every row must be stored in, and every request served by, one of the environment's Regions. */
import type { Citation } from "../../evidence/citation.ts";
import type { LedgerEvidence, Reading } from "../../evidence/evidence.ts";
import type { Condition } from "../../evidence/presence.ts";
import { elsewhere } from "../../model/ledger.ts";
import { acknowledged } from "../classify.ts";
import { citedAtMost, notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import type { Facts } from "../facts.ts";
import { recordGaps } from "../gaps.ts";
import { point } from "../interval.ts";
import { ackOf } from "../loss.ts";
import { needFinal, needLedgers } from "../needs.ts";

/** A number that the header does not list is a Region that nobody named. */
const nobodys = "a Region that is not one of the environment's";

interface Places {
  /** Rows of the last reading, by name of Region. */
  readonly stored: ReadonlyMap<string, number>;
  /** Payments that were stored or served where they may not be; each once. */
  readonly outside: readonly { readonly id: string; readonly citation: Citation }[];
  /** Rows say where they were committed. */
  readonly told: boolean;
}

const unknown = "a Region that the export does not tell";

/** 0 is "not told" in a reading that has a number for all other Regions, and one of them in a reading that has not. */
function storedIn({ header }: Reading, { region }: Condition): string {
  if (region === 0 && header.regions.includes(elsewhere)) return unknown;
  const name = header.regions[region - 1] ?? nobodys;
  return name === elsewhere ? nobodys : name;
}

/** Of all rows of the witness's payments, second ones of the same payment included. */
function countStored(reading: Reading, { arrivals, header }: LedgerEvidence, stored: Map<string, number>): void {
  const presence = reading.presence.get(header.witness);
  if (presence === undefined) return;
  const rows = presence.conditions.map(() => 0);
  const count = (condition: number): void => void (rows[condition] = (rows[condition] ?? 0) + 1);
  for (let seq = 0; seq < arrivals.size; seq++) if (presence.has(seq)) count(presence.firstCondition(seq));
  for (const { condition } of presence.doubles) count(condition);
  for (const [number, condition] of presence.conditions.entries()) {
    const where = storedIn(reading, condition);
    stored.set(where, (stored.get(where) ?? 0) + (rows[number] ?? 0));
  }
}

type IsOutside = (seq: number) => boolean;

/** Which of the witness's payments have any row, in this reading, in a Region where it may not be; null: none. */
function outsideIn(reading: Reading, witness: string, permitted: readonly string[]): IsOutside | null {
  const presence = reading.presence.get(witness);
  const bad =
    presence?.conditions.map((condition) => ![...permitted, unknown].includes(storedIn(reading, condition))) ?? [];
  if (presence === undefined || !bad.includes(true)) return null;
  const doubles = new Set(presence.doubles.filter(({ condition }) => bad[condition] === true).map(({ seq }) => seq));
  return (seq) => (presence.has(seq) && bad[presence.firstCondition(seq)] === true) || doubles.has(seq);
}

function placesOf(facts: Facts, permitted: readonly string[]): Places {
  const [last, ...others] = facts.finalReadings();
  const stored = new Map<string, number>();
  if (last !== undefined) for (const { ledger } of facts.witnesses()) countStored(last, ledger, stored);
  // Where no row names one of the Regions that the reading lists, the export does not tell them: that accuses no row.
  const told = [...stored].some(([name, rows]) => name !== nobodys && name !== unknown && rows > 0);
  const readings = told && last !== undefined ? [last, ...others] : [];
  const outside: { id: string; citation: Citation }[] = [];
  for (const { ledger, outcomes } of facts.witnesses()) {
    const { arrivals, header, file } = ledger;
    const rows = readings.map((reading) => outsideIn(reading, header.witness, permitted)).filter((is) => is !== null);
    // 0: the answer does not say which Region served it.
    const served = arrivals.answers.map(
      ({ region }) => region > 0 && !permitted.includes(header.regions[region - 1] ?? nobodys),
    );
    if (rows.length === 0 && !served.includes(true)) continue;
    for (let seq = 0; seq < arrivals.size; seq++) {
      if (!arrivals.isWrite(seq)) continue;
      const ack = outcomes.of[seq] === acknowledged ? ackOf(arrivals, outcomes, seq) : null;
      if ((ack === null || served[ack.answer] !== true) && !rows.some((isOutside) => isOutside(seq))) continue;
      const citation = { file, line: ack?.line ?? arrivals.line(seq) };
      outside.push({ id: `${header.idPrefix}${seq}`, citation });
    }
  }
  return { stored, outside, told };
}

export const residency: Check = {
  id: "residency",
  title: "Transactions stored or served outside the permitted Regions",
  objective: () => ({ op: "<=", limit: 0, unit: "count" }),
  doubts: recordGaps,
  measure: (facts) => {
    needLedgers(facts.evidence);
    needFinal(facts.evidence);
    const permitted = [facts.primary, facts.secondary];
    const { stored, outside, told } = placesOf(facts, permitted);
    // What the answers prove needs no export.
    if (!told && outside.length === 0)
      return notMeasurable("the export does not say in which Region a row was committed", "count");
    const list = [...stored].map(([name, rows]) => `${rows} in ${name}`).join(", ");
    const ids = outside.slice(0, citedAtMost).map(({ id }) => id);
    const more = outside.length > ids.length ? ", …" : "";
    const reason =
      outside.length === 0
        ? `stored: ${list}`
        : `${plural(outside.length, "transaction")} outside ${permitted.join(" and ")} (${ids.join(", ")}${more}); stored: ${list}`;
    const reading = facts.finalReading();
    return {
      measured: point(outside.length),
      unit: "count",
      reason,
      evidence: [
        ...outside.slice(0, citedAtMost).map(({ citation }) => citation),
        ...(reading === null ? [] : [{ file: reading.file }]),
      ],
    };
  },
};
