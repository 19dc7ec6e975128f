import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, isHealthy, noOpinion, observe } from "./health.ts";
import type { Opinion } from "./health.ts";

const opinions = (good: number, bad: number, silent = 0): Opinion[] => [
  ...Array.from({ length: good }, () => ({ healthy: true, contradictions: 0 })),
  ...Array.from({ length: bad }, () => ({ healthy: false, contradictions: 0 })),
  ...Array.from({ length: silent }, () => noOpinion),
];

test("more than 18 % of the checkers make a Region healthy", () => {
  assert.equal(isHealthy(opinions(6, 0)), true);
  // 1 of 6 is 16.7 %: not more than 18 %. 2 of 6 is.
  assert.equal(isHealthy(opinions(1, 5)), false);
  assert.equal(isHealthy(opinions(2, 4)), true);
  assert.equal(isHealthy(opinions(0, 6)), false);
  assert.equal(isHealthy(opinions(18, 82)), false);
  assert.equal(isHealthy(opinions(19, 81)), true);
});

test("checkers that have not looked yet have no vote", () => {
  assert.equal(isHealthy(opinions(0, 0, 6)), null);
  assert.equal(isHealthy(opinions(1, 0, 5)), true);
  assert.equal(isHealthy(opinions(0, 1, 5)), false);
});

test("a checker changes its mind after the threshold of consecutive contradictions, both ways", () => {
  const after = (looks: readonly boolean[]): boolean | null =>
    looks.reduce((opinion, good) => observe(opinion, good, 3), noOpinion).healthy;
  assert.equal(after([]), null);
  assert.equal(after([false]), false);
  assert.equal(after([true, false, false]), true);
  assert.equal(after([true, false, false, false]), false);
  assert.equal(after([true, false, false, true, false, false]), true);
  assert.equal(after([true, false, false, false, true, true]), false);
  assert.equal(after([true, false, false, false, true, true, true]), true);
});

test("the answer is the first healthy Region that is On; failing open where nothing is healthy or On", () => {
  const answer = (
    first: "On" | "Off",
    firstHealthy: boolean | null,
    second: "On" | "Off",
    secondHealthy: boolean | null,
  ) =>
    choose([
      { region: "us-east-1", control: first, healthy: firstHealthy },
      { region: "eu-west-1", control: second, healthy: secondHealthy },
    ]);
  assert.equal(answer("On", true, "Off", false), "us-east-1");
  assert.equal(answer("On", false, "Off", true), "us-east-1");
  assert.equal(answer("On", false, "On", true), "eu-west-1");
  assert.equal(answer("On", true, "On", true), "us-east-1");
  assert.equal(answer("On", false, "On", false), "us-east-1");
  assert.equal(answer("Off", true, "On", false), "eu-west-1");
  assert.equal(answer("Off", true, "Off", true), "us-east-1");
  assert.equal(answer("On", null, "On", true), "us-east-1");
  assert.equal(choose([]), null);
});
