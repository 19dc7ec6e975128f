/** Is this process still the one we mean? A pid is used again; pid and start time together are not. */
import { execFileSync } from "node:child_process";
import { processStat } from "./process-stat.ts";

/** null when there is no such live process. Linux: clock ticks since boot, as in /proc/<pid>/stat; elsewhere: ps's lstart. */
export function processStartTime(pid: number): string | null {
  try {
    if (process.platform !== "linux")
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const fields = processStat(pid);
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
