/** duplicates, corrupt, torn, phantom: are the rows that are there the ones that should be, once each and whole? (measurement.md §5) */
import { isCorrupt, isDoubleEffect, isTorn } from "../../evidence/presence.ts";
import type { Condition, Presence } from "../../evidence/presence.ts";
import { cite, notMeasurable, plural } from "../check.ts";
import type { Check, Measurement } from "../check.ts";
import type { Facts } from "../facts.ts";
import { recordGaps } from "../gaps.ts";
import { point } from "../interval.ts";
import type { Objective } from "../interval.ts";
import { acknowledged } from "../classify.ts";
import { needFinal, needLedgers } from "../needs.ts";
import type { ExportLack } from "../../model/export.ts";
import { Unmeasured } from "../unmeasured.ts";

const noneAllowed = (): Objective => ({ op: "<=", limit: 0, unit: "count" });

function finalPresences(facts: Facts): { readonly file: string; readonly presences: readonly Presence[] } {
  needLedgers(facts.evidence);
  needFinal(facts.evidence);
  const reading = facts.finalReading();
  if (reading === null) throw new Unmeasured("there is no final reading");
  return { file: reading.file, presences: [...reading.presence.values()] };
}

/** The export's rows do not say what this finding is about; what they do say can still convict. */
function unless(facts: Facts, lack: ExportLack, without: string, measurement: Measurement): Measurement {
  const lacks = facts.finalReading()?.header.lacks?.includes(lack) === true;
  return lacks && measurement.measured?.lo === 0 ? notMeasurable(without, "count") : measurement;
}

/** Counts seqs, not rows. */
function unsound(facts: Facts, is: (condition: Condition) => boolean, what: string): Measurement {
  const { file, presences } = finalPresences(facts);
  let count = 0;
  const lines: number[] = [];
  for (const presence of presences) {
    const seqs = new Set<number>();
    for (const row of presence.unsound) {
      const condition = presence.conditions[row.condition];
      if (condition === undefined || !is(condition)) continue;
      seqs.add(row.seq);
      lines.push(row.line);
    }
    count += seqs.size;
  }
  const rows = presences.reduce((sum, presence) => sum + presence.rows, 0);
  const reason = count === 0 ? `none of ${rows} rows` : `${plural(count, "transaction")} ${what}`;
  return { measured: point(count), unit: "count", reason, evidence: cite(file, lines) };
}

export const duplicates: Check = {
  id: "duplicates",
  title: "Transactions that took effect more than once",
  objective: noneAllowed,
  doubts: recordGaps,
  measure: (facts) => {
    const { file, presences } = finalPresences(facts);
    const lines: number[] = [];
    let rows = 0;
    let effects = 0;
    let all = 0;
    for (const presence of presences) {
      const doubled = new Set(presence.doubles.map(({ seq }) => seq));
      for (const { line } of presence.doubles) lines.push(line);
      const more = new Set<number>();
      for (const row of presence.unsound) {
        const condition = presence.conditions[row.condition];
        if (condition === undefined || !isDoubleEffect(condition) || doubled.has(row.seq)) continue;
        more.add(row.seq);
        lines.push(row.line);
      }
      rows += doubled.size;
      effects += more.size;
      all += presence.rows;
    }
    const reason =
      rows + effects === 0
        ? `none of ${all} rows`
        : `${plural(rows, "transaction")} stored more than once, ${effects} stored once and posted more than once`;
    const measurement = {
      measured: point(rows + effects),
      unit: "count",
      reason,
      evidence: cite(file, lines),
    } as const;
    const without = `${reason} is stored more than once; how often one was posted the export does not say`;
    return unless(facts, "postings", without, measurement);
  },
};

