import assert from "node:assert/strict";
import { test } from "node:test";
import {
  escapeMarkup,
  formatAxisTime,
  formatDuration,
  formatInterval,
  formatLimitDuration,
  formatMargin,
  formatObjective,
  formatRatio,
} from "./format.ts";

test("durations are read at a glance, and change unit without a gap", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 s"],
    [0.04, "0.0 ms"],
    [4.25, "4.3 ms"],
    [850, "850 ms"],
    [999.4, "999 ms"],
    [999.6, "1.00 s"],
    [4_204, "4.20 s"],
    [58_349, "58.3 s"],
    [119_949, "119.9 s"],
    [120_000, "2 min 00 s"],
    [3_599_600, "1 h 00 min"],
    [-1500, "-1.50 s"],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text, String(ms));
  assert.equal(formatLimitDuration(900_000), "15 min");
  assert.equal(formatLimitDuration(60_000), "60 s");
  assert.equal(formatLimitDuration(2_500), "2.50 s");
});

test("an interval shows both ends, and an unbounded one its lower end only", () => {
  assert.equal(formatInterval(12_100, 12_900, "ms"), "12.1–12.9 s");
  assert.equal(formatInterval(900, 1_100, "ms"), "900 ms – 1.10 s");
  assert.equal(formatInterval(7, 7, "count"), "7");
  assert.equal(formatInterval(900_000, null, "ms"), "≥ 15 min 00 s");
  assert.equal(formatInterval(86_412, 86_412, "minor"), "864.12");
});

test("a ratio that is not whole is never shown as 100 % or 0 %", () => {
  assert.equal(formatRatio(1), "100 %");
  assert.equal(formatRatio(0.999996), "99.9996 %");
  assert.equal(formatRatio(0.9999999999), "> 99.999999 %");
  assert.equal(formatRatio(0.000001), "0.0001 %");
  assert.equal(formatRatio(0), "0 %");
});

test("a limit reads as people say it", () => {
  assert.equal(formatObjective({ objective: { op: "<", limit: 900_000, unit: "ms" } }), "< 15 min");
  assert.equal(formatObjective({ objective: { op: "<=", limit: 0, unit: "count" } }), "0");
  assert.equal(formatObjective({ objective: { op: ">=", limit: 0.99, unit: "ratio" } }), "≥ 99 %");
  assert.equal(formatObjective({ objective: { op: ">=", limit: 1, unit: "ratio" } }), "≥ 100 %");
  assert.equal(formatObjective({ objective: null }), "disclosed");
});

test("axis times are signed, and zero has no sign", () => {
  assert.deepEqual([-30, -0.2, 0, 90, 3_725].map(formatAxisTime), ["−0:30", "0:00", "0:00", "+1:30", "+1:02:05"]);
});

test("markup cannot break out, and what XML forbids is replaced", () => {
  assert.equal(escapeMarkup(`<b a="1">&'\u0000\u0008\t`), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;\ufffd\ufffd\t");
});

test("a margin is what is left at worst, or by how much the limit was overrun", () => {
  const of = (lo: number | null, hi: number | null, objective: { op: "<" | "<=" | ">="; limit: number }): string => {
    const unit = objective.op === ">=" ? ("ratio" as const) : ("ms" as const);
    return formatMargin({ margin: { lo, hi, unit }, objective: { ...objective, unit } });
  };
  assert.equal(of(500, 900, { op: "<", limit: 1000 }), "500 ms left");
  assert.equal(of(-300, 100, { op: "<", limit: 1000 }), "300 ms over");
  assert.equal(of(null, -2000, { op: "<", limit: 1000 }), "≥ 2.00 s over");
  assert.equal(of(null, 100, { op: "<", limit: 1000 }), "–");
  assert.equal(of(0.005, 0.01, { op: ">=", limit: 0.99 }), "0.50 % left");
  assert.equal(of(299_852, 299_860, { op: "<", limit: 300_000 }), "4 min 59 s left");
  assert.equal(of(-1, -1, { op: "<=", limit: 0 }), "–");
  assert.equal(of(-0.5, -0.5, { op: ">=", limit: 1 }), "–");
  assert.equal(formatMargin({ margin: null, objective: null }), "–");
});
