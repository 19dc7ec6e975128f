/**
 * SEAL: the sha256 of every evidence file, chained, so that whoever has the folder can tell whether a byte changed since it was sealed.
 * It is not signed: whoever can write the folder can seal it anew. Its last chain value, kept elsewhere, tells such a seal from the first.
 * Files that are derived from the evidence (the verdict, reports, tables) are not part of it: they can be made again.
 */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { unavailable } from "../model/user-error.ts";
import { because, openRegular, readRegular, replaceFile } from "./regular-file.ts";

const title = "dr-drill/seal@1";
const sealName = "SEAL";
/** So much is read and hashed at a time. */
const hashedBytes = 1 << 18;

/** Top-level names that are derived, mere logs, or of a later healing, and therefore neither sealed nor foreign. */
const derived = [
  /^SEAL$/,
  /^verdict\.json$/,
  /^allure-(results|report)$/,
  /^report(\.html|-timeline\.svg)$/,
  /^junit\.xml$/,
  /^lost\.csv$/,
  /^logs$/,
  /^heal\.ndjson$/,
];

export const isDerived = (name: string): boolean => derived.some((pattern) => pattern.test(name.split("/")[0] ?? name));

export interface SealCheck {
  readonly state: "valid" | "missing" | "broken";
  /** One sentence each: which file changed, is gone, or came afterwards. */
  readonly problems: readonly string[];
  /** The files that these are about: what depends on them cannot be judged. */
  readonly files: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly sha256: string;
}

/** Writes SEAL. Call it when the last evidence file is complete, and before judging. */
export async function seal(folder: string): Promise<void> {
  const entries: Entry[] = [];
  for (const name of await evidenceFiles(folder)) {
    const sha256 = await sha256Of(join(folder, name)).catch((error: unknown) => {
      throw unavailable(`${folder} cannot be sealed: ${name} cannot be read: ${because(error)}`);
    });
    entries.push({ name, sha256 });
  }
  await replaceFile(join(folder, sealName), format(entries));
}

export async function verifySeal(folder: string): Promise<SealCheck> {
  let text: string;
  try {
    text = await readRegular(join(folder, sealName));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { state: "missing", problems: ["there is no SEAL"], files: [] };
    return { state: "broken", problems: [`SEAL cannot be read: ${because(error)}`], files: [] };
  }
  const sealed = parse(text);
  if (sealed === null || format(sealed) !== text)
    return { state: "broken", problems: ["SEAL itself is damaged: its chain does not hold"], files: [] };
  const present = new Set(await evidenceFiles(folder));
  const problems: string[] = [];
  const files: string[] = [];
  const add = (name: string, what: string): void => {
    problems.push(`${name} ${what}`);
    files.push(name);
  };
  for (const { name, sha256 } of sealed) {
    if (!present.delete(name)) add(name, "is sealed and gone");
    else if (!(await hasDigest(join(folder, name), sha256))) add(name, "was changed after the run was sealed");
  }
  for (const name of present) add(name, "was added after the run was sealed");
  return { state: problems.length === 0 ? "valid" : "broken", problems, files };
}

/** Every file of the folder that is evidence, by name relative to it with "/" between, in byte order. */
export async function evidenceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => !isDerived(name))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The last value of its chain, which stands for all that was sealed; null: there is no SEAL that can be read. */
export async function sealMark(folder: string): Promise<string | null> {
  const text = await readRegular(join(folder, sealName)).catch(() => "");
  return /([0-9a-f]{64}) {2}.+\n$/.exec(text)?.[1] ?? null;
}

/** Each line's chain value covers the line before it, so that lines cannot be dropped, added or reordered one by one. */
function format(entries: readonly Entry[]): string {
  let chain = createHash("sha256").update(title).digest("hex");
  const lines = entries.map(({ name, sha256 }) => {
    chain = createHash("sha256").update(`${chain} ${sha256} ${name}`).digest("hex");
    return `${sha256}  ${chain}  ${name}\n`;
  });
  return `${title}\n${lines.join("")}`;
}

function parse(text: string): Entry[] | null {
  const [first, ...lines] = text.split("\n");
  if (first !== title || lines.pop() !== "") return null;
  const entries: Entry[] = [];
  for (const line of lines) {
    const match = /^([0-9a-f]{64}) {2}[0-9a-f]{64} {2}(.+)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return null;
    entries.push({ sha256: match[1], name: match[2] });
  }
  return entries;
}

/** What cannot be read is not what was sealed. */
const hasDigest = async (path: string, sha256: string): Promise<boolean> =>
  await sha256Of(path).then(
    (found) => found === sha256,
    () => false,
  );

/** Two buffers take turns, one being hashed while the other is being filled: a stream would leave a new one behind for each megabyte. */
async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await using file = await openRegular(path);
  let [current, other] = [Buffer.alloc(hashedBytes), Buffer.alloc(hashedBytes)];
  const read = async (into: Buffer): Promise<number> => (await file.read(into, 0, hashedBytes, null)).bytesRead;
  let filled = await read(current);
  while (filled > 0) {
    const reading = read(other);
    hash.update(current.subarray(0, filled));
    filled = await reading;
    [current, other] = [other, current];
  }
  return hash.digest("hex");
}
