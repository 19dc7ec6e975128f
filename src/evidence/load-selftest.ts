/** Reads selftest.json, which a run folder may have. */
import { join } from "node:path";
import { selftestSchema } from "../model/selftest.ts";
import type { SelftestRecord } from "../model/selftest.ts";
import type { FileReport } from "./evidence.ts";
import { newProblems } from "./problems.ts";
import { readRegular } from "./regular-file.ts";

export const selftestFile = "selftest.json";

export async function loadSelftest(
  folder: string,
): Promise<{ readonly record: SelftestRecord | null; readonly report: FileReport }> {
  const text = await readRegular(join(folder, selftestFile));
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
