/**
 * Chromium's temporary files. It leaves them behind when it is killed, as in a drill that is: so each browser has a folder of its own, named
 * after the process that started it, and whoever starts the next one clears away what the dead have left.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const root = (): string => join(tmpdir(), `dr-drill-browser-${userInfo().uid}`);

export function newBrowserFolder(): string {
  const folder = root();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder))
    if (!isAlive(Number(name.split("-")[0]))) rmSync(join(folder, name), { recursive: true, force: true });
  return mkdtempSync(join(folder, `${process.pid}-`));
}

export function removeBrowserFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    rmdirSync(root());
  } catch {
    // another browser's is still there
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
