import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { longestSilence } from "./silence.ts";

const from10to20 = { fromUs: 10, untilUs: 20 };

test("silence is what lies between two looks, before the first and after the last, while it was to watch", () => {
  assert.equal(longestSilence([10, 12, 15, 20], from10to20), 5);
  assert.equal(longestSilence([15, 10, 20, 12], from10to20), 5, "in any order");
  assert.equal(longestSilence([100, 20, 3], { fromUs: 0, untilUs: 120 }), 80, "by their values, not as texts");
  assert.equal(longestSilence([13], from10to20), 7);
  assert.equal(longestSilence([18], from10to20), 8);
  assert.equal(longestSilence([], from10to20), 10);
  // What lies outside the watch counts only up to its ends.
  assert.equal(longestSilence([2, 12, 14, 16, 18, 40], from10to20), 2);
  assert.equal(longestSilence([2, 40], from10to20), 10);
  assert.equal(longestSilence([30, 40], from10to20), 10);
  assert.equal(longestSilence([1, 2], { fromUs: 5, untilUs: 5 }), 0);
});

test("one look more never makes a silence longer, and splits the longest one when it falls into it", () => {
  const looks = fc.array(fc.integer({ min: 0, max: 100 }));
  fc.assert(
    fc.property(looks, fc.integer({ min: 0, max: 100 }), (some, one) => {
      const watch = { fromUs: 20, untilUs: 80 };
      const before = longestSilence(some, watch);
      const after = longestSilence([...some, one], watch);
      assert.ok(after <= before && after >= Math.ceil(before / 2));
    }),
  );
});
