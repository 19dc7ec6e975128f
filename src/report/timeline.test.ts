import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sampleInput } from "./sample-input.ts";
import { momentFontSize, placeMoments, scaleOf, textWidth, thin, ticksOf } from "./timeline-layout.ts";
import { mergeBins } from "./timeline-panels.ts";
import { timelineSvg } from "./timeline.ts";

/** y coordinates of every point of every line drawn in this colour. */
function heights(svg: string, colour: string): readonly number[] {
  return [...svg.matchAll(new RegExp(`<path d="([^"]+)" fill="none" stroke="${colour}"`, "g"))].flatMap(
    ([, path = ""]) => [...path.matchAll(/[ML ]?(-?[\d.]+) (-?[\d.]+)/g)].map(([, , y]) => Number(y)),
  );
}

const p99Colour = "#12304a";
const lagColour = "#4a3fa0";

test("a spike of one sample in a day of samples stays in the picture", () => {
  const { bins } = sampleInput();
  const bin = bins[0];
  assert.ok(bin);
  const day = Array.from({ length: 86_400 }, (_, index) => ({ ...bin, startUs: index * 1_000_000, p99Ms: 20 }));
  const quiet = sampleInput({ bins: day, endUs: 86_400e6, moments: {}, faultWindow: null });
  const spiked = { ...quiet, bins: day.map((one, index) => (index === 40_003 ? { ...one, p99Ms: 9_000 } : one)) };
  const [before, after] = [heights(timelineSvg(quiet), p99Colour), heights(timelineSvg(spiked), p99Colour)];
  assert.ok(before.length > 500);
  assert.equal(new Set(before).size, 1, "a quiet day is one level line");
  assert.ok(Math.min(...after) < Math.min(...before) - 30, "the spike rises above it");
});

test("one bad second in a day stays in the throughput", () => {
  const { bins, binUs } = sampleInput();
  const bin = bins[0];
  assert.ok(bin);
  const day = Array.from({ length: 86_400 }, (_, index) => ({
    ...bin,
    failed: index === 777 ? 166 : 0,
    ok: index === 777 ? 0 : 166,
  }));
  const merged = mergeBins({ bins: day, binUs });
  assert.ok(merged.bins.length <= 1000);
  assert.equal(Math.max(...merged.bins.map((one) => one.failed)), 166);
});

test("a spike of replication lag stays, and a lone sample between gaps is a dot", () => {
  const lag = Array.from({ length: 20_000 }, (_, index) => ({
    us: index * 5_000,
    lagMs: index === 12_345 ? 30_000 : 200,
    protected: true,
  }));
  const svg = timelineSvg(sampleInput({ lag }));
  const level = heights(timelineSvg(sampleInput({ lag: lag.map((point) => ({ ...point, lagMs: 200 })) })), lagColour);
  assert.ok(Math.min(...heights(svg, lagColour)) < Math.min(...level) - 20);
  const lone = lag.slice(0, 9).map((point, index) => ({ ...point, us: index * 1e6, lagMs: index === 4 ? 200 : null }));
  assert.match(timelineSvg(sampleInput({ lag: lone })), new RegExp(`<path d="M1 0A1[^>]*fill="${lagColour}"`));
});

test("thinning keeps the least, the greatest, the order and the gaps", () => {
  const value = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: null });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 20 }),
      (values, buckets) => {
        const points = values.map((y, x) => [x, y] as const);
        const kept = thin(points, buckets);
        const known = (all: typeof points | typeof kept): number[] => all.flatMap(([, y]) => (y === null ? [] : [y]));
        assert.equal(Math.max(...known(kept)), Math.max(...known(points)));
        assert.equal(Math.min(...known(kept)), Math.min(...known(points)));
        assert.deepEqual(
          kept.map(([x]) => x),
          kept.map(([x]) => x).toSorted((a, b) => a - b),
        );
        assert.equal(
          kept.some(([, y]) => y === null),
          values.includes(null),
        );
        assert.ok(
          kept.length <= Math.max(points.length, buckets * 3) &&
            (points.length <= buckets * 2 || kept.length <= buckets * 3),
        );
      },
    ),
  );
});

test("no moment's label covers another or is crossed by another's line, wherever the moments fall", () => {
  const names = ["fault", "detected", "decided", "promoted", "routed", "restored", "protected"] as const;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 118_000 }), { minLength: 7, maxLength: 7 }), (times) => {
      const sorted = times.toSorted((a, b) => a - b);
      const moments: Record<string, { loUs: number; hiUs: number }> = {};
      names.forEach(
        (name, index) => (moments[name] = { loUs: (sorted[index] ?? 0) * 1000, hiUs: (sorted[index] ?? 0) * 1000 }),
      );
      const input = sampleInput({ moments });
      const { labels, rows } = placeMoments(input, scaleOf(input));
      assert.equal(labels.length, 7);
      assert.ok(rows <= 7);
      const boxes = labels.map((label) => {
        const size = textWidth(label.text, momentFontSize, label.strong) + 5;
        return {
          ...label,
          from: label.anchor === "start" ? label.x : label.x - size,
          to: label.anchor === "start" ? label.x + size : label.x,
        };
      });
      for (const a of boxes) {
        assert.ok(a.from >= 0 && a.to <= 1200, `${a.text} stays in the picture`);
        for (const b of boxes) {
          if (a === b) continue;
          if (a.row === b.row) assert.ok(a.to <= b.from || b.to <= a.from, `${a.text} covers ${b.text}`);
          if (a.row < b.row)
            assert.ok(a.x <= b.from + 0.5 || a.x >= b.to - 0.5, `the line of ${a.text} runs through ${b.text}`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("ticks are round, hold zero, and are never too many", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 200_000 }), (before, after) => {
      const ticks = ticksOf({ minSeconds: -before, maxSeconds: after });
      assert.ok(ticks.includes(0) || ticks.some((tick) => Object.is(tick, -0)));
      assert.ok(ticks.length <= 17 && ticks.every((tick) => tick >= -before && tick <= after));
    }),
  );
});

test("the fault is shaded on each panel, with each moment named once", () => {
  const svg = timelineSvg(sampleInput());
  assert.equal(svg.match(/fill="#d55e00" fill-opacity="0.1"/g)?.length, 4);
  for (const name of ["fault effective", "detected", "decided", "promoted", "routed", "restored", "protected"]) {
    assert.equal(svg.match(new RegExp(`>${name}[^<]*</text>`, "g"))?.length, name === "protected" ? 1 : 1, name);
  }
  for (const title of ["Throughput", "Latency", "Failed, late or unknown", "Replication lag"])
    assert.ok(svg.includes(`>${title}`), title);
});

test("the same run gives the same bytes, with nothing foreign in them", () => {
  const svg = timelineSvg(sampleInput());
  assert.equal(timelineSvg(sampleInput()), svg);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|<script|<style|href="http|url\(http/);
});

test("a service that never came back, and a run without fault, load or lag, can be drawn", () => {
  const { moments } = sampleInput();
  const { restored: _restored, protected: _protected, ...rest } = moments;
  const never = timelineSvg(
    sampleInput({
      moments: { ...rest, restored: { loUs: 118e6, hiUs: null } },
      faultWindow: { startUs: 32e6, endUs: null },
    }),
  );
  assert.doesNotMatch(never, />restored/);
  assert.match(never, />fault effective/);
  const bare = timelineSvg(sampleInput({ bins: [], lag: [], moments: {}, faultWindow: null, phases: [] }));
  assert.match(bare, /no fault took effect/);
  assert.doesNotMatch(bare, /NaN|Infinity/);
});
