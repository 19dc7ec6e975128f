import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { outcomesOf } from "./classify.ts";
import type { Bounded, Interval } from "./interval.ts";
import { setsOf } from "./loss.ts";
import { recoveryPoint } from "./recovery-point.ts";
import type { RecoveryPoint, WitnessWrites } from "./recovery-point.ts";
import { acked, smallLedger, timedOut } from "./small-files.ts";
import type { SmallWrite } from "./small-files.ts";

function witness(writes: readonly SmallWrite[], missing: readonly number[]): WitnessWrites {
  const { arrivals } = smallLedger({ writes });
  const outcomes = outcomesOf(arrivals);
  return { arrivals, outcomes, lost: setsOf(outcomes, (seq) => !missing.includes(seq)).lost };
}

const ms = (value: number): number => value * 1000;
const every100 = (count: number): SmallWrite[] => Array.from({ length: count }, (_, seq) => acked(seq, seq * 100));
const fault = { lo: ms(1000), hi: ms(1050) };
const none = { lo: 0, hi: 0 };
/** The whole of it, by its two parts. */
const sum = (age: Interval, after: Bounded, more: Pick<RecoveryPoint, "lost" | "tail" | "holes">): RecoveryPoint => ({
  interval: { lo: age.lo + after.lo, hi: age.hi === null ? null : age.hi + after.hi },
  age,
  after,
  ...more,
});

test("nothing lost: between 0 and the time since the newest kept write, never just 0", () => {
  // Sent at 900, acknowledged at 910: the newest before the fault.
  const point = recoveryPoint([witness(every100(10), [])], fault);
  assert.deepEqual(point, sum({ lo: 0, hi: ms(150) }, none, { lost: 0, tail: 0, holes: 0 }));
});

test("a lost suffix: from the first lost acknowledgement to the send of the newest kept before it", () => {
  // 7, 8, 9 lost: 7 was sent at 700 and acknowledged at 710; 6 was kept, sent at 600.
  const point = recoveryPoint([witness(every100(10), [7, 8, 9])], fault);
  assert.deepEqual(point, sum({ lo: ms(1000 - 710), hi: ms(1050 - 600) }, none, { lost: 3, tail: 0, holes: 0 }));
});

test("only promises can be lost or kept: what was never acknowledged moves nothing", () => {
  const unknown = (seq: number, sent: number): SmallWrite => timedOut(seq, sent, { end: sent + 5 });
  const writes = [...every100(10), unknown(10, 150), unknown(11, 655)];
  const point = recoveryPoint([witness(writes, [7, 8, 9, 10])], fault);
  assert.deepEqual(point, sum({ lo: ms(1000 - 710), hi: ms(1050 - 600) }, none, { lost: 3, tail: 0, holes: 0 }));
});

test("a promise that was made after the fault and lost adds to the loss", () => {
  const point = recoveryPoint([witness([...every100(10), acked(10, 1500), acked(11, 3000)], [9, 10, 11])], fault);
  assert.equal(point.tail, 2);
  assert.deepEqual(point.interval, { lo: ms(1000 - 910 + (3010 - 1050)), hi: ms(1050 - 800 + (3010 - 1000)) });
});

test("only promises from after the fault are lost: what the new writer kept since bounds no loss from before", () => {
  const kept = [...every100(10), acked(10, 4000)];
  // Acknowledged 3 ms after the fault began, and 4 s after it; 9 was kept, sent at 900.
  const soon = recoveryPoint([witness([...kept, acked(11, 1048)], [11])], fault);
  assert.deepEqual(soon, sum({ lo: 0, hi: ms(150) }, { lo: ms(8), hi: ms(58) }, { lost: 1, tail: 1, holes: 0 }));
  const late = recoveryPoint([witness([...kept, acked(11, 5000)], [11])], fault);
  assert.deepEqual(late.interval, { lo: ms(5010 - 1050), hi: ms(150 + 5010 - 1000) });
});

test("a scattered loss reaches back to its oldest write, and is named scattered", () => {
  const point = recoveryPoint([witness(every100(10), [2, 7])], fault);
  assert.equal(point.holes, 6);
  assert.deepEqual(point.interval, { lo: ms(1000 - 210), hi: ms(1050 - 100) });
});

test("when nothing older survived, how far back the loss reaches is unknown", () => {
  const point = recoveryPoint([witness(every100(10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])], fault);
  assert.deepEqual(point.interval, { lo: ms(1000 - 10), hi: null });
});

test("the edges: what happens at the very instant of the fault, or of the first loss", () => {
  const at = (end: number, seq: number): SmallWrite => ({ seq, sent: end - 10, end });
  // Acknowledged at the fault's latest possible instant: before it, as far as anyone can tell.
  assert.equal(recoveryPoint([witness([at(500, 0), at(1050, 1)], [1])], fault).tail, 0);
  assert.equal(recoveryPoint([witness([at(500, 0), at(1051, 1)], [1])], fault).tail, 1);
  // Kept, and acknowledged just as the first lost one was sent: it bounds how far back the loss reaches.
  assert.equal(recoveryPoint([witness([at(690, 0), at(700, 1)], [1])], fault).interval.hi, ms(1050 - 680));
  assert.equal(recoveryPoint([witness([at(691, 0), at(700, 1)], [1])], fault).interval.hi, null);
  // Kept, acknowledged together with the first lost one: no hole. One that was acknowledged as the fault began is.
  assert.equal(recoveryPoint([witness([at(700, 0), at(700, 1)], [1])], fault).holes, 0);
  assert.equal(recoveryPoint([witness([at(700, 0), at(1000, 1)], [0])], fault).holes, 1);
  assert.equal(recoveryPoint([witness([at(700, 0), at(1001, 1)], [0])], fault).holes, 0);
});

