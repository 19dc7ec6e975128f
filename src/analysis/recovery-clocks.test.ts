import assert from "node:assert/strict";
import { test } from "node:test";
import type { LagLine } from "../model/files.ts";
import type { RunEventInput } from "../model/journal.ts";
import { decided, detected, movement, routed } from "./clock-table.ts";
import type { Clock } from "./recovery-clocks.ts";
import { failbackAt, protectedAt } from "./recovery-clocks.ts";
import { injection, smallEvidence, smallFacts } from "./small-evidence.ts";
import { deadCanary, observation, primary, secondary, smallProbe } from "./small-files.ts";

type Timed = readonly [number, RunEventInput];
const ms = ({ at }: Clock) => (at === null ? null : [Math.floor(at.lo / 1000), Math.ceil(at.hi / 1000)]);
const soughtMs = ({ soughtUntilUs }: Clock) => (soughtUntilUs === null ? null : soughtUntilUs / 1000);
const movements = { promote: "Promote", fence: "Fence", route: "Route", verify: "Verify" };
const drill = {
  failover: { document: "failover.yaml", movements, deadlineMs: 60_000 },
  failback: { document: "failback.yaml", deadlineMs: 60_000 },
};
const facts = (...journal: readonly Timed[]) => smallFacts({ drill, journal: [...injection, ...journal] });

type Runbook = "failover" | "failback";
const order = (at: number, runbook: Runbook = "failover"): Timed => [
  at,
  { type: "step.intended", step: `runbook-${runbook}`, token: "t", deadlineMs: 1, undo: null },
];
interface Seen {
  readonly status?: string;
  readonly start?: number;
  readonly end?: number | null;
  /** undefined: as in the journals of earlier versions. */
  readonly before?: number | null;
  readonly runbook?: Runbook;
}
const step = (
  at: number,
  name: string,
  { status = "Success", start, end = null, before, runbook = "failover" }: Seen,
): Timed => [
  at,
  {
    type: "ssm.step",
    id: "X",
    runbook,
    step: name,
    action: "aws:executeAwsApi",
    status,
    startMs: start ?? null,
    endMs: end,
    ...(before === undefined ? {} : { previousPollUs: before === null ? null : before * 1000 }),
  },
];
const execution = (at: number, status: string, before?: number, runbook: Runbook = "failover"): Timed => [
  at,
  {
    type: "ssm.execution",
    id: "X",
    runbook,
    document: "x.yaml",
    status,
    ...(before === undefined ? {} : { previousPollUs: before * 1000 }),
  },
];

test("C3, C4: who noticed before the fault was effective noticed this fault, if it had been commanded", () => {
  const noticed = (at: number): Timed[] => [
    [at, { type: "detected", by: "a", sourceMs: null, previousPollUs: (at - 20) * 1000 }],
    [at + 5, { type: "decided", by: "policy" }],
  ];
  // Commanded at 10.0 s, effective between 10.0 and 10.15 s.
  const early = smallFacts({ drill, journal: [...injection.slice(0, 1), ...noticed(10_020), ...injection.slice(1)] });
  assert.deepEqual(
    [ms(detected(early)), ms(decided(early))],
    [
      [10_000, 10_020],
      [10_025, 10_025],
    ],
  );
  const before = smallFacts({ drill, journal: [...noticed(9_000), ...injection] });
  assert.deepEqual([detected(before).at, decided(before).at], [null, null]);
});

test("an alarm whose source's clock is off is placed by all that the source dated", () => {
  // 2 s slow; the first change was dated just after a look, the second just before it was seen.
  const alarm = (at: number, state: string, sourceMs: number, before: number): Timed => [
    at,
    { type: "alarm", name: "a", state, sourceMs, previousPollUs: before * 1000 },
  ];
  const found = facts(alarm(12_000, "ALARM", 9_601, 11_600), alarm(20_000, "OK", 17_990, 19_600));
  assert.deepEqual(ms(detected(found)), [11_600, 11_615]);
});

test("a step is placed between the looks, and SSM's clock is believed as far as all looks bear it out", () => {
  // SSM's clock is 300 ms slow, and the looks are 400 ms apart.
  const looks = (...more: readonly Timed[]) =>
    facts(
      order(11_000),
      step(11_400, "Fence", { start: 10_720, end: 10_800, before: null }),
      step(11_800, "Promote", { status: "InProgress", start: 11_095, before: 11_395 }),
      ...more,
      step(12_600, "Promote", { start: 11_095, end: 11_950, before: 12_195 }),
    );
  // Ordered at 11.0, dated 10.72: slow by 280 ms at least. Begun after 11.395, dated 11.095: by 300. Ended before 12.6: by 650 at most; Fence: by 600.
  assert.deepEqual(ms(movement(looks(), "promote").end), [12_247, 12_553]);
  const tight = step(12_190, "Route", { start: 11_880, end: 11_885, before: 11_795 });
  assert.deepEqual(ms(movement(looks(tight), "promote").end), [12_247, 12_258]);
  // A clock that was set meanwhile is not believed at all.
  const set = step(12_190, "Route", { start: 15_000, end: 15_000, before: 11_795 });
  assert.deepEqual(ms(movement(looks(set), "promote").end), [12_195, 12_600]);
});

