/**
 * An initialised database with the payments schema and no history, kept in the cache: a lab's three databases are cold copies of it,
 * which is what makes them standbys of each other without a base backup and the lab up in a second.
 */
import { execFile, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { forgetOldGenerations } from "../host/folders.ts";
import { inheritedEnvironment } from "../supervision/child.ts";
import { asPostgresUser, spawnIdentity } from "./binaries.ts";
import type { PostgresBinaries } from "./binaries.ts";

export interface Template {
  readonly data: string;
  /** Of all roles: a lab listens on loopback, where other users of the machine could connect too. */
  readonly password: string;
}

/** Raised when what is done below changes. */
const revision = 3;
const buildDeadlineMs = 60_000;

const schemaFile = join(dirname(fileURLToPath(import.meta.url)), "schema.sql");

function run(binaries: PostgresBinaries, command: readonly string[], input: string): void {
  const [program = "", ...args] = asPostgresUser(binaries.isolation, command);
  const done = spawnSync(program, args, {
    input,
    encoding: "utf8",
    cwd: "/",
    timeout: buildDeadlineMs,
    env: { ...inheritedEnvironment(), LC_ALL: "C", TZ: "UTC" },
    ...spawnIdentity(binaries.isolation),
  });
  if (done.status === 0) return;
  const words = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().split("\n").slice(-6).join(" | ");
  throw new Error(`${command[0]} failed (${done.error?.message ?? done.signal ?? `exit ${done.status}`}): ${words}`);
}

function build(binaries: PostgresBinaries, draft: string): void {
  mkdirSync(draft, { recursive: true, mode: 0o711 });
  if (binaries.isolation.kind === "drop") chownSync(draft, binaries.isolation.uid, binaries.isolation.gid);
  const password = randomBytes(24).toString("base64url");
  const data = join(draft, "data");
  run(
    binaries,
    [
      join(binaries.folder, "initdb"),
      "-D",
      data,
      "-U",
      "postgres",
      "-E",
      "UTF8",
      "--locale=C",
      "--auth=trust",
      // Instead of 16 MB: a fresh volume is mostly its first log segment.
      "--wal-segsize=4",
      "--no-sync",
    ],
    "",
  );
  const schema = readFileSync(schemaFile, "utf8").replaceAll(":password", `'${password}'`);
  const commands = `ALTER ROLE postgres PASSWORD '${password}';\n\n${schema}`;
  run(
    binaries,
    // -j: statements end at a semicolon and an empty line. The first error ends it with a status of its own.
    [
      join(binaries.folder, "postgres"),
      "--single",
      "-j",
      "-D",
      data,
      "-c",
      "exit_on_error=on",
      "-c",
      "log_statement=none",
      "postgres",
    ],
    commands,
  );
  writeFileSync(join(draft, "password"), password, { mode: 0o600 });
}

export function ensureTemplate(binaries: PostgresBinaries, cacheFolder: string, labFolder: string): Template {
  const key = createHash("sha256")
    .update(`${revision} ${binaries.version} ${binaries.folder} ${binaries.isolation.kind}\n`)
    .update(readFileSync(schemaFile))
    .digest("hex")
    .slice(0, 20);
  const folder = join(cacheFolder, `database-${key}`);
  if (!existsSync(folder)) {
    // Built in the lab's folder, which a dropped user can enter, then moved; a crash in between leaves nothing in the cache.
    const draft = join(labFolder, "template");
    build(binaries, draft);
    const arriving = `${folder}.${process.pid}`;
    copyTree(draft, arriving);
    rmSync(draft, { recursive: true, force: true });
    try {
      renameSync(arriving, folder);
    } catch (error) {
      rmSync(arriving, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    forgetOldGenerations(cacheFolder, "database");
  }
  return { data: join(folder, "data"), password: readFileSync(join(folder, "password"), "utf8") };
}

/** cp is ten times faster than Node's own recursive copy on a thousand small files; -p keeps owners and modes. */
function copyTree(from: string, to: string): void {
  const done = spawnSync("cp", ["-R", "-p", from, to], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`cp ${from} failed: ${done.stderr}`);
}

export async function copyVolume(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-R", "-p", from, to]);
}
