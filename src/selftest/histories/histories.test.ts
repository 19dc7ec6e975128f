/** Some hundred random histories in every test run; `drill selftest --histories 10000` judges as many as one likes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { historyLines, judgeHistories, together } from "./histories.ts";

test("the judge passes no planted breach, fails no sound drill, and counts as a naive judge does", async () => {
  const told = await judgeHistories({ histories: 300, firstSeed: 20_001 });
  assert.deepEqual(told.wrong, []);
  // A generator that plants nothing, or a judge that is never sure, would prove nothing.
  const { sound, broken } = told.table;
  assert.ok(sound.PASS >= 5 && broken.FAIL > 100, historyLines(told).join("\n"));
  assert.ok(told.intervals > 1_000 && told.compared > 1_000 && told.apart > 20, historyLines(told).join("\n"));
});

test("ranges that were judged apart add up", async () => {
  const [whole, ...parts] = await Promise.all([
    judgeHistories({ histories: 6, firstSeed: 1 }),
    judgeHistories({ histories: 2, firstSeed: 1 }),
    judgeHistories({ histories: 4, firstSeed: 3 }),
  ]);
  assert.deepEqual({ ...together(parts), tookMs: 0 }, { ...whole, tookMs: 0 });
});
