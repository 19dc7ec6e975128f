import assert from "node:assert/strict";
import { test } from "node:test";
import { find } from "../small-evidence.ts";
import { acked, primary, secondary, smallLedger, smallReading } from "../small-files.ts";
import { residency } from "./residency.ts";

const old = [acked(0, 8000), acked(1, 9000)];
const fresh = [acked(2, 20_000, { region: 2, epoch: 2 }), acked(3, 21_000, { region: 2, epoch: 2 })];

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

test("residency: an answer that names a Region outside is proof without an export that knows Regions", () => {
  const ledger = smallLedger({ writes: [...old, acked(2, 9500, { region: 3 }), acked(3, 9600, { region: 9 })] });
  const header = { ...ledger.header, regions: [primary, secondary, "ap-south-1"] };
  const mute = [0, 1, 2, 3].map((seq) => ({ seq, region: 0 }));
  const found = find(residency, {
    ledgers: [{ ...ledger, header }],
    readings: [smallReading("final", mute, [ledger])],
  });
  // 9: a number that the header does not list.
  assert.deepEqual([found.status, found.measured], ["FAIL", { lo: 2, hi: 2, unit: "count" }]);
});

test("residency: every row counts, a second one of the same payment, and one that only the first of the two final readings has", () => {
  const ledger = smallLedger({ writes: [...old, ...fresh] });
  const rows = [{ seq: 0 }, { seq: 1 }, { seq: 2, region: 2 }, { seq: 3, region: 2 }];
  const outside = (...readings: readonly ReturnType<typeof smallReading>[]) => {
    const { status, measured, reason } = find(residency, { ledgers: [ledger], readings });
    return [status, measured?.lo, /\((.*?)\)/.exec(reason)?.[1]];
  };
  const doubled = smallReading("final", [...rows, { seq: 1, region: 0 }], [ledger]);
  assert.deepEqual(outside(doubled), ["FAIL", 1, "small.k.1"]);
  const first = smallReading("final", [...rows.slice(0, 3), { seq: 3, region: 0 }], [ledger]);
  assert.deepEqual(outside(first, smallReading("final-again", rows, [ledger])), ["FAIL", 1, "small.k.3"]);
});