test("nothing lost: what the new writer acknowledged later says nothing of the moment of the fault", () => {
  const point = recoveryPoint([witness([...every100(10), acked(10, 2000)], [])], fault);
  assert.deepEqual(point, sum({ lo: 0, hi: ms(150) }, none, { lost: 0, tail: 0, holes: 0 }));
  assert.equal(recoveryPoint([witness([acked(0, 2000)], [])], fault).interval.hi, null, "nothing kept from before");
  // A fault that is known only to be before the newest kept write was sent: it cannot have cost less than nothing.
  assert.deepEqual(recoveryPoint([witness([acked(0, 100)], [])], { lo: ms(110), hi: ms(50) }).interval, {
    lo: 0,
    hi: 0,
  });
});

test("two witnesses are judged together", () => {
  const one = witness([acked(0, 100), acked(1, 500)], [1]);
  const other = witness([acked(0, 300), acked(1, 700)], [1]);
  const point = recoveryPoint([one, other], fault);
  assert.equal(point.lost, 2);
  assert.deepEqual(point.interval, { lo: ms(1000 - 510), hi: ms(1050 - 300) });
});

/** A system that commits each write somewhere between send and acknowledgement, and at the fault loses all it committed after `horizon`. */
const history = fc
  .record({
    gaps: fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 40 }),
    latencies: fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 100 })), {
      minLength: 40,
      maxLength: 40,
    }),
    horizon: fc.integer({ min: 0, max: 2000 }),
    before: fc.nat(50),
    after: fc.nat(50),
  })
  .map(({ gaps, latencies, horizon, before, after }) => {
    let at = 0;
    const writes: SmallWrite[] = [];
    const commits: number[] = [];
    gaps.forEach((wait, seq) => {
      at += wait;
      const [latency, share] = latencies[seq] ?? [1, 0];
      writes.push({ seq, sent: at, end: at + latency });
      commits.push(at + (latency * share) / 100);
    });
    const faultAt = at + 61;
    const missing = commits.flatMap((commit, seq) => (commit > horizon ? [seq] : []));
    const oldest = Math.min(...missing.map((seq) => commits[seq] ?? 0));
    return { writes, missing, horizon, faultAt, oldest, fault: { lo: ms(faultAt - before), hi: ms(faultAt + after) } };
  });

test("random suffix losses: the age of the oldest lost commit lies in the interval", () => {
  fc.assert(
    fc.property(history, ({ writes, missing, faultAt, oldest, fault: when }) => {
      const { interval, lost } = recoveryPoint([witness(writes, missing)], when);
      assert.equal(lost, missing.length);
      const age = missing.length === 0 ? 0 : ms(faultAt - oldest);
      assert.ok(interval.lo <= age, `lo ${interval.lo} of ${age}`);
      assert.ok(interval.hi === null || age <= interval.hi, `hi ${interval.hi} of ${age}`);
    }),
  );
});

test("random suffix losses: even what the standby could have lost unseen lies below the upper end", () => {
  fc.assert(
    fc.property(history, ({ writes, missing, faultAt, horizon, fault: when }) => {
      const { interval } = recoveryPoint([witness(writes, missing)], when);
      // The standby's true recovery point is `horizon`, whether or not a write of ours fell after it.
      if (interval.hi !== null && horizon <= faultAt) assert.ok(ms(faultAt - horizon) <= interval.hi);
    }),
  );
});

test("random suffix losses: a tail that is lost, too, lowers neither end", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 5000 }), ({ writes, missing, faultAt, fault: when }, later) => {
      const kept = { seq: writes.length, sent: faultAt + 60, end: faultAt + 65 };
      const tail = { seq: writes.length + 1, sent: faultAt + 70 + later, end: faultAt + 75 + later };
      const without = recoveryPoint([witness([...writes, kept], missing)], when).interval;
      const { interval } = recoveryPoint([witness([...writes, kept, tail], [...missing, tail.seq])], when);
      assert.ok(interval.lo >= without.lo);
      assert.ok(interval.hi === null || (without.hi !== null && interval.hi >= without.hi));
      assert.equal(interval.hi === null, without.hi === null);
    }),
  );
});

test("random suffix losses: shifting all times changes nothing; one more unknown narrows nothing", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 100_000 }), ({ writes, missing, fault: when }, by) => {
      const original = recoveryPoint([witness(writes, missing)], when);
      const shifted = writes.map((write) => ({ ...write, sent: write.sent + by, end: (write.end ?? 0) + by }));
      assert.deepEqual(
        recoveryPoint([witness(shifted, missing)], { lo: when.lo + ms(by), hi: when.hi + ms(by) }),
        original,
      );
      const vague = [...writes, { seq: writes.length, sent: 1, end: null }];
      assert.deepEqual(recoveryPoint([witness(vague, missing)], when), original);
    }),
  );
});
