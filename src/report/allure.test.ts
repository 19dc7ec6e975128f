/** Both generations of Allure, for real: the same results, opened from disk in a browser. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright";
import { launchBrowser } from "../probes/browser.ts";
import { findBrowser } from "../setup/browser.ts";
import { findJava, type Java } from "../setup/java.ts";
import { writeAllureResults } from "./allure-results.ts";
import { generateAllure, withoutAnalytics, type AllureReport } from "./allure.ts";
import { runNumber } from "./previous-run.ts";
import { sampleFindings, sampleVerdict } from "./sample-findings.ts";
import { sampleInput } from "./sample-input.ts";
import { timelineSvg } from "./timeline.ts";

const folder = await mkdtemp(join(tmpdir(), "dr-drill-allure-test-"));
const java = await findJava({ environment: process.env });
const choice = await findBrowser({ environment: process.env, progress: () => undefined });
const failing = sampleInput({
  verdict: sampleVerdict(
    "FAIL",
    sampleFindings({ rto: { status: "FAIL", objective: { op: "<", limit: 1000, unit: "ms" }, reason: "too slow" } }),
  ),
});
let browser: Browser | null = null;
before(async () => {
  browser = choice ? await launchBrowser(choice) : null;
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function generate(
  run: string,
  options: { readonly java: Java | null; readonly previous?: string; readonly fails?: boolean },
): Promise<{ report: AllureReport; count: number; folder: string }> {
  const input = options.fails ? failing : sampleInput();
  const resultsFolder = join(folder, run, "allure-results");
  await mkdir(join(folder, run), { recursive: true });
  const previousReport = options.previous ?? null;
  const executor = { name: "dr-drill", type: "dr-drill", buildOrder: runNumber(previousReport) };
  const count = writeAllureResults({
    input,
    runFolder: folder,
    resultsFolder,
    timelineSvg: timelineSvg(input),
    executor,
  });
  const outFolder = join(folder, run, "allure-report");
  const report = await generateAllure({
    resultsFolder,
    outFolder,
    name: "Drill",
    java: options.java,
    previousReport,
    progress: () => undefined,
  });
  return { report, count, folder: outFolder };
}

/** Opens it from disk; gives the page's text once it says `awaited`, and every address that was asked for. */
async function openPage(
  file: string,
  awaited: RegExp,
): Promise<{ readonly text: string; readonly requests: readonly string[] }> {
  assert.ok(browser, "no browser: this test needs one");
  const page = await browser.newPage();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.getByText(awaited).first().waitFor({ timeout: 20_000 });
  const text = await page.locator("body").innerText();
  await page.close();
  return { text, requests: requests.filter((url) => !/^(file|data|blob|about):/.test(url)) };
}

test(
  "Allure 2 shows every result, asks the network for nothing, and goes on with the history",
  { skip: java === null ? "no Java here" : false },
  async () => {
    const first = await generate("a2-first", { java, fails: true });
    assert.deepEqual(first.report.warnings, []);
    const second = await generate("a2-second", { java, previous: first.folder });
    assert.ok(second.report.file);
    assert.doesNotMatch(await readFile(second.report.file, "utf8"), /googletagmanager|google-analytics/i);
    const { text, requests } = await openPage(second.report.file, /Regional failover|test cases/);
    assert.deepEqual(requests, []);
    assert.match(text, new RegExp(`\\b${second.count}\\s+test cases`));
    const trend = JSON.parse(await readFile(join(second.folder, "history", "history-trend.json"), "utf8")) as {
      buildOrder: number;
      data: { total: number; failed: number };
    }[];
    assert.deepEqual(
      trend.map(({ buildOrder, data }) => [buildOrder, data.total, data.failed > 0]),
      [
        [2, second.count, false],
        [1, first.count, true],
      ],
    );
  },
);

test("without Java Allure 3 does it, says so, and its analytics tag is gone", async () => {
  const first = await generate("a3-first", { java: null });
  const second = await generate("a3-second", { java: null, previous: first.folder, fails: true });
  assert.ok(second.report.file);
  assert.match(second.report.warnings.join(), /no Java/);
  assert.doesNotMatch(await readFile(second.report.file, "utf8"), /googletagmanager|google-analytics/i);
  const { text, requests } = await openPage(second.report.file, /5 Was the drill valid/);
  assert.deepEqual(requests, []);
  assert.match(text, new RegExp(`Results\\s*${second.count}\\b`));
  const history = (await readFile(join(second.folder, "history.jsonl"), "utf8")).trim().split("\n");
  assert.equal(history.length, 2);
});

test("a generator that fails is a warning, and the old report stays", async () => {
  const kept = await generate("broken", { java: null });
  assert.ok(kept.report.file);
  const before3 = await readFile(kept.report.file, "utf8");
  const broken = await generate("broken", { java: { path: join(folder, "no-such-java"), version: "0" } });
  assert.equal(broken.report.file, null);
  assert.match(broken.report.warnings.join(), /^Allure 2 made no report: /);
  assert.equal(await readFile(kept.report.file, "utf8"), before3);
});

test("an analytics tag of another shape is refused rather than published", () => {
  assert.equal(withoutAnalytics("<p>x</p>"), "<p>x</p>");
  assert.throws(
    () => withoutAnalytics('<link rel="preload" href="https://www.googletagmanager.com/gtag/js">'),
    /analytics/,
  );
});
