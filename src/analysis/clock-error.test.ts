import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerEvidence } from "../evidence/evidence.ts";
import { clockErrorUs, widened } from "./clock-error.ts";
import { stepDecide } from "./findings/steps.ts";
import { splitBrain } from "./findings/switch-over.ts";
import { clocks } from "./findings/record-gates.ts";
import { find, injection, smallEvidence } from "./small-evidence.ts";
import type { SmallParts } from "./small-evidence.ts";
import { acked, smallHeader, smallLedger } from "./small-files.ts";
import type { SmallWrite } from "./small-files.ts";

/** A ledger that a stock k6 wrote, while the wall clock gained 30 ms. */
const byWallClock = (writes: readonly SmallWrite[]): SmallParts => {
  const { header, ...ledger }: LedgerEvidence = smallLedger({ writes });
  const sample = (us: number, offsetMs: number) => ({
    line: 2,
    value: { us, wallNs: `${us * 1000 + offsetMs * 1e6}` },
  });
  return {
    ledgers: [{ ...ledger, header: { ...header, wallStepUs: 1_000 } }],
    more: { clock: [sample(0, 0), sample(9_000_000, 30)] },
  };
};
const first = [acked(0, 8000), acked(1, 9000)];
const second = (ms: number) => [...first, acked(2, ms, { region: 2, epoch: 2 })];

test("times of the monotonic clock are exact; those of the wall clock err by its steps and by how far it strayed", () => {
  assert.equal(clockErrorUs(smallEvidence({ ledgers: [smallLedger({ writes: first })] })), 0);
  assert.equal(clockErrorUs(smallEvidence(byWallClock(first))), 2 * (1_000 + 1_000 + 30_000));
  assert.deepEqual(widened({ lo: 5, hi: 5 }, 7_001), { lo: 0, hi: 13 });
  assert.deepEqual(widened({ lo: 50, hi: null }, 8_000), { lo: 42, hi: null });
});

test("the anchors of all files tell how far the wall clock strayed, too", () => {
  const { ledgers, more } = byWallClock(first);
  // Both clocks read together when the file was opened, 5 s after the epoch: 45 ms apart from what they were then.
  const anchor = { ...smallHeader, epochMonoNs: "1000000000", monoNs: "6000000000", wallNs: "5045000000" };
  const given = (offsetMs: number) =>
    smallEvidence({
      ...(ledgers === undefined ? {} : { ledgers }),
      more: {
        ...more,
        clock: [{ line: 2, value: { us: 0, wallNs: String(offsetMs * 1e6) } }],
        headers: new Map([["lag.ndjson", anchor]]),
      },
    });
  assert.equal(clockErrorUs(given(45)), 2 * 2_000);
  assert.equal(clockErrorUs(given(10)), 2 * (2_000 + 35_000));
  assert.equal(clockErrorUs(given(75)), 2 * (2_000 + 30_000));
});

test("a duration is wider by it, and the gate says so", () => {
  const decided: SmallParts["journal"] = [
    ...injection,
    [11_000, { type: "detected", by: "alarm", sourceMs: null, previousPollUs: 11_000_000 }],
    [12_000, { type: "decided", by: "policy" }],
  ];
  const measured = (parts: SmallParts) => find(stepDecide, { ...parts, journal: decided }).measured;
  assert.deepEqual(measured({ ledgers: [smallLedger({ writes: first })] }), { lo: 1000, hi: 1000, unit: "ms" });
  assert.deepEqual(measured(byWallClock(first)), { lo: 936, hi: 1064, unit: "ms" });
  assert.match(find(clocks, byWallClock(first)).reason, /^the load's times follow the wall clock.* 64 ms wider/);
});

test("two writers that are nearer to each other than the clocks are certain may have overlapped", () => {
  const near = find(splitBrain, byWallClock(second(9050)));
  assert.deepEqual([near.status, near.measured], ["INCONCLUSIVE", { lo: 0, hi: 24, unit: "ms" }]);
  const apart = find(splitBrain, byWallClock(second(9500)));
  assert.deepEqual([apart.status, apart.measured], ["PASS", { lo: 0, hi: 0, unit: "ms" }]);
});
