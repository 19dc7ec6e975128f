import assert from "node:assert/strict";
import { test } from "node:test";
import { find } from "../small-evidence.ts";
import {
  acked,
  deadCanary,
  observation,
  primary,
  secondary,
  smallLedger,
  smallProbe,
  smallReading,
  timedOut,
} from "../small-files.ts";
import type { SmallWrite } from "../small-files.ts";
import { staleReads } from "./reads.ts";
import { residency } from "./residency.ts";
import { fenceBreach, splitBrain } from "./switch-over.ts";

const old = [acked(0, 8000), acked(1, 9000)];
const fresh = [acked(2, 20_000, { region: 2, epoch: 2 }), acked(3, 21_000, { region: 2, epoch: 2 })];
const ledgers = (writes: readonly SmallWrite[]) => [smallLedger({ writes })];

test("splitBrain: one writer after the other", () => {
  const { status, measured } = find(splitBrain, { ledgers: ledgers([...old, ...fresh]) });
  assert.deepEqual({ status, measured }, { status: "PASS", measured: { lo: 0, hi: 0, unit: "ms" } });
});

test("splitBrain: the old writer acknowledged what was sent after the new one had acknowledged", () => {
  const late = acked(4, 20_500);
  const found = find(splitBrain, { ledgers: ledgers([...old, ...fresh, late]) });
  // New: first sent at 20.0, acknowledged at 20.01. Old: last sent at 20.5, acknowledged at 20.51.
  assert.deepEqual([found.status, found.measured], ["FAIL", { lo: 490, hi: 510, unit: "ms" }]);
  // Accounts 1 and 2 by default; the new writer's second write is after the old one's last.
  assert.match(found.reason, /; 2 accounts posted to by both meanwhile: 1, 2$/);
  const told = (from: number, to: number) =>
    find(splitBrain, { ledgers: ledgers([...old, ...fresh, acked(4, 20_500, { from, to })]) }).reason;
  assert.match(told(2, 7), /; 1 account posted to by both meanwhile: 2$/);
  assert.match(told(8, 7), /; no account was posted to by both meanwhile$/);
});

test("splitBrain: what may have overlapped is neither proven nor excluded", () => {
  const late = { ...acked(4, 19_990), end: 20_005 };
  const found = find(splitBrain, { ledgers: ledgers([...old, ...fresh, late]) });
  assert.deepEqual([found.status, found.measured], ["INCONCLUSIVE", { lo: 0, hi: 5, unit: "ms" }]);
});

test("splitBrain: without a second epoch, or without epochs, nothing can be said", () => {
  assert.equal(find(splitBrain, { ledgers: ledgers(old) }).status, "NOT_MEASURABLE");
  assert.equal(
    find(splitBrain, { ledgers: ledgers(old.map((write) => ({ ...write, epoch: 0 }))) }).status,
    "NOT_MEASURABLE",
  );
});

const fence = (attempts: readonly { at: number; accepted: boolean; epoch?: number }[]) =>
  smallProbe(
    "fence",
    500,
    1000,
    attempts.map(({ at, accepted, epoch }) =>
      observation(at, !accepted, 5, {
        detail: { attempted: true, accepted },
        ...(epoch === undefined ? {} : { epoch }),
      }),
    ),
  );

test("fenceBreach: refused or unreachable throughout", () => {
  const found = find(fenceBreach, {
    ledgers: ledgers([...old, ...fresh]),
    probes: [
      deadCanary(),
      fence([
        { at: 19_000, accepted: false },
        { at: 22_000, accepted: false },
      ]),
    ],
  });
  assert.deepEqual([found.status, found.measured], ["PASS", { lo: 0, hi: 0, unit: "count" }]);
});

test("fenceBreach: accepted after the promotion counts, before it or in a later epoch does not", () => {
  const probes = [
    deadCanary(),
    fence([
      { at: 19_000, accepted: true, epoch: 1 },
      { at: 22_000, accepted: true, epoch: 1 },
      { at: 90_000, accepted: true, epoch: 3 },
    ]),
  ];
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh]), probes });
  assert.deepEqual(
    [found.status, found.measured, found.evidence],
    ["FAIL", { lo: 1, hi: 1, unit: "count" }, [{ file: "probes/fence.ndjson", line: 3 }]],
  );
});

test("fenceBreach: the load's own writes that the old primary acknowledged are breaches", () => {
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh, acked(4, 22_000), acked(5, 23_000)]) });
  assert.deepEqual(
    [found.status, found.measured?.lo, found.evidence],
    [
      "FAIL",
      2,
      [
        { file: "ledger/k.ndjson", line: 6 },
        { file: "ledger/k.ndjson", line: 7 },
      ],
    ],
  );
});

test("fenceBreach: accepted at about the time of the promotion is neither a breach nor none", () => {
  // Sent before the first new acknowledgement, answered after it.
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh, acked(4, 19_990, { end: 20_500 })]) });
  assert.deepEqual([found.status, found.measured], ["INCONCLUSIVE", { lo: 0, hi: 1, unit: "count" }]);
  assert.match(found.reason, /1 write accepted at about the time of the promotion/);
});

test("fenceBreach: an old primary that says that it serves is in doubt; without any probe nothing is known", () => {
  const open = smallProbe(
    "inside-primary",
    1000,
    50,
    Array.from({ length: 40 }, (_, n) => observation(n * 1000, n < 10 || n > 30, 5, { epoch: 1 })),
  );
  const doubt = find(fenceBreach, { ledgers: ledgers([...old, ...fresh]), probes: [open] });
  assert.deepEqual([doubt.status, doubt.measured], ["INCONCLUSIVE", { lo: 0, hi: 1, unit: "count" }]);
  assert.equal(find(fenceBreach, { ledgers: ledgers([...old, ...fresh]), probes: [] }).status, "NOT_MEASURABLE");
  assert.equal(find(fenceBreach, { ledgers: ledgers(old) }).status, "NOT_MEASURABLE");
});

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

test("residency: every row and every acknowledgement in one of the two Regions", () => {
  const ledger = smallLedger({ writes: [...old, ...fresh] });
  const rows = [{ seq: 0 }, { seq: 1 }, { seq: 2, region: 2 }, { seq: 3, region: 2 }];
  const fine = find(residency, { ledgers: [ledger], readings: [smallReading("final", rows, [ledger])] });
  assert.deepEqual([fine.status, fine.reason], ["PASS", `stored: 2 in ${primary}, 2 in ${secondary}`]);
  const astray = find(residency, {
    ledgers: [ledger],
    readings: [smallReading("final", [...rows.slice(0, 3), { seq: 3, region: 0 }], [ledger])],
  });
  assert.deepEqual([astray.status, astray.measured?.lo], ["FAIL", 1]);
  const mute = find(residency, {
    ledgers: [ledger],
    readings: [
      smallReading(
        "final",
        rows.map((row) => ({ ...row, region: 0 })),
        [ledger],
      ),
    ],
  });
  assert.equal(mute.status, "NOT_MEASURABLE");
});
