/**
 * A whole run folder with millions of ledger records: the example run's journal, probes and clocks, moved to the end of a long load,
 * with a ledger and final readings of their own. There are no reads among the records: none of the questions is about them.
 */
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeExampleRun } from "../../src/evidence/example-run.ts";
import { scriptOf } from "../../src/evidence/example-script.ts";
import type { Answers } from "./answers.ts";
import { writeLedger, writeReading } from "./large-files.ts";
import { plantedIn } from "./planted.ts";
import type { Plan } from "./planted.ts";

const run = "bench";
const idPrefix = `${run}.k.`;

export interface LargeRun {
  readonly folder: string;
  readonly records: number;
  readonly ledgerBytes: number;
  readonly readingBytes: number;
  /** Files that hold the records. */
  readonly files: readonly string[];
  /** When the Region was cut off. */
  readonly cutUs: number;
  readonly planted: Partial<Answers>;
}

export interface LargeRunOptions {
  /** Intents and outcomes together. */
  readonly records: number;
  readonly seed: number;
  readonly writesPerSecond?: number;
}

/** The folder must be there and empty. */
export async function writeLargeRun(
  folder: string,
  { records, seed, writesPerSecond = 1_000 }: LargeRunOptions,
): Promise<LargeRun> {
  const writes = Math.floor(records / 2);
  const { at } = scriptOf({});
  const leadSeconds = writes / writesPerSecond - (at.loadStop - at.loadStart);
  if (leadSeconds < 0)
    throw new Error(`at least ${Math.ceil((at.loadStop - at.loadStart) * writesPerSecond * 2)} records are needed`);
  await writeExampleRun(folder, { run, ratePerMinute: 60, lost: 0 });
  // The derived and the large files are made anew; without a SEAL nobody takes this folder for evidence.
  for (const name of ["SEAL", "survivors/final-again.ndjson"]) rmSync(join(folder, name));
  const header = firstLine(join(folder, "ledger/k.ndjson"));
  const readings = firstLine(join(folder, "survivors/final.ndjson"));
  for (const name of smallFiles(folder)) delay(join(folder, name), leadSeconds);
  editManifest(join(folder, "manifest.json"), 60 * writesPerSecond);
  const us = (seconds: number): number => Math.round((leadSeconds + seconds) * 1e6);
  const plan: Plan = {
    run,
    writes,
    seed,
    loadStartUs: Math.round(at.loadStart * 1e6),
    periodUs: 1e6 / writesPerSecond,
    cutUs: us(at.cut),
    restoredUs: us(at.restored),
    beforeReplayUs: us(at.restored + 25),
    finalUs: us(at.finalReads),
    timeoutUs: 5_000_000,
    lagUs: 10_000_000,
  };
  const files = ["ledger/k.ndjson", "survivors/before-replay.ndjson", "survivors/final.ndjson"].map((name) =>
    join(folder, name),
  );
  for (const file of files) rmSync(file, { force: true });
  const [ledger = "", before = "", final = ""] = files;
  writeLedger(ledger, { ...header, run, ratePerMinute: 60 * writesPerSecond, idPrefix }, plan);
  const reading = (startedUs: number, name: string) => ({ ...readings, reading: name, startedUs });
  writeReading(before, reading(plan.beforeReplayUs, "before-replay"), plan, "before-replay");
  writeReading(final, reading(plan.finalUs, "final"), plan, "final");
  return {
    folder,
    records: 2 * writes,
    ledgerBytes: statSync(ledger).size,
    readingBytes: statSync(before).size + statSync(final).size,
    files,
    cutUs: plan.cutUs,
    planted: plantedIn(plan),
  };
}

const firstLine = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, "utf8").split("\n")[0] ?? "") as Record<string, unknown>;

const smallFiles = (folder: string): string[] => [
  ...["journal", "lag", "clock", "resources"].map((name) => `${name}.ndjson`),
  ...readdirSync(join(folder, "probes"), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => `probes/${name}`),
];

/** Moves everything that a file's lines (not its header) tell to later. */
function delay(path: string, seconds: number): void {
  const [header, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const moved = lines.map((line) =>
    JSON.stringify(JSON.parse(line), (name, value: unknown) => {
      if (typeof value === "number" && /^us$|Us$/.test(name)) return value + Math.round(seconds * 1e6);
      if (typeof value === "number" && /^(wall|start|end|source)Ms$/.test(name))
        return value + Math.round(seconds * 1e3);
      if (typeof value === "string" && name === "wallNs")
        return String(BigInt(value) + BigInt(Math.round(seconds * 1e9)));
      return value;
    }),
  );
  writeFileSync(path, `${[header, ...moved].join("\n")}\n`);
}

function editManifest(path: string, ratePerMinute: number): void {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as { load: Record<string, unknown> };
  manifest.load = { ...manifest.load, ratePerMinute, writeEvery: 1 };
  writeFileSync(path, JSON.stringify(manifest, null, 2));
}
