/** Reads an NDJSON file of modest size: header line, then records, each checked against its schema. */
import { z } from "zod";
import type { FileReport, Header, Numbered } from "./evidence.ts";
import { eachLine } from "./lines.ts";
import { newProblems } from "./problems.ts";
import type { Problems } from "./problems.ts";

export interface LoadedNdjson<HeaderValue, Line> {
  readonly header: HeaderValue | null;
  readonly lines: Numbered<Line>[];
  readonly report: FileReport;
}

export async function loadNdjson<HeaderSchema extends z.ZodType<Header>, LineSchema extends z.ZodType>(
  path: string,
  file: string,
  run: string | null,
  headerSchema: HeaderSchema,
  lineSchema: LineSchema,
  /** What is wrong with a line in its place after the one before; null when nothing is. */
  follows: (value: z.infer<LineSchema>, before: z.infer<LineSchema>) => string | null = () => null,
): Promise<LoadedNdjson<z.infer<HeaderSchema>, z.infer<LineSchema>>> {
  const problems = newProblems();
  let header: z.infer<HeaderSchema> | null = null;
  const lines: Numbered<z.infer<LineSchema>>[] = [];
  const found = await eachLine(path, (text, line) => {
    if (line === 1) {
      header = parseHeader(text, headerSchema, run, problems);
      return;
    }
    const value = parseJson(text);
    const parsed = lineSchema.safeParse(value);
    if (value === undefined) problems.line(line, "not JSON");
    else if (parsed.success) {
      const before = lines[lines.length - 1];
      const wrong = before === undefined ? null : follows(parsed.data, before.value);
      if (wrong !== null) problems.line(line, wrong);
      lines.push({ line, value: parsed.data });
    } else problems.line(line, z.prettifyError(parsed.error).split("\n")[0] ?? "not valid");
  });
  if (found.lines === 0) problems.file("there is no header line");
  return { header, lines, report: problems.report({ file, ...found }) };
}

/** null, and a problem of the whole file, when the first line is not its header or names another run. */
export function parseHeader<Schema extends z.ZodType<Header>>(
  text: string,
  schema: Schema,
  run: string | null,
  problems: Problems,
): z.infer<Schema> | null {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    problems.file("the first line is not the header of such a file");
    return null;
  }
  if (run !== null && parsed.data.run !== run) {
    problems.file(`it belongs to run ${parsed.data.run}`);
    return null;
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
