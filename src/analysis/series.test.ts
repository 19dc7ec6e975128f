import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countedQuantiles, quantiles, tenthsOfMs } from "./series.ts";

const latency = fc.oneof(fc.nat(3_000), fc.nat(60_000_000), fc.double({ min: 0, max: 5_000, noNaN: true }));

test("quantiles are those of the sorted values, in ms to a tenth", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => (100 - index) * 1_000 + 49);
  assert.deepEqual(quantiles(hundred), { p50Ms: 50, p95Ms: 95, p99Ms: 99 });
  assert.deepEqual(quantiles([1_250]), { p50Ms: 1.3, p95Ms: 1.3, p99Ms: 1.3 });
  assert.deepEqual(quantiles([]), { p50Ms: null, p95Ms: null, p99Ms: null });
});

test("random latencies: counted they have the quantiles that they have one by one", () => {
  fc.assert(
    fc.property(fc.array(latency, { maxLength: 200 }), (latencies) => {
      const counts = new Map<number, number>();
      for (const us of latencies) counts.set(tenthsOfMs(us), (counts.get(tenthsOfMs(us)) ?? 0) + 1);
      assert.deepEqual(countedQuantiles(counts), quantiles(latencies));
    }),
  );
});
