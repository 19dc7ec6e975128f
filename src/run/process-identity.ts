/** Is this process still the one we mean? A pid is used again; pid and start time together are not. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** null when there is no such live process. Linux: clock ticks since boot, as in /proc/<pid>/stat; elsewhere: ps's lstart. */
export function processStartTime(pid: number): string | null {
  try {
    if (process.platform !== "linux")
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may hold spaces: the fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
