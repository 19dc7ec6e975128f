/**
 * Who is who among the host's processes. A pid alone proves nothing (pids are used again), so every pid is kept with its
 * start time; and where PID 1 does not reap, a dead process stays as a zombie that `kill(pid, 0)` calls alive: state Z is dead.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { sep } from "node:path";
import { poll } from "../poll.ts";

export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly dead: boolean;
  readonly startTime: string;
}

const linux = process.platform === "linux";

function linuxRow(pid: number): Row | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  // The command name, in brackets, may itself hold brackets and blanks: fields count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { pid, dead: fields[0] === "Z" || fields[0] === "X", parent: Number(fields[1]), startTime: fields[19] ?? "" };
}

function psRows(): Row[] {
  const text = execFileSync("ps", ["-axo", "pid=,ppid=,stat=,lstart="], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (!match) return [];
    const [, pid, parent, state, startTime] = match;
    return [
      { pid: Number(pid), parent: Number(parent), dead: state?.startsWith("Z") ?? true, startTime: startTime ?? "" },
    ];
  });
}

function rows(): Row[] {
  if (!linux) return psRows();
  return readdirSync("/proc").flatMap((name) => {
    const row = /^\d+$/.test(name) ? linuxRow(Number(name)) : null;
    return row ? [row] : [];
  });
}

const rowOf = (pid: number): Row | null => (linux ? linuxRow(pid) : (psRows().find((row) => row.pid === pid) ?? null));

/** null when there is no such live process. */
export function startTimeOf(pid: number): string | null {
  const row = rowOf(pid);
  return row && !row.dead ? row.startTime : null;
}

export const isAlive = (process: ProcessId): boolean => startTimeOf(process.pid) === process.startTime;

export function childrenOf(parent: number): ProcessId[] {
  return rows()
    .filter((row) => row.parent === parent && !row.dead)
    .map(({ pid, startTime }) => ({ pid, startTime }));
}

/** Processes whose working folder is inside `folder`: finds those too that nobody had the time to register. Linux only. */
export function processesInside(folder: string): ProcessId[] {
  if (!linux) return [];
  return rows().flatMap(({ pid, dead, startTime }) => {
    if (dead || pid === process.pid) return [];
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return cwd === folder || cwd.startsWith(folder + sep) ? [{ pid, startTime }] : [];
    } catch {
      return [];
    }
  });
}

function signalIfSame(target: ProcessId, signal: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch {
    // It ended between the look and the signal: what we wanted.
  }
}

/**
 * A host's death: the process is stopped first so that it can start no more children, then it and they are killed.
 * PostgreSQL's children lead process groups of their own, so a group signal would miss them.
 */
export async function killWithChildren(targets: readonly ProcessId[], deadlineMs = 5_000): Promise<void> {
  const doomed: ProcessId[] = [];
  for (const target of targets) {
    signalIfSame(target, "SIGSTOP");
    doomed.push(...childrenOf(target.pid), target);
  }
  for (const target of doomed) signalIfSame(target, "SIGKILL");
  await poll("the end of killed processes", () => (doomed.some(isAlive) ? undefined : true), {
    everyMs: 2,
    deadlineMs,
  });
}
