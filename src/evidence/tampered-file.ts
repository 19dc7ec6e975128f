/** The example run with one file changed, for tests of what is then said of it. */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeExampleRun } from "./example-run.ts";
import { loadEvidence } from "./load.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export type Change = (lines: string[]) => string[];

/** What is said of a file of the example run when its lines are changed, or of another that is made of them. */
async function saidOf(folder: string, like: string, change: Change, file = like): Promise<string> {
  const whole = await readFile(join(folder, like), "utf8");
  const before = file === like ? whole : await readFile(join(folder, file), "utf8").catch(() => null);
  await writeFile(join(folder, file), change(whole.split("\n")).join("\n"));
  const { files } = await loadEvidence(folder, { checkSeal: false });
  if (before === null) await rm(join(folder, file));
  else await writeFile(join(folder, file), before);
  const wrong = files.filter(({ problems }) => problems.length > 0);
  assert.deepEqual(wrong.map((report) => report.file).join(), file);
  const [problem] = wrong[0]?.problems ?? [];
  return `${problem?.line ?? "file"}: ${problem?.message ?? ""}`;
}

/** Sets fields of one line, from 0; of an object inside it too. */
export const set =
  (at: number, fields: object): Change =>
  (lines) => {
    const line = JSON.parse(lines.at(at) ?? "") as Record<string, unknown>;
    for (const [name, value] of Object.entries(fields)) {
      const inner = line[name];
      const isInner = typeof value === "object" && value !== null && typeof inner === "object" && inner !== null;
      line[name] = isInner ? { ...inner, ...value } : value;
    }
    return lines.with(at, JSON.stringify(line));
  };
export const asItIs: Change = (lines) => lines;
export const swapped =
  (at: number): Change =>
  (lines) =>
    lines.with(at, lines[at + 1] ?? "").with(at + 1, lines[at] ?? "");
export const inserted =
  (at: number, ...more: readonly string[]): Change =>
  (lines) =>
    lines.toSpliced(at, 0, ...more.map((line) => line.trimEnd()));

export interface Tampered {
  readonly what: string;
  readonly like: string;
  readonly file?: string;
  readonly change: Change;
  readonly says: RegExp;
}

export function testTampered(title: string, cases: readonly Tampered[]): void {
  test(title, async (context) => {
    await using folder = await temporaryFolder();
    await writeExampleRun(folder.path, { ratePerMinute: 600 });
    for (const { what, like, file, change, says } of cases)
      await context.test(what, async () => assert.match(await saidOf(folder.path, like, change, file), says));
  });
}
