/** The first part: what became of millions of writes, asked of the harness's own code and of DuckDB, from the same files, in turn. */
import { exitCodes } from "../../src/model/verdict.ts";
import { differences } from "./answers.ts";
import type { Answers } from "./answers.ts";
import type { FaultTime } from "./duckdb-questions.ts";
import { spreadOf, table, thousands, told } from "./figures.ts";
import type { Target } from "./figures.ts";
import type { LargeRun } from "./large-run.ts";
import { runCommand, runScript } from "./measured.ts";
import type { Measured } from "./measured.ts";
import type { Scratch } from "./scratch.ts";

interface Judged {
  readonly answers: Answers;
  readonly fault: FaultTime;
}

/** One size: all of its runs. */
interface Size {
  readonly records: number;
  readonly judge: readonly Measured<Judged>[];
  readonly duckDb: readonly Measured<Answers>[];
  readonly wcMs: readonly number[];
  /** `drill judge` as a whole, once: its result is the exit code. */
  readonly cli: Measured<number>;
  readonly wrong: readonly string[];
}

/** What the issue's figures are about. */
const issueRecords = 10_000_000;
const bytesPerRecord = 290;
const timesFaster = 3;
const largestRssMib = 300;
/** How much more a record may cost in the largest run than in the smallest before the time is no longer linear. */
const linearWithin = 1.2;
/** What `drill judge` must say of a run that lost writes for good. */
const verdictFail = exitCodes.FAIL;
const timeoutMs = 120_000;
const write = (text: string): void => void process.stdout.write(text);
const ms = (runs: readonly Measured<unknown>[]): readonly number[] => runs.map(({ wallMs }) => wallMs);
const mib = (runs: readonly Measured<unknown>[]): number =>
  Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)) / 2 ** 20;

export async function benchJudge(
  scratch: Scratch,
  options: { readonly records: readonly number[]; readonly pairs: number; readonly duckDb: string },
): Promise<Target[]> {
  write(`\nThe judge and DuckDB ${options.duckDb}: the same questions about the same files, in turn\n`);
  scratch.need(bytesPerRecord * Math.max(...options.records));
  const sizes: Size[] = [];
  for (const records of options.records) {
    const size = await measureSize(scratch, records, options.pairs);
    tell(size);
    sizes.push(size);
  }
  return targetsOf(sizes);
}

