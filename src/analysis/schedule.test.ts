import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomesOf } from "./classify.ts";
import { scheduleOf } from "./schedule.ts";
import { bad, good, open, serviceOf } from "./service.ts";
import { acked, smallLedger, timedOut } from "./small-files.ts";
import type { SmallLedger } from "./small-files.ts";

/** One arrival a second. */
const writes = (seqs: readonly number[], late = 0) => seqs.map((seq) => acked(seq, 1000 + seq * 1000 + late));
const schedule = (ledger: SmallLedger, given: { dropped?: number } = {}) =>
  scheduleOf(smallLedger(ledger), { dropped: 0, timeoutMs: 2000, ...given });
const marks = (stopMs: number, n = 0) => [
  { line: 50, value: { mark: "stop", us: stopMs * 1000, n } as const },
  { line: 51, value: { mark: "done", us: stopMs * 1000 + 5, n: 0 } as const },
];

test("due times count from the most punctual arrival", () => {
  const found = schedule({ writes: [...writes([0, 1], 30), ...writes([2], 4), ...writes([3], 90)] });
  assert.equal(found.t0Us, 1_004_000);
  assert.equal(found.dueUs(3), 4_004_000);
  assert.equal(found.end, 4);
});

test("the load's own opening mark counts if it is earlier", () => {
  const found = schedule({
    writes: writes([0, 1], 30),
    marks: [{ line: 2, value: { mark: "open", us: 1_000_000, n: 0 } }],
  });
  assert.equal(found.t0Us, 1_000_000);
  assert.equal(found.complete, false);
});

test("dropped iterations are told by the journal or by the ledger", () => {
  assert.equal(schedule({ writes: writes([0, 1]) }, { dropped: 3 }).dropped, 3);
  assert.equal(
    schedule({ writes: writes([0, 1]), marks: [{ line: 9, value: { mark: "drop", us: 5, n: 7 } }] }).dropped,
    7,
  );
});

test("an arrival that left no trace is a gap, unless the load was just being stopped", () => {
  assert.equal(schedule({ writes: writes([0, 1, 3, 4, 5, 6, 7, 8, 9]), marks: marks(11_500) }).untraced, 1);
  // 8 was due at 9.0 s; the load was told to stop at 9.5 s.
  const stopped = schedule({ writes: writes([0, 1, 2, 3, 4, 5, 6, 7, 9]), marks: marks(9500) });
  assert.equal(stopped.untraced, 0);
  assert.equal(stopped.end, 8, "what began while the load was being stopped does not count");
});

test("killed without a stop: what may have been in flight is no gap", () => {
  const killed = schedule({ writes: writes([0, 1, 2, 3, 4, 6]), marks: [] });
  assert.equal(killed.untraced, 0);
  assert.equal(schedule({ writes: writes([0, 1, 3, 4, 5, 6, 7, 8]), marks: [] }).untraced, 1);
});

test("a write whose outcome should be on record and is not is a gap; one that was in flight at the end is not", () => {
  const gone = { ...acked(3, 4000), end: null };
  const ledger = (end: number): SmallLedger => ({
    writes: [...writes([0, 1, 2]), gone, ...writes([4, 5, 6, 7]).slice(0, end)],
  });
  assert.equal(schedule({ ...ledger(4), marks: [] }).unanswered, 1);
  // Two seconds of patience and one of grace: at 6.01 s it may still have come.
  assert.equal(schedule({ ...ledger(2), marks: [] }).unanswered, 0);
  // Closed in order: then nothing was to come any more.
  assert.equal(schedule({ ...ledger(2), marks: marks(7000) }).unanswered, 1);
  assert.equal(schedule({ ...ledger(2), marks: marks(7000, 1) }).unanswered, 0);
});

test("good is right and in time, counted from when it was due", () => {
  const ledger = smallLedger({
    writes: [
      acked(0, 1000),
      timedOut(1, 2000),
      acked(2, 3000, { end: 4999 }),
      acked(3, 4000, { end: 6001 }),
      acked(4, 6900, { end: 6990 }),
    ],
    reads: [
      { seq: 5, sent: 6000, end: 6010, of: 0 },
      { seq: 6, sent: 7000, end: 7010, of: 0, status: 404, ack: 2 },
      { seq: 7, sent: 8000, end: 8010, of: 1, status: 404, ack: 2 },
      { seq: 8, sent: 9000, end: 9010, of: 0, ack: 0 },
      { seq: 9, sent: 10_000, end: 10_010, of: 4, status: 404, ack: 2 },
      { seq: 10, sent: 11_000, end: 11_010, of: 4, status: 404, ack: 2 },
    ],
  });
  const found = scheduleOf(ledger, { dropped: 0, timeoutMs: 2000 });
  const service = serviceOf(ledger.arrivals, outcomesOf(ledger.arrivals), found, {
    deadlineMs: 2000,
    mayBeAbsent: (seq, askedUs) => seq === 1 || (seq === 4 && askedUs <= 10_900_000),
  });
  // 4 was due at 5.0 s: sent late, it had until 7.0 s. 6 must find an acknowledged payment, 7 need not find an unknown one; 9 asked early.
  assert.deepEqual([...service.verdicts], [good, bad, good, bad, good, good, bad, good, bad, good, bad]);
});

test("what was still under way at the end is neither good nor bad, until its time is up", () => {
  const ledger = smallLedger({
    writes: [
      acked(0, 1000),
      { seq: 1, sent: 2000, end: null },
      acked(2, 3000),
      acked(3, 4000),
      { seq: 4, sent: 5000, end: null },
    ],
    marks: [],
  });
  const service = serviceOf(
    ledger.arrivals,
    outcomesOf(ledger.arrivals),
    scheduleOf(ledger, { dropped: 0, timeoutMs: 2000 }),
    { deadlineMs: 2000, mayBeAbsent: () => false },
  );
  assert.deepEqual([...service.verdicts], [good, bad, good, good, open]);
});
