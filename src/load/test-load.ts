/** For tests of the load: a real k6, where its files go, and the rows that it wrote. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createRunClock } from "../run/clock.ts";
import { findK6 } from "../setup/k6.ts";
import type { LoadOptions } from "./load-options.ts";

export const k6 = await findK6({ environment: process.env, progress: (line) => process.stderr.write(`# ${line}\n`) });
export const regions = ["us-east-1", "eu-west-1"];

export interface Row {
  readonly k: string;
  readonly m: string;
  readonly seq: number;
  readonly us: number;
  readonly end: number;
  readonly st: number;
  readonly err: number;
  readonly ack: number;
  readonly rg: number;
  readonly ep: number;
  readonly lsn: number;
  readonly of: number;
  readonly h: string;
  readonly n: number;
}

export function optionsFor(folder: string, url: string): LoadOptions {
  return {
    k6,
    clock: createRunClock("run-1"),
    ledgerFile: join(folder, "ledger", "k6.ndjson"),
    logFile: join(folder, "k6.log"),
    service: { url, ttlSeconds: 1 },
    regions,
    idPrefix: "run-1-k-",
    seed: "seed",
    ratePerMinute: 10_000,
    writeEvery: 6,
    bodyBytes: 5_000,
    timeoutMs: 2_000,
    vus: 100,
    environment: process.env,
    signal: new AbortController().signal,
  };
}

export async function readRows(
  file: string,
): Promise<{ readonly header: unknown; readonly rows: readonly Row[]; readonly torn: number }> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const torn = lines.pop() === "" ? 0 : 1;
  const [header, ...rows] = lines.map((line) => JSON.parse(line) as unknown);
  return { header, rows: rows as Row[], torn };
}

export const ofKind = (rows: readonly Row[], kind: string): readonly Row[] => rows.filter((row) => row.k === kind);
export const mark = (rows: readonly Row[], name: string): Row | undefined => rows.findLast((row) => row.m === name);

export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 1_000; i += 1) {
    if (await holds()) return;
    await delay(20);
  }
  assert.fail(`never: ${what}`);
}
