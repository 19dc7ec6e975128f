import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeExampleRun } from "../evidence/example-run.ts";
import type { ExampleOptions } from "../evidence/example-run.ts";
import { loadEvidence } from "../evidence/load.ts";
import { seal } from "../evidence/seal.ts";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { judge } from "./judge.ts";
import { edit } from "./judged-run.ts";
import { lossCsv, summarise } from "./summary.ts";
import type { ClockId, Summary } from "./summary.ts";

async function summaryOf(options: ExampleOptions = {}, tamper?: (folder: string) => Promise<void>): Promise<Summary> {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 3000, ...options });
  await tamper?.(folder.path);
  const evidence = await loadEvidence(folder.path);
  return summarise(evidence, judge(evidence));
}

const sound = await summaryOf();
const clock = (summary: Summary, id: ClockId) => summary.clocks.find((one) => one.id === id)?.at ?? null;

test("the clocks hold what the script did, in microseconds on the run's axis", () => {
  const truth: [ClockId, number][] = [
    ["C0", 20.01],
    ["C1", 20.05],
    ["C3", 25.07],
    ["C4", 25.35],
    ["C5", 29.25],
    ["C8", 34.15],
    ["C9", 32.15],
    ["C11", 36.45],
    ["C12", 38.35],
    ["C13", 80.45],
  ];
  for (const [id, seconds] of truth) {
    const at = clock(sound, id);
    assert.ok(
      at !== null && at.lo <= seconds * 1e6 && at.hi !== null && seconds * 1e6 <= at.hi,
      `${id} ${seconds} ${JSON.stringify(at)}`,
    );
  }
  assert.equal(sound.clocks.length, 15);
});

test("the seconds add up to the arrivals, by outcome and by Region", () => {
  const { bins } = sound.series;
  const sum = (of: (bin: (typeof bins)[number]) => number): number => bins.reduce((total, bin) => total + of(bin), 0);
  assert.equal(
    sum(({ scheduled }) => scheduled),
    sound.load.planned,
  );
  assert.equal(
    sum(({ reads, writes }) => reads + writes),
    sound.load.good,
  );
  assert.equal(
    sum(({ reads, writes, fail, unknown }) => reads + writes + fail + unknown),
    sound.load.planned,
  );
  assert.equal(
    sum(({ byRegion }) => (byRegion["us-east-1"] ?? 0) + (byRegion["eu-west-1"] ?? 0)),
    sound.load.good,
  );
  const during = bins.filter(({ us }) => us >= 21e6 && us < 36e6);
  assert.ok(during.every(({ reads, writes, p99Ms }) => reads + writes === 0 && p99Ms === null));
  assert.ok(bins.filter(({ us }) => us > 37e6).every(({ byRegion }) => byRegion["us-east-1"] === undefined));
});

test("transactions, lost ones with their promises, and the table for those who reconcile", () => {
  const { transactions, lost } = sound;
  assert.equal(transactions.attempted, transactions.acknowledged + transactions.failed + transactions.unknown);
  assert.deepEqual([transactions.lost, transactions.salvaged, transactions.residual, lost.length], [7, 7, 0, 7]);
  assert.equal(
    transactions.lostMinor,
    lost.reduce((sum, row) => sum + row.amountMinor, 0),
  );
  assert.ok(lost.every((row, index) => index === 0 || row.ackedUs >= (lost[index - 1]?.ackedUs ?? 0)));
  const [head = "", first = "", ...rest] = (lossCsv(sound) ?? "").split("\r\n");
  assert.equal(head.split(",").length, first.split(",").length);
  assert.equal(rest.length, 7, "six more rows and the end");
  assert.match(
    first,
    /^example-run\.k\.\d+,k,\d+,\d+,2\d{3}-[0-9T:.-]+Z,\d+,\d+,\d+,us-east-1,yes,ledger\/k\.ndjson,\d+$/,
  );
  assert.equal(
    lossCsv({ lostKnown: true, lost: [{ ...(lost[0] ?? assert.fail()), id: 'a,"b"' }] })
      ?.split("\r\n")[1]
      ?.startsWith('"a,""b""",k,'),
    true,
  );
});

