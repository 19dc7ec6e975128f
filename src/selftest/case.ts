/** One known-answer test (KAT) of docs/measuring.md §11: drills with planted defects, and what must be reported of each. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judge } from "../analysis/judge.ts";
import { lossCsv, summarise } from "../analysis/summary.ts";
import { verdictText } from "../analysis/verdict-text.ts";
import { loadEvidence } from "../evidence/load.ts";
import { seal } from "../evidence/seal.ts";
import type { K6Choice } from "../setup/k6.ts";
import { witnessesApart } from "./compare.ts";
import type { Claim, Reported } from "./compare.ts";
import { writeFolder } from "./drive/folder.ts";
import { plainDrive } from "./drive/options.ts";
import type { DriveOptions } from "./drive/options.ts";
import { recordDrill } from "./drive/record.ts";
import { virtualClock } from "./drive/virtual-clock.ts";
import { createLiar } from "./liar/liar.ts";
import { honest } from "./liar/script.ts";
import type { LiarScript } from "./liar/script.ts";
import { truthOf } from "./liar/truth.ts";
import type { Truth } from "./liar/truth.ts";

export interface Variant {
  /** What is planted, in a few words. */
  readonly name: string;
  /** Real processes, sockets and time: nothing else of this process should be busy meanwhile. */
  readonly isReal?: boolean;
  readonly play: (bench: Bench) => Promise<Played>;
}

export interface Played {
  /** What was reported, in a few words. */
  readonly reported: string;
  readonly claims: readonly Claim[];
}

export interface Kat {
  readonly id: number;
  readonly title: string;
  readonly variants: readonly Variant[];
}

/** Where a variant is played. */
export interface Bench {
  /** Empty; gone afterwards unless the run folders are kept. */
  readonly folder: string;
  readonly k6: K6Choice | null;
  readonly environment: NodeJS.ProcessEnv;
}

export interface Lie {
  readonly script?: Partial<LiarScript>;
  readonly drive?: Partial<DriveOptions>;
  /** What is wrong with the second witness, or stands between it and the load; they agree unless given. */
  readonly apart?: RegExp;
  /** Does something to the run folder before it is sealed, or after. */
  readonly beforeSeal?: (folder: string, truth: Truth) => void;
  readonly afterSeal?: (folder: string) => void;
}

export interface Outcome extends Reported {
  readonly truth: Truth;
}

/** Plays a drill against a liar and has the real judge judge the real run folder. */
export async function playLie(bench: Bench, lie: Lie): Promise<Outcome> {
  const script: LiarScript = { ...honest, ...lie.script };
  const options: DriveOptions = { ...plainDrive, ...lie.drive };
  const liar = createLiar(script);
  const run = join(bench.folder, "run");
  const recording = recordDrill(liar, options, virtualClock(options.run, script.epochWallMs));
  await writeFolder(run, recording);
  const truth = truthOf(liar, recording.course.decidedUs);
  lie.beforeSeal?.(run, truth);
  await seal(run);
  lie.afterSeal?.(run);
  return await judged(bench.folder, truth);
}

/** A variant that plays one lie and compares what was reported with it. */
export function lying(name: string, lie: Lie, compare: (outcome: Outcome) => Played): Variant {
  return { name, play: async (bench) => compared(await playLie(bench, lie), lie, compare) };
}

/** Whatever else is planted: the witnesses are said to disagree if they do, and only then. */
export function compared(outcome: Outcome, { apart }: Lie, compare: (outcome: Outcome) => Played): Played {
  const { reported, claims } = compare(outcome);
  return { reported, claims: [...claims, witnessesApart(outcome, apart ?? null)] };
}

/** The run folder is `<folder>/run`; the truth is kept beside it, where no judge looks. */
export async function judged(folder: string, truth: Truth): Promise<Outcome> {
  const run = join(folder, "run");
  const evidence = await loadEvidence(run);
  const verdict = judge(evidence);
  const summary = summarise(evidence, verdict);
  writeFileSync(join(run, "verdict.json"), verdictText(verdict));
  writeFileSync(join(folder, "truth.json"), `${JSON.stringify(shown(truth), null, 2)}\n`);
  const lines = new Map<string, readonly string[]>();
  const line = (file: string, number: number): string => {
    if (!lines.has(file)) lines.set(file, readFileSync(join(run, file), "utf8").split("\n"));
    return lines.get(file)?.[number - 1] ?? "";
  };
  const { transactions, outages } = summary;
  const said = JSON.parse(verdictText(verdict)) as Pick<Reported, "verdict" | "findings">;
  return { ...said, lostCsv: lossCsv(summary) ?? "", transactions: { ...transactions }, outages, line, truth };
}

function shown(truth: Truth): unknown {
  const ids = (payments: Truth["lost"]): string[] => payments.map(({ id }) => id);
  const { moments, attempted, acknowledged, lost, residual, recovered, lostMinor, residualMinor } = truth;
  const counted = { attempted, acknowledged: acknowledged.length, lostMinor, residualMinor };
  return { moments, ...counted, lost: ids(lost), residual: ids(residual), recovered: ids(recovered) };
}

/** A bench in a folder of its own; removed afterwards unless `keep` names where it shall stay. */
export async function withBench<Value>(
  where: { readonly keep: string | null; readonly name: string } & Pick<Bench, "k6" | "environment">,
  act: (bench: Bench) => Promise<Value>,
): Promise<Value> {
  const { keep, name, k6, environment } = where;
  const folder = keep === null ? await mkdtemp(join(tmpdir(), "drill-selftest-")) : join(keep, name);
  // What an earlier suite left there under this name.
  if (keep !== null) await rm(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    return await act({ folder, k6, environment });
  } finally {
    if (keep === null) await rm(folder, { recursive: true, force: true });
  }
}
