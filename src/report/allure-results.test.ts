import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TestResult } from "allure-js-commons";
import type { Finding, FindingId, Verdict } from "../model/verdict.ts";
import { writeAllureResults } from "./allure-results.ts";
import { categories } from "./allure-categories.ts";
import type { ReportInput } from "./input.ts";
import { sampleFindings, sampleVerdict } from "./sample-findings.ts";
import { sampleInput } from "./sample-input.ts";

const folder = await mkdtemp(join(tmpdir(), "dr-drill-results-"));
after(() => rm(folder, { recursive: true, force: true }));
let runs = 0;

async function written(input: ReportInput): Promise<readonly TestResult[]> {
  const resultsFolder = join(folder, String((runs += 1)));
  const count = writeAllureResults({ input, runFolder: folder, resultsFolder, timelineSvg: "<svg/>" });
  const names = (await readdir(resultsFolder)).filter((name) => name.endsWith("-result.json"));
  assert.equal(names.length, count, "one file per result");
  return await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(resultsFolder, name), "utf8")) as TestResult),
  );
}

const withFindings = (word: Verdict["verdict"], overrides: Partial<Record<FindingId, Partial<Finding>>>): ReportInput =>
  sampleInput({ verdict: sampleVerdict(word, sampleFindings(overrides)) });
const below = { op: "<" as const, limit: 1000, unit: "ms" as const };
const label = (result: TestResult, name: string): string | undefined =>
  result.labels.find((one) => one.name === name)?.value;
const named = (results: readonly TestResult[], id: string): TestResult => {
  const found = results.find((result) => result.fullName === `regional-failover.${id}`);
  assert.ok(found, id);
  return found;
};

test("one result for the verdict, one per finding, one per lane", async () => {
  const input = sampleInput();
  const results = await written(input);
  const lanes = [
    "load",
    "fault",
    "runbook.failover",
    "runbook.failback",
    "probe.checkout",
    "probe.inside-primary",
    "probe.journey",
  ];
  assert.deepEqual(
    results.map((result) => result.fullName ?? "").toSorted(),
    ["verdict", ...input.verdict.findings.map((finding) => finding.id), ...lanes.map((lane) => `lane.${lane}`)]
      .map((id) => `regional-failover.${id}`)
      .toSorted(),
  );
});

test("each status is the finding's: a breach failed, the unproven broken, and never green", async () => {
  const results = await written(
    withFindings("FAIL", {
      rto: { status: "FAIL", objective: below, reason: "too\nslow" },
      "rpo.time": { status: "INCONCLUSIVE", reason: "the interval holds the limit" },
      residual: { status: "NOT_MEASURABLE", measured: null, reason: "no final read" },
      clocks: { status: "NOT_MEASURABLE", reason: "no clock file" },
    }),
  );
  const expected = {
    verdict: "failed",
    rto: "failed",
    "rpo.time": "broken",
    residual: "broken",
    clocks: "broken",
    staleReads: "skipped",
    duplicates: "passed",
  };
  for (const [id, status] of Object.entries(expected)) assert.equal(named(results, id).status, status, id);
  assert.equal(named(results, "rto").statusDetails.message, "[RTO] FAIL: too slow");
});

test("Allure is green exactly when the verdict is PASS", async () => {
  const bad = new Set(["failed", "broken"]);
  const cases = {
    PASS: {},
    FAIL: { duplicates: { status: "FAIL" } },
    INCONCLUSIVE: { "load.delivered": { status: "INCONCLUSIVE", reason: "iterations were dropped" } },
  } as const;
  for (const [word, overrides] of Object.entries(cases) as [
    Verdict["verdict"],
    Partial<Record<FindingId, Partial<Finding>>>,
  ][]) {
    const results = await written(withFindings(word, overrides));
    assert.equal(
      results.some((result) => bad.has(String(result.status))),
      word !== "PASS",
      word,
    );
    assert.equal(named(results, "verdict").status, { PASS: "passed", FAIL: "failed", INCONCLUSIVE: "broken" }[word]);
    for (const result of results)
      if (bad.has(String(result.status)))
        assert.match(result.statusDetails.message ?? "", /^\[(RTO|RPO|LOSS|APP|HARNESS)\] \S/);
  }
});

