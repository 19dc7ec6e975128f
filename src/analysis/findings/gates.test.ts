import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evidence } from "../../evidence/evidence.ts";
import { noSocketCode } from "../../model/ledger.ts";
import { find, injection, smallDrill, smallEvidence, smallFacts } from "../small-evidence.ts";
import type { SmallParts } from "../small-evidence.ts";
import { acked, observation, smallLedger, smallProbe, smallReading } from "../small-files.ts";
import type { SmallWrite } from "../small-files.ts";
import { faultEffective } from "./fault-gate.ts";
import { loadDelivered } from "./load-gate.ts";
import { clocks, evidenceIntact } from "./record-gates.ts";
import { rtoCustomer } from "./recovery-time.ts";
import { availability } from "./service-level.ts";

/** A write a second, of which some came to nothing. */
const writes = (trouble: Partial<SmallWrite> = {}, from = 100, to = 100): SmallWrite[] =>
  Array.from({ length: 200 }, (_, seq) => acked(seq, seq * 1000, seq >= from && seq < to ? trouble : {}));
const noSocket = { status: 0, error: noSocketCode, ack: 0 };

test("G8: arrivals that found no socket on the generator's own machine are no outage of the system", () => {
  const parts: SmallParts = {
    drill: { objectives: { availability: 0.99 } },
    ledgers: [smallLedger({ writes: writes(noSocket, 100, 110) })],
  };
  const gate = find(loadDelivered, parts);
  assert.equal(gate.status, "INCONCLUSIVE");
  assert.match(gate.reason, /10 arrivals found no port or file descriptor left on the load generator's machine/);
  assert.match(find(rtoCustomer, parts).reason, /10 arrivals found no port .*: times from the load are withdrawn/);
  // Not served, but not the system's fault: between what it did serve and what it might have.
  const share = find(availability, parts);
  assert.deepEqual([share.status, share.measured], ["INCONCLUSIVE", { lo: 0.95, hi: 1, unit: "ratio" }]);
  assert.match(share.reason, /190 of 200 due arrivals .*; 10 were not, 10 of them never sent/);
  const refused = { ...parts, ledgers: [smallLedger({ writes: writes({ ...noSocket, error: 1212 }, 100, 110) })] };
  assert.equal(find(availability, refused).status, "FAIL");
  assert.doesNotMatch(find(loadDelivered, refused).reason, /file descriptor/);
});

test("G8: the second witness has a machine of limited means, too", () => {
  const load = smallLedger({ writes: writes() });
  const second = smallLedger({ witness: "t", writes: writes(noSocket, 100, 103) });
  const found = find(evidenceIntact, { ledgers: [load, second] });
  assert.match(found.reason, /3 writes of the second witness found no port or file descriptor left/);
});

const used = (seconds: (us: number) => number): Partial<Evidence> => ({
  resources: Array.from({ length: 110 }, (_, n) => ({
    line: n + 2,
    value: { us: n * 2e6, group: "load" as const, cpuSeconds: seconds(n * 2e6), rssBytes: 1, processes: 1 },
  })),
});
const overworked = (more: Partial<Evidence>, cores?: number): RegExpExecArray | null => {
  const parts = { ledgers: [smallLedger({ writes: writes() })], more };
  const { manifest } = smallEvidence(parts);
  assert.ok(manifest !== null);
  const sized = cores === undefined ? manifest : { ...manifest, cores };
  return /k6 used .*? processors? from/.exec(
    find(loadDelivered, { ...parts, more: { ...more, manifest: sized } }).reason,
  );
};

test("G8: a load generator that used more than 80 % of its machine measured itself, too", () => {
  // 1.7 of 2 processors from 40 s on.
  const busy = used((us) => Math.max(0, (us - 40e6) / 1e6) * 1.7);
  assert.equal(overworked(busy, 2)?.[0], "k6 used 85.00 % of its machine's 2 processors from");
  assert.equal(overworked(busy, 4), null);
  assert.equal(overworked(busy), null, "nobody knows how many there were");
  // For less than ten seconds, or while its virtual users were being made.
  assert.equal(
    overworked(
      used((us) => (us >= 44e6 && us <= 50e6 ? (us - 44e6) / 1e6 : us > 50e6 ? 6 : 0) * 1.7),
      2,
    ),
    null,
  );
  assert.ok(smallDrill().steadyState.baselineMs < 10_000);
  assert.equal(
    overworked(
      used((us) => (Math.min(us, 2e6) / 1e6) * 9),
      2,
    ),
    null,
  );
});

test("clocks: a decision that stands before what it was about condemns the clocks", () => {
  const gate = (decidedMs: number) =>
    find(clocks, {
      journal: [
        ...injection,
        [decidedMs, { type: "decided", by: "policy" }],
        [11_000, { type: "detected", by: "alarm", sourceMs: null, previousPollUs: 10_900_000 }],
      ],
    });
  assert.doesNotMatch(gate(10_950).reason, /stands at least/);
  assert.match(gate(10_500).reason, /^"decided" \(C4\) stands at least 0\.400 s before "detected" \(C3\)/);
  assert.equal(gate(10_500).status, "INCONCLUSIVE");
});

test("a canary that failed often in the baseline proves little about the fault", () => {
  const reason = (fails: (n: number) => boolean, from = 0): string => {
    const lines = Array.from({ length: 300 }, (_, n) => observation(n * 100, n < 101 && !fails(n))).slice(from);
    const probes = [smallProbe("inside-primary", 100, 50, lines)];
    return find(faultEffective, { probes, ledgers: [smallLedger({ writes: writes() })] }).reason;
  };
  // 80 observations in the 8 s before T0, of which 99 % are to be good: one may fail.
  assert.doesNotMatch(
    reason((n) => n === 50),
    /baseline/,
  );
  assert.match(
    reason((n) => n % 40 === 1),
    /inside-primary failed 2 of 80 times in the baseline before the fault/,
  );
  // Before the baseline is no matter.
  assert.doesNotMatch(
    reason((n) => n < 20),
    /baseline/,
  );
  assert.match(
    reason(() => false, 101),
    /inside-primary did not look in the baseline/,
  );
});

const shed = { status: 503, ack: 2 };
const west = (epoch: number): Partial<SmallWrite> => ({ region: 2, epoch });

test("G4, C2: what was over before the fault, and bad all the same, is none of its doing", () => {
  const suffered = (last: SmallWrite) => {
    const of = [...writes().slice(0, 9), acked(9, 9000, { ...shed, end: 9300 }), last, acked(11, 12_500, west(2))];
    const parts = { ledgers: [smallLedger({ writes: of })] };
    const seen = !/customers did not notice/.test(find(faultEffective, parts).reason);
    return [seen, smallFacts(parts).restoration().firstFailureSeq];
  };
  // The canary was last answered at 10.0 s.
  assert.deepEqual(suffered(acked(10, 10_200, west(2))), [false, null]);
  assert.deepEqual(suffered(acked(10, 10_200, shed)), [true, 10]);
  assert.deepEqual(suffered(acked(10, 9950, { ...shed, end: 10_001 })), [true, 10], "over after it");
  assert.deepEqual(suffered({ seq: 10, sent: 9900, end: null }), [true, 10], "never over");
});

test("G5: the new Region acknowledged in an epoch above all from before the fault; a promotion inside the primary Region is not enough", () => {
  const exercised = (...more: readonly SmallWrite[]) => {
    const ledgers = [smallLedger({ writes: [acked(0, 1000), acked(1, 2000, shed), ...more] })];
    return /[^;]*promotion was not exercised|[^;]*failover was not exercised/
      .exec(find(faultEffective, { ledgers }).reason)?.[0]
      .trim();
  };
  const local = acked(2, 5000, { epoch: 2 });
  assert.equal(exercised(acked(3, 20_000, west(2))), undefined);
  assert.equal(exercised(local, acked(3, 20_000, west(3))), undefined);
  assert.equal(
    exercised(local, acked(3, 20_000, west(2))),
    "eu-west-1 acknowledged nothing in a write epoch above 2, which was there before the fault: its promotion was not exercised",
  );
  assert.match(exercised(local, acked(3, 20_000, { epoch: 3 })) ?? "", /^no request was served by eu-west-1/);
  assert.match(exercised() ?? "", /^every acknowledgement carries the same write epoch/);
});

test("G5: without epochs the Region alone tells", () => {
  const parts = (region: number) => ({
    ledgers: [smallLedger({ writes: [acked(0, 1000, { epoch: 0 }), acked(1, 20_000, { region, epoch: 0 })] })],
  });
  assert.doesNotMatch(find(faultEffective, parts(2)).reason, /not exercised/);
  assert.match(find(faultEffective, parts(1)).reason, /no request was served by eu-west-1/);
});

test("a read that was sent before the write it asked for had been acknowledged may rightly not find it", () => {
  const ask = (seq: number, sent: number) => ({ seq, sent, end: sent + 5, of: 1, status: 404, ack: 2 });
  const ledger = smallLedger({
    writes: [acked(0, 0), acked(1, 1000, { end: 1900 })],
    reads: [ask(2, 1899), ask(3, 3000)],
  });
  const readings = [smallReading("final", [{ seq: 0 }, { seq: 1 }], [ledger])];
  assert.deepEqual([...smallFacts({ ledgers: [ledger], readings }).service().verdicts], [1, 1, 1, 0]);
});
