/** The large files of the benchmark's run: the ledger in the order in which a load writes it, and the final readings by seq. */
import { intentLayout, outcomeLayout, survivorLayout } from "../../src/evidence/layout.ts";
import { formatIntent, formatMark, formatOutcome, formatSurvivor } from "../../src/model/ledger.ts";
import { accounts, fill, newWrite, rowOf } from "./planted.ts";
import type { Plan, Row, Write } from "./planted.ts";
import { recordFile, templateOf } from "./record-file.ts";
import type { RecordFile } from "./record-file.ts";

type Header = Readonly<Record<string, unknown>>;

const openingMinor = 1_000_000_000;
const hash = "0123456789abcdef";
const zero = {
  seq: 0,
  us: 0,
  amountMinor: 0,
  from: 0,
  to: 0,
  status: 0,
  errorCode: 0,
  ack: 0,
  region: 0,
  epoch: 0,
} as const;
const intent = templateOf(intentLayout, formatIntent({ ...zero, attempt: 1, hash }));
const outcome = templateOf(outcomeLayout, formatOutcome({ ...zero, lsn: 0 }));
const survivor = templateOf(
  survivorLayout,
  formatSurvivor({ ...zero, witness: "k", hash, replayed: false, debits: 0, credits: 0, net: 0 }),
);

/** In the order of time: outcomes stand among the intents of later writes. */
export function writeLedger(path: string, header: Header, plan: Plan): void {
  using file = recordFile(path);
  file.text(`${JSON.stringify(header)}\n`);
  file.text(formatMark({ mark: "open", us: plan.loadStartUs, n: 0 }));
  const write = newWrite();
  // A ring of periods, each with the writes that end in it as a linked list; longer than anything is under way.
  const ring = 1 << 14;
  const first = new Int32Array(ring).fill(-1);
  const next = new Int32Array(ring);
  const periods = plan.writes + Math.ceil((plan.timeoutUs + 1e6) / plan.periodUs);
  for (let period = 0; period < periods; period++) {
    for (let seq = first[period % ring] ?? -1; seq >= 0; seq = next[seq % ring] ?? -1)
      putOutcome(file, fill(write, plan, seq));
    first[period % ring] = -1;
    if (period >= plan.writes) continue;
    putIntent(file, fill(write, plan, period));
    const ends = Math.floor((write.endUs - plan.loadStartUs) / plan.periodUs) + 1;
    if (ends - period >= ring) throw new Error("a write is under way for longer than the ring");
    next[period % ring] = first[ends % ring] ?? -1;
    first[ends % ring] = period;
  }
  const endUs = plan.loadStartUs + Math.ceil(periods * plan.periodUs);
  file.text(formatMark({ mark: "drop", us: endUs, n: 0 }));
  file.text(formatMark({ mark: "stop", us: endUs, n: 0 }));
  file.text(formatMark({ mark: "done", us: endUs, n: plan.writes }));
}

function putIntent(file: RecordFile, w: Write): void {
  file.record(intent, [w.seq, w.sentUs, w.amountMinor, w.from, w.to, 1, w.hashHigh, w.hashLow]);
}

function putOutcome(file: RecordFile, w: Write): void {
  const lsn = w.ack === 1 ? 16_777_216 + 5_400 * w.seq : 0;
  file.record(outcome, [w.seq, w.endUs, w.status, w.errorCode, w.ack, w.region, w.epoch, lsn]);
}

export function writeReading(path: string, header: Header, plan: Plan, reading: "before-replay" | "final"): void {
  using file = recordFile(path);
  file.text(`${JSON.stringify(header)}\n`);
  const write = newWrite();
  const posted = new Float64Array(accounts);
  let payments = 0;
  for (let seq = 0; seq < plan.writes; seq++) {
    const row = rowOf(fill(write, plan, seq), plan, reading);
    for (let n = 0; n < row.rows; n++) {
      putSurvivor(file, write, row);
      posted[write.from] = (posted[write.from] ?? 0) - write.amountMinor * row.legs;
      posted[write.to] = (posted[write.to] ?? 0) + write.amountMinor * row.legs;
      payments += 1;
    }
  }
  posted.forEach((sum, id) =>
    file.text(`${JSON.stringify({ k: "a", id, opening: openingMinor, balance: openingMinor + sum, posted: sum })}\n`),
  );
  const endedUs = (reading === "final" ? plan.finalUs : plan.beforeReplayUs) + 400_000;
  file.text(`${JSON.stringify({ k: "end", endedUs, payments, accounts })}\n`);
}

function putSurvivor(file: RecordFile, w: Write, row: Row): void {
  // What the client was not told the epoch of was committed in the new Region; so was what was replayed.
  const epoch = row.replayed || w.epoch === 0 ? 2 : w.epoch;
  file.record(survivor, [
    w.seq,
    w.hashHigh,
    w.hashLow,
    w.amountMinor,
    w.from,
    w.to,
    epoch,
    epoch,
    row.replayed ? 1 : 0,
    row.legs,
    row.legs,
    0,
  ]);
}
