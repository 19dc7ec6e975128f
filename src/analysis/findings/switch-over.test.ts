import assert from "node:assert/strict";
import { test } from "node:test";
import { find } from "../small-evidence.ts";
import { acked, deadCanary, observation, primary, secondary, smallLedger, smallProbe } from "../small-files.ts";
import type { SmallWrite } from "../small-files.ts";
import { fenceBreach, splitBrain } from "./switch-over.ts";

const old = [acked(0, 8000), acked(1, 9000)];
const fresh = [acked(2, 20_000, { region: 2, epoch: 2 }), acked(3, 21_000, { region: 2, epoch: 2 })];
const ledgers = (writes: readonly SmallWrite[]) => [smallLedger({ writes })];

test("splitBrain: one writer after the other", () => {
  const { status, measured } = find(splitBrain, { ledgers: ledgers([...old, ...fresh]) });
  assert.deepEqual({ status, measured }, { status: "PASS", measured: { lo: 0, hi: 0, unit: "ms" } });
});

test("splitBrain: the old writer acknowledged what was sent after the new one had acknowledged", () => {
  const late = acked(4, 20_500);
  const found = find(splitBrain, { ledgers: ledgers([...old, ...fresh, late]) });
  // New: first sent at 20.0, acknowledged at 20.01. Old: last sent at 20.5, acknowledged at 20.51.
  assert.deepEqual([found.status, found.measured], ["FAIL", { lo: 490, hi: 510, unit: "ms" }]);
  // Accounts 1 and 2 by default; the new writer's second write is after the old one's last.
  assert.match(found.reason, /; 2 accounts posted to by both meanwhile: 1, 2$/);
  const told = (from: number, to: number) =>
    find(splitBrain, { ledgers: ledgers([...old, ...fresh, acked(4, 20_500, { from, to })]) }).reason;
  assert.match(told(2, 7), /; 1 account posted to by both meanwhile: 2$/);
  assert.match(told(8, 7), /; no account was posted to by both meanwhile$/);
});

test("splitBrain: what may have overlapped is neither proven nor excluded", () => {
  const late = { ...acked(4, 19_990), end: 20_005 };
  const found = find(splitBrain, { ledgers: ledgers([...old, ...fresh, late]) });
  assert.deepEqual([found.status, found.measured], ["INCONCLUSIVE", { lo: 0, hi: 5, unit: "ms" }]);
});

test("splitBrain: without a second epoch, or without epochs, nothing can be said", () => {
  assert.equal(find(splitBrain, { ledgers: ledgers(old) }).status, "NOT_MEASURABLE");
  assert.equal(
    find(splitBrain, { ledgers: ledgers(old.map((write) => ({ ...write, epoch: 0 }))) }).status,
    "NOT_MEASURABLE",
  );
});

const fence = (attempts: readonly { at: number; accepted: boolean; epoch?: number }[]) =>
  smallProbe(
    "fence",
    500,
    1000,
    attempts.map(({ at, accepted, epoch }) =>
      observation(at, !accepted, 5, {
        detail: { attempted: true, accepted },
        ...(epoch === undefined ? {} : { epoch }),
      }),
    ),
  );

test("fenceBreach: refused or unreachable throughout", () => {
  const found = find(fenceBreach, {
    ledgers: ledgers([...old, ...fresh]),
    probes: [
      deadCanary(),
      fence([
        { at: 19_000, accepted: false },
        { at: 22_000, accepted: false },
      ]),
    ],
  });
  assert.deepEqual([found.status, found.measured], ["PASS", { lo: 0, hi: 0, unit: "count" }]);
});

test("fenceBreach: accepted after the promotion counts, before it or in a later epoch does not", () => {
  const probes = [
    deadCanary(),
    fence([
      { at: 19_000, accepted: true, epoch: 1 },
      { at: 22_000, accepted: true, epoch: 1 },
      { at: 90_000, accepted: true, epoch: 3 },
    ]),
  ];
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh]), probes });
  assert.deepEqual(
    [found.status, found.measured, found.evidence],
    ["FAIL", { lo: 1, hi: 1, unit: "count" }, [{ file: "probes/fence.ndjson", line: 3 }]],
  );
});

test("fenceBreach: the load's own writes that the old primary acknowledged are breaches", () => {
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh, acked(4, 22_000), acked(5, 23_000)]) });
  assert.deepEqual(
    [found.status, found.measured?.lo, found.evidence],
    [
      "FAIL",
      2,
      [
        { file: "ledger/k.ndjson", line: 6 },
        { file: "ledger/k.ndjson", line: 7 },
      ],
    ],
  );
});

test("fenceBreach: accepted at about the time of the promotion is neither a breach nor none", () => {
  // Sent before the first new acknowledgement, answered after it.
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh, acked(4, 19_990, { end: 20_500 })]) });
  assert.deepEqual([found.status, found.measured], ["INCONCLUSIVE", { lo: 0, hi: 1, unit: "count" }]);
  assert.match(found.reason, /1 write accepted at about the time of the promotion/);
});