test("a failed criterion falls into its category, as Allure 2 matches: the whole message", async () => {
  const failing = { status: "FAIL" as const, objective: below };
  const results = await written(
    withFindings("FAIL", {
      rto: failing,
      "rpo.time": failing,
      residual: failing,
      functional: failing,
      clocks: failing,
    }),
  );
  const categoryOf = (result: TestResult): string | undefined =>
    categories().find(
      (one) =>
        one.matchedStatuses.includes(result.status as never) &&
        (one.messageRegex === undefined ||
          new RegExp(`^(?:${one.messageRegex})$`).test(result.statusDetails.message ?? "")),
    )?.name;
  const found = ["rto", "rpo.time", "residual", "functional", "clocks"].map((id) => categoryOf(named(results, id)));
  assert.equal(new Set(found).size, 5);
  assert.ok(!found.includes(undefined));
});

test("history ids stay over runs whose figures differ, and tell drills, environments and criteria apart", async () => {
  const first = await written(sampleInput());
  const second = await written(
    withFindings("FAIL", { rto: { status: "FAIL", objective: below, measured: { lo: 5, hi: null, unit: "ms" } } }),
  );
  const ids = (results: readonly TestResult[]): string[] => results.map((result) => result.historyId ?? "").toSorted();
  assert.deepEqual(ids(first), ids(second));
  assert.equal(new Set(ids(first)).size, first.length, "equal history ids in one folder would be shown as retries");
  const elsewhere = await written(sampleInput({ verdict: { ...sampleVerdict("PASS"), environment: "aws" } }));
  assert.equal(ids(elsewhere).filter((id) => ids(first).includes(id)).length, 0);
});

test("on Allure's timeline: one host, a thread for each result, all within the run", async () => {
  const input = sampleInput();
  const results = await written(input);
  assert.deepEqual(new Set(results.map((result) => label(result, "host"))), new Set(["drill"]));
  assert.equal(new Set(results.map((result) => label(result, "thread"))).size, results.length);
  const times = results
    .flatMap((result) => [result, ...result.steps])
    .flatMap(({ start, stop }) => [start ?? 0, stop ?? 0]);
  assert.ok(
    Math.min(...times) >= input.epochWallMs - 1000 &&
      Math.max(...times) <= input.epochWallMs + input.endUs / 1000 + 1000,
  );
  for (const result of results) assert.ok((result.stop ?? 0) >= (result.start ?? 0), result.fullName);
});

test("nothing is marked known, muted or flaky, which would hide a failure", async () => {
  const results = await written(withFindings("FAIL", { rto: { status: "FAIL", objective: below } }));
  assert.doesNotMatch(JSON.stringify(results), /"(known|muted|flaky)":true/);
});

test("the runbook's steps carry budget and actual time, and the verdict the timeline and the loss", async () => {
  const results = await written(sampleInput());
  const steps = named(results, "lane.runbook.failover").steps;
  assert.deepEqual(
    steps.map((step) => step.name),
    ["closeFlow: 600 ms", "promote: 3.20 s"],
  );
  assert.equal(steps[1]?.parameters.find((parameter) => parameter.name === "actual")?.value, "3.20 s");
  const verdict = named(results, "verdict");
  assert.deepEqual(
    verdict.attachments.map((one) => [one.name, one.type]),
    [
      ["Timeline", "image/svg+xml"],
      ["Acknowledged writes lost before replay", "text/csv"],
      ["verdict.json", "application/json"],
      ["Journal, turning points", "text/plain"],
    ],
  );
  const promote = verdict.steps.find((step) => step.name?.startsWith("Promote"));
  assert.deepEqual(
    promote?.parameters.map((parameter) => [parameter.name, parameter.value]),
    [
      ["budget", "< 2 min"],
      ["actual", "3.10–3.30 s"],
      ["margin", "116.7 s left"],
    ],
  );
});
