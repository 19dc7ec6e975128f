import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { acknowledged, outcomesOf } from "./classify.ts";
import { writersOf } from "./epochs.ts";
import type { Writer } from "./epochs.ts";
import { ackOf } from "./loss.ts";
import { acked, primary, secondary, smallLedger, timedOut } from "./small-files.ts";
import type { SmallWrite } from "./small-files.ts";

const writersIn = (writes: readonly SmallWrite[]): Writer[] => {
  const ledger = smallLedger({ writes });
  return writersOf([{ ledger, outcomes: outcomesOf(ledger.arrivals) }]);
};

test("a write that only a later attempt got through is the work of who promised it", () => {
  const writes = [acked(0, 1000), timedOut(1, 2000), acked(1, 5000, { region: 2, epoch: 2 })];
  assert.deepEqual(
    writersIn(writes).map(({ epoch, firstSentUs, firstAckUs }) => [epoch, firstSentUs, firstAckUs]),
    [
      [1, 1_000_000, 1_010_000],
      // It was sent for the first time at 2 s.
      [2, 2_000_000, 5_010_000],
    ],
  );
});

test("a further promise of what was promised already is nobody's first or last", () => {
  const writes = [acked(0, 1000), acked(1, 2000), acked(1, 9000, { region: 2, epoch: 2 })];
  assert.deepEqual(
    writersIn(writes).map(({ epoch, lastAckUs }) => [epoch, lastAckUs]),
    [[1, 2_010_000]],
  );
});

/** Write by write, as the definition says. */
function naive(writes: readonly SmallWrite[]): Record<string, number[]> {
  const { arrivals } = smallLedger({ writes });
  const outcomes = outcomesOf(arrivals);
  const found: Record<string, number[]> = {};
  for (let seq = 0; seq < outcomes.of.length; seq++) {
    if (outcomes.of[seq] !== acknowledged) continue;
    const { us, answer } = ackOf(arrivals, outcomes, seq);
    const { epoch = 0, region = 0 } = arrivals.answers[answer] ?? {};
    const sent = arrivals.sentUs(seq);
    const [firstSent, lastSent, firstAck, lastAck] = found[`${epoch} ${region}`] ?? [sent, sent, us, us];
    if (epoch > 0)
      found[`${epoch} ${region}`] = [
        Math.min(firstSent ?? sent, sent),
        Math.max(lastSent ?? sent, sent),
        Math.min(firstAck ?? us, us),
        Math.max(lastAck ?? us, us),
      ];
  }
  return found;
}

test("random writes and retries: from when to when each writer was at work", () => {
  const one = fc.record({
    seq: fc.nat({ max: 12 }),
    sent: fc.nat({ max: 5000 }),
    took: fc.nat({ max: 500 }),
    promised: fc.boolean(),
    region: fc.integer({ min: 1, max: 2 }),
    epoch: fc.nat({ max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), (all) => {
      const writes = all.map(({ seq, sent, took, promised, region, epoch }) => ({
        ...(promised ? acked(seq, sent, { region, epoch }) : timedOut(seq, sent)),
        end: sent + took,
      }));
      const found = writersIn(writes).map((writer): [string, number[]] => [
        `${writer.epoch} ${["", primary, secondary].indexOf(writer.region)}`,
        [writer.firstSentUs, writer.lastSentUs, writer.firstAckUs, writer.lastAckUs],
      ]);
      assert.deepEqual(Object.fromEntries(found), naive(writes));
    }),
  );
});
