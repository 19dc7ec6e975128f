import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright";
import { launchBrowser } from "../probes/browser.ts";
import { findBrowser } from "../setup/browser.ts";
import type { ReportInput } from "./input.ts";
import { pageHtml } from "./page.ts";
import { sampleFindings, sampleVerdict } from "./sample-findings.ts";
import { sampleInput } from "./sample-input.ts";
import { timelineSvg } from "./timeline.ts";

const folder = await mkdtemp(join(tmpdir(), "dr-drill-page-"));
const choice = await findBrowser({ environment: process.env, progress: () => undefined });
/** A PNG of one grey pixel. */
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);
let browser: Browser | null = null;
before(async () => {
  browser = choice ? await launchBrowser(choice) : null;
  await mkdir(join(folder, "probes", "files"), { recursive: true });
  await writeFile(join(folder, "probes", "files", "before.png"), pixel);
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function withPage(input: ReportInput, use: (page: Page) => Promise<void>): Promise<void> {
  assert.ok(browser, "no browser: this test needs one");
  const file = join(folder, "report.html");
  await writeFile(
    file,
    pageHtml({ input, runFolder: folder, timelineSvg: timelineSvg(input), files: ["verdict.json"] }),
  );
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const foreign: string[] = [];
  const faults: string[] = [];
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) foreign.push(request.url());
  });
  page.on("console", (message) => faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(pathToFileURL(file).href);
  await use(page);
  assert.deepEqual(foreign, [], "the page asks the network for nothing");
  assert.deepEqual(faults, [], "and has nothing to complain of");
  await page.close();
}

test("the page says the verdict, the figures and what a customer saw, from one file", async () => {
  const { probes } = sampleInput();
  const shown = probes.map((probe) => ({
    ...probe,
    lines: probe.lines.map((line, index) =>
      probe.header.kind === "journey" && index === 0
        ? { ...line, files: ["probes/files/before.png", "probes/files/gone.png"] }
        : line,
    ),
  }));
  await withPage(sampleInput({ probes: shown }), async (page) => {
    assert.equal(await page.getByTestId("verdict").innerText(), "PASS");
    assert.deepEqual(await page.locator(".tile .value").allInnerTexts(), ["14.2–14.6 s", "180–420 ms", "0", "100 %"]);
    assert.equal(await page.locator(".timeline svg").count(), 1);
    assert.equal(await page.locator("figure img").count(), 1, "a screenshot that is not there is left out");
    assert.equal(
      await page.locator("figure img").evaluate((image) => (image as { naturalWidth?: number }).naturalWidth),
      1,
    );
    assert.equal(await page.locator("tr[id^=finding-]").count(), 33);
    assert.equal(await page.getByText("Why it failed").count(), 0);
    const sideways = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
    assert.equal(sideways, false, "nothing hangs out of the page");
  });
});

test("the critical path is drawn to scale, with its sum beside the RTO", async () => {
  await withPage(sampleInput(), async (page) => {
    const section = page.locator("#steps");
    const widths = await section
      .locator("div.path i")
      .evaluateAll((parts) =>
        parts.map((part) => (part as { getBoundingClientRect(): { width: number } }).getBoundingClientRect().width),
      );
    const [detect = 0, decide = 0, promote = 0, route = 0, settle = 0] = widths;
    assert.ok(Math.abs(detect - promote) < 2 && route < detect && settle < route && decide < settle, String(widths));
    assert.match(
      await section.innerText(),
      /detect 3\.90–4\.10 s \(28 %\)[\s\S]*Σ 13\.7–15\.1 s, RTO 14\.2–14\.6 s; until the data was verified 15\.5–15\.7 s/,
    );
  });
});

test("a failure says why before anything else, and the lost writes that are still missing come first", async () => {
  const findings = sampleFindings({
    residual: {
      status: "FAIL",
      measured: { lo: 1, hi: 1, unit: "count" },
      reason: "payment k-1 was acknowledged and is gone",
    },
  });
  const { lost } = sampleInput();
  const input = sampleInput({
    verdict: sampleVerdict("FAIL", findings),
    lost: lost.map((write, index) => (index === 5 ? { ...write, state: "missing" } : write)),
  });
  await withPage(input, async (page) => {
    assert.equal(await page.getByTestId("verdict").innerText(), "FAIL");
    const text = await page.locator("body").innerText();
    assert.ok(text.indexOf("payment k-1 was acknowledged and is gone") < text.indexOf("Step budgets"));
    const lostTable = page.locator("#lost").locator("tbody tr");
    assert.match(await lostTable.first().innerText(), /k-7f3a-875[\s\S]*missing at the final read/);
    assert.equal(await lostTable.count(), 7);
  });
});

test("fifty lost writes are shown of more, and the page says so", async () => {
  const [write] = sampleInput().lost;
  assert.ok(write);
  const lost = Array.from({ length: 1667 }, (_, index) => ({ ...write, id: `k-${index}` }));
  await withPage(sampleInput({ lost }), async (page) => {
    const section = page.locator("#lost");
    assert.equal(await section.locator("tbody tr").count(), 50);
    assert.match(await section.innerText(), /50 of 1,667 shown/);
  });
});

test("text of the system under drill cannot become markup", async () => {
  const evil = '"><img src=x onerror="document.title=1"><script>document.title=1</script>';
  const findings = sampleFindings({ rto: { status: "FAIL", title: evil, reason: evil, evidence: [{ file: evil }] } });
  const input = sampleInput({
    title: evil,
    verdict: sampleVerdict("FAIL", findings),
    evidenceNotes: [evil],
    health: [{ name: evil, value: evil, sound: false }],
  });
  await withPage(input, async (page) => {
    assert.equal(await page.locator("script, img[src=x]").count(), 0);
    assert.ok((await page.locator("h1").innerText()).includes("<img"));
  });
});

test("a run whose fault never took effect has a page too", async () => {
  const input = sampleInput({
    verdict: sampleVerdict(
      "INCONCLUSIVE",
      sampleFindings({ "fault.effective": { status: "INCONCLUSIVE", reason: "no probe inside the Region failed" } }),
    ),
    moments: {},
    criticalPath: null,
    faultWindow: null,
    lost: [],
    writes: null,
  });
  await withPage(input, async (page) => {
    assert.equal(await page.getByTestId("verdict").innerText(), "INCONCLUSIVE");
    assert.match(await page.locator("body").innerText(), /Why there is no PASS\s+\? inconclusive\s+The fault bit/);
    assert.equal(await page.locator("div.path").count(), 0);
  });
});