export const corrupt: Check = {
  id: "corrupt",
  title: "Transactions whose content is not what was sent",
  objective: noneAllowed,
  doubts: recordGaps,
  measure: (facts) => {
    const lacks = facts.finalReading()?.header.lacks?.includes("content") === true;
    // Without content every row's hash is a placeholder; amount and accounts can still be compared.
    const is = lacks ? (row: Condition) => row.otherFields : isCorrupt;
    const found = unsound(facts, is, "stored with another body, amount or account than was sent");
    return unless(facts, "content", "the export says nothing of the content beyond amount and accounts", found);
  },
};

export const torn: Check = {
  id: "torn",
  title: "Transfers of which only one side is there",
  objective: noneAllowed,
  doubts: recordGaps,
  measure: (facts) => {
    const found = unsound(facts, isTorn, "without debit, without credit, or with the two not equal");
    return unless(facts, "postings", "the export says nothing of debits and credits", found);
  },
};

export const phantom: Check = {
  id: "phantom",
  title: "Transactions that nobody sent, that were refused, or that came back",
  objective: noneAllowed,
  doubts: recordGaps,
  measure: (facts) => {
    const { file, presences } = finalPresences(facts);
    const neverSent = presences.flatMap((presence) => presence.phantoms);
    const { unexplained, strangers } = foreign(facts);
    const refused = facts.witnesses().reduce((sum, { final }) => sum + final.refusedYetPresent.length, 0);
    const returned = resurrected(facts);
    const proven = refused + returned;
    const doubtful = neverSent.length + unexplained.length;
    const parts = [
      refused > 0 ? `${refused} were answered "not executed" and are there` : "",
      returned > 0 ? `${returned} were missing in the first final reading and are there in the second` : "",
      neverSent.length > 0
        ? `${neverSent.length} have ids of ours that the ledger never sent (or lost the record of)`
        : "",
      unexplained.length > 0 ? `${unexplained.length} have ids of this run that no probe tells of` : "",
    ].filter((part) => part !== "");
    const others = strangers > 0 ? `; ${plural(strangers, "row")} of others (not judged)` : "";
    // What the ledger may have lost the record of accuses nobody: it only takes away the certainty.
    const measured = { lo: proven, hi: proven + doubtful };
    const evidence = cite(file, [...neverSent.map(({ line }) => line), ...unexplained]);
    return { measured, unit: "count", reason: `${parts.length === 0 ? "none" : parts.join("; ")}${others}`, evidence };
  },
};

/** Rows that are not the witnesses': a probe's payment is explained when the probe's own record has its id. */
function foreign(facts: Facts): { readonly unexplained: number[]; readonly strangers: number } {
  const told: string[] = [];
  let silent = 0;
  for (const { header, lines } of facts.evidence.probes) {
    if (header.kind !== "journey" && header.kind !== "fence") continue;
    for (const { value } of lines) {
      const texts = Object.values(value.detail ?? {}).filter((detail) => typeof detail === "string");
      told.push(...texts);
      // A journey that ended badly may have paid without learning its payment's id; a fence probe does not tell its ids.
      if (header.kind === "journey" ? !value.ok : value.detail?.["attempted"] === true) silent += 1;
    }
  }
  const unexplained: number[] = [];
  let strangers = 0;
  for (const { value, line } of facts.finalReading()?.foreign ?? []) {
    if (!value.ours) strangers += 1;
    else if (!told.some((text) => text.includes(value.id))) unexplained.push(line);
  }
  return { unexplained: unexplained.length <= silent ? [] : unexplained, strangers };
}

/** Acknowledged writes that were absent in the first final reading and present in the second: nothing was replayed in between. */
function resurrected(facts: Facts): number {
  const first = facts.evidence.readings.find(({ header }) => header.reading === "final");
  const second = facts.evidence.readings.find(({ header }) => header.reading === "final-again");
  if (first === undefined || second === undefined) return 0;
  let count = 0;
  for (const { ledger, outcomes } of facts.witnesses()) {
    const before = first.presence.get(ledger.header.witness);
    const after = second.presence.get(ledger.header.witness);
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] === acknowledged && after?.has(seq) === true && before?.has(seq) !== true) count += 1;
    }
  }
  return count;
}
