import assert from "node:assert/strict";
import { test } from "node:test";
import { smallEvidence } from "./small-evidence.ts";
import { sourced, wallClock } from "./wall-clock.ts";

const header = {
  run: "small",
  host: "host",
  epochMonoNs: "5000000000",
  monoNs: "7000000000",
  wallNs: "1000002000000000",
};
/** The run's epoch is 1,000,000,000 ms on the wall clock. */
const withAnchor = (clock: readonly { us: number; wallNs: string }[] = []) =>
  wallClock(
    smallEvidence({
      more: {
        headers: new Map([["journal.ndjson", header]]),
        clock: clock.map((value, index) => ({ line: index + 2, value })),
      },
    }),
  );

test("a wall time is placed by the journal's anchor, as precisely as its source states it", () => {
  assert.deepEqual(withAnchor()(1_000_003_500), { lo: 3_498_000, hi: 3_502_000 });
  assert.deepEqual(withAnchor()(1_000_003_000), { lo: 2_000_000, hi: 4_000_000 });
});

test("when the wall clock was set during the run, the sample nearest to it counts", () => {
  const clock = [
    { us: 1_000_000, wallNs: "1000001000000000" },
    { us: 60_000_000, wallNs: "1000065000000000" },
  ];
  assert.deepEqual(withAnchor(clock)(1_000_066_001), { lo: 60_999_000, hi: 61_003_000 });
  assert.deepEqual(withAnchor(clock)(1_000_002_001), { lo: 1_999_000, hi: 2_003_000 });
});

test("a change lies within what its source says and what we saw; if these exclude each other, in what we saw", () => {
  const toAxis = withAnchor();
  assert.deepEqual(sourced(toAxis, { sourceMs: 1_000_003_500, previousPollUs: 3_000_000, us: 3_501_000 }), {
    lo: 3_498_000,
    hi: 3_501_000,
  });
  assert.deepEqual(sourced(toAxis, { sourceMs: 1_000_009_500, previousPollUs: 3_000_000, us: 3_501_000 }), {
    lo: 3_000_000,
    hi: 3_501_000,
  });
  assert.deepEqual(sourced(toAxis, { sourceMs: null, previousPollUs: 3_000_000, us: 3_501_000 }), {
    lo: 3_000_000,
    hi: 3_501_000,
  });
  assert.deepEqual(sourced(toAxis, { sourceMs: null, previousPollUs: null, us: 7 }), { lo: 7, hi: 7 });
  assert.deepEqual(sourced(toAxis, { sourceMs: 1_000_009_500, previousPollUs: null, us: 3_501_000 }), {
    lo: 3_501_000,
    hi: 3_501_000,
  });
});
