/** Some hundred random histories in every test run; `drill selftest --histories 10000` judges as many as one likes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dimensions } from "./dimensions.ts";
import { historyLines, judgeHistories, together } from "./histories.ts";
import { historyOf } from "./plan.ts";

test("the judge passes no planted breach, fails no sound drill, and counts as a naive judge does", async () => {
  const told = await judgeHistories({ histories: 240, firstSeed: 20_001 });
  assert.deepEqual(told.wrong, []);
  // A generator that plants nothing, or a judge that is never sure, would prove nothing.
  const { sound, broken } = told.table;
  const { PASS: kept = 0 } = told.findings.kept;
  assert.ok(sound.PASS >= 2 && kept > 2_000 && broken.FAIL > 100, historyLines(told).join("\n"));
  assert.ok(told.intervals > 2_000 && told.compared > 1_000 && told.apart > 20, historyLines(told).join("\n"));
  for (const { name } of dimensions)
    assert.ok((told.dimensions[name] ?? 0) >= 3, `${name}: ${historyLines(told).join("\n")}`);
});

test("a history is a function of its seed, and has no dimension but those that it may have", () => {
  const seeds = Array.from({ length: 200 }, (_, n) => n + 1);
  for (const seed of seeds) {
    const { dimensions: on } = historyOf(seed);
    assert.deepEqual(historyOf(seed).dimensions, on);
    // What is left when one is turned off stays as it was.
    assert.deepEqual(historyOf(seed, new Set(on)).dimensions, on);
    const [, ...rest] = on;
    assert.deepEqual(historyOf(seed, new Set(rest)).dimensions, rest);
  }
});

test("ranges that were judged apart add up", async () => {
  const [whole, ...parts] = await Promise.all([
    judgeHistories({ histories: 6, firstSeed: 1 }),
    judgeHistories({ histories: 2, firstSeed: 1 }),
    judgeHistories({ histories: 4, firstSeed: 3 }),
  ]);
  assert.deepEqual({ ...together(parts), tookMs: 0 }, { ...whole, tookMs: 0 });
});
