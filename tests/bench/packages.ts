/** DuckDB is 70 MB that nobody needs for a drill: the benchmark has a package of its own, and installs it when it is asked for. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unavailable } from "../../src/model/user-error.ts";

const folder = import.meta.dirname;

/** Installs what the lockfile says unless it is there; tells DuckDB's version. */
export function installDuckDb(): string {
  const locked = versionIn(join(folder, "package-lock.json"));
  if (installed() !== locked) {
    process.stdout.write(`installing DuckDB ${locked} into tests/bench/node_modules (70 MB, once) …\n`);
    const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
      timeout: 300_000,
    });
    const why = /npm error (?:code )?(\S+)/.exec(npm.stderr ?? "")?.[1] ?? npm.error?.message ?? `exit ${npm.status}`;
    if (npm.status !== 0 || installed() !== locked)
      throw unavailable(
        `DuckDB could not be installed from the npm registry (${why}): make it reachable and run the benchmark again, or measure the rest with --only ledger`,
      );
  }
  return locked;
}

function installed(): string | null {
  const file = join(folder, "node_modules/@duckdb/node-api/package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version : null;
}

function versionIn(lock: string): string {
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as { packages: Record<string, { version?: string }> };
  return packages["node_modules/@duckdb/node-api"]?.version ?? "";
}
