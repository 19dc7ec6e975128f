import assert from "node:assert/strict";
import { test } from "node:test";
import { outagesIn } from "./outages.ts";

const seriesOf = (seen: readonly { readonly due: number; readonly good: boolean; readonly took?: number }[]) => ({
  length: seen.length,
  dueUs: (index: number) => seen[index]?.due ?? 0,
  sentUs: (index: number) => seen[index]?.due ?? 0,
  doneUs: (index: number) => (seen[index]?.due ?? 0) + (seen[index]?.took ?? 10),
  isGood: (index: number) => seen[index]?.good === true,
  line: (index: number) => index + 2,
});
const every = (count: number, good: (n: number) => boolean, took = 10) =>
  Array.from({ length: count }, (_, n) => ({ due: n * 100_000, good: good(n), took: good(n) ? 10 : took }));

test("an outage begins and ends within the answers around it", () => {
  const found = outagesIn(seriesOf(every(50, (n) => n < 10 || n >= 20)), "reads", 2_000_000);
  assert.deepEqual(found, [
    { seenBy: "reads", onset: { lo: 900_000, hi: 1_000_010 }, end: { lo: 1_900_000, hi: 2_000_010 } },
  ]);
});

test("a request that hangs has failed when its deadline has passed", () => {
  const [found] = outagesIn(seriesOf(every(50, (n) => n < 10 || n >= 20, 30_000_000)), "reads", 2_000_000);
  assert.deepEqual(found?.onset, { lo: 900_000, hi: 3_000_000 });
});

test("two failures are noise; a short recovery does not end an outage; one without an end is open", () => {
  assert.deepEqual(outagesIn(seriesOf(every(50, (n) => n !== 10 && n !== 11)), "reads", 1), []);
  assert.equal(outagesIn(seriesOf(every(50, (n) => n < 10 || n === 15 || n >= 20)), "reads", 1).length, 1);
  assert.equal(outagesIn(seriesOf(every(80, (n) => n < 10 || (n >= 20 && n < 40) || n >= 50)), "reads", 1).length, 2);
  assert.deepEqual(outagesIn(seriesOf(every(30, (n) => n < 10)), "writes", 2_000_000)[0]?.end, {
    lo: 2_900_000,
    hi: null,
  });
});