test("in a journal that does not tell of the looks before, the order bounds the steps", () => {
  const found = facts(
    order(11_000),
    step(11_400, "Fence", { start: 11_030, end: 11_050 }),
    step(11_400, "Promote", { status: "InProgress", start: 11_050 }),
    step(11_800, "Promote", { start: 11_050, end: 11_790 }),
  );
  // Two steps of one look: the second did not begin after the look that showed both.
  assert.deepEqual(ms(movement(found, "promote").start), [11_017, 11_063]);
  assert.deepEqual(ms(movement(found, "promote").end), [11_757, 11_800]);
});

test("only a step that failed or timed out has failed; until when it was looked for is told", () => {
  const outcome = (status: string, ...after: readonly Timed[]) => {
    const { end, outcome: found } = movement(
      facts(order(11_000), step(12_000, "Verify", { status, start: 11_500, before: 11_600 }), ...after, [
        30_000,
        { type: "note", text: "the end" },
      ]),
      "verify",
    );
    return [found, soughtMs(end)];
  };
  assert.deepEqual(outcome("InProgress"), ["unfinished", 12_000]);
  assert.deepEqual(outcome("Cancelled"), ["unfinished", 12_000]);
  assert.deepEqual(outcome("TimedOut"), ["failed", 12_000]);
  // Of a runbook that is over nothing more will come.
  assert.deepEqual(outcome("Failed", execution(12_100, "Failed")), ["failed", 30_000]);
  const unwatched: Timed = [19_000, { type: "ssm.unwatched", runbook: "failover", heardUs: 18_500_000 }];
  assert.deepEqual(outcome("InProgress", unwatched), ["unfinished", 18_500]);
});

test("C8: until when the name server was asked in vain is told", () => {
  const dns = (...lines: readonly (readonly [number, string | null])[]) =>
    smallProbe(
      "dns",
      200,
      1000,
      lines.map(([at, region]) => observation(at, region !== null, 5, region === null ? {} : { region })),
    );
  const asked = (...lines: readonly (readonly [number, string | null])[]) =>
    routed(smallFacts({ drill, probes: [deadCanary(), dns(...lines)], journal: injection }));
  assert.deepEqual(ms(asked([11_000, primary], [11_200, secondary])), [11_000, 11_205]);
  // What was not answered was no look.
  const vain = asked([11_000, primary], [11_200, primary], [11_400, null]);
  assert.deepEqual([vain.at, soughtMs(vain)], [null, 11_200]);
  assert.equal(soughtMs(asked([11_000, null])), null);
});

test("C13: a standby that streamed for a moment and was lost again has not come back", () => {
  const lag = (states: string): LagLine[] =>
    states.split("").map((state, n) => ({
      us: (11 + n) * 1e6,
      lagMs: null,
      lagBytes: null,
      computedUs: null,
      protected: state === "+",
    }));
  const found = (states: string) =>
    protectedAt(smallEvidence({ more: { lag: lag(states).map((value, n) => ({ line: n + 2, value })) } }), 10.5e6);
  assert.deepEqual(ms(found("+--++")), [13_000, 14_000]);
  assert.deepEqual(ms(found("+-+--+")), [15_000, 16_000]);
  const flicker = found("+-+--");
  assert.deepEqual([flicker.at, soughtMs(flicker)], [null, 15_000]);
  assert.match(found("+++").reason, /never seen to be lost/);
});

test("C14: not before the last step ended, nor before the last look that found it under way", () => {
  const phase: Timed = [30_000, { type: "phase.started", phase: "failback" }];
  const runbook = "failback";
  const ended = (before: readonly [number?, number?], end: number) => {
    const [ofStep, ofExecution] = before;
    const steps = [
      phase,
      order(30_010, runbook),
      step(30_410, "Salvage", {
        start: 30_110,
        end: 30_390,
        ...(ofStep === undefined ? {} : { before: 30_010 }),
        runbook,
      }),
      step(31_210, "Rebuild", { start: 30_850, end, ...(ofStep === undefined ? {} : { before: ofStep }), runbook }),
      execution(31_210, "Success", ofExecution, runbook),
    ];
    return ms(failbackAt(smallEvidence({ drill, journal: [...injection, ...steps] })).complete);
  };
  assert.deepEqual(ended([30_810, 30_810], 30_900), [30_857, 31_210]);
  // The steps that were seen in the same look are no look before it.
  assert.deepEqual(ended([], 31_100), [30_997, 31_210]);
  assert.deepEqual(ended([30_810, 30_995], 30_900), [30_995, 31_210]);
});
