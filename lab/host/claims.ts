/**
 * A claim is a file that says which live process owns something (a block of ports, the one standing lab). It is created whole or not at
 * all, names its owner by pid and start time, and counts for nothing when that process is gone.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isAlive, startTimeOf } from "./processes.ts";
import type { ProcessId } from "./processes.ts";

export interface Claim extends ProcessId {
  /** ISO time at which the owner claimed it. */
  readonly since: string;
  readonly [detail: string]: unknown;
}

export function readClaim(file: string): Claim | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Claim;
  } catch {
    return null;
  }
}

export const ownerIsAlive = (owned: Claim): boolean => isAlive(owned);

export function claimOf(detail: Readonly<Record<string, unknown>>): Claim {
  const startTime = startTimeOf(process.pid);
  if (startTime === null) throw new Error("this process cannot be found in the process table");
  return { ...detail, pid: process.pid, startTime, since: new Date().toISOString() };
}

const attempts = 5;

/** Claims the file, or answers with the live claim that is in the way. `onStale` gets what a dead owner left. */
export function claim(file: string, mine: Claim, onStale: (stale: Claim | null) => void): Claim | null {
  const draft = `${file}.${process.pid}`;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    writeFileSync(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
    try {
      // A link is atomic and fails when the name exists: no moment in which the file is there and empty.
      linkSync(draft, file);
      rmSync(draft, { force: true });
      return null;
    } catch (error) {
      rmSync(draft, { force: true });
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const other = readClaim(file);
    if (other && ownerIsAlive(other)) return other;
    // Only one of several who see the same stale claim can move it away.
    const away = `${file}.stale-${process.pid}`;
    try {
      renameSync(file, away);
      onStale(readClaim(away));
    } catch {
      // Somebody else moved it, or its guardian removed it: look again.
    }
    rmSync(away, { force: true });
  }
  throw new Error(`${file} changes hands too fast to be claimed`);
}

/** Gives a claim up, if it is still ours: its guardian may have removed it, and somebody else claimed it since. */
export function releaseClaim(file: string): boolean {
  const current = readClaim(file);
  if (current === null || current.pid !== process.pid || !ownerIsAlive(current)) return false;
  rmSync(file, { force: true });
  return true;
}

/** Replaces the content of a claim that is ours. */
export function updateClaim(file: string, mine: Claim): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
