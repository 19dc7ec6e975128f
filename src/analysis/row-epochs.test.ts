import assert from "node:assert/strict";
import { test } from "node:test";
import { epochContradictions } from "./row-epochs.ts";
import { smallFacts } from "./small-evidence.ts";
import { acked, smallLedger, smallReading, timedOut } from "./small-files.ts";
import type { SmallRow, SmallWrite } from "./small-files.ts";

const west = { region: 2, epoch: 2 };
const writes = [acked(0, 1000), acked(1, 2000), acked(2, 20_000, west)];
const rows: readonly SmallRow[] = [{ seq: 0 }, { seq: 1 }, { seq: 2, epoch: 2 }];

/** The readings are of epoch 2 unless `epoch` says otherwise. */
function told(of: readonly SmallWrite[], there: readonly SmallRow[], epoch = 2): readonly string[] {
  const ledgers = [smallLedger({ writes: of })];
  const reading = smallReading("final", there, ledgers);
  return epochContradictions(smallFacts({ ledgers, readings: [{ ...reading, header: { ...reading.header, epoch } }] }));
}

test("a ledger and a reading that tell the same, and what is no contradiction", () => {
  assert.deepEqual(told(writes, rows), []);
  // Replayed: committed anew, in the epoch of the replay. One of two rows has the epoch of the answer.
  assert.deepEqual(told(writes, [...rows.slice(1), { seq: 0, epoch: 2, replayed: true }]), []);
  assert.deepEqual(told(writes, [...rows.slice(1), { seq: 0, epoch: 2 }, { seq: 0 }]), []);
  // Read after a failback, in a third epoch; a row, a reading or an answer without an epoch; one that was never acknowledged.
  assert.deepEqual(told(writes, rows, 3), []);
  assert.deepEqual(
    told(
      writes,
      rows.map((row) => ({ ...row, epoch: 0 })),
      0,
    ),
    [],
  );
  assert.deepEqual(
    told(
      writes.map((write) => ({ ...write, epoch: 0 })),
      rows,
    ),
    [],
  );
  assert.deepEqual(told([...writes, timedOut(3, 3000)], [...rows, { seq: 3, epoch: 2 }]), []);
  // Offered before: the answer may be a later one than the commit.
  assert.deepEqual(told([...writes.slice(1), acked(0, 1000, { ack: 3, epoch: 2 })], rows), []);
});

test("an acknowledgement in an epoch above the reading's, or in another than its row's, cannot be true as well", () => {
  assert.deepEqual(told([...writes, acked(3, 30_000, { epoch: 99_999 })], rows), [
    "1 write was acknowledged in an epoch above 2, in which survivors/final.ndjson was read (small.k.3 in epoch 99999)",
  ]);
  assert.deepEqual(told(writes, [{ seq: 0, epoch: 2 }, { seq: 1, epoch: 2 }, ...rows.slice(2)]), [
    "2 writes were acknowledged in another epoch than survivors/final.ndjson says (small.k.0 in epoch 1, stored in epoch 2)",
  ]);
  // A replay beside it does not make the original another one.
  const beside = [...rows.slice(1), { seq: 0, epoch: 2, replayed: true }, { seq: 0, epoch: 2 }];
  assert.equal(told(writes, beside).length, 1);
});

test("no reading has rows of an epoch above its own; the earliest one knows nothing of later acknowledgements", () => {
  assert.deepEqual(told([acked(2, 20_000, west)], rows.slice(2), 1), [
    "survivors/final.ndjson was read in epoch 1, and has rows of epoch 2",
    "1 write was acknowledged in an epoch above 1, in which survivors/final.ndjson was read (small.k.2 in epoch 2)",
  ]);
  const ledgers = [smallLedger({ writes })];
  const early = smallReading("before-replay", rows.slice(0, 2), ledgers, { started: 15_000 });
  const readings = [{ ...early, header: { ...early.header, epoch: 1 } }, smallReading("final", rows, ledgers)];
  assert.deepEqual(epochContradictions(smallFacts({ ledgers, readings })), []);
});