async function measureSize(scratch: Scratch, records: number, pairs: number): Promise<Size> {
  const { signal } = scratch;
  const folder = scratch.folder(`run-${records}`);
  const bounds = { signal, timeoutMs };
  try {
    const { result: run } = await runScript<LargeRun>("generate-process.ts", [folder, String(records), "7"], bounds);
    write(
      `\n${thousands(run.records)} records: ledger ${megabytes(run.ledgerBytes)}, two readings ${megabytes(run.readingBytes)}\n`,
    );
    const judge: Measured<Judged>[] = [];
    const duckDb: Measured<Answers>[] = [];
    const wcMs: number[] = [];
    const askJudge = async () => await runScript<Judged>("judge-process.ts", [folder], bounds);
    // Not counted: it brings the files into memory for all that follow, and finds the fault's time.
    const { result: first } = await askJudge();
    const { fault } = first;
    const duckArguments = [folder, String(fault.lo), String(fault.hi)];
    for (let pair = 0; pair < pairs; pair++) {
      const both = [
        async () => void judge.push(await askJudge()),
        async () => void duckDb.push(await runScript<Answers>("duckdb-process.ts", duckArguments, bounds)),
      ];
      // Whoever is first in one pair is second in the next.
      for (const ask of pair % 2 === 0 ? both : both.toReversed()) await ask();
      wcMs.push((await runCommand(["wc", "-l", ...run.files], bounds)).wallMs);
    }
    const cli = await runScript<number>("cli-process.ts", [folder], { ...bounds, quiet: true });
    const faultIsRight = fault.lo <= run.cutUs && run.cutUs <= fault.hi;
    const wrong = [
      ...judge.flatMap(({ result }) => differences(result.answers, run.planted).map((one) => `judge, planted: ${one}`)),
      ...duckDb.flatMap(({ result }) => differences(result, first.answers).map((one) => `DuckDB, judge: ${one}`)),
      ...(cli.result === verdictFail
        ? []
        : [`drill judge ended with exit ${cli.result}, not ${verdictFail}: it lost writes`]),
      ...(faultIsRight ? [] : [`judge: the fault was between ${fault.lo} and ${fault.hi}; planted at ${run.cutUs}`]),
    ];
    return { records: run.records, judge, duckDb, wcMs, cli, wrong };
  } finally {
    scratch.remove(folder);
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

const ratios = ({ judge, duckDb }: Size): readonly number[] =>
  judge.map(({ wallMs }, pair) => (duckDb[pair]?.wallMs ?? Number.NaN) / wallMs);

const microseconds = ({ judge, records }: Size): number => (1000 * spreadOf(ms(judge)).median) / records;

function tell(size: Size): void {
  const { judge, duckDb, wcMs, cli, wrong } = size;
  const row = (name: string, runs: readonly Measured<unknown>[]): string[] => [
    name,
    told(spreadOf(ms(runs)), 0),
    told(spreadOf(runs.map(({ cpuMs }) => cpuMs)), 0),
    `${Math.ceil(mib(runs))} MiB`,
  ];
  write(
    table([
      [`${judge.length} pairs, min / median / max`, "ms", "CPU ms", "peak RSS"],
      row("judge", judge),
      row("DuckDB", duckDb),
      row("drill judge, whole, once", [cli]),
      ["wc -l of the same files", told(spreadOf(wcMs), 0), "", ""],
      ["DuckDB / judge, pair by pair", told(spreadOf(ratios(size)), 2), told(spreadOf(cpuRatios(size)), 2), ""],
      ["judge / wc -l", told(spreadOf(judge.map(({ wallMs }, pair) => wallMs / (wcMs[pair] ?? 1))), 1), "", ""],
    ]),
  );
  write(`judge: ${microseconds(size).toFixed(3)} µs a record; `);
  write(wrong.length === 0 ? "planted, judge and DuckDB agree in every number\n" : `WRONG:\n  ${wrong.join("\n  ")}\n`);
}

const cpuRatios = ({ judge, duckDb }: Size): readonly number[] =>
  judge.map(({ cpuMs }, pair) => (duckDb[pair]?.cpuMs ?? Number.NaN) / cpuMs);

function targetsOf(sizes: readonly Size[]): Target[] {
  const wrong = sizes.flatMap((size) => size.wrong);
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  if (smallest === undefined || largest === undefined) return [];
  const isWhole = largest.records >= issueRecords;
  const ratio = spreadOf(ratios(largest));
  const rss = mib([...largest.judge, largest.cli]);
  const at = `at ${thousands(largest.records)} records`;
  const growth = microseconds(largest) / microseconds(smallest);
  const spans = largest.records > smallest.records;
  return [
    {
      name: "answers of judge, DuckDB and what was planted",
      asked: "equal",
      measured: wrong.length === 0 ? "equal" : `${wrong.length} differ`,
      met: wrong.length === 0,
    },
    {
      name: `judge faster than DuckDB ${at}`,
      asked: `>= ${timesFaster} x`,
      measured: `${ratio.median.toFixed(2)} x (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`,
      met: isWhole ? ratio.median >= timesFaster : null,
    },
    {
      name: `peak RSS of the judge, and of drill judge, ${at}`,
      asked: `<= ${largestRssMib} MiB`,
      measured: `${Math.ceil(rss)} MiB`,
      met: isWhole ? rss <= largestRssMib : rss <= largestRssMib ? null : false,
    },
    {
      name: `judge's time a record, ${thousands(largest.records)} against ${thousands(smallest.records)} records`,
      asked: `<= ${linearWithin} x`,
      measured: spans ? `${growth.toFixed(2)} x` : "one size only",
      met: spans ? growth <= linearWithin : null,
    },
  ];
}
