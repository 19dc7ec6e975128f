import assert from "node:assert/strict";
import { test } from "node:test";
import { find } from "../small-evidence.ts";
import { acked, smallLedger, smallReading, timedOut } from "../small-files.ts";
import { staleReads } from "./reads.ts";

const old = [acked(0, 8000), acked(1, 9000)];
const fresh = [acked(2, 20_000, { region: 2, epoch: 2 }), acked(3, 21_000, { region: 2, epoch: 2 })];

const reading = (ledger: ReturnType<typeof smallLedger>, seqs: readonly number[]) =>
  smallReading(
    "final",
    seqs.map((seq) => ({ seq })),
    [ledger],
  );

test("staleReads: a read after the acknowledgement must find it; while it was under way or when it is lost it need not", () => {
  const read = (seq: number, sent: number, of: number, found: boolean) => ({
    seq,
    sent,
    end: sent + 5,
    of,
    ...(found ? {} : { status: 404, ack: 2 }),
  });
  const sound = smallLedger({
    writes: [acked(0, 1000), acked(1, 2000)],
    reads: [read(2, 1005, 0, false), read(3, 1500, 0, true), read(4, 2500, 1, false)],
  });
  // 1 is lost: rightly not found.
  const fine = find(staleReads, { ledgers: [sound], readings: [reading(sound, [0])] });
  assert.deepEqual(
    [fine.status, fine.measured, fine.reason],
    ["PASS", { lo: 0, hi: 0, unit: "count" }, "none of 2 reads of acknowledged payments"],
  );
  const stale = find(staleReads, { ledgers: [sound], readings: [reading(sound, [0, 1])] });
  assert.deepEqual(
    [stale.status, stale.measured?.lo, stale.evidence],
    ["FAIL", 1, [{ file: "ledger/k.ndjson", line: 6 }]],
  );
  assert.match(stale.reason, /up to 490 ms before/);
});

test("staleReads: what one read has found, with or without a promise, a later one must not miss", () => {
  const read = (seq: number, sent: number, found: boolean) => ({
    seq,
    sent,
    end: sent + 5,
    of: 0,
    ...(found ? {} : { status: 404, ack: 2 }),
  });
  const travelled = (...reads: readonly ReturnType<typeof read>[]) => {
    const ledger = smallLedger({ writes: [timedOut(0, 1000)], reads });
    const { measured, reason } = find(staleReads, { ledgers: [ledger], readings: [reading(ledger, [0])] });
    return [measured?.lo, reason];
  };
  assert.deepEqual(travelled(read(1, 1500, true), read(2, 1505, false), read(3, 1600, true)), [
    1,
    "1 of 2 did not find what had been acknowledged or read (up to 0 ms before)",
  ]);
  // Side by side, or the other way about, nothing has travelled.
  assert.deepEqual(travelled(read(1, 1500, true), read(2, 1504, false), read(3, 1600, true))[0], 0);
  assert.deepEqual(travelled(read(1, 1500, false), read(2, 1600, true), read(3, 1700, true))[0], 0);
});

test("staleReads: what a read had found without a promise, and that is gone in the end, is told", () => {
  const found = { seq: 2, sent: 1500, end: 1505, of: 0 };
  const ledger = smallLedger({
    writes: [timedOut(0, 1000), acked(1, 1100)],
    reads: [found, { ...found, seq: 3, of: 1 }],
  });
  const told = (seqs: readonly number[]) => find(staleReads, { ledgers: [ledger], readings: [reading(ledger, seqs)] });
  assert.deepEqual([told([1]).status, told([1]).measured?.lo], ["PASS", 0]);
  assert.match(told([1]).reason, /; 1 payment that a read had found, never acknowledged, not there in the end$/);
  assert.doesNotMatch(told([0]).reason, /that a read had found/, "the acknowledged one is RPO's");
});

test("staleReads: wrong content counts; without reads of acknowledged payments it is not measurable", () => {
  const wrong = smallLedger({ writes: [acked(0, 1000)], reads: [{ seq: 1, sent: 2000, end: 2005, of: 0, ack: 0 }] });
  assert.equal(find(staleReads, { ledgers: [wrong], readings: [reading(wrong, [0])] }).status, "FAIL");
  const none = smallLedger({ writes: [acked(0, 1000)], reads: [{ seq: 1, sent: 2000, end: 2005 }] });
  assert.equal(find(staleReads, { ledgers: [none], readings: [reading(none, [0])] }).status, "NOT_MEASURABLE");
});

test("staleReads: answers of the old side after the new one has begun are told, not judged", () => {
  const reads = [
    { seq: 10, sent: 19_000, end: 19_005, of: 0 },
    { seq: 11, sent: 21_500, end: 21_505, of: 0 },
    { seq: 12, sent: 21_600, end: 21_605, of: 2, region: 2, epoch: 2 },
  ];
  const ledger = smallLedger({ writes: [...old, ...fresh], reads });
  const found = find(staleReads, { ledgers: [ledger], readings: [reading(ledger, [0, 1, 2, 3])] });
  assert.equal(found.status, "PASS");
  assert.match(found.reason, /1 read answered in an older write epoch after a newer one had begun/);
});
