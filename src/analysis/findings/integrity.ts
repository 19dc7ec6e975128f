/** duplicates, corrupt, torn, phantom: are the rows that are there the ones that should be, once each and whole? (docs/measuring.md §3) */
import type { Citation } from "../../evidence/citation.ts";
import type { Reading } from "../../evidence/evidence.ts";
import { isCorrupt, isDoubleEffect, isTorn } from "../../evidence/presence.ts";
import type { Condition, Presence, Row } from "../../evidence/presence.ts";
import { citedAtMost, notMeasurable, plural } from "../check.ts";
import type { Check, Measurement } from "../check.ts";
import type { Facts } from "../facts.ts";
import { recordGaps } from "../gaps.ts";
import { point } from "../interval.ts";
import type { Objective } from "../interval.ts";
import { acknowledged, failed } from "../classify.ts";
import { needFinal, needLedgers } from "../needs.ts";
import type { ExportLack } from "../../model/export.ts";
import { Unmeasured } from "../unmeasured.ts";
import { probePayments } from "./probe-payments.ts";

const noneAllowed = (): Objective => ({ op: "<=", limit: 0, unit: "count" });

/** The one that counts first. */
function readingsOf(facts: Facts): readonly Reading[] {
  needLedgers(facts.evidence);
  needFinal(facts.evidence);
  const readings = facts.finalReadings();
  if (readings.length === 0) throw new Unmeasured("there is no final reading");
  return readings;
}

const rowsIn = (readings: readonly Reading[]): number =>
  [...(readings[0]?.presence.values() ?? [])].reduce((sum, { rows }) => sum + rows, 0);

const lacks = ({ header }: Reading, lack: ExportLack): boolean => header.lacks?.includes(lack) === true;

/** The export's rows do not say what this finding is about; what they do say can still convict. */
function unless(facts: Facts, lack: ExportLack, without: string, measurement: Measurement): Measurement {
  const silent = facts.finalReadings().some((reading) => lacks(reading, lack));
  return silent && measurement.measured?.lo === 0 ? notMeasurable(without, "count") : measurement;
}

interface Found {
  readonly count: number;
  readonly has: (witness: string, seq: number) => boolean;
  readonly cited: readonly Citation[];
  /** By reading: how many only it has. */
  readonly onlyIn: readonly number[];
}

/**
 * Transactions with such rows in either of the two final readings. Nothing was under way when they were taken: what one of them shows was
 * so, whether or not the other shows it, too. Counts seqs, not rows.
 */
function inEither(
  readings: readonly Reading[],
  rowsOf: (presence: Presence, reading: Reading, witness: string) => Iterable<Row>,
): Found {
  /** By witness and seq: a bit for each reading. */
  const found = new Map<string, Map<number, number>>();
  const cited: Citation[] = [];
  for (const [nth, reading] of readings.entries()) {
    const bit = 1 << nth;
    for (const [witness, presence] of reading.presence) {
      const seqs = found.get(witness) ?? new Map<number, number>();
      found.set(witness, seqs);
      for (const { seq, line } of rowsOf(presence, reading, witness)) {
        const before = seqs.get(seq) ?? 0;
        seqs.set(seq, before | bit);
        // What is cited from one reading is not cited again from the other.
        if (before % bit === 0 && cited.length < citedAtMost) cited.push({ file: reading.file, line });
      }
    }
  }
  const onlyIn = readings.map(() => 0);
  let count = 0;
  for (const seqs of found.values()) {
    count += seqs.size;
    for (const bits of seqs.values())
      for (const nth of onlyIn.keys()) if (bits === 1 << nth) onlyIn[nth] = (onlyIn[nth] ?? 0) + 1;
  }
  return { count, has: (witness, seq) => found.get(witness)?.has(seq) === true, cited, onlyIn };
}

