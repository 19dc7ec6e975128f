import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { placedBy } from "./wall-clock.ts";
import type { Change } from "./wall-clock.ts";

/** A source's clock as ours would read it: 0 is the run's begin. */
const epochMs = 1_790_000_000_000;
/** Stated in ms, seen between two looks in ms. */
const change = (stated: number | null, before: number | null, seen: number): Change => ({
  sourceMs: stated === null ? null : epochMs + stated,
  notBeforeUs: before === null ? null : before * 1000,
  seenUs: seen * 1000,
});
const ms = ({ lo, hi }: { readonly lo: number; readonly hi: number }) => [Math.floor(lo / 1000), Math.ceil(hi / 1000)];

test("one dated change alone says nothing of its source's clock: what we saw by polling counts", () => {
  const one = change(3_333, 3_000, 3_400);
  assert.deepEqual(ms(placedBy([one])(one)), [3_000, 3_400]);
  assert.deepEqual(ms(placedBy([])(change(null, 3_000, 3_400))), [3_000, 3_400]);
});

test("several changes bound how far the source's clock is off, and so each other", () => {
  // The clock is 300 ms slow. The first change was seen 20 ms after it happened, the second had happened 10 ms after a look.
  const [first, second, third] = [
    change(2_680, 2_600, 3_000),
    change(3_110, 3_400, 3_800),
    change(5_001, 5_001, 5_401),
  ];
  const place = placedBy([first, second, third]);
  // Off by [290, 320] ms, and ± 2 ms of rounding, and 0.2 ms in each second between them.
  assert.deepEqual(ms(place(third)), [5_288, 5_324]);
  assert.deepEqual(ms(place(first)), [2_967, 3_000]);
});

test("a source that states whole seconds only is no finer than that; one that happens to state one is", () => {
  const wholes = [change(3_000, 2_900, 3_700), change(7_000, 6_800, 7_200)];
  const [first = change(null, null, 0)] = wholes;
  assert.deepEqual(ms(placedBy(wholes)(first)), [2_900, 3_700]);
  const fine = [change(3_000, 2_990, 3_700), change(7_001, 6_500, 7_011)];
  const [second = change(null, null, 0)] = fine;
  assert.deepEqual(ms(placedBy(fine)(second)), [2_990, 3_013]);
});

test("changes that exclude each other tell of a clock that was set: what we saw by polling counts", () => {
  const [before, after] = [change(3_100, 3_000, 3_400), change(12_100, 7_000, 7_400)];
  const place = placedBy([before, after]);
  assert.deepEqual(
    [ms(place(before)), ms(place(after))],
    [
      [3_000, 3_400],
      [7_000, 7_400],
    ],
  );
});

test("no instant without bound comes out, whatever a source states", () => {
  for (const stated of [-1e308, 1e308, -1e300, 0, Number.MAX_SAFE_INTEGER]) {
    const odd = { sourceMs: stated, notBeforeUs: null, seenUs: 7_000_000 };
    for (const others of [[], [change(3_000, 2_990, 3_700)]]) {
      const { lo, hi } = placedBy([odd, ...others])(odd);
      assert.ok(lo >= 0 && lo <= hi && hi === 7_000_000, `${stated}: ${lo} to ${hi}`);
    }
  }
});

test("however far the source's clock is off and however fast it drifts, the truth is inside", () => {
  const truths = fc.array(
    fc.record({ atMs: fc.integer({ min: 1_000, max: 600_000 }), before: fc.nat(400), after: fc.nat(400) }),
    { minLength: 1, maxLength: 12 },
  );
  const clock = fc.record({ offMs: fc.integer({ min: -5e6, max: 5e6 }), ppm: fc.integer({ min: -200, max: 200 }) });
  fc.assert(
    fc.property(truths, clock, (all, { offMs, ppm }) => {
      const changes = all.map(({ atMs, before, after }) =>
        change(Math.round(atMs * (1 + ppm / 1e6) + offMs), atMs - before, atMs + after),
      );
      const place = placedBy(changes);
      for (const [index, { atMs }] of all.entries()) {
        const { lo, hi } = place(changes[index] ?? change(null, null, 0));
        assert.ok(lo <= atMs * 1000 && atMs * 1000 <= hi);
      }
    }),
  );
});

test("a change that its source does not date bounds no other", () => {
  const [undated, dated] = [change(null, 100, 200), change(3_000, 2_990, 3_400)];
  const other = change(7_000, 6_500, 7_011);
  assert.deepEqual(ms(placedBy([undated, dated, other])(dated)), ms(placedBy([dated, other])(dated)));
  assert.deepEqual(ms(placedBy([undated, dated, other])(undated)), [100, 200]);
});

test("the clock may drift between two changes, from the earlier's earliest to the later's sight", () => {
  // 1,000 s apart: 0.2 s of drift.
  const early = change(1_001, 1_000, 1_001);
  const late = change(1_001_001, 1_000_000, 1_002_000);
  assert.deepEqual(ms(placedBy([early, late])(late)), [1_000_797, 1_001_204]);
  // Not looked for before: it counts from when it was seen.
  const unsought = change(1_001, null, 1_001);
  assert.deepEqual(ms(placedBy([unsought, late])(late)), [1_000_000, 1_001_204]);
});
