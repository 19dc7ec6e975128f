/** What the drill itself uses: CPU seconds and resident memory per group of processes, read from /proc (Linux; elsewhere nothing is recorded). */
import { readdirSync, readFileSync } from "node:fs";
import type { UserError } from "../model/user-error.ts";
import type { RunClock } from "./clock.ts";
import { EvidenceFile } from "./evidence-file.ts";
import { processStat } from "./process-stat.ts";

export type ResourceGroup = "harness" | "load" | "probes" | "system";

interface ProcessUse {
  readonly parent: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

const ticksPerSecond = 100;
const pageBytes = 4096;

function readProcesses(): Map<number, ProcessUse> {
  const all = new Map<number, ProcessUse>();
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      const fields = processStat(pid);
      const [parent, user, system, rss] = [fields[1], fields[11], fields[12], fields[21]].map(Number);
      all.set(pid, {
        parent: parent ?? 0,
        cpuSeconds: ((user ?? 0) + (system ?? 0)) / ticksPerSecond,
        rssBytes: privateBytes(entry) ?? (rss ?? 0) * pageBytes,
      });
    } catch {
      // The process ended between the listing and the read.
    }
  }
  return all;
}

/** Proportional set size: shared memory (PostgreSQL's buffers, shared libraries) counted once, not once a process. */
function privateBytes(pid: string): number | null {
  try {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

/** The group of the nearest ancestor (or itself) that is a group's root. */
function groupOf(
  pid: number,
  processes: ReadonlyMap<number, ProcessUse>,
  groupOfRoot: ReadonlyMap<number, ResourceGroup>,
): ResourceGroup | undefined {
  let at = pid;
  for (let depth = 0; at > 1 && depth < 32; depth += 1) {
    const group = groupOfRoot.get(at);
    if (group !== undefined) return group;
    at = processes.get(at)?.parent ?? 0;
  }
  return undefined;
}

export function startResourceSampler(options: {
  readonly file: string;
  readonly clock: RunClock;
  readonly intervalMs: number;
  readonly onFull: (error: UserError) => void;
  /** Pid to the group that it and its children are counted in. */
  readonly roots: () => ReadonlyMap<number, ResourceGroup>;
}): AsyncDisposable {
  const file = new EvidenceFile(options.file, options.clock.header("dr-drill/resources@1"), options.onFull);
  // CPU of processes that have ended since is kept, so that the sum never falls.
  const lastByProcess = new Map<number, { group: ResourceGroup; cpuSeconds: number }>();
  const ended = new Map<ResourceGroup, number>();

  function sample(): void {
    let processes: Map<number, ProcessUse>;
    try {
      processes = readProcesses();
    } catch {
      return;
    }
    const groupOfRoot = options.roots();
    const live = new Map<ResourceGroup, { cpuSeconds: number; rssBytes: number; processes: number }>();
    const seen = new Set<number>();
    for (const [pid, use] of processes) {
      const group = groupOf(pid, processes, groupOfRoot) ?? lastByProcess.get(pid)?.group;
      if (group === undefined) continue;
      seen.add(pid);
      lastByProcess.set(pid, { group, cpuSeconds: use.cpuSeconds });
      const sum = live.get(group) ?? { cpuSeconds: 0, rssBytes: 0, processes: 0 };
      sum.cpuSeconds += use.cpuSeconds;
      sum.rssBytes += use.rssBytes;
      sum.processes += 1;
      live.set(group, sum);
    }
    for (const [pid, last] of lastByProcess) {
      if (seen.has(pid)) continue;
      lastByProcess.delete(pid);
      ended.set(last.group, (ended.get(last.group) ?? 0) + last.cpuSeconds);
    }
    const us = options.clock.us();
    for (const [group, sum] of live) {
      const cpuSeconds = Math.round((sum.cpuSeconds + (ended.get(group) ?? 0)) * 100) / 100;
      file.append({ us, group, ...sum, cpuSeconds });
    }
  }

  const timer = setInterval(sample, options.intervalMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      sample();
      file[Symbol.dispose]();
    },
  };
}
