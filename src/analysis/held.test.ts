import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Hold } from "./held.ts";
import { hold, judged, load } from "./held-example.ts";

const ms = ({ lo, hi }: { lo: number; hi: number | null }) => ({ lo: lo / 1000, hi: hi === null ? null : hi / 1000 });

test("service that never stopped is restored at once", () => {
  const held = judged(load(60_000, () => true));
  assert.deepEqual(
    { ...held, at: ms(held.at) },
    { at: { lo: 5000, hi: 5010 }, lastBad: null, firstGood: 500, held: true, relapses: 0 },
  );
});

test("an outage ends between the send of the last failure and the first good answer", () => {
  const held = judged(load(60_000, (due) => due < 5000 || due >= 20_000));
  assert.deepEqual(
    { ...held, at: ms(held.at) },
    { at: { lo: 19_990, hi: 20_010 }, lastBad: 1999, firstGood: 2000, held: true, relapses: 0 },
  );
});

test("an outage of any length is measured within one arrival and its latency", () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 30_000 }), fc.integer({ min: 1, max: 400 }), (length, took) => {
      const end = 5000 + length;
      const seen = load(60_000, (due) => due < 5000 || due >= end).map((one) => ({
        ...one,
        took: one.good ? took : 10,
      }));
      const { at, held } = judged(seen);
      assert.ok(held && at.hi !== null);
      assert.ok(at.lo <= end * 1000 && end * 1000 <= at.hi, `${at.lo} ${end} ${at.hi}`);
      assert.ok(at.hi - at.lo <= (2 * 10 + took) * 1000);
    }),
  );
});

test("flapping: only after the last flap is it restored", () => {
  const up = (due: number): boolean =>
    due < 5000 || (due >= 10_000 && due < 12_000) || (due >= 15_000 && due < 18_000) || due >= 25_000;
  const held = judged(load(60_000, up));
  assert.deepEqual(ms(held.at), { lo: 24_990, hi: 25_010 });
  assert.equal(held.relapses, 0, "it never held a whole window before");
});

test("a relapse after a whole good window moves the restoration to after it, and is counted", () => {
  const held = judged(load(60_000, (due) => due < 5000 || (due >= 10_000 && due < 25_000) || due >= 30_000));
  assert.deepEqual(
    { ...held, at: ms(held.at) },
    { at: { lo: 29_990, hi: 30_010 }, lastBad: 2999, firstGood: 3000, held: true, relapses: 1 },
  );
});

test("a relapse in the last, incomplete bin counts too", () => {
  const held = judged(
    load(60_000, (due) => due < 5000 || (due >= 10_000 && due < 59_800)),
    5000,
    59_990,
  );
  assert.equal(held.held, false);
  assert.equal(held.at.hi, null);
});

test("94 % of the capacity is not service", () => {
  const limp = { ...hold, goodRatio: 0.5, binGoodRatio: 0.5 };
  const share = (percent: number) => load(60_000, (due) => due < 5000 || (due >= 20_000 && (due / 10) % 100 < percent));
  assert.equal(judged(share(94), 5000, 60_000, limp).held, false);
  assert.equal(judged(share(96), 5000, 60_000, limp).held, true);
});

test("99.9 % overall and 99 % in every bin: one bad of 1,000 passes, two or a bad bin do not", () => {
  const with_ = (bad: readonly number[]) =>
    judged(
      load(30_000, (due) => due < 5000 || (due >= 10_000 && !bad.includes(due))),
      5000,
      20_000,
    );
  assert.equal(with_([15_000]).at.lo, 9_990_000);
  assert.notEqual(with_([15_000, 17_000]).at.lo, 9_990_000, "two bad of the 1,000 of the window");
  const strict = judged(
    load(30_000, (due) => due < 5000 || (due >= 10_000 && due !== 15_000)),
    5000,
    20_000,
    { ...hold, binGoodRatio: 0.999 },
  );
  assert.notEqual(strict.at.lo, 9_990_000, "one bad of the 100 of its bin");
});

test("slow is not restored: the 99th percentile from the due time counts", () => {
  const seen = load(60_000, (due) => due < 5000 || due >= 10_000).map((one) => ({
    ...one,
    took: one.due >= 10_000 && one.due < 30_000 ? 600 : 10,
  }));
  const { at } = judged(seen);
  // Of the 1,000 arrivals of a window 10 may be slow: the window from 29.89 s on has 11.
  assert.deepEqual(ms(at), { lo: 29_890, hi: 29_910 + 100 });
});

test("not held for a whole window by the end: right-censored, from the last failure on", () => {
  const held = judged(load(60_000, (due) => due < 5000 || due >= 55_000));
  assert.deepEqual(
    { ...held, at: ms(held.at) },
    { at: { lo: 54_990, hi: null }, lastBad: 5499, firstGood: null, held: false, relapses: 0, seemsBack: true },
  );
  const never = judged(load(60_000, (due) => due < 5000));
  assert.deepEqual(
    { ...never, at: ms(never.at) },
    { at: { lo: 59_990, hi: null }, lastBad: 5999, firstGood: null, held: false, relapses: 0 },
  );
});

