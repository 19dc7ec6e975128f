/**
 * The end of a lab, however it comes: everything it started is killed, everything it wrote is removed. The guardian does this in
 * every case, orderly or not, so that the path that matters after a crash is the one that runs every day.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { killWithChildren, processesInside } from "../host/processes.ts";
import type { ProcessId } from "../host/processes.ts";

export interface Belongings {
  /** The lab's own folder. */
  readonly folder: string;
  /** Parent of all labs' folders; removed with the last lab. */
  readonly root: string;
  /** Locks and the like, removed last. */
  readonly files: readonly string[];
  /** The database volumes are moved here first. */
  readonly keep: string | null;
}

export const volumesFolder = (folder: string): string => join(folder, "volumes");

/**
 * A killed PostgreSQL leaves a System V shared memory segment of 56 bytes behind, which nothing but a reboot would remove.
 * Its key and id stand in the seventh line of postmaster.pid.
 */
function releaseSharedMemory(volume: string): void {
  const file = join(volume, "postmaster.pid");
  if (!existsSync(file)) return;
  const [key, id] = (readFileSync(file, "utf8").split("\n")[6] ?? "").trim().split(/\s+/);
  if (key === undefined || id === undefined) return;
  if (existsSync("/proc/sysvipc/shm")) {
    // Columns: key shmid perms size cpid lpid nattch. Ids are used again, so the key must be the same and nobody attached.
    const rows = readFileSync("/proc/sysvipc/shm", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
    const row = rows.find((columns) => columns[1] === id);
    if (!row || Number(row[0]) !== Number(key) || row[6] !== "0") return;
  }
  try {
    execFileSync("ipcrm", ["-m", id], { stdio: "ignore" });
  } catch {
    // Gone already, or no ipcrm here: nothing more can be done about 56 bytes.
  }
}

function moveVolumes(folder: string, keep: string): void {
  const volumes = volumesFolder(folder);
  if (!existsSync(volumes)) return;
  mkdirSync(keep, { recursive: true });
  for (const name of readdirSync(volumes)) {
    const [from, to] = [join(volumes, name), join(keep, name)];
    rmSync(to, { recursive: true, force: true });
    try {
      renameSync(from, to);
    } catch {
      // Another file system.
      cpSync(from, to, { recursive: true, preserveTimestamps: true });
    }
    rmSync(join(to, "postmaster.pid"), { force: true });
  }
}

export async function clearAway(belongings: Belongings, processes: readonly ProcessId[]): Promise<void> {
  const { folder, root, files, keep } = belongings;
  await killWithChildren(processes);
  await killWithChildren(processesInside(folder));
  if (existsSync(volumesFolder(folder)))
    for (const name of readdirSync(volumesFolder(folder))) releaseSharedMemory(join(volumesFolder(folder), name));
  let notKept: unknown = null;
  try {
    if (keep !== null) moveVolumes(folder, keep);
  } catch (error) {
    // Then they stay where they are: what somebody asked to keep is not ours to destroy.
    notKept = error;
  }
  if (notKept === null) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  for (const file of files) rmSync(file, { force: true });
  try {
    rmdirSync(root);
  } catch {
    // Another lab lives there.
  }
  if (notKept !== null)
    throw new Error(`the volumes could not be moved to ${keep}; they are in ${folder}`, { cause: notKept });
}
