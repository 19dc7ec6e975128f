/** After a run: is any process left that carries the run's mark in its environment? (Linux; elsewhere nothing can be said.) */
import { readdirSync, readFileSync } from "node:fs";

/** Set in the environment of everything that a run starts, and inherited by what those start. */
export const runMark = "DRILL_RUN";

export function processesLeft(run: string): string[] {
  const wanted = `${runMark}=${run}`;
  const left: string[] = [];
  for (const pid of listPids()) {
    if (pid === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(wanted)) continue;
      // A zombie is dead; where PID 1 does not reap, it stays in the list.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) continue;
      left.push(
        `process ${pid} (${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 80)})`,
      );
    } catch {
      // Ended meanwhile, or not ours to look at.
    }
  }
  return left;
}

function listPids(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid));
  } catch {
    return [];
  }
}
