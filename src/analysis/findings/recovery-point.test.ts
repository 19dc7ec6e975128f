import assert from "node:assert/strict";
import { test } from "node:test";
import { find, smallEvidence } from "../small-evidence.ts";
import { acked, smallLedger, smallReading, timedOut } from "../small-files.ts";
import type { SmallRow } from "../small-files.ts";
import { duplicates } from "./integrity.ts";
import { staleReads } from "./reads.ts";
import { residual, rpoAmount, rpoCount, rpoTime } from "./recovery-point.ts";

/** Eight acknowledged writes, one a second; 5, 6, 7 die with the Region; 8 was under way. The fault takes effect in [10.0, 10.15] s. */
const writes = [
  ...Array.from({ length: 8 }, (_, seq) => acked(seq, 2000 + seq * 1000, { amount: 100 + seq })),
  timedOut(8, 9950, { amount: 5 }),
  timedOut(9, 12_000, { amount: 7 }),
];
const ledgers = [smallLedger({ writes })];
const rows = (seqs: readonly number[], more: Partial<SmallRow> = {}): SmallRow[] =>
  seqs.map((seq) => ({ seq, ...more }));
const before = smallReading("before-replay", rows([0, 1, 2, 3, 4]), ledgers, { started: 40_000 });
const final = smallReading("final", [...rows([0, 1, 2, 3, 4]), ...rows([5, 6], { replayed: true })], ledgers);
const ackLines = (lines: readonly number[]) => lines.map((line) => ({ file: "ledger/k.ndjson", line }));

test("rpo.time: the age of the oldest lost promise, as an interval, with its lines", () => {
  // 5 was sent at 7.0 s and acknowledged at 7.01 s; 4 was sent at 6.0 s and kept.
  assert.deepEqual(find(rpoTime, { ledgers, readings: [before, final] }), {
    id: "rpo.time",
    title: "Data loss in time, before replay: age of the oldest acknowledged write that was lost",
    status: "PASS",
    objective: { op: "<", limit: 60_000, unit: "ms" },
    measured: { lo: 10_000 - 7010, hi: 10_150 - 6000, unit: "ms" },
    margin: { lo: 60_000 - 4150, hi: 60_000 - 2990, unit: "ms" },
    reason:
      "2990 ms to 4150 ms before the fault, 3 acknowledged writes lost; replication lag was not watched in the minute before, so how much was at risk is not known",
    evidence: ackLines([7, 8, 9]),
  });
});

test("rpo.time, G3: how much was at risk, by lag samples that are near and fresh", () => {
  const told = (...samples: readonly (readonly [atMs: number, lagMs: number | null, computedMs: number | null])[]) => {
    const lag = samples.map(([at, lagMs, computed], n) => ({
      line: n + 2,
      value: {
        us: at * 1000,
        lagMs,
        lagBytes: null,
        computedUs: computed === null ? null : computed * 1000,
        protected: true,
      },
    }));
    return find(rpoTime, { ledgers, readings: [before, final], more: { lag } }).reason.replace(/^.*?; /, "");
  };
  // One write a second: 3 s of lag are 3 writes. Later samples, and those computed long before, are not asked.
  assert.equal(
    told([8000, 2500, 8000], [9000, 3000, 8990], [10_100, 90_000, 10_100]),
    "replication lag in the minute before: up to 3000 ms, at last 3000 ms (about 3 writes at risk)",
  );
  assert.match(
    told([8000, 90, 8000], [9000, 100, null]),
    /at last 100 ms \(about 0 writes at risk\), which does not fit the loss$/,
  );
  assert.match(told([9000, 0, 9000]), /^replication lag was 0 in the minute before: nothing was at risk/);
  assert.match(told([9000, null, null]), /^replication lag was not stated, or only with figures/);
  assert.match(told([9990, 3000, -20]), /^replication lag was not stated, or only with figures/);
});

test("rpo.time: FAIL only when the whole interval is over the limit, INCONCLUSIVE when part of it is", () => {
  const at = (rpoMs: number) =>
    find(rpoTime, { ledgers, readings: [before, final], drill: { objectives: { rpoMs } } }).status;
  assert.equal(at(2990), "FAIL");
  assert.equal(at(2991), "INCONCLUSIVE");
  assert.equal(at(4150), "INCONCLUSIVE");
  assert.equal(at(4151), "PASS");
});

test("rpo.time: without a reading, without a fault, without a promise: INCONCLUSIVE, never PASS", () => {
  const unread = find(rpoTime, { ledgers });
  assert.deepEqual(
    [unread.status, unread.measured, unread.reason],
    ["INCONCLUSIVE", null, "there is no final reading"],
  );
  const unhurt = find(rpoTime, { ledgers, readings: [final], probes: [] });
  assert.equal(unhurt.status, "INCONCLUSIVE");
  assert.match(unhurt.reason, /did not demonstrably take effect/);
  const unpromised = smallLedger({ writes: [timedOut(0, 1000)] });
  const silent = find(rpoTime, { ledgers: [unpromised], readings: [smallReading("final", [], [unpromised])] });
  assert.equal(silent.status, "INCONCLUSIVE");
  assert.match(silent.reason, /no write was ever acknowledged/);
});

