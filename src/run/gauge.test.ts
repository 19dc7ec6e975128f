import { strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { createGauge } from "./gauge.ts";

const needs = { goodRatio: 0.99, perSecond: 95 };

/** Four polls a second; `perSecond` gives good and bad arrivals of each whole second. */
function gaugeOf(seconds: readonly (readonly [good: number, bad: number])[]) {
  const gauge = createGauge();
  let [good, bad] = [0, 0];
  gauge.add(0, { ok: 0, failed: 0, unknown: 0, region: null, p50Ms: null, p99Ms: null });
  seconds.forEach(([g, b], second) => {
    for (let quarter = 1; quarter <= 4; quarter += 1) {
      good += g / 4;
      bad += b / 4;
      gauge.add(second * 1e6 + quarter * 250_000, {
        ok: good,
        failed: bad,
        unknown: 0,
        region: "us-east-1",
        p50Ms: 1,
        p99Ms: 2,
      });
    }
  });
  return gauge;
}

test("good for as long as every second was", () => {
  strictEqual(
    gaugeOf([
      [100, 0],
      [100, 0],
      [100, 0],
    ]).goodForUs(needs),
    3_000_000,
  );
});

test("a bad second ends the stretch", () => {
  strictEqual(
    gaugeOf([
      [100, 0],
      [50, 50],
      [100, 0],
      [100, 0],
    ]).goodForUs(needs),
    2_000_000,
  );
});

test("silence is not health: a second below the scheduled rate ends it too", () => {
  strictEqual(
    gaugeOf([
      [100, 0],
      [100, 0],
      [10, 0],
      [100, 0],
    ]).goodForUs(needs),
    1_000_000,
  );
});

test("nothing seen is good for nothing", () => {
  strictEqual(createGauge().goodForUs(needs), 0);
});
