/** The two places outside the project that the lab writes to: a temp folder that vanishes and a cache that stays. Reads the environment. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../lab-error.ts";

export const userId = (): number => process.getuid?.() ?? 0;

/** Holds the locks and folders of all labs of this user. 0711: a database that runs as another user must get through, not look around. */
export const temporaryRoot = (): string => join(tmpdir(), `dr-drill-lab-${userId()}`);

export function ensureTemporaryRoot(): string {
  const root = temporaryRoot();
  mkdirSync(root, { recursive: true, mode: 0o711 });
  const found = lstatSync(root);
  if (!found.isDirectory() || found.uid !== userId())
    throw new LabError(`${root} belongs to somebody else; remove it, or set TMPDIR to a folder of your own`);
  chmodSync(root, 0o711);
  return root;
}

/** What may be kept between labs: bundles, the initialised database template. */
export function cacheFolder(): string {
  const top = process.env["XDG_CACHE_HOME"];
  const folder = join(top !== undefined && top !== "" ? top : join(homedir(), ".cache"), "dr-drill", "lab");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new LabError(
      `cannot use the cache folder ${folder} (${String(error)}); set XDG_CACHE_HOME to a folder you can write to`,
    );
  }
  return folder;
}

const generationsKept = 6;
const dayMs = 24 * 60 * 60 * 1_000;

/** Every change of the lab leaves a generation of what is kept: the newest few stay, and all of the last day (a lab may be running on one). */
export function forgetOldGenerations(cache: string, kind: "children" | "database"): void {
  const generations = readdirSync(cache)
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => ({
      path: join(cache, name),
      atMs: statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .sort((left, right) => right.atMs - left.atMs);
  for (const { path, atMs } of generations.slice(generationsKept))
    if (Date.now() - atMs > dayMs) rmSync(path, { recursive: true, force: true });
}

/** A folder with a PostgreSQL (15 or newer) that is to be used instead of the packaged one. */
export const postgresOverride = (): string | undefined => process.env["PG_BIN"] || undefined;

/** For tests: "drop" makes root drop to `nobody` even where a user namespace could be had. */
export const isolationOverride = (): string | undefined => process.env["LAB_PG_ISOLATION"] || undefined;
