/**
 * `npm run bench`: are the judge and the ledger as fast as they were asked to be? Ratios within one run only, in pairs that take turns, so that
 * any machine will do. Exit 0 when every target is met, 1 when one is missed or an answer is wrong, 64 or 69 when it cannot be run.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { unavailable, UserError, usageError } from "../../src/model/user-error.ts";
import { findK6 } from "../../src/setup/k6.ts";
import type { K6Choice } from "../../src/setup/k6.ts";
import { targetTable } from "./figures.ts";
import { benchJudge } from "./judge.ts";
import { benchLedger } from "./ledger.ts";
import { installDuckDb } from "./packages.ts";
import { scratch } from "./scratch.ts";

const usage =
  "npm run bench -- [--quick] [--records 1000000,3000000,10000000] [--pairs 5] [--only judge|ledger]; --quick is 1,000,000 records, one pair, a short load";
/** The example run's own length bounds it below, a machine's patience above. */
const recordsFrom = 1_000_000;
const recordsTo = 20_000_000;
const pairsTo = 100;

interface Asked {
  readonly records: readonly number[];
  readonly pairs: number;
  readonly windowMs: number;
  readonly parts: readonly ("judge" | "ledger")[];
}

function asked(): Asked {
  const { values } = options();
  const quick = values.quick ?? false;
  const records = (values.records ?? (quick ? "1000000" : "1000000,3000000,10000000")).split(",").map(Number);
  if (records.some((count) => !Number.isInteger(count) || count < recordsFrom || count > recordsTo))
    throw usageError(`--records takes numbers from ${recordsFrom} to ${recordsTo}, separated by commas: ${usage}`);
  const pairs = Number(values.pairs ?? (quick ? 1 : 5));
  if (!Number.isInteger(pairs) || pairs < 1 || pairs > pairsTo)
    throw usageError(`--pairs takes 1 to ${pairsTo}: ${usage}`);
  const { only } = values;
  if (only !== undefined && only !== "judge" && only !== "ledger")
    throw usageError(`--only takes judge or ledger: ${usage}`);
  return {
    records: records.toSorted((a, b) => a - b),
    pairs,
    windowMs: quick ? 5_000 : 10_000,
    parts: only === undefined ? ["judge", "ledger"] : [only],
  };
}

function options() {
  try {
    return parseArgs({
      options: {
        quick: { type: "boolean" },
        records: { type: "string" },
        pairs: { type: "string" },
        only: { type: "string" },
      },
    });
  } catch (error) {
    throw usageError(`${error instanceof Error ? error.message : String(error)}: ${usage}`);
  }
}

async function ledgerK6(): Promise<K6Choice> {
  const k6 = await findK6({ environment: process.env, progress: (line) => process.stderr.write(`set-up: ${line}\n`) });
  if (k6.kind === "ledger") return k6;
  throw unavailable(
    `${k6.path} has no k6/x/ledger inside, whose cost is to be measured: install Go 1.21 or later (https://go.dev/dl), from which ours is built once, or measure the judge alone with --only judge`,
  );
}

async function bench({ records, pairs, windowMs, parts }: Asked, files: ReturnType<typeof scratch>): Promise<number> {
  // What is missing is said before anything is measured.
  const duckDb = parts.includes("judge") ? installDuckDb() : null;
  const k6 = parts.includes("ledger") ? await ledgerK6() : null;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  process.stdout.write(
    `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, ${memory}, ${process.platform} ${process.arch}, Node ${process.versions.node}\n`,
  );
  const targets = [
    ...(duckDb === null ? [] : await benchJudge(files, { records, pairs, duckDb })),
    ...(k6 === null ? [] : await benchLedger(files, { k6, pairs, windowMs })),
  ];
  process.stdout.write(`\n${targetTable(targets)}`);
  return targets.some(({ met }) => met === false) ? 1 : 0;
}

// A reader that has gone away is no error of ours.
process.stdout.on("error", () => {});
const files = scratch();
try {
  process.exitCode = await bench(asked(), files);
} catch (error) {
  if (files.signal.aborted) process.stderr.write("bench: interrupted; nothing is left behind\n");
  else if (error instanceof UserError) process.stderr.write(`bench: ${error.message}\n`);
  else process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = files.signal.aborted ? 130 : error instanceof UserError ? error.exitCode : 70;
}
process.exit();
