/** Judges an example run, as it is or tampered with; for tests of the judge. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeExampleRun } from "../evidence/example-run.ts";
import type { ExampleOptions } from "../evidence/example-run.ts";
import { loadEvidence } from "../evidence/load.ts";
import { seal } from "../evidence/seal.ts";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import type { Finding, FindingId, FindingStatus, Verdict } from "../model/verdict.ts";
import { judge } from "./judge.ts";

/** `tamper` changes the folder and has it sealed again, as if the run had been so; unless it returns "leave the seal". */
export async function judged(options: ExampleOptions, tamper?: (folder: string) => Promise<unknown>): Promise<Verdict> {
  await using folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 3000, ...options });
  if (tamper !== undefined && (await tamper(folder.path)) !== "leave the seal") await seal(folder.path);
  return judge(await loadEvidence(folder.path));
}

export const finding = (verdict: Verdict, id: FindingId): Finding => {
  const found = verdict.findings.find((one) => one.id === id);
  assert.ok(found);
  return found;
};
export const statuses = (verdict: Verdict) =>
  Object.fromEntries(verdict.findings.map(({ id, status }) => [id, status])) as Record<FindingId, FindingStatus>;

export const edit = async (folder: string, name: string, change: (text: string) => string): Promise<void> =>
  writeFile(join(folder, name), change(await readFile(join(folder, name), "utf8")));
export const editLines = (folder: string, name: string, change: (lines: string[]) => string[]) =>
  edit(folder, name, (text) => change(text.split("\n")).join("\n"));

/** A run with one defect, and what must come of it. */
export interface Planted {
  readonly name: string;
  readonly options?: ExampleOptions;
  readonly tamper?: (folder: string) => Promise<unknown>;
  readonly verdict: Verdict["verdict"];
  /** Every finding whose status is not that of the sound run. */
  readonly changed: Partial<Record<FindingId, FindingStatus>>;
}

export const inconclusive = (...ids: FindingId[]): Partial<Record<FindingId, FindingStatus>> =>
  Object.fromEntries(ids.map((id) => [id, "INCONCLUSIVE"]));
/** Findings that need the load's times. */
export const times = [
  "rto",
  "rto.customer",
  "rto.fromDetection",
  "rto.fromDecision",
  "step.verify",
  "protected",
] as const;
/** Findings that need the final rows and the ledger. */
export const rows = ["residual", "duplicates", "corrupt", "torn", "phantom", "residency"] as const;
export const losses = ["rpo.time", "rpo.count", "rpo.amount"] as const;

/** Every finding whose status is not that of the sound run. */
export function changes(found: Verdict, sound: Verdict): Record<string, FindingStatus> {
  return Object.fromEntries(
    Object.entries(statuses(found)).filter(([id, status]) => status !== statuses(sound)[id as FindingId]),
  );
}
