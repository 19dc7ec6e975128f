import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEventInput } from "../model/journal.ts";
import { injection, smallFacts } from "./small-evidence.ts";
import type { SmallParts } from "./small-evidence.ts";
import { acked, deadCanary, observation, smallLedger, smallProbe } from "./small-files.ts";

const fault = (parts: SmallParts) => smallFacts(parts).fault();
const ms = (at: { lo: number; hi: number } | null) => (at === null ? null : { lo: at.lo / 1000, hi: at.hi / 1000 });

test("commanded between intent and acceptance; effective between the last answer and the canary's first failure", () => {
  const found = fault({});
  assert.deepEqual(ms(found.commanded), { lo: 10_000, hi: 10_020 });
  // The canary that began at 10.0 s was answered; the next began at 10.1 s and gave up after 50 ms.
  assert.deepEqual(ms(found.effective), { lo: 10_000, hi: 10_150 });
  assert.deepEqual(found.evidence, [{ file: "probes/inside-primary.ndjson", line: 103 }]);
  assert.deepEqual(
    found.actions.map(({ action, state }) => [action, state]),
    [["stop", "running"]],
  );
});

test("the load's last answer from the primary narrows it; answers from elsewhere or to what hung do not", () => {
  const writes = [acked(0, 1000), acked(1, 10_050), acked(2, 10_070, { region: 2 }), acked(3, 10_090, { end: 10_500 })];
  const found = fault({ ledgers: [smallLedger({ ratePerMinute: 1, writes })] });
  assert.deepEqual(ms(found.effective), { lo: 10_050, hi: 10_150 });
});

test("a single failed canary while the primary goes on serving is noise", () => {
  const canary = deadCanary();
  const noisy = {
    ...canary,
    lines: canary.lines.map((line) =>
      line.value.schedUs === 10_000_000 ? { ...line, value: observation(10_000, false, 50) } : line,
    ),
  };
  const late = {
    ...noisy,
    lines: noisy.lines.map((line) =>
      line.value.schedUs > 10_000_000 && line.value.schedUs < 12_000_000
        ? { ...line, value: observation(line.value.schedUs / 1000, true) }
        : line,
    ),
  };
  const writes = Array.from({ length: 40 }, (_, n) => acked(n, 8000 + n * 100));
  const found = fault({ probes: [late], ledgers: [smallLedger({ ratePerMinute: 600, writes })] });
  assert.deepEqual(ms(found.effective), { lo: 11_900, hi: 12_050 });
});

/** A canary every 100 ms that fails at once from 10.1 s on, for so long. */
const interrupted = (lastsMs: number) =>
  smallProbe(
    "inside-primary",
    100,
    50,
    Array.from({ length: 300 }, (_, n) => observation(n * 100, n < 101 || n * 100 >= 10_100 + lastsMs, 5)),
  );

test("an outage that is over within a second is one, if nobody was served during it", () => {
  const served = (during: readonly number[]) =>
    smallLedger({
      ratePerMinute: 600,
      writes: [9900, 10_000, ...during, 10_650, 10_750].map((sent, n) => acked(n, sent)),
    });
  const found = fault({ probes: [interrupted(500)], ledgers: [served([])] });
  assert.deepEqual(ms(found.effective), { lo: 10_000, hi: 10_105 });
  // Someone was served while the canary failed: then it was the canary's own trouble.
  assert.equal(fault({ probes: [interrupted(500)], ledgers: [served([10_300])] }).effective, null);
  // One failure alone is no outage.
  assert.equal(fault({ probes: [interrupted(100)], ledgers: [served([10_300])] }).effective, null);
});

test("without a canary, without a failure, without an experiment: not effective, with the reason", () => {
  assert.match(fault({ probes: [] }).reason, /no canary inside the primary/);
  const fine = smallProbe(
    "inside-primary",
    100,
    50,
    Array.from({ length: 300 }, (_, n) => observation(n * 100, true)),
  );
  const found = fault({ probes: [fine] });
  assert.equal(found.effective, null);
  assert.match(found.reason, /never failed after the fault was commanded/);
  assert.match(fault({ journal: [] }).reason, /no start of an experiment/);
});

test("a preview of the targets is not the command; waiting is no action", () => {
  const undo = { kind: "stop-experiment", clientToken: "t", runTag: "small" } as const;
  const found = fault({
    journal: [
      [1000, { type: "step.intended", step: "preview-targets", token: "p", deadlineMs: 1, undo }],
      [1100, { type: "step.done", step: "preview-targets", outcome: "ok" }],
      [10_000, { type: "step.intended", step: "inject-fault", token: "t", deadlineMs: 1, undo }],
      [10_030, { type: "fis.experiment", id: "E", state: "running", sourceMs: null, previousPollUs: null }],
      [
        10_040,
        {
          type: "fis.action",
          id: "E",
          action: "wait",
          actionId: "aws:fis:wait",
          state: "running",
          startMs: 10_030,
          endMs: null,
          previousPollUs: null,
        },
      ],
    ],
  });
  assert.deepEqual(ms(found.commanded), { lo: 10_000, hi: 10_030 });
  assert.deepEqual(found.actions, []);
  assert.equal(found.firstAction, null);
});

