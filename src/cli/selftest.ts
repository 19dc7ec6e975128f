/** `drill selftest`: plants defects in a system that lies to a script, and looks whether the judge reports exactly those. */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { knownAnswerTests } from "../model/selftest.ts";
import { exitCodes } from "../model/verdict.ts";
import { cacheFolder } from "../setup/cache.ts";
import { findK6, type K6Choice } from "../setup/k6.ts";

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
    .option("--only <n>", `one of the ${knownAnswerTests} tests`, numberUpTo(knownAnswerTests))
    .option("--json", "print the results as JSON on stdout")
    .option("--keep <folder>", "keep the run folders here, with the truth beside each")
    .option("--histories <n>", "judge so many random histories instead", numberUpTo(10_000_000))
    .option("--seed <n>", "of the first random history", numberUpTo(2 ** 31))
    .action(async (options: Options) => {
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

async function random(options: Options, histories: number): Promise<boolean> {
  const { judgeHistories, historyLines } = await import("../selftest/histories/histories.ts");
  const told = await judgeHistories({ histories, firstSeed: options.seed ?? 1 });
  if (options.json === true) say(JSON.stringify(told, null, 2));
  else for (const line of historyLines(told)) say(line);
  return told.wrong.length === 0;
}