test("a first window that was fast by luck does not make a slow service restored", () => {
  // From 16 s on every fifth answer takes longer than the limit: no bin says so, and no start but the first has a fast window.
  const seen = load(60_000, (due) => due < 5000 || due >= 6000).map((one) => ({
    ...one,
    took: one.due >= 16_500 && one.due % 50 === 0 ? 600 : 10,
  }));
  const held = judged(seen);
  assert.deepEqual([held.held, held.at.hi], [false, null]);
  // Each start that left room for a whole window was watched and found wanting.
  assert.equal(held.at.lo, 50_000_000);
});

test("nothing due is no evidence of service", () => {
  assert.equal(judged([]).held, false);
  assert.equal(judged(load(4000, () => true)).held, false);
});

test("a sparse probe may have one bad observation in a window, not two in a bin", () => {
  const probe = { ...hold, slack: 1 };
  const seen = (bad: readonly number[]) =>
    load(60_000, (due) => due < 5000 || (due >= 10_000 && !bad.includes(due)), 100);
  assert.equal(judged(seen([20_000]), 5000, 60_000, probe).at.lo, 9_900_000);
  assert.equal(judged(seen([20_000]), 5000, 60_000, hold).at.lo, 20_000_000);
  assert.notEqual(judged(seen([15_000, 15_100]), 5000, 60_000, probe).at.lo, 9_900_000);
});

test("random patterns: what is called restored is good by the naive count", () => {
  const pattern = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.boolean()), { minLength: 1, maxLength: 12 });
  const small: Hold = { windowMs: 500, goodRatio: 0.9, binMs: 100, binGoodRatio: 0.8, capacityRatio: 0.9, p99Ms: 500 };
  fc.assert(
    fc.property(pattern, (stretches) => {
      const seen = stretches
        .flatMap(([length, good]) => Array.from({ length }, () => good))
        .map((good, n) => ({ due: n * 10, good }));
      const until = seen.length * 10;
      const { at, held } = judged(seen, 0, until, small);
      const good = (from: number, to: number): number => {
        const some = seen.filter(({ due }) => due >= from && due < to);
        return some.length === 0 ? 1 : some.filter((one) => one.good).length / some.length;
      };
      const holds = (start: number): boolean => {
        if (start + 500 > until || good(start, start + 500) < 0.9) return false;
        for (let us = start; us + 100 <= until; us += 100) if (good(us, us + 100) < 0.8) return false;
        return good(Math.max(start, until - 100), until) >= 0.8;
      };
      const first = seen.find(({ due, good: fine }) => fine && holds(due));
      assert.equal(held, first !== undefined);
      if (first !== undefined) assert.equal(at.hi, (first.due + 10) * 1000);
    }),
  );
});

test("a window that was cut off is not bad for what nobody saw of it", () => {
  // One failure in 300 arrivals is too much for them, and not for a whole window of 1000.
  const seen = load(28_000, (due) => due < 5000 || (due >= 20_000 && due !== 25_000));
  const cut = judged(seen, 5000, 23_000);
  assert.deepEqual([ms(cut.at), cut.held, cut.seemsBack], [{ lo: 19_990, hi: null }, false, true]);
  const stray = judged(
    load(60_000, (due) => due < 5000 || (due >= 20_000 && due !== 22_000)),
    5000,
    23_000,
  );
  assert.deepEqual([ms(stray.at), stray.held, stray.seemsBack], [{ lo: 19_990, hi: null }, false, true]);
  // Eleven are too many however the rest would have been.
  const many = judged(
    load(60_000, (due) => due < 5000 || (due >= 20_000 && (due < 22_000 || due > 22_100))),
    5000,
    23_000,
  );
  assert.equal(many.at.lo > 22_000_000, true);
});

test("a service that was slow and then was not is restored when it was fast, not when it answered again", () => {
  const slowUntil = 30_000;
  const seen = load(60_000, (due) => due < 5000 || due >= 20_000).map((one) => ({
    ...one,
    took: one.due >= 20_000 && one.due < slowUntil ? 900 : 10,
  }));
  const held = judged(seen);
  // 99 of 100 must be fast: a window that begins 0.1 s before the slowness ends is one.
  assert.deepEqual([held.held, held.at.lo > 29_000_000, (held.at.hi ?? 0) < 30_100_000], [true, true, true]);
});

test("a relapse is counted once, however it shows: in a bin, in the last stretch, by slowness", () => {
  const outage = (due: number): boolean => due < 5000 || due >= 10_000;
  assert.equal(judged(load(60_000, (due) => outage(due) && !(due >= 40_000 && due < 41_000))).relapses, 1);
  // Bad from 59.5 s on: half of the last bin.
  const end = judged(load(60_000, (due) => outage(due) && due < 59_500));
  assert.deepEqual([end.held, end.relapses], [false, 1]);
  const slow = load(60_000, outage).map((one) => ({ ...one, took: one.due >= 40_000 ? 600 : 10 }));
  assert.deepEqual([judged(slow).held, judged(slow).relapses], [false, 1]);
  assert.equal(judged(load(60_000, outage)).relapses, 0);
});
