/** Reads an NDJSON file of modest size: header line, then records, each checked against its schema. */
import { basename } from "node:path";
import type { z } from "zod";
import type { FileReport, Header, Numbered } from "./evidence.ts";
import { eachLine } from "./lines.ts";
import { newProblems } from "./problems.ts";
import type { Problems } from "./problems.ts";

export interface LoadedNdjson<HeaderValue, Line> {
  readonly header: HeaderValue | null;
  readonly lines: Numbered<Line>[];
  readonly report: FileReport;
}

/** How the files of one kind are read. */
export interface NdjsonKind<HeaderSchema extends z.ZodType<Header>, LineSchema extends z.ZodType> {
  readonly header: HeaderSchema;
  readonly line: LineSchema;
  /** What its header says that the file's name must be; absent: the file is the only one of its kind. */
  readonly named?: (header: z.infer<HeaderSchema>) => string;
  /** What is wrong with a line in its place after the one before; null when nothing is. */
  readonly follows: (value: z.infer<LineSchema>, before: z.infer<LineSchema>) => string | null;
}

export async function loadNdjson<HeaderSchema extends z.ZodType<Header>, LineSchema extends z.ZodType>(
  path: string,
  file: string,
  run: string | null,
  kind: NdjsonKind<HeaderSchema, LineSchema>,
): Promise<LoadedNdjson<z.infer<HeaderSchema>, z.infer<LineSchema>>> {
  const problems = newProblems();
  let header: z.infer<HeaderSchema> | null = null;
  const lines: Numbered<z.infer<LineSchema>>[] = [];
  const found = await eachLine(path, (text, line) => {
    if (line === 1) {
      header = parseHeader(text, kind.header, run, problems);
      const name = header === null ? null : (kind.named?.(header) ?? null);
      if (name !== null && isNamedOtherwise(file, name, problems)) header = null;
      return;
    }
    const value = parseJson(text);
    const parsed = kind.line.safeParse(value);
    if (value === undefined) problems.line(line, "not JSON");
    else if (parsed.success) {
      const before = lines[lines.length - 1];
      const wrong = before === undefined ? null : kind.follows(parsed.data, before.value);
      if (wrong !== null) problems.line(line, wrong);
      lines.push({ line, value: parsed.data });
    } else problems.line(line, firstIssue(parsed.error));
  });
  if (found.lines === 0) problems.file("there is no header line");
  return { header, lines, report: problems.report({ file, ...found }) };
}

/** Of two files that say the same of themselves nobody could tell which one counts: the one that bears the name does. */
export function isNamedOtherwise(file: string, name: string, problems: Problems): boolean {
  if (basename(file, ".ndjson") === name) return false;
  problems.file(`its header says that it is ${name}.ndjson`);
  return true;
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

function firstIssue({ issues: [issue] }: z.ZodError): string {
  const where = issue?.path.join(".") ?? "";
  return `${where === "" ? "" : `${where}: `}${issue?.message ?? "not valid"}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
