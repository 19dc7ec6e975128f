import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { between, gap, intersect, judgeInterval, latest, marginOf, point, toMs } from "./interval.ts";
import type { Interval } from "./interval.ts";

const whole = fc.integer({ min: -1_000_000, max: 1_000_000 });
/** An interval together with a true value that lies in it. */
const uncertain = fc.tuple(whole, fc.nat(10_000), fc.nat(10_000), fc.boolean()).map(([truth, below, above, open]) => {
  const interval: Interval = { lo: truth - below, hi: open ? null : truth + above };
  return { truth, interval };
});
const holds = ({ lo, hi }: Interval, value: number): boolean => lo <= value && (hi === null || value <= hi);

test("the time between two uncertain instants holds the true one, and is never negative", () => {
  fc.assert(
    fc.property(uncertain, uncertain, (from, to) => {
      const measured = between(from.interval, to.interval);
      assert.ok(measured.lo >= 0);
      assert.ok(holds(measured, Math.max(0, to.truth - from.truth)));
    }),
  );
});

test("the later of two instants, their overlap and their distance hold the true ones", () => {
  fc.assert(
    fc.property(uncertain, uncertain, (a, b) => {
      assert.ok(holds(latest(a.interval, b.interval), Math.max(a.truth, b.truth)));
      assert.ok(gap(a.interval, b.interval) <= Math.abs(a.truth - b.truth));
      assert.equal(gap(a.interval, b.interval), gap(b.interval, a.interval));
      const both = intersect(a.interval, b.interval);
      if (a.truth === b.truth) assert.ok(both !== null && holds(both, a.truth));
      assert.equal(both === null, gap(a.interval, b.interval) > 0);
    }),
  );
});

test("the margin is how far inside the limit the value lies, and says what the verdict says", () => {
  const ms = (op: "<" | "<=" | ">=", limit: number) => ({ op, limit, unit: "ms" }) as const;
  assert.deepEqual(marginOf({ lo: 3, hi: 8 }, ms("<", 10)), { lo: 2, hi: 7, unit: "ms" });
  assert.deepEqual(marginOf({ lo: 12, hi: null }, ms("<=", 10)), { lo: null, hi: -2, unit: "ms" });
  assert.deepEqual(marginOf({ lo: 3, hi: 8 }, ms(">=", 4)), { lo: -1, hi: 4, unit: "ms" });
  assert.deepEqual(marginOf({ lo: 3, hi: null }, ms(">=", 4)), { lo: -1, hi: null, unit: "ms" });
  assert.equal(marginOf({ lo: 0, hi: 2e-7 }, ms("<", 1e-6)).lo, 1e-6 - 2e-7);
  const ratio = { op: ">=", limit: 0.99, unit: "ratio" } as const;
  assert.deepEqual(marginOf({ lo: 0.95, hi: 1 }, ratio), { lo: -0.04, hi: 0.01, unit: "ratio" });
  fc.assert(
    fc.property(uncertain, whole, fc.constantFrom("<=", ">="), ({ interval }, limit, op) => {
      const margin = marginOf(interval, ms(op, limit));
      const status = judgeInterval(interval, ms(op, limit));
      assert.equal(status === "PASS", margin.lo !== null && margin.lo >= 0);
      assert.equal(status === "FAIL", margin.hi !== null && margin.hi < 0);
    }),
  );
});

test("the ends themselves", () => {
  assert.deepEqual(point(7), { lo: 7, hi: 7 });
  assert.deepEqual(between({ lo: 10, hi: 20 }, { lo: 25, hi: 40 }), { lo: 5, hi: 30 });
  assert.deepEqual(between({ lo: 10, hi: 20 }, { lo: 15, hi: 18 }), { lo: 0, hi: 8 }, "they overlap");
  assert.deepEqual(between({ lo: 10, hi: null }, { lo: 25, hi: 40 }), { lo: 0, hi: 30 });
  assert.deepEqual(between({ lo: 10, hi: 20 }, { lo: 25, hi: null }), { lo: 5, hi: null });
  assert.deepEqual(between({ lo: 10, hi: 20 }, { lo: 0, hi: 5 }), { lo: 0, hi: 0 }, "never negative");
  assert.deepEqual(intersect({ lo: 1, hi: 5 }, { lo: 5, hi: 9 }), { lo: 5, hi: 5 }, "they touch");
  assert.deepEqual(intersect({ lo: 1, hi: null }, { lo: 5, hi: 9 }), { lo: 5, hi: 9 });
  assert.deepEqual(intersect({ lo: 1, hi: 3 }, { lo: 0, hi: null }), { lo: 1, hi: 3 });
  assert.equal(intersect({ lo: 1, hi: 4 }, { lo: 5, hi: 9 }), null);
  assert.deepEqual(latest({ lo: 1, hi: 9 }, { lo: 5, hi: 6 }), { lo: 5, hi: 9 });
  assert.deepEqual(latest({ lo: 1, hi: 9 }, { lo: 5, hi: null }), { lo: 5, hi: null });
  assert.equal(gap({ lo: 1, hi: 4 }, { lo: 9, hi: 10 }), 5);
  assert.equal(gap({ lo: 1, hi: null }, { lo: 9, hi: 10 }), 0, "one may be as late as the other");
});