test("fenceBreach: an old primary that says that it serves is in doubt; without any probe nothing is known", () => {
  const open = smallProbe(
    "inside-primary",
    1000,
    50,
    Array.from({ length: 40 }, (_, n) => observation(n * 1000, n < 10 || n > 30, 5, { epoch: 1 })),
  );
  const doubt = find(fenceBreach, { ledgers: ledgers([...old, ...fresh]), probes: [open] });
  assert.deepEqual([doubt.status, doubt.measured], ["INCONCLUSIVE", { lo: 0, hi: 1, unit: "count" }]);
  assert.equal(find(fenceBreach, { ledgers: ledgers([...old, ...fresh]), probes: [] }).status, "NOT_MEASURABLE");
  assert.equal(find(fenceBreach, { ledgers: ledgers(old) }).status, "NOT_MEASURABLE");
});

const east = { region: 1, epoch: 2 };
const west = { region: 2, epoch: 2 };
/** The primary Region's own standby was promoted in the baseline, and epoch 2 began there. */
const local = [acked(0, 7000), acked(1, 8000, east), acked(2, 9000, east)];

test("splitBrain: one epoch in two Regions is two writers: each of two standbys of one writer may begin the same", () => {
  const sound = [...local, acked(3, 20_000, west), acked(4, 21_000, west)];
  const one = find(splitBrain, { ledgers: ledgers(sound) });
  assert.deepEqual([one.status, one.measured?.hi], ["PASS", 0]);
  assert.match(one.reason, /each epoch \(1 in us-east-1, 2 in us-east-1, 2 in eu-west-1\)/);
  const both = find(splitBrain, { ledgers: ledgers([...sound, acked(5, 20_500, east)]) });
  assert.deepEqual([both.status, both.measured], ["FAIL", { lo: 490, hi: 510, unit: "ms" }]);
  assert.match(both.reason, /; 2 accounts posted to by both meanwhile: 1, 2$/);
  // Answers that do not say which Region they come from are told apart by the epoch alone.
  const mute = sound.map((write) => ({ ...write, region: 0 }));
  assert.equal(find(splitBrain, { ledgers: ledgers([...mute, acked(5, 20_500, east)]) }).status, "PASS");
  // Where only the two witnesses together make two Regions of it, one of them is wrong.
  const apart = [
    smallLedger({ writes: [...old, ...fresh] }),
    smallLedger({ witness: "t", writes: [...old, acked(2, 20_500, east), acked(3, 21_500, east)] }),
  ];
  const disputed = [splitBrain, fenceBreach].map((check) => find(check, { ledgers: apart }));
  assert.deepEqual(
    disputed.map(({ status, measured }) => [status, (measured?.lo ?? 0) > 0]),
    [
      ["INCONCLUSIVE", true],
      ["INCONCLUSIVE", true],
    ],
  );
  for (const { reason } of disputed) assert.match(reason, /^the witnesses disagree: epoch 2 was acknowledged by/);
});

test("splitBrain: the failback to the primary Region, in an epoch of its own, is none; nor is a third Region in the same epoch", () => {
  const back = [acked(4, 40_000, { region: 1, epoch: 3 })];
  assert.equal(find(splitBrain, { ledgers: ledgers([...old, ...fresh, ...back]) }).status, "PASS");
  const ledger = smallLedger({ writes: [...old, acked(4, 8500, { region: 3 }), ...fresh] });
  const header = { ...ledger.header, regions: [primary, secondary, "ap-south-1"] };
  assert.equal(find(splitBrain, { ledgers: [{ ...ledger, header }] }).status, "PASS");
});

test("fenceBreach: the old writer is the one whom the new Region took over from, whatever it was called before", () => {
  const probes = [
    deadCanary(),
    fence([
      { at: 22_000, accepted: true, epoch: 2 },
      { at: 23_000, accepted: true, epoch: 2 },
    ]),
  ];
  const third = [acked(3, 20_000, { region: 2, epoch: 3 })];
  const counted = (writes: readonly SmallWrite[], more = {}) => {
    const { status, measured } = find(fenceBreach, { ledgers: ledgers(writes), probes, ...more });
    return [status, measured?.lo];
  };
  assert.deepEqual(counted([...local, ...third]), ["FAIL", 2]);
  // The same epoch in both Regions; what the load was promised by the old one counts, too.
  assert.deepEqual(counted([...local, acked(3, 20_000, west), acked(4, 22_500, east)]), ["FAIL", 3]);
  // By the epochs alone: the old one is the highest from before the fault.
  const mute = [...local, ...third].map((write) => ({ ...write, region: 0 }));
  assert.deepEqual(counted(mute), ["FAIL", 2]);
  // Its own standby, promoted after the new Region was.
  assert.deepEqual(counted([...old, acked(3, 20_000, west), acked(4, 22_500, east)]), ["FAIL", 3]);
  // A Region that passed the primary's answers on before the fault took nothing over by that.
  const passedOn = [acked(0, 7000), acked(1, 7500, { region: 2, epoch: 1 }), acked(2, 9000), acked(3, 20_000, west)];
  assert.deepEqual(counted(passedOn, { probes: [deadCanary(), fence([{ at: 15_000, accepted: true, epoch: 1 }])] }), [
    "PASS",
    0,
  ]);
});

test("fenceBreach: after the failback the primary Region is the writer, in an epoch above all others", () => {
  const back = [acked(4, 40_000, { region: 1, epoch: 3 }), acked(5, 41_000, { region: 1, epoch: 3 })];
  const probes = [deadCanary(), fence([{ at: 45_000, accepted: true, epoch: 3 }])];
  const found = find(fenceBreach, { ledgers: ledgers([...old, ...fresh, ...back]), probes });
  assert.deepEqual([found.status, found.measured], ["PASS", { lo: 0, hi: 0, unit: "count" }]);
});