/** Where the two final readings do not show the same, which of them does. */
function apart(...found: readonly Found[]): string {
  const only = (nth: number): number => found.reduce((sum, { onlyIn }) => sum + (onlyIn[nth] ?? 0), 0);
  if (found.every(({ onlyIn }) => onlyIn.length < 2)) return "";
  const parts = [
    only(1) > 0 ? `${only(1)} only in the first of the two final readings` : "",
    only(0) > 0 ? `${only(0)} only in the second${only(1) > 0 ? "" : " of the two final readings"}` : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}

const unsoundRows = ({ unsound: rows, conditions }: Presence, is: (condition: Condition) => boolean): readonly Row[] =>
  rows.filter(({ condition: number }) => {
    const condition = conditions[number];
    return condition !== undefined && is(condition);
  });

function unsound(facts: Facts, is: (condition: Condition, reading: Reading) => boolean, what: string): Measurement {
  const readings = readingsOf(facts);
  const found = inEither(readings, (presence, reading) => unsoundRows(presence, (row) => is(row, reading)));
  const { count, cited } = found;
  const reason =
    count === 0 ? `none of ${rowsIn(readings)} rows` : `${plural(count, "transaction")} ${what}${apart(found)}`;
  return { measured: point(count), unit: "count", reason, evidence: cited };
}

export const duplicates: Check = {
  id: "duplicates",
  title: "Transactions that took effect more than once",
  objective: noneAllowed,
  doubts: recordGaps,
  measure: (facts) => {
    const readings = readingsOf(facts);
    const rows = inEither(readings, (presence) => presence.doubles);
    const effects = inEither(readings, (presence, _reading, witness) =>
      unsoundRows(presence, isDoubleEffect).filter(({ seq }) => !rows.has(witness, seq)),
    );
    const count = rows.count + effects.count;
    const reason =
      count === 0
        ? `none of ${rowsIn(readings)} rows`
        : `${plural(rows.count, "transaction")} stored more than once, ${effects.count} stored once and posted more than once${apart(rows, effects)}`;
    const evidence = [...rows.cited, ...effects.cited].slice(0, citedAtMost);
    const measurement = { measured: point(count), unit: "count", reason, evidence } as const;
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
    // Without content every row's hash is a placeholder; amount and accounts can still be compared.
    const is = (row: Condition, reading: Reading): boolean =>
      lacks(reading, "content") ? row.otherFields : isCorrupt(row);
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
    const readings = readingsOf(facts);
    const neverSent = inEither(readings, (presence) => presence.phantoms);
    const { refused: refusedToProbes, unexplained, untold, strangers } = probePayments(facts);
    const { returned, withdrawn } = flutter(facts);
    const inTheEnd = facts.witnesses().reduce((sum, { final }) => sum + final.refusedYetPresent.length, 0);
    const refused = inTheEnd + withdrawn + refusedToProbes.length;
    const proven = refused + returned;
    const doubtful = neverSent.count + unexplained.length;
    const theirs = Math.min(untold, unexplained.length);
    const parts = [
      refused > 0
        ? `${refused} were answered "not executed" and are there${withdrawn > 0 ? `, ${withdrawn} of them only in the first of the two final readings` : ""}`
        : "",
      returned > 0 ? `${returned} were missing in the first final reading and are there in the second` : "",
      neverSent.count > 0
        ? `${neverSent.count} have ids of ours that the ledger never sent (or lost the record of)${apart(neverSent)}`
        : "",
      unexplained.length > 0
        ? `${unexplained.length} have ids of this run that no probe tells of${theirs > 0 ? ` (${theirs} of them may be what probes paid without a record of the id)` : ""}`
        : "",
    ].filter((part) => part !== "");
    const others = strangers > 0 ? `; ${plural(strangers, "row")} of others (not judged)` : "";
    // What the ledger may have lost the record of accuses nobody: it only takes away the certainty.
    const measured = { lo: proven, hi: proven + doubtful };
    const evidence = [...refusedToProbes, ...neverSent.cited, ...unexplained].slice(0, citedAtMost);
    return { measured, unit: "count", reason: `${parts.length === 0 ? "none" : parts.join("; ")}${others}`, evidence };
  },
};

/** What one final reading has and the other has not; nothing was sent or replayed in between. */
function flutter(facts: Facts): { readonly returned: number; readonly withdrawn: number } {
  const found = { returned: 0, withdrawn: 0 };
  const [second, first] = facts.finalReadings();
  if (first === undefined || second === undefined) return found;
  for (const { ledger, outcomes } of facts.witnesses()) {
    const before = first.presence.get(ledger.header.witness);
    const after = second.presence.get(ledger.header.witness);
    const { of } = outcomes;
    for (let seq = 0; seq < of.length; seq++) {
      if (of[seq] !== acknowledged && of[seq] !== failed) continue;
      const [was, is] = [before?.has(seq) === true, after?.has(seq) === true];
      // Acknowledged and back again; refused, there in the first all the same, and gone. What is there in the end is counted elsewhere.
      if (of[seq] === acknowledged && is && !was) found.returned += 1;
      if (of[seq] === failed && was && !is) found.withdrawn += 1;
    }
  }
  return found;
}
