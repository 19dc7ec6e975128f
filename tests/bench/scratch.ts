/** One temp folder for everything that the benchmark writes, always removed: at the end, after an error, and after Ctrl+C. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unavailable } from "../../src/model/user-error.ts";

export interface Scratch {
  /** Aborted by Ctrl+C and the like: every process that the benchmark starts ends with it. */
  readonly signal: AbortSignal;
  /** A new, empty folder. */
  folder(name: string): string;
  remove(folder: string): void;
  /** Refuses when less is free, before anything is written. */
  need(bytes: number): void;
}

export function scratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "dr-drill-bench-"));
  const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const interrupted = new AbortController();
  process.on("exit", () => remove(path));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupted.abort());
  return {
    signal: interrupted.signal,
    folder: (name) => {
      const folder = join(path, name);
      mkdirSync(folder);
      return folder;
    },
    remove,
    need: (bytes) => {
      const { bavail, bsize } = statfsSync(path);
      const giga = (value: number): string => `${(value / 1e9).toFixed(1)} GB`;
      if (bavail * bsize < bytes)
        throw unavailable(
          `the benchmark needs ${giga(bytes)} in ${tmpdir()}, where ${giga(bavail * bsize)} are free: set TMPDIR to another folder, or judge fewer --records`,
        );
    },
  };
}
