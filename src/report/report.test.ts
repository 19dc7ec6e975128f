/** From a run folder to all its reports, and what they say is what the judge says. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TestResult } from "allure-js-commons";
import { judge } from "../analysis/judge.ts";
import { verdictText } from "../analysis/verdict-text.ts";
import { writeExampleRun, type ExampleOptions } from "../evidence/example-run.ts";
import { loadEvidence } from "../evidence/load.ts";
import { verifySeal } from "../evidence/seal.ts";
import type { Verdict } from "../model/verdict.ts";
import { allureStatusOf, verdictStatus } from "./criteria.ts";
import { report } from "./report.ts";

const folder = await mkdtemp(join(tmpdir(), "dr-drill-report-"));
after(() => rm(folder, { recursive: true, force: true }));

async function example(
  name: string,
  options: ExampleOptions = {},
): Promise<{ readonly run: string; readonly verdict: Verdict }> {
  const run = join(folder, name);
  await mkdir(run, { recursive: true });
  await writeExampleRun(run, options);
  const verdict = judge(await loadEvidence(run));
  await writeFile(join(run, "verdict.json"), verdictText(verdict));
  return { run, verdict };
}

const quiet = { allure: false, java: null, progress: () => undefined };

test("a run has all its reports, and making them leaves the evidence and the verdict alone", async () => {
  const { run, verdict } = await example("whole");
  const before = await readFile(join(run, "verdict.json"), "utf8");
  const made = await report(run, { ...quiet, allure: true });
  assert.deepEqual(Object.keys(made.files), ["page", "allure", "timeline", "lost writes", "junit"]);
  for (const path of Object.values(made.files)) assert.ok((await readFile(path)).length > 100, path);
  assert.deepEqual(made.warnings, ["there is no Java on this machine: the report is Allure 3's instead of Allure 2's"]);
  assert.equal(await readFile(join(run, "verdict.json"), "utf8"), before);
  assert.equal((await verifySeal(run)).state, "valid", "derived files are no part of the seal");
  assert.deepEqual(judge(await loadEvidence(run)), verdict, "and judging again gives the same verdict");
  assert.deepEqual(
    (await readdir(run)).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("page, timeline, Allure and JUnit agree with the verdict, whatever it is", async () => {
  const cases: readonly (readonly [string, ExampleOptions])[] = [
    ["sound", {}],
    ["harmless", { harmless: true }],
    ["without-failover", { outageSeconds: Number.POSITIVE_INFINITY, failover: false, objectives: { rtoMs: 30_000 } }],
    ["residual", { lost: 40, salvaged: 38 }],
  ];
  const seen = new Set<string>();
  for (const [name, options] of cases) {
    const { run, verdict } = await example(name, options);
    seen.add(verdict.verdict);
    const made = await report(run, quiet);
    assert.deepEqual(made.warnings, [], name);
    assert.match(
      await readFile(join(run, "report.html"), "utf8"),
      new RegExp(`data-testid="verdict">${verdict.verdict}<`),
    );
    assert.match(await readFile(join(run, "report-timeline.svg"), "utf8"), new RegExp(`>${verdict.verdict}</text>`));
    const results = await resultsOf(run);
    assert.equal(results.get("verdict")?.status, verdictStatus[verdict.verdict], name);
    for (const finding of verdict.findings)
      assert.equal(results.get(finding.id)?.status, allureStatusOf(finding), `${name} ${finding.id}`);
    const failures = (await readFile(join(run, "junit.xml"), "utf8")).match(/<failure /g)?.length ?? 0;
    assert.equal(failures, verdict.findings.filter((finding) => finding.status === "FAIL").length, name);
  }
  assert.deepEqual([...seen].toSorted(), ["FAIL", "INCONCLUSIVE", "PASS"], "each verdict was drawn");
});

async function resultsOf(run: string): Promise<ReadonlyMap<string, TestResult>> {
  const names = (await readdir(join(run, "allure-results"))).filter((name) => name.endsWith("-result.json"));
  const results = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(run, "allure-results", name), "utf8")) as TestResult),
  );
  return new Map(results.map((result) => [(result.fullName ?? "").replace(/^[^.]*\./, ""), result]));
}

test("the reports tell the run's course: moments, who served, lost writes by name", async () => {
  const { run } = await example("course", { lost: 60 });
  await report(run, quiet);
  const svg = await readFile(join(run, "report-timeline.svg"), "utf8");
  for (const words of [
    "fault effective",
    "detected +4.",
    "promoted +9.",
    "restored +16.",
    "protected +60.",
    "us-east-1",
    "eu-west-1",
  ])
    assert.ok(svg.includes(`>${words}`), words);
  assert.doesNotMatch(svg, /NaN|undefined/);
  const page = await readFile(join(run, "report.html"), "utf8");
  assert.match(page, /50 of 60 shown/);
  assert.equal((await readFile(join(run, "lost.csv"), "utf8")).trim().split(/\r?\n/).length, 61);
});

test("a second rendering replaces the first, result for result", async () => {
  const { run } = await example("twice");
  await report(run, quiet);
  const [page, first] = [await readFile(join(run, "report.html"), "utf8"), await resultsOf(run)];
  await report(run, quiet);
  assert.equal(await readFile(join(run, "report.html"), "utf8"), page);
  const second = await resultsOf(run);
  assert.deepEqual([...second.keys()].toSorted(), [...first.keys()].toSorted());
});

test("a folder without its manifest gets what can be made, and a warning instead of an error", async () => {
  const { run } = await example("no-manifest");
  await rm(join(run, "manifest.json"));
  await rm(join(run, "verdict.json"));
  const made = await report(run, quiet);
  assert.match(made.warnings.join(), /manifest\.json is missing or not valid/);
  assert.match(await readFile(join(run, "junit.xml"), "utf8"), /<error /);
});

test("history goes on from the newest earlier run of the same drill", async () => {
  const runs = join(folder, "history");
  await mkdir(runs);
  const { previousRunWith, runNumber } = await import("./previous-run.ts");
  for (const [name, startedAt, options] of [
    ["a", "2026-01-01T00:00:00.000Z", {}],
    ["b", "2026-01-02T00:00:00.000Z", {}],
    ["c", "2026-01-03T00:00:00.000Z", {}],
    ["other-drill", "2026-01-02T12:00:00.000Z", { failover: false }],
  ] as const) {
    const { run } = await example(join("history", name), options);
    const manifest = JSON.parse(await readFile(join(run, "manifest.json"), "utf8")) as Record<string, unknown>;
    await writeFile(join(run, "manifest.json"), JSON.stringify({ ...manifest, startedAt }));
    if (name !== "c") {
      await mkdir(join(run, "allure-report", "history"), { recursive: true });
      await writeFile(join(run, "allure-report", "history", "history-trend.json"), JSON.stringify([{ buildOrder: 4 }]));
    }
  }
  const evidence = await loadEvidence(join(runs, "c"));
  assert.ok(evidence.manifest);
  const previous = previousRunWith(join(runs, "c"), evidence.manifest, join("allure-report", "history"));
  assert.equal(previous, join(runs, "b"));
  assert.equal(runNumber(join(runs, "b", "allure-report")), 5);
  assert.equal(runNumber(null), 1);
});