test("without an export: NOT_MEASURABLE when the environment says that there is none", () => {
  const { manifest } = smallEvidence({});
  assert.ok(manifest !== null);
  const environment = { ...manifest.environment, lacks: ["export" as const] };
  const more = { manifest: { ...manifest, environment } };
  for (const check of [rpoTime, rpoCount, rpoAmount, residual, duplicates, staleReads]) {
    const { status, reason } = find(check, { ledgers, more });
    assert.deepEqual([check.id, status, reason.slice(0, 24)], [check.id, "NOT_MEASURABLE", "the system has no export"]);
    assert.equal(find(check, { ledgers }).status, "INCONCLUSIVE");
  }
});

test("rpo.count: promises broken are judged, what was under way is disclosed", () => {
  const found = find(rpoCount, { ledgers, readings: [before, final], drill: { objectives: { rpoCount: 3 } } });
  assert.deepEqual(
    [found.status, found.measured, found.evidence],
    ["PASS", { lo: 3, hi: 4, unit: "count" }, ackLines([7, 8, 9])],
  );
  assert.equal(
    find(rpoCount, { ledgers, readings: [before, final], drill: { objectives: { rpoCount: 2 } } }).status,
    "FAIL",
  );
  assert.deepEqual(
    find(rpoCount, { ledgers, readings: [before, final] }).objective,
    null,
    "disclosed unless a limit is set",
  );
});

test("rpo.amount: to the minor unit", () => {
  const found = find(rpoAmount, { ledgers, readings: [before, final] });
  assert.deepEqual(
    [found.status, found.objective, found.measured],
    ["PASS", null, { lo: 105 + 106 + 107, hi: 105 + 106 + 107 + 5, unit: "minor" }],
  );
});

test("the reading from before the replay does not speak of what was written after it was taken", () => {
  const later = [...writes, acked(10, 39_995), acked(11, 50_000)];
  const known = [smallLedger({ writes: later })];
  const readings = [
    smallReading("before-replay", rows([0, 1, 2, 3, 4]), known, { started: 40_000 }),
    smallReading("final", [...rows([0, 1, 2, 3, 4, 10, 11]), ...rows([5, 6, 7], { replayed: true })], known),
  ];
  assert.deepEqual(find(rpoCount, { ledgers: known, readings }).measured, { lo: 3, hi: 4, unit: "count" });
  const early = [...writes, acked(10, 39_000)];
  const other = [smallLedger({ writes: early })];
  const lost = [
    smallReading("before-replay", rows([0, 1, 2, 3, 4]), other, { started: 40_000 }),
    smallReading("final", rows([0, 1, 2, 3, 4, 10]), other),
  ];
  assert.equal(
    find(rpoCount, { ledgers: other, readings: lost }).measured?.lo,
    4,
    "acknowledged before the reading began and not in it",
  );
});

test("without a reading from before the replay, the marks of what was replayed tell what had been lost", () => {
  assert.equal(find(rpoCount, { ledgers, readings: [final] }).measured?.lo, 3);
});

test("what the writer that took over promised and lost is residual's, with a reading from before the replay or without", () => {
  const west = { region: 2, epoch: 2 };
  const promised = [...writes, acked(10, 20_000, west), acked(11, 30_000, west), acked(12, 50_000, west)];
  const known = [smallLedger({ writes: promised })];
  // 11 was there before the replay began and went at the failback, as 12 did, which came later.
  const early = smallReading("before-replay", rows([0, 1, 2, 3, 4, 10, 11]), known, { started: 40_000 });
  const end = smallReading("final", rows([0, 1, 2, 3, 4, 5, 6, 7, 10]), known);
  const replayed = smallReading("final", [...rows([0, 1, 2, 3, 4, 10]), ...rows([5, 6, 7], { replayed: true })], known);
  for (const readings of [[early, replayed], [replayed]]) {
    assert.equal(find(rpoCount, { ledgers: known, readings }).measured?.lo, 3);
    assert.equal(find(rpoTime, { ledgers: known, readings }).measured?.lo, 2990);
    const { measured, reason } = find(residual, { ledgers: known, readings });
    assert.equal(measured?.lo, 2);
    assert.match(reason, /, 39\.9 s to 40\.0 s after the fault; 3 lost ones replayed$/);
  }
  assert.match(
    find(rpoCount, { ledgers: known, readings: [end] }).reason,
    /; 2 promises more, of a writer that took over later, were broken, too$/,
  );
  // Without epochs nobody can tell the writers apart.
  const mute = [smallLedger({ writes: promised.map((write) => ({ ...write, epoch: 0 })) })];
  assert.equal(find(rpoCount, { ledgers: mute, readings: [end] }).measured?.lo, 2);
});

