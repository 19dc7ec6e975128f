/**
 * Chromium's temporary files. It leaves them behind when it is killed, as in a drill that is: so each browser has a folder of its own, named
 * after the process that started it, and whoever comes next (browser, end of the probes, drill heal) clears away what the dead have left.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { processStartTime } from "../run/process-identity.ts";

const root = (): string => join(tmpdir(), `dr-drill-browser-${userInfo().uid}`);

export function newBrowserFolder(): string {
  clearBrowserFolders();
  const make = (): string => {
    mkdirSync(root(), { recursive: true, mode: 0o700 });
    return mkdtempSync(join(root(), `${process.pid}-`));
  };
  try {
    return make();
  } catch {
    // Another process has just cleared away the empty one.
    return make();
  }
}

export function removeBrowserFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  clearBrowserFolders();
}

/** Clears away what belongs to no living process. */
export function clearBrowserFolders(): void {
  try {
    for (const name of readdirSync(root()))
      if (processStartTime(Number(name.split("-")[0])) === null)
        rmSync(join(root(), name), { recursive: true, force: true });
    rmdirSync(root());
  } catch {
    // there is none, or a living one's is in it
  }
}
