/** The lost transactions one by one, with what was promised, and as a CSV for those who must reconcile them by hand. */
import { ackOf, sumMinor } from "./loss.ts";
import type { Facts } from "./facts.ts";
import { epochWallMs } from "./wall-time.ts";

export interface LostRow {
  readonly id: string;
  readonly witness: string;
  readonly seq: number;
  readonly ackedUs: number;
  /** The same as wall-clock time, for whoever looks it up elsewhere; "" when the run has no anchor. */
  readonly ackedAt: string;
  readonly amountMinor: number;
  readonly from: number;
  readonly to: number;
  /** Region that acknowledged it; "" when it did not say. */
  readonly region: string;
  /** It is there in the end. */
  readonly salvaged: boolean;
  readonly ledgerFile: string;
  readonly ledgerLine: number;
}

export interface UndecidedRow {
  readonly id: string;
  readonly witness: string;
  readonly seq: number;
  readonly sentUs: number;
  readonly amountMinor: number;
}

export interface Transactions {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Before replay. */
  readonly lost: number;
  /** Unknown to the client, and there. */
  readonly recovered: number;
  /** Unknown to the client, and not there. */
  readonly undecided: number;
  /** Lost before replay, there in the end. */
  readonly salvaged: number;
  readonly residual: number;
  readonly lostMinor: number;
  readonly residualMinor: number;
}

export interface LossTable {
  /** There is a final reading: without one nothing is known to be lost, and nothing not to be. */
  readonly isKnown: boolean;
  readonly transactions: Transactions;
  /** Lost before replay, and whatever else is missing in the end; by the time of the promise. */
  readonly lost: readonly LostRow[];
  readonly undecided: readonly UndecidedRow[];
}

export function lossTable(facts: Facts): LossTable {
  const lost: LostRow[] = [];
  const undecided: UndecidedRow[] = [];
  const sums = {
    attempted: 0,
    acknowledged: 0,
    failed: 0,
    unknown: 0,
    lost: 0,
    recovered: 0,
    undecided: 0,
    salvaged: 0,
    residual: 0,
    lostMinor: 0,
    residualMinor: 0,
  };
  // Without any reading everything would seem lost.
  const isKnown = facts.finalReading() !== null;
  const epochMs = epochWallMs(facts.evidence);
  // A given time is written down; no clock is read.
  // oxlint-disable-next-line no-restricted-globals
  const wallTime = (us: number): string => (epochMs === null ? "" : new Date(epochMs + us / 1000).toISOString());
  for (const witness of facts.witnesses()) {
    const { ledger, outcomes, presentFinal } = witness;
    const { arrivals, header, file } = ledger;
    const { counts } = outcomes;
    sums.attempted += counts.attempted;
    sums.acknowledged += counts.acknowledged;
    sums.failed += counts.failed;
    sums.unknown += counts.unknown;
    if (!isKnown) continue;
    const { before, final } = witness;
    sums.lost += before.lost.length;
    sums.recovered += before.recovered;
    sums.undecided += before.undecided.length;
    sums.salvaged += before.lost.filter(presentFinal).length;
    sums.residual += final.lost.length;
    sums.lostMinor += sumMinor(arrivals, before.lost);
    sums.residualMinor += sumMinor(arrivals, final.lost);
    const id = (seq: number): string => `${header.idPrefix}${seq}`;
    for (const seq of new Set([...before.lost, ...final.lost])) {
      const ack = ackOf(arrivals, outcomes, seq);
      lost.push({
        id: id(seq),
        witness: header.witness,
        seq,
        ackedUs: ack.us,
        ackedAt: wallTime(ack.us),
        amountMinor: arrivals.amountMinor(seq),
        from: arrivals.from(seq),
        to: arrivals.to(seq),
        region: header.regions[(arrivals.answers[ack.answer]?.region ?? 0) - 1] ?? "",
        salvaged: presentFinal(seq),
        ledgerFile: file,
        ledgerLine: ack.line,
      });
    }
    for (const seq of before.undecided) {
      undecided.push({
        id: id(seq),
        witness: header.witness,
        seq,
        sentUs: arrivals.sentUs(seq),
        amountMinor: arrivals.amountMinor(seq),
      });
    }
  }
  lost.sort((a, b) => a.ackedUs - b.ackedUs || a.seq - b.seq);
  return { isKnown, transactions: sums, lost, undecided };
}

/** RFC 4180, one line per lost transaction, oldest promise first; null when nobody knows what was lost: an empty table would say nothing was. */
export function lossCsv(summary: { readonly lostKnown: boolean; readonly lost: readonly LostRow[] }): string | null {
  if (!summary.lostKnown) return null;
  const head =
    "id,witness,seq,acknowledged_us,acknowledged_at,amount_minor,from_account,to_account,acknowledged_by,salvaged,ledger_file,ledger_line";
  const rows = summary.lost.map((row) =>
    [
      row.id,
      row.witness,
      row.seq,
      row.ackedUs,
      row.ackedAt,
      row.amountMinor,
      row.from,
      row.to,
      row.region,
      row.salvaged ? "yes" : "no",
      row.ledgerFile,
      row.ledgerLine,
    ]
      .map(field)
      .join(","),
  );
  return [head, ...rows].map((line) => `${line}\r\n`).join("");
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
