/** `drill selftest`: plants defects in a system that lies to a script, and looks whether the judge reports exactly those. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { InvalidArgumentError, Option, type Command } from "commander";
import { knownAnswerTests } from "../model/selftest.ts";
import { usageError } from "../model/user-error.ts";
import { exitCodes } from "../model/verdict.ts";
import type { HistoriesTold } from "../selftest/histories/histories.ts";
import { cacheFolder } from "../setup/cache.ts";
import { findK6, type K6Choice } from "../setup/k6.ts";

const run = promisify(execFile);

interface Options {
  readonly only?: number;
  readonly json?: boolean;
  readonly keep?: string;
  readonly histories?: number;
  readonly seed?: number;
}

export function selftestCommand(program: Command): void {
  program
    .command("selftest")
    .description("the harness's own known-answer tests: planted defects against what is reported")
    .addOption(
      new Option("--only <n>", `one of the ${knownAnswerTests} tests`)
        .argParser(numberUpTo(knownAnswerTests))
        .conflicts("histories"),
    )
    .option("--json", "print the results as JSON on stdout")
    .addOption(
      new Option("--keep <folder>", "keep the run folders here, with the truth beside each").conflicts("histories"),
    )
    .option("--histories <n>", "judge so many random histories instead", numberUpTo(10_000_000))
    .option("--seed <n>", "of the first random history", numberUpTo(2 ** 31))
    .action(async (options: Options) => {
      if (options.seed !== undefined && options.histories === undefined)
        throw usageError("--seed is of random histories: give --histories <n>, too");
      const right = options.histories === undefined ? await known(options) : await random(options, options.histories);
      process.exitCode = right ? exitCodes.PASS : exitCodes.FAIL;
    });
}

function numberUpTo(limit: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > limit)
      throw new InvalidArgumentError(`it must be a whole number from 1 to ${limit}`);
    return value;
  };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the known-answer tests unless this very harness has its result on record; says how it went in one line. */
export async function selftestOnce(tell: (line: string) => void): Promise<void> {
  const { readSelftest, selftestResult, writeSelftest } = await import("../selftest/record.ts");
  if (readSelftest(cacheFolder(process.env)) !== null) return;
  tell("this harness has not been tested yet: planting known defects and judging them (once, about half a minute) …");
  const { runSuite } = await import("../selftest/suite.ts");
  const results = await runSuite({
    only: null,
    keep: null,
    k6: await someK6(),
    environment: process.env,
    told: () => {},
  });
  const record = selftestResult(results, new Date());
  writeSelftest(cacheFolder(process.env), record);
  tell(`self-test: ${record.passed} of ${record.total} known answers right`);
}

async function known(options: Options): Promise<boolean> {
  const { runSuite } = await import("../selftest/suite.ts");
  const { katLines, totalLine } = await import("../selftest/show.ts");
  const { selftestResult, writeSelftest } = await import("../selftest/record.ts");
  const keep = options.keep === undefined ? null : resolve(options.keep);
  if (keep !== null) mkdirSync(keep, { recursive: true });
  const quiet = options.json === true;
  const results = await runSuite({
    only: options.only ?? null,
    keep,
    k6: await someK6(),
    environment: process.env,
    told: (result) => {
      if (!quiet) for (const line of katLines(result)) say(line);
    },
  });
  const record = selftestResult(results, new Date());
  if (options.json === true) say(JSON.stringify(record, null, 2));
  else say(totalLine(results));
  // The result of some tests is not the result of all.
  if (options.only === undefined) writeSelftest(cacheFolder(process.env), record);
  return record.passed === record.total;
}

/** Without a k6 the tests that need one say so, and are not green. */
async function someK6(): Promise<K6Choice | null> {
  const progress = (line: string): void => void process.stderr.write(`set-up: ${line}\n`);
  return await findK6({ environment: process.env, progress }).catch((error: unknown) => {
    progress(error instanceof Error ? error.message : String(error));
    return null;
  });
}

/** So many are judged by one process; more are shared out. */
const forOneProcess = 1_000;

async function random(options: Options, histories: number): Promise<boolean> {
  const { judgeHistories, historyLines, together } = await import("../selftest/histories/histories.ts");
  const firstSeed = options.seed ?? 1;
  const processes = Math.min(cpus().length, Math.ceil(histories / forOneProcess));
  const share = Math.ceil(histories / processes);
  const startedMs = performance.now();
  const judged =
    processes === 1
      ? await judgeHistories({ histories, firstSeed })
      : together(
          await Promise.all(
            Array.from({ length: processes }, (_, n) =>
              elsewhere({ histories: Math.min(share, histories - n * share), firstSeed: firstSeed + n * share }),
            ),
          ),
        );
  const told = { ...judged, tookMs: Math.round(performance.now() - startedMs) };
  if (options.json === true) say(JSON.stringify(told, null, 2));
  else for (const line of historyLines(told)) say(line);
  // A pipe takes it bit by bit, and the process ends after this.
  await new Promise<void>((taken) => process.stdout.write("", () => taken()));
  return told.wrong.length === 0;
}

/** The same command in a process of its own, for a part of the histories; a few at a time, so that it remains one process. */
async function elsewhere(part: { readonly histories: number; readonly firstSeed: number }): Promise<HistoriesTold> {
  const { together } = await import("../selftest/histories/histories.ts");
  const parts: HistoriesTold[] = [];
  for (let done = 0; done < part.histories; done += forOneProcess) {
    const count = Math.min(forOneProcess, part.histories - done);
    const asked = ["--histories", String(count), "--seed", String(part.firstSeed + done), "--json"];
    const [node, script = ""] = process.argv;
    const { stdout } = await run(node ?? process.execPath, [...process.execArgv, script, "selftest", ...asked], {
      maxBuffer: 1 << 28,
    }).catch((error: unknown) => {
      // Exit 1 says that something was wrong; what it was is on stdout.
      if (error instanceof Error && "stdout" in error && error.stdout !== "") return { stdout: String(error.stdout) };
      throw error;
    });
    parts.push(JSON.parse(stdout) as HistoriesTold);
  }
  return together(parts);
}