test("failures from before the command are not the fault's", () => {
  const canary = deadCanary();
  const early = {
    ...canary,
    lines: canary.lines.map((line) =>
      line.value.schedUs < 1_900_000 ? { ...line, value: observation(line.value.schedUs / 1000, false, 50) } : line,
    ),
  };
  assert.deepEqual(ms(fault({ probes: [early] }).effective), { lo: 10_000, hi: 10_150 });
});

/** A canary every 100 ms whose observations of these times fail, each after so long. */
const failing = (fails: (at: number) => boolean, tookMs = 5) =>
  smallProbe(
    "inside-primary",
    100,
    Math.max(50, tookMs),
    Array.from({ length: 300 }, (_, n) => observation(n * 100, !fails(n * 100), fails(n * 100) ? tookMs : 5)),
  );

type Timed = readonly [number, RunEventInput];
const ordered = (at: number): Timed => [
  at,
  { type: "step.intended", step: "runbook-failover", token: "f", deadlineMs: 1, undo: null },
];
/** Seen under way at `at`, and not yet at the look before. */
const step = (at: number, name: string, action: string, before: number): Timed => [
  at,
  {
    type: "ssm.step",
    id: "X",
    runbook: "failover",
    step: name,
    action,
    status: "InProgress",
    startMs: at,
    endMs: null,
    previousPollUs: before * 1000,
  },
];

test("what the failover may have closed or fenced itself is not the fault's doing", () => {
  const fenced = (...journal: readonly Timed[]) =>
    fault({ probes: [failing((at) => at >= 12_000)], journal: [...injection, ...journal] });
  const found = fenced(ordered(11_000), step(11_800, "CloseFlow", "aws:executeAwsApi", 11_400));
  assert.equal(found.effective, null);
  assert.match(found.reason, /failed only after the failover's step CloseFlow had begun, which may have taken/);
  // Nobody saw what it did: then all of it may have been.
  assert.match(fenced(ordered(11_000)).reason, /failed only after the failover was ordered, which may/);
  // Whether the canary failed before the fence or after cannot be told.
  assert.equal(fenced(ordered(11_000), step(12_400, "Fence", "aws:executeAwsApi", 11_900)).effective, null);
  // A person was asked first, and the primary died meanwhile.
  const asked = step(11_400, "Approve", "aws:approve", 11_000);
  const late = fenced(ordered(11_000), asked, step(12_800, "Fence", "aws:executeAwsApi", 12_400));
  assert.deepEqual(ms(late.effective), { lo: 11_900, hi: 12_005 });
});

test("an outage that was over before the failover is the fault's, not the fence after it", () => {
  const writes = [...Array(101).keys(), ...Array(22).keys()].map((n, seq) =>
    acked(seq, seq < 101 ? n * 100 : 10_800 + n * 100),
  );
  const found = fault({
    probes: [failing((at) => (at >= 10_100 && at < 10_700) || at >= 13_000)],
    ledgers: [smallLedger({ ratePerMinute: 600, writes })],
    journal: [...injection, ordered(12_000), step(12_800, "Fence", "aws:executeAwsApi", 12_400)],
  });
  assert.deepEqual(ms(found.effective), { lo: 10_000, hi: 10_105 });
});

test("a canary that still waits as the failover begins has failed when a primary that is up would have answered", () => {
  const hung = (orderedMs: number, served: readonly number[] = []) =>
    fault({
      probes: [failing((at) => at >= 10_100, 1000)],
      ledgers: [smallLedger({ ratePerMinute: 600, writes: served.map((at, seq) => acked(seq, at)) })],
      journal: [...injection, ordered(orderedMs)],
    });
  // It was never slower than 5 ms.
  assert.deepEqual(ms(hung(10_106).effective), { lo: 10_000, hi: 11_100 });
  assert.equal(hung(10_104).effective, null);
  // Customers were served until then: it was the failover.
  assert.equal(hung(10_300, [10_050, 10_150, 10_250]).effective, null);
});

test("a customer who was served while the canary already waited is heard, although he asked before the command", () => {
  // The canary began to wait at 9.95 s, 50 ms before the command; one that is up answers within 5 ms.
  const waits = smallProbe(
    "inside-primary",
    100,
    1000,
    Array.from({ length: 300 }, (_, n) => observation(n * 100 - 50, n <= 99, n <= 99 ? 5 : 1000)),
  );
  const served = (sent: number) =>
    fault({
      probes: [waits],
      ledgers: [smallLedger({ ratePerMinute: 60, writes: [acked(0, sent)] })],
      journal: [...injection, ordered(10_300)],
    }).effective;
  assert.equal(served(9_960), null);
  assert.deepEqual(ms(served(9_940)), { lo: 10_000, hi: 10_950 });
});

test("a clock of FIS that is fast does not hide the failures before it", () => {
  const journal = injection.map(([at, event]): Timed => [
    at,
    event.type === "fis.action" ? { ...event, startMs: 10_900 } : event,
  ]);
  const found = fault({ probes: [failing((at) => at >= 10_100 && at < 10_700)], journal });
  assert.deepEqual(ms(found.effective), { lo: 10_000, hi: 10_105 });
});