test("shifting both instants leaves the time between them as it is; widening one never narrows it", () => {
  fc.assert(
    fc.property(uncertain, uncertain, whole, fc.nat(1000), (from, to, by, wider) => {
      const move = ({ lo, hi }: Interval, more: number): Interval => ({
        lo: lo + more,
        hi: hi === null ? null : hi + more,
      });
      const measured = between(from.interval, to.interval);
      assert.deepEqual(between(move(from.interval, by), move(to.interval, by)), measured);
      const { lo, hi } = between({ ...from.interval, lo: from.interval.lo - wider }, to.interval);
      assert.ok(lo <= measured.lo && (hi === null || (measured.hi !== null && hi >= measured.hi)));
    }),
  );
});

test("rounding to milliseconds goes outwards", () => {
  assert.deepEqual(toMs({ lo: 1999, hi: 2001 }), { lo: 1, hi: 3 });
  assert.deepEqual(toMs({ lo: 2000, hi: 2000 }), { lo: 2, hi: 2 });
  assert.deepEqual(toMs({ lo: 5, hi: null }), { lo: 0, hi: null });
});

test("PASS needs the whole interval inside the limit, FAIL none of it", () => {
  const limit = (op: "<" | "<=" | ">=", value: number) => ({ op, limit: value, unit: "ms" }) as const;
  assert.equal(judgeInterval({ lo: 0, hi: 899 }, limit("<", 900)), "PASS");
  assert.equal(judgeInterval({ lo: 0, hi: 900 }, limit("<", 900)), "INCONCLUSIVE");
  assert.equal(judgeInterval({ lo: 899, hi: 901 }, limit("<", 900)), "INCONCLUSIVE");
  assert.equal(judgeInterval({ lo: 900, hi: 901 }, limit("<", 900)), "FAIL");
  assert.equal(judgeInterval({ lo: 900, hi: null }, limit("<", 900)), "FAIL");
  assert.equal(judgeInterval({ lo: 899, hi: null }, limit("<", 900)), "INCONCLUSIVE");
  assert.equal(judgeInterval({ lo: 0, hi: 0 }, limit("<=", 0)), "PASS");
  assert.equal(judgeInterval({ lo: 0, hi: 1 }, limit("<=", 0)), "INCONCLUSIVE");
  assert.equal(judgeInterval({ lo: 1, hi: 1 }, limit("<=", 0)), "FAIL");
  assert.equal(judgeInterval({ lo: 0.99, hi: 0.99 }, limit(">=", 0.99)), "PASS");
  assert.equal(judgeInterval({ lo: 0.98, hi: 0.99 }, limit(">=", 0.99)), "INCONCLUSIVE");
  assert.equal(judgeInterval({ lo: 0.5, hi: 0.98 }, limit(">=", 0.99)), "FAIL");
});

test("a wider interval never turns INCONCLUSIVE into a judgement, nor PASS into FAIL", () => {
  fc.assert(
    fc.property(
      whole,
      fc.nat(100),
      fc.nat(100),
      fc.nat(100),
      whole,
      fc.constantFrom("<", "<=", ">=" as const),
      (lo, width, below, above, limit, op) => {
        const objective = { op, limit, unit: "ms" } as const;
        const narrow = judgeInterval({ lo, hi: lo + width }, objective);
        const wide = judgeInterval({ lo: lo - below, hi: lo + width + above }, objective);
        assert.ok(wide === narrow || wide === "INCONCLUSIVE");
      },
    ),
  );
});
