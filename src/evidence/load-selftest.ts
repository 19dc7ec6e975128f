/** Reads selftest.json, which a run folder may have. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { selftestSchema } from "../model/selftest.ts";
import type { SelftestRecord } from "../model/selftest.ts";
import type { FileReport } from "./evidence.ts";
import { newProblems } from "./problems.ts";

export const selftestFile = "selftest.json";

/** null, without a report: there is none. */
export async function loadSelftest(
  folder: string,
  names: readonly string[],
): Promise<{ readonly record: SelftestRecord | null; readonly report: FileReport } | null> {
  if (!names.includes(selftestFile)) return null;
  const text = await readFile(join(folder, selftestFile), "utf8");
  const problems = newProblems();
  const found = { file: selftestFile, bytes: Buffer.byteLength(text), lines: text.split("\n").length - 1, tail: "" };
  let record: SelftestRecord | null = null;
  try {
    record = selftestSchema.parse(JSON.parse(text));
  } catch {
    problems.file("not a record of a self-test");
  }
  return { record, report: problems.report(found) };
}
