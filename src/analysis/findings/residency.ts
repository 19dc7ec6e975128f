/** residency: every row must be stored in, and every request served by, one of the environment's Regions. */
import { acknowledged } from "../classify.ts";
import { notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import type { Facts } from "../facts.ts";
import { point } from "../interval.ts";
import { needFinal, needLedgers } from "../needs.ts";

/** Stored rows by name of Region; a number that the header does not list is a Region that nobody named. */
function rowsByRegion(facts: Facts): Map<string, number> {
  const counts = new Map<string, number>();
  const reading = facts.finalReading();
  for (const presence of reading?.presence.values() ?? []) {
    for (let seq = 0; seq < presence.size; seq++) {
      const condition = presence.condition(seq);
      if (condition === null) continue;
      const name = reading?.header.regions[condition.region - 1] ?? "a Region that is not one of the environment's";
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

/** Acknowledged writes by the Region that served them, when it says so. */
function servedByRegion(facts: Facts): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { ledger, outcomes } of facts.witnesses()) {
    const { arrivals, header } = ledger;
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      const name = header.regions[(arrivals.answers[arrivals.answerOf(seq)]?.region ?? 0) - 1];
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

export const residency: Check = {
  id: "residency",
  title: "Transactions stored or served outside the permitted Regions",
  objective: () => ({ op: "<=", limit: 0, unit: "count" }),
  measure: (facts) => {
    needLedgers(facts.evidence);
    needFinal(facts.evidence);
    const permitted = [facts.primary, facts.secondary];
    const stored = rowsByRegion(facts);
    const served = servedByRegion(facts);
    if (![...stored.keys()].some((name) => permitted.includes(name)))
      return notMeasurable("the export does not say in which Region a row was committed", "count");
    const outside = (counts: ReadonlyMap<string, number>): number =>
      [...counts].reduce((sum, [name, count]) => sum + (permitted.includes(name) ? 0 : count), 0);
    const count = outside(stored) + outside(served);
    const list = [...stored].map(([name, rows]) => `${rows} in ${name}`).join(", ");
    const reason =
      count === 0
        ? `stored: ${list}`
        : `${plural(count, "transaction")} outside ${permitted.join(" and ")}; stored: ${list}`;
    const reading = facts.finalReading();
    return {
      measured: point(count),
      unit: "count",
      reason,
      evidence: reading === null ? [] : [{ file: reading.file }],
    };
  },
};
