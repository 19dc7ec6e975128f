/**
 * All reports of a run, rendered into its folder from the evidence and the verdict that stands there. Everything written here is
 * derived and can be made again; nothing here changes the verdict, and what fails becomes a warning.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { judge } from "../analysis/judge.ts";
import { lossCsv, summarise } from "../analysis/summary.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { loadEvidence } from "../evidence/load.ts";
import { replaceFile } from "../evidence/regular-file.ts";
import type { Manifest } from "../model/files.ts";
import { verdictSchema, type Verdict } from "../model/verdict.ts";
import type { Java } from "../setup/java.ts";
import { writeAllureResults, type Executor } from "./allure-results.ts";
import { generateAllure } from "./allure.ts";
import { reportInput } from "./from-evidence.ts";
import type { ReportInput } from "./input.ts";
import { junitXml } from "./junit.ts";
import { pageHtml } from "./page.ts";
import { previousRunWith, runNumber } from "./previous-run.ts";
import { timelineSvg } from "./timeline.ts";

export interface ReportOptions {
  /** false: allure-results are written, the Allure report is not generated. */
  readonly allure: boolean;
  readonly java: Java | null;
  readonly executor?: Executor;
  readonly progress: (line: string) => void;
}

export interface Reports {
  /** Absolute paths by name, in the order in which a person wants them. A report that could not be made is absent. */
  readonly files: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

export async function report(folder: string, options: ReportOptions): Promise<Reports> {
  const evidence = await loadEvidence(folder);
  const verdict = await verdictOf(folder, evidence);
  const summary = summarise(evidence, verdict);
  const files: Record<string, string> = {};
  const warnings: string[] = [];
  const attempt = async (name: string, make: () => Promise<string | null>): Promise<void> => {
    try {
      const path = await make();
      if (path !== null) files[name] = path;
    } catch (error) {
      warnings.push(`${name} was not made: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await replaceFile(path, content);
    return path;
  };
  // First the tables, which the page's foot links to.
  await attempt("junit", () =>
    write("junit.xml", junitXml(verdict, { startedAt: summary.startedAt, seconds: summary.endUs / 1e6 })),
  );
  const csv = lossCsv(summary);
  if (csv !== null) await attempt("lost writes", () => write("lost.csv", csv));
  const { manifest } = evidence;
  if (manifest === null) {
    warnings.push("manifest.json is missing or not valid: there is no page, timeline or Allure report without it");
  } else {
    const input = reportInput({ ...evidence, manifest }, verdict, summary);
    await renderAll({ folder, input, manifest, options, attempt, write, warnings });
  }
  const order = ["page", "allure", "timeline", "lost writes", "junit"];
  const sorted = Object.entries(files).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return { files: Object.fromEntries(sorted), warnings };
}

async function renderAll(part: {
  readonly folder: string;
  readonly input: ReportInput;
  readonly manifest: Manifest;
  readonly options: ReportOptions;
  readonly attempt: (name: string, make: () => Promise<string | null>) => Promise<void>;
  readonly write: (name: string, content: string) => Promise<string>;
  readonly warnings: string[];
}): Promise<void> {
  const { folder, input, options, attempt, write } = part;
  let svg = "";
  let timeline: string | null = null;
  try {
    svg = timelineSvg(input);
    timeline = await write("report-timeline.svg", svg);
  } catch (error) {
    part.warnings.push(`timeline was not made: ${error instanceof Error ? error.message : String(error)}`);
  }
  const draft = { input, runFolder: folder, timelineSvg: svg };
  await attempt("page", () => {
    const beside = ["verdict.json", "lost.csv", "junit.xml", "manifest.json", "journal.ndjson", "SEAL"];
    return write("report.html", pageHtml({ ...draft, files: beside.filter((name) => existsSync(join(folder, name))) }));
  });
  await attempt("allure", async () => {
    const resultsFolder = join(folder, "allure-results");
    const history = join("allure-report", options.java ? "history" : "history.jsonl");
    const previous = previousRunWith(folder, part.manifest, history);
    const previousReport = previous === null ? null : join(previous, "allure-report");
    const ours = {
      name: "dr-drill",
      type: "dr-drill",
      buildName: input.verdict.run,
      buildOrder: runNumber(previousReport),
    };
    writeAllureResults({ ...draft, resultsFolder, executor: options.executor ?? ours });
    if (!options.allure) return null;
    const outFolder = join(folder, "allure-report");
    const name = `${input.verdict.verdict}: ${input.title}`;
    const { java, progress } = options;
    const made = await generateAllure({ resultsFolder, outFolder, name, java, previousReport, progress });
    part.warnings.push(...made.warnings);
    return made.file;
  });
  if (timeline !== null) await attempt("timeline", () => Promise.resolve(timeline));
}

/** The verdict that was given; only where there is none (or none that can be read) is the evidence judged here. */
async function verdictOf(folder: string, evidence: Evidence): Promise<Verdict> {
  try {
    return verdictSchema.parse(JSON.parse(await readFile(join(folder, "verdict.json"), "utf8")));
  } catch {
    return judge(evidence);
  }
}
