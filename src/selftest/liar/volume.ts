/** What the liar has stored: two volumes, one in each Region, and the export of the one that serves. */
import { createHash } from "node:crypto";
import type { ExportLine } from "../../model/export.ts";
import { randomOf } from "../random.ts";
import { regionNames } from "./script.ts";
import type { LiarScript, Moments, Payment, Tampering } from "./script.ts";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface Volume {
  readonly payments: ReadonlyMap<string, Payment>;
  readonly add: (payment: Payment) => void;
  /** The standby becomes the primary: what it never received is gone for it. Once. */
  readonly promote: (moments: Moments) => void;
  /** What only the old primary had is found and played again. Once. */
  readonly salvage: () => void;
  readonly tampering: (serving: 0 | 1) => Tampering;
  /** Lines of docs/system-contract.md's export of the Region that serves, of what was committed by `us`. */
  readonly exportLines: (us: number, moments: Moments) => Generator<ExportLine>;
  /** Rows that the liar made up. */
  readonly inserted: readonly InsertedRow[];
}

export interface InsertedRow {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly amountMinor: number;
}

export function createVolume(script: LiarScript): Volume {
  const payments = new Map<string, Payment>();
  const inserted: InsertedRow[] = [];
  const skew = new Map<number, number>();
  let promoted = false;
  let salvaged = false;

  function promote(moments: Moments): void {
    if (promoted) return;
    promoted = true;
    const random = randomOf(script.seed + 17);
    const before = [...payments.values()].filter(({ on }) => on[0] && on[1]);
    const lost = new Set(
      script.lose(
        before.filter(({ ackedUs }) => ackedUs !== null),
        moments,
      ),
    );
    // What was committed before this had been received; what came later may have been.
    let receivedUs = moments.faultUs - script.lagMs * 1000;
    for (const { committedUs } of lost) receivedUs = Math.min(receivedUs, committedUs);
    for (const payment of before) {
      const received =
        payment.ackedUs === null ? payment.committedUs < receivedUs || random() < 0.5 : !lost.has(payment);
      payment.on[1] = received;
      payment.lost = payment.ackedUs !== null && !received;
    }
  }

  function salvage(): void {
    if (salvaged || !promoted) return;
    salvaged = true;
    const found = [...payments.values()].filter(({ lost, on }) => lost && on[0] && !on[1]);
    for (const payment of found.slice(0, Math.max(0, found.length - script.unsalvaged))) {
      payment.on[1] = true;
      payment.replayed = true;
    }
  }

  const tampering = (serving: 0 | 1): Tampering => ({
    stored: () => [...payments.values()].filter(({ on }) => on[serving]),
    remove: (payment) => void (payment.on[serving] = false),
    restore: (payment) => void (payment.on[serving] = true),
    lostOnes: () => [...payments.values()].filter(({ lost, on }) => lost && on[0] && !on[serving]),
    insert: (row) => void inserted.push(row),
    addToBalance: (account, amount) => void skew.set(account, (skew.get(account) ?? 0) + amount),
  });

  function* exportLines(us: number, moments: Moments): Generator<ExportLine> {
    const serving = us >= moments.promotedUs ? 1 : 0;
    // The rebuilt primary Region tells what the other one has.
    const told = us >= moments.switchedUs ? 0 : serving;
    const epochs = { serving: script.epochOf(told, us, moments), replaying: script.epochOf(1, us, moments) };
    const rows = [...payments.values()].filter(({ on, committedUs }) => on[serving] && committedUs <= us);
    yield { export: "payments@1", region: regionNames[told], epoch: epochs.serving, lsn: "50331744" };
    const posted = new Float64Array(script.accounts + 1);
    const post = (account: number, amount: number): void => void (posted[account] = (posted[account] ?? 0) + amount);
    let count = 0;
    for (const row of withInserted(rows, inserted)) {
      for (let copy = 0; copy < row.copies; copy++) {
        const isReplay = row.replayedCopy !== null && copy === (row.replayedCopy === "before" ? 0 : row.copies - 1);
        post(row.from, -row.amountMinor * row.debits);
        post(row.to, row.amountMinor * row.credits);
        count += 1;
        yield exportRow(isReplay ? { ...row, replayed: true } : row, epochs.replaying);
      }
    }
    for (let account = 1; account <= script.accounts; account++) {
      const { openingMinor: opening } = script;
      const sum = (posted[account] ?? 0) + (skew.get(account) ?? 0);
      yield { account, opening, balance: opening + sum, posted: posted[account] ?? 0 };
    }
    yield { end: true, payments: count, accounts: script.accounts };
  }

  return {
    payments,
    inserted,
    add: (payment) => void payments.set(payment.id, payment),
    promote,
    salvage,
    tampering,
    exportLines,
  };
}

type StoredRow = Pick<
  Payment,
  | "id"
  | "hash"
  | "storedBody"
  | "body"
  | "storedFrom"
  | "from"
  | "to"
  | "amountMinor"
  | "storedRegion"
  | "epoch"
  | "replayed"
> &
  Pick<Payment, "debits" | "credits" | "copies" | "replayedCopy">;

function exportRow(row: StoredRow, replayingEpoch: number): ExportLine {
  const { id, hash, storedFrom, to, amountMinor, storedRegion, replayed, debits, credits } = row;
  const line = {
    id,
    hash,
    bodyHash: row.storedBody === row.body ? hash : sha256(row.storedBody),
    from: storedFrom,
    to,
    amountMinor,
    region: replayed ? regionNames[1] : storedRegion,
    epoch: replayed ? replayingEpoch : row.epoch,
    replayed,
    debits,
    credits,
    debited: amountMinor * debits,
    credited: amountMinor * credits,
  };
  return line;
}

/** In ascending order of the ids' bytes, as the contract has it. */
function withInserted(rows: readonly Payment[], inserted: readonly InsertedRow[]): StoredRow[] {
  const strangers = inserted.map(({ id, from, to, amountMinor }): StoredRow => {
    const body = `inserted ${id}`;
    const posted = { debits: 1, credits: 1, copies: 1, replayedCopy: null };
    const whole = { ...posted, epoch: 1, replayed: false, storedRegion: regionNames[0] };
    return { id, hash: sha256(body), body, storedBody: body, from, storedFrom: from, to, amountMinor, ...whole };
  });
  return [...rows, ...strangers].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
