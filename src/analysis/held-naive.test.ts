/** held.ts against counting everything anew, on random stretches of good, bad and slow arrivals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hold, judged } from "./held-example.ts";
import type { Seen } from "./held-example.ts";

const everyMs = 20;

/** By the book: each good arrival is tried, and every window and bin counted anew. Arrivals are due every 20 ms from 0 on. */
function naivelyHeld(
  seen: readonly Seen[],
  from: number,
  until: number,
): { readonly from: number; readonly lastBad: number | null } | null {
  const place = (ms: number): number => Math.ceil(Math.min(until, Math.max(from, ms)) / everyMs);
  const within = (start: number, end: number): readonly Seen[] => seen.slice(place(start), place(end));
  const watched = within(from, until);
  const share = (some: readonly Seen[], is: (one: Seen) => boolean): number =>
    some.length === 0 ? 1 : some.filter(is).length / some.length;
  const isGood = ({ good }: Seen): boolean => good;
  const isFast = (some: readonly Seen[]): boolean =>
    share(some.filter(isGood), ({ took = 10 }) => took <= hold.p99Ms) >= 0.99;
  for (const { due: start, good } of watched) {
    if (!good || start + hold.windowMs > until) continue;
    const window = within(start, start + hold.windowMs);
    if (share(window, isGood) < Math.max(hold.goodRatio, hold.capacityRatio) || !isFast(window)) continue;
    const bins: (readonly Seen[])[] = [within(Math.max(start, until - hold.binMs), until)];
    for (let at = start; at + hold.binMs <= until; at += hold.binMs) bins.push(within(at, at + hold.binMs));
    if (bins.some((bin) => share(bin, isGood) < hold.binGoodRatio) || !isFast(within(start, until))) continue;
    return { from: start, lastBad: watched.findLast((one) => one.due < start && !one.good)?.due ?? null };
  }
  return null;
}

test("the first window that was held is the one that counting everything anew finds", () => {
  const stretch = fc.record({
    length: fc.integer({ min: 1, max: 1_200 }),
    kind: fc.constantFrom("good", "good", "good", "bad", "slow", "one in 50 bad", "one in 300 bad", "one in 90 slow"),
  });
  const served = (kind: string, n: number): Omit<Seen, "due"> => {
    if (kind === "bad") return { good: false };
    if (kind === "slow") return { good: true, took: 501 };
    if (kind === "one in 50 bad") return { good: n % 50 !== 7 };
    if (kind === "one in 300 bad") return { good: n % 300 !== 7 };
    return kind === "one in 90 slow" && n % 90 === 7 ? { good: true, took: 900 } : { good: true, took: 500 };
  };
  fc.assert(
    fc.property(
      fc.array(stretch, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 3_000 }),
      (parts, from) => {
        const seen: Seen[] = [];
        for (const { length, kind } of parts)
          for (let n = 0; n < length; n++) seen.push({ due: seen.length * everyMs, ...served(kind, n) });
        const until = seen.length * everyMs;
        const [held, naive] = [judged(seen, from, until), naivelyHeld(seen, from, until)];
        assert.equal(held.held, naive !== null);
        if (naive === null) return;
        assert.equal(held.lastBad, naive.lastBad === null ? null : naive.lastBad / everyMs);
        // Whoever ended first of those due from then on; the bound below is the last start in vain, or the last bad one.
        assert.ok((held.at.hi ?? 0) / 1000 >= naive.from && held.at.lo / 1000 <= naive.from);
        const ends = seen.filter(({ due, good }) => good && due >= naive.from).map(({ due, took = 10 }) => due + took);
        assert.equal((held.at.hi ?? 0) / 1000, Math.min(...ends));
      },
    ),
    { numRuns: 150 },
  );
});
