/** `drill judge <run>` and `drill report <run>`: from the run folder alone, on any machine, any number of times. */
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { judge } from "../analysis/judge.ts";
import { lossCsv, summarise } from "../analysis/summary.ts";
import { verdictText } from "../analysis/verdict-text.ts";
import { loadEvidence } from "../evidence/load.ts";
import { selftestFile } from "../evidence/load-selftest.ts";
import { readRegular, replaceFile } from "../evidence/regular-file.ts";
import { seal, sealMark } from "../evidence/seal.ts";
import { holdYoungGeneration } from "../evidence/memory-use.ts";
import { usageError } from "../model/user-error.ts";
import { exitCodes, verdictSchema, type Verdict } from "../model/verdict.ts";
import { verdictTable } from "../report/terminal.ts";
import { readSelftest } from "../selftest/record.ts";
import { cacheFolder } from "../setup/cache.ts";
import { findJava } from "../setup/java.ts";

export function judgeCommand(program: Command): void {
  program
    .command("judge")
    .description("judge a recorded run again: the same evidence gives the same verdict.json, byte for byte")
    .argument("<run>", "a run folder, or a run id under reports/")
    .option("--json", "print verdict.json on stdout")
    .action(async (run: string, options: { json?: boolean }) => {
      holdYoungGeneration();
      const folder = runFolder(run);
      const verdict = await judgeFolder(folder);
      await print(verdict, folder, options.json ?? false);
      process.exitCode = exitCodes[verdict.verdict];
    });
}

export function reportCommand(program: Command): void {
  program
    .command("report")
    .description("make the reports of a recorded run again")
    .argument("<run>", "a run folder, or a run id under reports/")
    .action(async (run: string) => {
      process.exitCode = await judgeAndReport(runFolder(run), {});
    });
}

/** The folder of a run: a path, or an id under reports/. */
export function runFolder(run: string): string {
  const folder = [resolve(run), resolve("reports", run)].find((candidate) =>
    ["manifest.json", "SEAL"].some((name) => existsSync(join(candidate, name))),
  );
  if (folder === undefined) {
    const known = existsSync("reports")
      ? readdirSync("reports").filter((name) => existsSync(join("reports", name, "manifest.json")))
      : [];
    throw usageError(
      `${run} is not a run folder (no manifest.json there): give the folder that holds it, or its name under reports/; ${known.length > 0 ? `the newest is reports/${known.toSorted().at(-1)}` : "there are no runs in reports/ yet: `drill run regional-failover` makes one"}`,
    );
  }
  return folder;
}

async function judgeFolder(folder: string): Promise<Verdict> {
  const evidence = await loadEvidence(folder);
  const verdict = judge(evidence);
  await replaceFile(join(folder, "verdict.json"), verdictText(verdict));
  const csv = lossCsv(summarise(evidence, verdict));
  if (csv === null) await rm(join(folder, "lost.csv"), { force: true, recursive: true });
  else await replaceFile(join(folder, "lost.csv"), csv);
  return verdict;
}

/** Only of a run that has just ended, by the process that ran it: a seal that came later would vouch for what nobody knows. */
export async function sealRun(folder: string): Promise<void> {
  // What this harness said of itself belongs to the evidence of what it says of the drill.
  const record = readSelftest(cacheFolder(process.env));
  if (record) await replaceFile(join(folder, selftestFile), `${JSON.stringify(record, null, 2)}\n`);
  await seal(folder);
}

/** Judges a run and makes its reports. A report that fails is a warning: the verdict stands. */
export async function judgeAndReport(
  folder: string,
  options: { readonly json?: boolean; readonly report?: boolean; readonly quiet?: boolean },
): Promise<number> {
  const verdict = await judgeFolder(folder);
  // Loaded only here: with all that draws pages, judging alone would take 90 MB more.
  const { report } = await import("../report/report.ts");
  const made = await report(folder, {
    allure: options.report !== false,
    java: await findJava({ environment: process.env }),
    progress: (line) => process.stderr.write(`      REPORT ${line}\n`),
  });
  for (const warning of made.warnings) process.stderr.write(`drill: report: ${warning}\n`);
  if (options.quiet !== true) await print(verdict, folder, options.json ?? false, made.files);
  return exitCodes[verdict.verdict];
}

async function print(
  verdict: Verdict,
  folder: string,
  json: boolean,
  files: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  const mark = await sealMark(folder);
  const text = verdictTable(verdict, {
    colours: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
    files: [
      ...Object.entries({ verdict: join(folder, "verdict.json"), ...files }).flatMap(([name, path]) =>
        path === undefined ? [] : [{ name, path: relative(process.cwd(), path) || path }],
      ),
      ...(mark === null ? [] : [{ name: "seal", path: mark }]),
    ],
  });
  process.stderr.write(`\n${text}\n`);
  if (json) process.stdout.write(verdictText(verdict));
}

export async function readVerdict(folder: string): Promise<Verdict | null> {
  try {
    return verdictSchema.parse(JSON.parse(await readRegular(join(folder, "verdict.json"))));
  } catch {
    return null;
  }
}
