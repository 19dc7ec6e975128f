import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ClockId } from "./clock-table.ts";
import { criticalPath, otherSpans, outOfOrder } from "./critical-path.ts";
import { between } from "./interval.ts";
import type { Interval } from "./interval.ts";

type Given = Partial<Record<ClockId, Interval>>;
const clockFrom =
  (given: Given) =>
  (id: ClockId): Interval | null =>
    given[id] ?? null;
const at = (ms: number, wide = 10): Interval => ({ lo: ms * 1000, hi: (ms + wide) * 1000 });
const told = (given: Given): string =>
  (criticalPath(clockFrom(given))?.steps ?? [])
    .map(({ name, from, to, took }) => `${name} ${from}-${to} ${took.lo / 1000}..${(took.hi ?? Number.NaN) / 1000}`)
    .join(", ");

const sound: Given = {
  C1: at(1000),
  C3: at(3000),
  C4: at(3100),
  C5: at(5000),
  C8: at(6000),
  C9: at(5500),
  C11: at(8000),
};

test("the path goes through each step and, of routing and scaling, the later one", () => {
  assert.equal(
    told(sound),
    "detect C1-C3 1990..2010, decide C3-C4 90..110, promote C4-C5 1890..1910, route C5-C8 990..1010, settle C8-C11 1990..2010",
  );
  assert.match(told({ ...sound, C9: at(7000) }), /scale C5-C9 1990\.\.2010, settle C9-C11 990/);
  const { sum } = criticalPath(clockFrom(sound)) ?? assert.fail("no path");
  assert.deepEqual(sum, { lo: 6950 * 1000, hi: 7050 * 1000 });
});

test("what came before the chain or after the service was back kept nobody waiting", () => {
  // The alarm fired while the fault was being commanded.
  assert.match(told({ ...sound, C3: at(500) }), /^decide C1-C4 2090/);
  assert.match(told({ ...sound, C9: at(9000) }), /route C5-C8/);
  assert.match(
    told({ ...sound, C8: at(9000), C9: at(9500) }),
    /promote C4-C5 1890\.\.1910, settle C5-C11 2990\.\.3010$/,
  );
  // The service came back by itself.
  assert.equal(told({ ...sound, C11: at(2000) }), "settle C1-C11 990..1010");
});

test("a clock that nobody read is left out, and its time falls to the next step", () => {
  const { C5: _promoted, ...without } = sound;
  assert.match(told(without), /decide C3-C4 90\.\.110, route C4-C8 2890/);
  assert.equal(told({ C1: at(1000), C11: at(8000) }), "settle C1-C11 6990..7010");
});

test("without a restoration, or a fault, there is no path", () => {
  assert.equal(criticalPath(clockFrom({ ...sound, C11: { lo: 8e6, hi: null } })), null);
  const { C1: _fault, ...without } = sound;
  assert.equal(criticalPath(clockFrom(without)), null);
});

const instant = fc.tuple(fc.nat(20_000), fc.nat(500)).map(([ms, wide]) => at(ms, wide));
const clocks = fc.record(
  { C1: instant, C3: instant, C4: instant, C5: instant, C8: instant, C9: instant, C11: instant },
  { requiredKeys: ["C1", "C11"] },
);

test("whatever the clocks say, the steps join end to end and their sum holds the RTO", () => {
  fc.assert(
    fc.property(clocks, (given) => {
      const { C1: fault, C11: restored } = given;
      fc.pre(fault.lo <= restored.lo && (fault.hi ?? 0) <= (restored.hi ?? 0));
      const path = criticalPath(clockFrom(given)) ?? assert.fail("no path");
      const rto = between(fault, restored);
      assert.ok(path.sum.lo <= rto.lo && (path.sum.hi ?? 0) >= (rto.hi ?? 0), JSON.stringify({ path, rto }));
      let from: ClockId = "C1";
      for (const step of path.steps) {
        assert.equal(step.from, from);
        from = step.to;
      }
      assert.equal(from, "C11");
    }),
  );
});

test("the other spans are told where both their ends are known", () => {
  assert.deepEqual(otherSpans(clockFrom({ ...sound, C0: at(900), C12: { lo: 9e6, hi: null } })), [
    { name: "from the command of the fault", took: { lo: 7_090_000, hi: 7_110_000 } },
  ]);
});

test("an effect that certainly came before its cause is told; one that only may have is not", () => {
  assert.deepEqual(outOfOrder(clockFrom(sound)), []);
  assert.deepEqual(outOfOrder(clockFrom({ ...sound, C5: at(3095) })), []);
  assert.deepEqual(outOfOrder(clockFrom({ ...sound, C5: at(2000), C6: at(3000, 50) })), [
    '"promoted" (C5) stands at least 1.090 s before "decided" (C4)',
    '"old primary fenced" (C6) stands at least 0.050 s before "decided" (C4)',
  ]);
  assert.deepEqual(outOfOrder(clockFrom({ ...sound, C0: at(3000) })), []);
  assert.deepEqual(outOfOrder(clockFrom({ ...sound, C0: at(3150) })), [
    '"detected" (C3) stands at least 0.140 s before "fault commanded" (C0)',
    '"decided" (C4) stands at least 0.040 s before "fault commanded" (C0)',
  ]);
});
