/** Finds and parses what the user wrote: drills/, config/, probes/, load/. A mistake is one sentence: what, where, how to mend it. */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { drillSchema, type Drill } from "./model/drill.ts";
import { environmentSchema, type Environment } from "./model/environment.ts";
import { unavailable, usageError } from "./model/user-error.ts";

/** The package itself: where the drills, probes and environments that come with it lie. */
export const packageRoot = resolve(fileURLToPath(new URL("..", import.meta.url)));

/** A folder with drills/ and config/ of its own is a project; anywhere else the package's own are used. */
export function projectRoot(workingFolder: string): string {
  return existsSync(join(workingFolder, "drills")) && existsSync(join(workingFolder, "config"))
    ? workingFolder
    : packageRoot;
}

export interface Loaded<Value> {
  readonly file: string;
  readonly value: Value;
}

const loadProfileSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  ratePerMinute: z.int().positive(),
  writeEvery: z.int().positive(),
  bodyBytes: z.int().positive(),
  timeoutMs: z.int().positive(),
});
export type LoadProfile = z.infer<typeof loadProfileSchema>;

export function listNames(root: string, kind: "drills" | "probes" | "config"): string[] {
  const ending = kind === "drills" ? ".drill.ts" : kind === "probes" ? ".probe.ts" : ".ts";
  const folder = join(root, kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending) && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -ending.length))
    .toSorted();
}

async function importDefault(file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    throw usageError(
      `${file} cannot be loaded: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
}

function fileOf(root: string, kind: "drills" | "probes" | "config", name: string, what: string): string {
  if (/[/\\]|\.ts$/.test(name)) {
    const path = resolve(name);
    if (!existsSync(path)) throw usageError(`there is no file ${name}; give a ${what}'s name or the path of its file`);
    return path;
  }
  const ending = kind === "drills" ? ".drill.ts" : kind === "probes" ? ".probe.ts" : ".ts";
  const file = join(root, kind, `${name}${ending}`);
  if (!existsSync(file)) {
    const names = listNames(root, kind);
    throw usageError(
      `there is no ${what} "${name}" in ${kind}/; there is ${names.join(", ") || "none"}${closest(name, names)}`,
    );
  }
  return file;
}

/** ": did you mean …?" when one of the names is at most three edits away. */
function closest(name: string, names: readonly string[]): string {
  const best = names
    .map((known) => ({ known, edits: editDistance(name, known) }))
    .toSorted((a, b) => a.edits - b.edits)[0];
  return best && best.edits <= 3 ? `; did you mean "${best.known}"?` : "";
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, file: string, root: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const shown = file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
  if (value === undefined)
    throw usageError(
      `${shown} has no default export; write \`export default defineDrill({ … })\` (or defineEnvironment, defineProbe)`,
    );
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  const got = issue ? valueAt(value, issue.path) : undefined;
  const gotText = got === undefined || typeof got === "object" ? "" : ` (it is ${JSON.stringify(got)})`;
  throw usageError(`${shown}: ${path === "" ? "" : `${path}: `}${issue?.message ?? "is not valid"}${gotText}`);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

export async function loadDrill(root: string, name: string): Promise<Loaded<Drill> & { readonly hash: string }> {
  const file = fileOf(root, "drills", name, "drill");
  const value = parse(drillSchema, await importDefault(file), file, root);
  const hash = createHash("sha256").update(JSON.stringify(value)).digest("hex");
  return { file, value, hash };
}

export async function loadEnvironment(root: string, name: string): Promise<Loaded<Environment>> {
  const file = fileOf(root, "config", name, "environment");
  const value = parse(environmentSchema, await importDefault(file), file, root);
  if (value.unavailable !== undefined) throw unavailable(value.unavailable);
  return { file, value };
}

export function probeFile(root: string, name: string): string {
  return fileOf(root, "probes", name, "probe");
}

export async function loadProfile(root: string, name: string): Promise<LoadProfile> {
  const file = join(root, "load", "profiles.ts");
  const profiles = (await import(pathToFileURL(file).href)) as { profiles?: Record<string, unknown> };
  const found = profiles.profiles?.[name];
  if (found === undefined) {
    const names = Object.keys(profiles.profiles ?? {});
    throw usageError(
      `there is no load profile "${name}" in load/profiles.ts; there is ${names.join(", ") || "none"}${closest(name, names)}`,
    );
  }
  return parse(loadProfileSchema, found, file, root);
}

export async function loadRunbook(
  root: string,
  path: string,
): Promise<{ readonly name: string; readonly content: string }> {
  const file = resolve(root, path);
  if (!existsSync(file))
    throw usageError(`there is no runbook ${path}; a runbook is an SSM Automation document (schema 0.3, YAML)`);
  const content = await readFile(file, "utf8");
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return { name: `DrDrill-${basename(file).replace(/\.ya?ml$/, "")}-${hash}`, content };
}
