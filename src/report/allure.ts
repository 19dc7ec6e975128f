/**
 * Turns allure-results into one HTML file that opens without a server: Allure 2 where a Java runs, else Allure 3, and says which.
 * Both are called by path, since both packages claim the name `allure`. A report that fails is a warning; the verdict stands.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Java } from "../setup/java.ts";
import { categoryRules } from "./allure-categories.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const deadlineMs = 120_000;

export interface AllureOptions {
  readonly resultsFolder: string;
  readonly outFolder: string;
  readonly name: string;
  /** null: no Java here, Allure 3 makes the report. */
  readonly java: Java | null;
  /** The report folder of the run before this one, whose history goes on. */
  readonly previousReport: string | null;
  readonly progress: (line: string) => void;
}

export interface AllureReport {
  /** null: there is none, and a warning says why. */
  readonly file: string | null;
  readonly tool: "Allure 2" | "Allure 3";
  readonly warnings: readonly string[];
}

export async function generateAllure(options: AllureOptions): Promise<AllureReport> {
  const tool = options.java ? "Allure 2" : "Allure 3";
  const made = `${options.outFolder}.tmp`;
  options.progress(
    options.java ? `Allure 2 with Java ${options.java.version}` : "no Java found: Allure 3 makes the report",
  );
  try {
    await rm(made, { recursive: true, force: true });
    const warnings = options.java ? await withAllure2(options, options.java, made) : await withAllure3(options, made);
    await rm(options.outFolder, { recursive: true, force: true });
    await rename(made, options.outFolder);
    return { file: join(options.outFolder, "index.html"), tool, warnings };
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    return { file: null, tool, warnings: [`${tool} made no report: ${reasonOf(error)}`] };
  }
}

function reasonOf(error: unknown): string {
  const { message, stderr, killed } = error as { message?: string; stderr?: string; killed?: boolean };
  if (killed) return `it took longer than ${deadlineMs / 1000} s`;
  const said = (stderr ?? "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, 3)
    .join(" | ");
  return said === "" ? (message ?? String(error)) : said;
}

async function withAllure2(options: AllureOptions, java: Java, out: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  if (options.previousReport) {
    const history = join(options.previousReport, "history");
    await cp(history, join(options.resultsFolder, "history"), { recursive: true }).catch(() => undefined);
  }
  // Without the package's shell script, which wants tools (xargs) that a small container may lack.
  const library = join(dirname(require.resolve("allure-commandline")), "dist", "lib");
  const classpath = [join(library, "*"), join(library, "config")].join(delimiter);
  const words = [
    "generate",
    "--single-file",
    "--clean",
    "--name",
    options.name,
    "--output",
    out,
    options.resultsFolder,
  ];
  // Exactly "true": any other value leaves the analytics tag in the page.
  const environment = { ...process.env, ALLURE_NO_ANALYTICS: "true" };
  // Java's performance data would leave a folder of the user's in /tmp.
  await run(java.path, ["-XX:-UsePerfData", "-classpath", classpath, "io.qameta.allure.CommandLine", ...words], {
    env: environment,
    timeout: deadlineMs,
    maxBuffer: 1 << 24,
  });
  const page = await readFile(join(out, "index.html"), "utf8");
  if (/googletagmanager/i.test(page)) throw new Error("the page carries an analytics tag");
  const kept = await keepHistory(page, join(out, "history"));
  if (kept === 0) warnings.push("Allure 2's page holds no history: the next run's trend starts anew");
  return warnings;
}

/** The single file carries its data inside; the next run wants the history as files. */
async function keepHistory(page: string, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const files = [...page.matchAll(/d\('history\/([a-z-]+\.json)','([A-Za-z0-9+/=]+)'\)/g)];
  for (const [, name = "", content = ""] of files) await writeFile(join(folder, name), Buffer.from(content, "base64"));
  return files.length;
}

async function withAllure3(options: AllureOptions, out: string): Promise<readonly string[]> {
  const scratch = await mkdtemp(join(tmpdir(), "dr-drill-allure-"));
  try {
    const history = join(scratch, "history.jsonl");
    if (options.previousReport) await cp(join(options.previousReport, "history.jsonl"), history).catch(() => undefined);
    const configuration = join(scratch, "allurerc.mjs");
    await writeFile(configuration, configurationOf(options.name, out, history));
    const program = join(dirname(require.resolve("allure")), "..", "cli.js");
    await run(process.execPath, [program, "generate", "--config", configuration, options.resultsFolder], {
      timeout: deadlineMs,
      maxBuffer: 1 << 24,
      cwd: scratch,
    });
    const page = join(out, "index.html");
    await writeFile(page, withoutAnalytics(await readFile(page, "utf8")));
    await cp(history, join(out, "history.jsonl"));
    return ["there is no Java on this machine: the report is Allure 3's instead of Allure 2's"];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Allure 3 puts an analytics tag into every page and has no switch for it. */
export function withoutAnalytics(page: string): string {
  const stripped = page
    .replace(/<script[^>]*googletagmanager[^>]*><\/script>\s*/gi, "")
    .replace(/<script>(?:(?!<\/script>)[\s\S])*?gtag\((?:(?!<\/script>)[\s\S])*?<\/script>\s*/gi, "");
  if (/googletagmanager|gtag\(/i.test(stripped.replace(/data:[^"']*/g, "")))
    throw new Error("the page carries an analytics tag that could not be taken out");
  return stripped;
}

function configurationOf(name: string, out: string, history: string): string {
  const rules = categoryRules().map(({ name: category, matchers }) => {
    const message = matchers.message ? `, message: ${String(matchers.message)}` : "";
    return `{ name: ${JSON.stringify(category)}, matchers: { statuses: ${JSON.stringify(matchers.statuses)}${message} } }`;
  });
  const settings = JSON.stringify({ singleFile: true, reportName: name, groupBy: ["parentSuite", "suite"] });
  return `export default {
  name: ${JSON.stringify(name)},
  output: ${JSON.stringify(out)},
  historyPath: ${JSON.stringify(history)},
  appendHistory: true,
  categories: { rules: [${rules.join(", ")}] },
  plugins: { awesome: { options: ${settings} } },
};
`;
}