test("rpo.time, in words: how far back, and how long after the fault", () => {
  const told = (missing: readonly number[]) => {
    const known = [smallLedger({ writes: [...writes, acked(10, 13_000)] })];
    const there = [0, 1, 2, 3, 4, 5, 6, 7, 10].filter((seq) => !missing.includes(seq));
    const { reason } = find(rpoTime, { ledgers: known, readings: [smallReading("final", rows(there), known)] });
    return reason.replace(/ lost.*/, "");
  };
  assert.equal(told([7]), "990 ms to 2150 ms before the fault, 1 acknowledged write");
  assert.match(
    told([7, 10]),
    /^from 990 ms to 2150 ms before the fault to \d+ ms to \d+ ms after it, 2 acknowledged writes$/,
  );
  assert.match(told([10]), /^\d+ ms to \d+ ms after the fault, 1 acknowledged write$/);
});

test("a payment of which any row is not a replay was never lost, in whatever order its rows come", () => {
  const twice = [...rows([0, 1, 2, 3, 4, 6, 7]), { seq: 5, replayed: true }, { seq: 5 }];
  for (const order of [twice, twice.toReversed()])
    assert.equal(find(rpoCount, { ledgers, readings: [smallReading("final", order, ledgers)] }).measured?.lo, 0);
});

test("residual: what stays lost fails; what was replayed does not", () => {
  assert.deepEqual(find(residual, { ledgers, readings: [before, final] }), {
    id: "residual",
    title: "Acknowledged writes still missing after reconciliation",
    status: "FAIL",
    objective: { op: "<=", limit: 0, unit: "count" },
    measured: { lo: 1, hi: 1, unit: "count" },
    // 7 was acknowledged at 9.01 s; 6, which was replayed, was sent at 8 s.
    margin: { lo: -1, hi: -1, unit: "count" },
    reason:
      "1 acknowledged write missing for good, 107 minor units, 990 ms to 2150 ms before the fault; 2 lost ones replayed",
    evidence: ackLines([9]),
  });
  const all = smallReading("final", [...rows([0, 1, 2, 3, 4]), ...rows([5, 6, 7], { replayed: true })], ledgers);
  const found = find(residual, { ledgers, readings: [before, all] });
  assert.deepEqual([found.status, found.reason], ["PASS", "all 8 acknowledged writes are there; 3 lost ones replayed"]);
});

test("residual: a write that the first final reading had and the second has not is lost", () => {
  const all = rows([0, 1, 2, 3, 4, 5, 6, 7]);
  const readings = [smallReading("final", all, ledgers), smallReading("final-again", all.slice(1), ledgers)];
  const found = find(residual, { ledgers, readings });
  assert.deepEqual([found.status, found.measured?.lo], ["FAIL", 1]);
  assert.match(found.reason, /1 were there in the first final reading and gone in the second/);
});

test("a broken line in the ledger: INCONCLUSIVE with the line, even if losses can be seen", () => {
  const files = [
    {
      file: "ledger/k.ndjson",
      bytes: 1,
      lines: 20,
      torn: false,
      brokenLines: 1,
      problems: [{ line: 12, message: "not JSON" }],
    },
  ];
  const found = find(residual, { ledgers, readings: [before, final], more: { files } });
  assert.deepEqual(
    [found.status, found.measured, found.reason],
    ["INCONCLUSIVE", null, "ledger/k.ndjson line 12: not JSON"],
  );
});

test("a file that was changed after the seal: INCONCLUSIVE", () => {
  const files = [{ file: "survivors/final.ndjson", bytes: 1, lines: 20, torn: false, brokenLines: 0, problems: [] }];
  const seal = {
    state: "broken",
    problems: ["survivors/final.ndjson was changed after the run was sealed"],
    files: ["survivors/final.ndjson"],
  } as const;
  const found = find(residual, { ledgers, readings: [before, final], more: { files, seal } });
  assert.deepEqual(
    [found.status, found.reason],
    ["INCONCLUSIVE", "survivors/final.ndjson was changed after the run was sealed"],
  );
});

test("two witnesses: losses of both count", () => {
  const second = smallLedger({ witness: "t", writes: [acked(0, 3000), acked(1, 9000)] });
  const both = [ledgers[0] ?? second, second];
  const reading = smallReading("final", [...rows([0, 1, 2, 3, 4, 5, 6, 7]), { seq: 0, witness: "t" }], both);
  const found = find(residual, { ledgers: both, readings: [reading] });
  assert.deepEqual(
    [found.status, found.measured?.lo, found.evidence],
    ["FAIL", 1, [{ file: "ledger/t.ndjson", line: 3 }]],
  );
});
