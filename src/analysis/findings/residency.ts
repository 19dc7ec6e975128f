/** residency: every row must be stored in, and every request served by, one of the environment's Regions. */
import type { Citation } from "../../evidence/citation.ts";
import type { Condition } from "../../evidence/presence.ts";
import { acknowledged } from "../classify.ts";
import { citedAtMost, notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import type { Facts, Witness } from "../facts.ts";
import { recordGaps } from "../gaps.ts";
import { point } from "../interval.ts";
import { ackOf } from "../loss.ts";
import { needFinal, needLedgers } from "../needs.ts";

/** A number that the header does not list is a Region that nobody named. */
const nobodys = "a Region that is not one of the environment's";

interface Places {
  /** Stored rows by name of Region. */
  readonly stored: Map<string, number>;
  /** Payments that were stored or served where they may not be; each once. */
  readonly outside: { readonly id: string; readonly citation: Citation }[];
}

function placesOf(facts: Facts, witness: Witness, permitted: readonly string[], places: Places): void {
  const { ledger, outcomes } = witness;
  const { arrivals, header, file } = ledger;
  const reading = facts.finalReading();
  const presence = reading?.presence.get(header.witness);
  const stored = (condition: Condition): string => reading?.header.regions[condition.region - 1] ?? nobodys;
  for (let seq = 0; seq < arrivals.size; seq++) {
    if (!arrivals.isWrite(seq)) continue;
    const condition = presence?.condition(seq) ?? null;
    const ack = outcomes.of[seq] === acknowledged ? ackOf(arrivals, outcomes, seq) : null;
    // 0: the answer does not say which Region served it.
    const served = ack === null ? undefined : header.regions[(arrivals.answers[ack.answer]?.region ?? 0) - 1];
    const where = condition === null ? undefined : stored(condition);
    if (where !== undefined) places.stored.set(where, (places.stored.get(where) ?? 0) + 1);
    if ([where, served].every((name) => name === undefined || permitted.includes(name))) continue;
    places.outside.push({
      id: `${header.idPrefix}${seq}`,
      citation: { file, line: ack?.line ?? arrivals.line(seq) },
    });
  }
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
    const places: Places = { stored: new Map(), outside: [] };
    for (const witness of facts.witnesses()) placesOf(facts, witness, permitted, places);
    const { stored, outside } = places;
    if (![...stored.keys()].some((name) => permitted.includes(name)))
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