test("outages, steps, phases and the fault's window are there", () => {
  assert.deepEqual(
    sound.outages.map(({ seenBy }) => seenBy),
    ["reads", "writes", "customer"],
  );
  for (const { onset, end } of sound.outages) {
    assert.ok(onset.lo <= 20.05e6 && (onset.hi ?? 0) >= 20.05e6, JSON.stringify(onset));
    assert.ok(end.lo <= 36.45e6 && (end.hi ?? 0) >= 36.45e6, JSON.stringify(end));
  }
  assert.equal(sound.steps.find(({ id }) => id === "step.promote")?.budgetMs, 120_000);
  assert.deepEqual(
    sound.phases.map(({ phase }) => phase),
    ["set-up", "steady", "fault", "failover", "restored", "failback", "protected", "final-reads"],
  );
  assert.ok(
    sound.phases.every(
      ({ startUs, endUs }, index) => endUs >= startUs && (sound.phases[index + 1]?.startUs ?? endUs) >= endUs,
    ),
  );
  const { startUs, endUs, ...promotion } = sound.runbookSteps.find(({ step }) => step === "Promote") ?? assert.fail();
  assert.deepEqual(promotion, {
    runbook: "failover",
    step: "Promote",
    action: "aws:executeAwsApi",
    status: "Success",
    failure: null,
  });
  // In the middle of what is known of them.
  assert.ok(startUs !== null && Math.abs(startUs - 27_350_000) < 50_000, String(startUs));
  assert.ok(endUs !== null && Math.abs(endUs - 29_250_000) < 50_000, String(endUs));
  assert.ok(sound.faultWindow !== null && sound.faultWindow.startUs < 20.1e6 && sound.faultWindow.endUs > 45e6);
  assert.equal(sound.screenshots.length, 3);
});

test("never restored: the clocks that were not reached are empty, the outage is open", async () => {
  const summary = await summaryOf({ failover: false, outageSeconds: Number.POSITIVE_INFINITY });
  for (const id of ["C4", "C5", "C8", "C10", "C11", "C12", "C13", "C14"] as const)
    assert.equal(clock(summary, id), null, id);
  assert.equal(summary.outages.find(({ seenBy }) => seenBy === "reads")?.end.hi, null);
  assert.deepEqual([summary.transactions.lost, summary.transactions.residual], [7, 7]);
});

test("what cannot be read leaves its place empty", async () => {
  const bare = await summaryOf({}, async (folder) => {
    await rm(join(folder, "ledger"), { recursive: true });
    await rm(join(folder, "survivors"), { recursive: true });
  });
  assert.deepEqual(
    [bare.series.bins.length, bare.lost.length, bare.load.planned, bare.verdict],
    [0, 0, 0, "INCONCLUSIVE"],
  );
  const nameless = await summaryOf({}, (folder) => rm(join(folder, "manifest.json")));
  assert.deepEqual([nameless.run, nameless.clocks.length], ["", 0]);
  const unread = await summaryOf({}, (folder) => rm(join(folder, "survivors"), { recursive: true }));
  assert.deepEqual([unread.lost.length, unread.transactions.lost], [0, 0], "without a reading nothing is called lost");
  assert.equal(lossCsv(unread), null, "nor is it said that nothing was");
});

test("however slow the load says that it was, its series stays within bounds and counts every arrival", async () => {
  const slow = await summaryOf({}, async (folder) => {
    await edit(folder, "ledger/k.ndjson", (text) => text.replace('"ratePerMinute":3000', '"ratePerMinute":1'));
    await seal(folder);
  });
  const { bins, binUs } = slow.series;
  assert.ok(bins.length > 80_000 && bins.length <= 86_400 && binUs > 1e6, `${bins.length} of ${binUs} µs`);
  assert.equal(
    bins.reduce((sum, { scheduled }) => sum + scheduled, 0),
    slow.load.planned,
  );
});

test("a part that throws leaves its place empty, whichever it is", async () => {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 600 });
  const evidence = await loadEvidence(folder.path);
  const verdict = judge(evidence);
  const files = evidence.files.map((one) =>
    one.file === "probes/primary.ndjson" ? { ...one, problems: [{ line: 2, message: "not JSON" }] } : one,
  );
  const { runbookSteps, faultWindow, series } = summarise({ ...evidence, files }, verdict);
  assert.deepEqual([runbookSteps.length > 0, faultWindow, series.bins.length > 0], [true, null, true]);
});
