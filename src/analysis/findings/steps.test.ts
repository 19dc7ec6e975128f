import assert from "node:assert/strict";
import { test } from "node:test";
import { find } from "../small-evidence.ts";
import { acked, deadCanary, observation, smallLedger, smallProbe } from "../small-files.ts";
import { protectedAgain, stepRoute } from "./steps.ts";

const failover = {
  document: "failover.yaml",
  movements: { promote: "Promote", route: "Route" },
  deadlineMs: 60_000,
};

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
