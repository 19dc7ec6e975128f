/** evidence.intact, clocks and what makes readings and instruments believable, one thing wrong at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClockLine } from "../../model/files.ts";
import type { RunEventInput } from "../../model/journal.ts";
import { find, injection, smallEvidence } from "../small-evidence.ts";
import type { SmallParts } from "../small-evidence.ts";
import {
  acked,
  deadCanary,
  observation,
  primary,
  smallHeader,
  smallLedger,
  smallProbe,
  smallReading,
} from "../small-files.ts";
import { balance } from "./balance.ts";
import { residual } from "./recovery-point.ts";
import { clocks, evidenceIntact } from "./record-gates.ts";

const writes = Array.from({ length: 60 }, (_, seq) => acked(seq, seq * 1000, seq <= 10 ? {} : { region: 2, epoch: 2 }));
const ledger = smallLedger({ writes });
const rows = writes.map(({ seq, region = 1, epoch = 1 }) => ({ seq, region, epoch }));
const readings = [smallReading("final", rows, [ledger]), smallReading("final-again", rows, [ledger])];
const sound: SmallParts = { ledgers: [ledger], readings };
const intact = (parts: Partial<SmallParts> = {}) => find(evidenceIntact, { ...sound, ...parts });

function wrong(parts: Partial<SmallParts>, reason: RegExp): void {
  const { status, reason: said } = intact(parts);
  assert.equal(status, "INCONCLUSIVE");
  assert.match(said, reason);
}

test("a sound record is intact", () => assert.equal(intact().status, "PASS"));

test("a journal without its last event was cut short", () => {
  const { journal } = smallEvidence(sound);
  wrong({ more: { journal: journal.slice(0, -1) } }, /^journal\.ndjson was cut short/);
});

test("probes that ended by themselves saw nothing from then on", () => {
  const exit = (code: number | null) => [...injection, [30_000, { type: "probe.exit", code }] as const];
  wrong({ journal: exit(1) }, /^the probes ended by themselves \(exit 1\) at 30\.0 s/);
  wrong({ journal: exit(null) }, /^the probes ended by themselves \(exit unknown\)/);
});

test("a ledger must tell its beginning, its end and what was dropped", () => {
  const { marks } = ledger;
  const without = (name: string) => [{ ...ledger, marks: marks.filter(({ value }) => value.mark !== name) }];
  wrong({ ledgers: without("open") }, /^ledger\/k\.ndjson has no "open" mark/);
  wrong({ ledgers: without("drop") }, /^ledger\/k\.ndjson does not tell how many iterations were dropped/);
  wrong({ ledgers: without("done") }, /^ledger\/k\.ndjson was cut short/);
});

test("a probe must have looked from the first arrival to the end of the load", () => {
  const looks = (from: number, until: number) => {
    const lines = deadCanary().lines.filter(({ value }) => value.schedUs >= from * 1e6 && value.schedUs < until * 1e6);
    return { probes: [{ ...deadCanary(), lines }] };
  };
  wrong(looks(0, 50), /^inside-primary was silent for 9\.1 s/);
  wrong(looks(8, 70), /^inside-primary was silent for 8\.0 s/);
  wrong(looks(0, 0), /^inside-primary was silent for 59\.0 s/);
  assert.equal(intact(looks(4, 56)).status, "PASS");
});

const taken = (name: "before-replay" | "final" | "final-again", started: number) =>
  smallReading(name, rows, [ledger], { started });

test("readings follow one another, and those of the end come after everything that was sent", () => {
  const [final, again] = [taken("final", 70_000), taken("final-again", 72_000)];
  wrong({ readings: [taken("final", 30_000), again] }, /^survivors\/final\.ndjson was begun while ledger\/k\.ndjson/);
  wrong(
    { readings: [final, taken("final-again", 69_000)] },
    /^survivors\/final-again\.ndjson was begun before survivors\/final\.ndjson had ended/,
  );
  wrong(
    { readings: [taken("before-replay", 75_000), final, again] },
    /^survivors\/final\.ndjson was begun before survivors\/before-replay\.ndjson had ended/,
  );
  // Taken at 20.0 s, and holds what was sent at 21 s.
  wrong(
    { readings: [taken("before-replay", 20_000), final, again] },
    /^survivors\/before-replay\.ndjson holds small\.k\.21, which was sent after it had been taken/,
  );
  wrong({ readings: [final] }, /^there is no second final reading/);
  assert.equal(find(residual, { ...sound, readings: [taken("final", 30_000), again] }).status, "INCONCLUSIVE");
});

test("the journal and the probes are of the drill that the manifest describes", () => {
  const action = injection.map(([, event]) => event).find((event) => event.type === "fis.action");
  assert.ok(action !== undefined);
  const journal = (event: RunEventInput) => [...injection, [12_000, event] as const];
  wrong(
    { journal: journal({ ...action, action: "other" }) },
    /^action other \(aws:ec2:stop-instances\) ran, which the drill/,
  );
  wrong(
    { journal: journal({ ...action, actionId: "aws:fis:wait" }) },
    /^action stop \(aws:fis:wait\) ran, which the drill/,
  );
  wrong({ journal: journal({ ...action, id: "OTHER" }) }, /^action stop is of experiment OTHER/);
  wrong(
    {
      drill: { failover: null },
      journal: journal({ type: "ssm.execution", id: "x", runbook: "failover", document: "d", status: "Success" }),
    },
    /^the journal tells of a failover, and the drill has none/,
  );
  const canary = smallProbe(
    "inside-primary",
    100,
    50,
    Array.from({ length: 700 }, (_, n) => observation(n * 100, true, 5, { region: n < 300 ? primary : "eu-south-9" })),
  );
  wrong(
    { probes: [canary] },
    /^probes\/inside-primary\.ndjson line 302 was answered by eu-south-9; the primary Region is/,
  );
});

const evenly = (seconds: number, offsetMs: (second: number) => number = () => 0) =>
  Array.from({ length: seconds }, (_, second) => ({
    line: second + 2,
    value: { us: second * 1e6, wallNs: String(second * 1e9 + offsetMs(second) * 1e6) } satisfies ClockLine,
  }));
const gate = (more: SmallParts["more"]) => find(clocks, { ...sound, more: { clock: evenly(60), ...more } });

test("clocks: even, without gap, from the first arrival to the end of the load, and as every file has it", () => {
  assert.equal(gate({}).status, "PASS");
  const cases: readonly [more: SmallParts["more"], reason: RegExp][] = [
    [{ clock: evenly(60, (second) => (second < 30 ? 0 : 5000)) }, /; the wall clock was set by 5000 ms at 30\.0 s$/],
    [{ clock: evenly(60, (second) => second * 0.5) }, /^the wall clock ran 500 ppm off the monotonic one/],
    [{ clock: evenly(60).filter((_, n) => n < 20 || n > 31) }, /^the harness was silent for 13\.0 s/],
    [{ clock: evenly(40) }, /^the harness was silent for 20\.0 s/],
    [{ clock: evenly(60).slice(12) }, /^the harness was silent for 12\.0 s/],
    [{ clock: evenly(1) }, /^clock\.ndjson has fewer than two samples/],
    // The file's own writer read both clocks together, at 5 s: two seconds from what clock.ndjson says.
    [
      { headers: new Map([["lag.ndjson", { ...smallHeader, monoNs: "5000000000", wallNs: "7000000000" }]]) },
      /^the wall clock was set by 2000 ms at 5\.0 s; the wall clock was set by -2000 ms/,
    ],
    [
      { headers: new Map([["lag.ndjson", { ...smallHeader, epochMonoNs: "5" }]]) },
      /^the files do not count from the same instant/,
    ],
    [{ headers: new Map([["lag.ndjson", { ...smallHeader, host: "another" }]]) }, /^the files were written on 2 hosts/],
  ];
  for (const [more, reason] of cases) {
    const { status, reason: said } = gate(more);
    assert.equal(status, "INCONCLUSIVE");
    assert.match(said, reason);
  }
});

test("clocks: a broken clock.ndjson says nothing, and neither does what is placed by it", () => {
  const files = [
    {
      file: "clock.ndjson",
      bytes: 1,
      lines: 1,
      torn: false,
      brokenLines: 1,
      problems: [{ line: 7, message: "not JSON" }],
    },
  ];
  assert.match(gate({ files }).reason, /^clock\.ndjson line 7: not JSON/);
});

test("balance: an account that is wrong in the first final reading was wrong, though the second is right", () => {
  const account = (now: number) => [{ k: "a" as const, id: 1, opening: 100, balance: now, posted: now - 100 }];
  const read = (name: "final" | "final-again", now: number) =>
    smallReading(name, [], [ledger], { accounts: account(now), posted: [0, 0] });
  const found = find(balance, { ledgers: [ledger], readings: [read("final", 107), read("final-again", 100)] });
  // The account, and the total.
  assert.deepEqual([found.status, found.measured?.lo], ["FAIL", 2]);
  assert.deepEqual(found.evidence, [{ file: "survivors/final.ndjson", line: 2 }]);
  const right = find(balance, { ledgers: [ledger], readings: [read("final", 100), read("final-again", 100)] });
  assert.equal(right.status, "PASS");
});
