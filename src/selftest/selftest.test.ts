/** `drill selftest` as part of `npm test`: one test for each known answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findK6 } from "../setup/k6.ts";
import { knownAnswerTests } from "../model/selftest.ts";
import { kats, runSuite } from "./suite.ts";
import type { KatResult } from "./suite.ts";

const k6 = await findK6({ environment: process.env, progress: () => {} });
const results = new Map<number, KatResult>();
await runSuite({ only: null, keep: null, k6, environment: process.env, told: (one) => void results.set(one.id, one) });

test("there are 26 known-answer tests, numbered from 1", () => {
  assert.deepEqual(
    kats.map(({ id }) => id),
    Array.from({ length: knownAnswerTests }, (_, n) => n + 1),
  );
});

for (const { id, title } of kats) {
  test(`KAT ${id}: ${title}`, () => {
    const result = results.get(id);
    const told = result?.variants.flatMap(({ planted, disagreements }) =>
      disagreements.map((one) => `${planted}: ${one.what}: planted ${one.planted}, reported ${one.reported}`),
    );
    assert.deepEqual(told, []);
  });
}
