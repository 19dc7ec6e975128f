/** Reads manifest.json: what the run promised before anything happened. */
import { join } from "node:path";
import { z } from "zod";
import { drillSchema } from "../model/drill.ts";
import { manifestSchema } from "../model/files.ts";
import type { Manifest } from "../model/files.ts";
import type { FileReport } from "./evidence.ts";
import { newProblems, unreadFile } from "./problems.ts";
import { readRegular } from "./regular-file.ts";

const file = "manifest.json";

export async function loadManifest(
  folder: string,
  names: readonly string[],
): Promise<{ manifest: Manifest | null; report: FileReport }> {
  if (!names.includes(file)) return { manifest: null, report: unreadFile(file, "missing") };
  const text = await readRegular(join(folder, file));
  const problems = newProblems();
  const found = { file, bytes: Buffer.byteLength(text), lines: text.split("\n").length - 1, tail: "" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.file("not JSON");
    return { manifest: null, report: problems.report(found) };
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    problems.file(otherVersion(value) ?? firstLine(parsed.error));
    return { manifest: null, report: problems.report(found) };
  }
  const drill = drillSchema.safeParse(parsed.data.drill);
  if (!drill.success) problems.file(`the drill in it: ${firstLine(drill.error)}`);
  return { manifest: parsed.data, report: problems.report(found) };
}

function otherVersion(value: unknown): string | null {
  const { schema } = z.object({ schema: z.string() }).safeParse(value).data ?? {
    schema: manifestSchema.shape.schema.value,
  };
  return schema === manifestSchema.shape.schema.value
    ? null
    : `it is a ${schema.slice(0, 60)}, and this harness reads ${manifestSchema.shape.schema.value}: judge it with the version that wrote it`;
}

const firstLine = (error: z.ZodError): string => z.prettifyError(error).split("\n").slice(0, 2).join(" ").trim();
