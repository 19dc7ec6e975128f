import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEventInput } from "../../model/journal.ts";
import { find, injection } from "../small-evidence.ts";
import { acked, deadCanary, observation, smallLedger, smallProbe } from "../small-files.ts";
import { protectedAgain, stepDetect, stepRoute } from "./steps.ts";

const failover = {
  document: "failover.yaml",
  movements: { promote: "Promote", route: "Route" },
  deadlineMs: 60_000,
};

test("detect: alarms that nobody could read are no proof that none fired", () => {
  const silence = (reason: string, heardMs: number | null) =>
    [9_000, { type: "alarms.silent", reason, heardUs: heardMs === null ? null : heardMs * 1000 }] as const;
  const found = (more: readonly (readonly [number, RunEventInput])[]) => {
    const { status, measured } = find(stepDetect, {
      drill: { failover, objectives: { steps: { detectMs: 5_000 } } },
      journal: [...injection, ...more],
    });
    return [status, measured?.lo ?? null, measured?.hi ?? null];
  };
  assert.deepEqual(found([silence("no such alarm", null)]), ["NOT_MEASURABLE", null, null]);
  // T0 is 10.0 to 10.15 s. Heard until 12 s: none in 1.85 s, and then nobody knows; until 16 s: none within the budget.
  assert.deepEqual(found([silence("403", 12_000)]), ["INCONCLUSIVE", 1850, null]);
  assert.deepEqual(found([silence("403", 16_000)]), ["FAIL", 5850, null]);
  assert.deepEqual(found([silence("403", 12_000), [20_000, { type: "alarms.heard" }]])[0], "FAIL");
  const fired = { type: "alarm", name: "a", state: "ALARM", sourceMs: null, previousPollUs: 11_000_000 } as const;
  assert.deepEqual(found([[12_000, fired], silence("403", 12_000)]), ["PASS", 850, 2000]);
});

test("detect: an alarm that fired before the fault was effective took no time", () => {
  const alarm: RunEventInput = { type: "detected", by: "a", sourceMs: null, previousPollUs: 10_000_000 };
  // The canary answers until 10.8 s.
  const slow = smallProbe(
    "inside-primary",
    100,
    50,
    Array.from({ length: 300 }, (_, n) => observation(n * 100, n < 109)),
  );
  const { status, measured, reason } = find(stepDetect, {
    drill: { failover, objectives: { steps: { detectMs: 5_000 } } },
    probes: [slow],
    journal: [...injection, [10_400, alarm]],
  });
  assert.deepEqual([status, measured?.lo, measured?.hi], ["PASS", 0, 0]);
  assert.equal(reason, "0 ms from the fault taking effect to the alarm, which fired before it");
});

test("route: what nobody looked for any more is not known to have taken longer", () => {
  // Asked every 200 ms until 12 s, in vain; the observation went on until 30 s.
  const dns = smallProbe(
    "dns",
    200,
    1000,
    Array.from({ length: 61 }, (_, n) => observation(n * 200, true)),
  );
  const { status, measured } = find(stepRoute, {
    drill: { failover, objectives: { steps: { routeMs: 5_000 } } },
    probes: [deadCanary(), dns],
    journal: [...injection, [11_000, { type: "decided", by: "policy" }]],
  });
  assert.deepEqual([status, measured?.lo, measured?.hi], ["INCONCLUSIVE", 1000, null]);
});

test("route: a name that nobody asked for is not measurable; one that was asked for in vain is judged", () => {
  const drill = { failover };
  const unwatched = find(stepRoute, { drill });
  assert.deepEqual([unwatched.status, unwatched.objective?.limit], ["NOT_MEASURABLE", 60_000]);
  assert.match(unwatched.reason, /nobody asked the name server/);
  const dns = smallProbe("dns", 200, 1000, [observation(1000, true)]);
  const watched = find(stepRoute, { drill, probes: [deadCanary(), dns] });
  assert.deepEqual([watched.status, watched.reason], ["INCONCLUSIVE", "nobody decided to fail over"]);
});

test("protected: replication that nobody watched is not measurable, though a failback promised it", () => {
  // Reads every second, which fail until the 20th and then hold; and a customer's probe that saw the same.
  const writes = Array.from({ length: 200 }, (_, seq) =>
    acked(seq, seq * 1000, seq >= 11 && seq < 20 ? { status: 0, error: 1212, ack: 0 } : {}),
  );
  const customer = smallProbe(
    "customer",
    1000,
    1000,
    Array.from({ length: 200 }, (_, n) => observation(n * 1000, n < 11 || n >= 20)),
  );
  const drill = { failover, failback: { document: "failback.yaml", deadlineMs: 60_000 } };
  const parts = { drill, ledgers: [smallLedger({ writes })], probes: [deadCanary(), customer] };
  const found = find(protectedAgain, parts);
  assert.deepEqual([found.status, found.reason], ["NOT_MEASURABLE", "replication was not watched"]);
  const lag = { us: 100e6, lagMs: null, lagBytes: null, computedUs: null, protected: false };
  const watched = find(protectedAgain, { ...parts, more: { lag: [{ line: 2, value: lag }] } });
  assert.deepEqual([watched.measured?.hi, watched.status], [null, "INCONCLUSIVE"]);
  assert.match(watched.reason, /no standby was streaming again/);
});
