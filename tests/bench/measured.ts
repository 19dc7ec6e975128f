/** What a piece of work cost: told by the process that did it, and read by the one that started it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parentDeathSignal } from "../../src/load/parent-death.ts";

export interface Cost {
  /** The work itself, without the start of the process. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the whole process. */
  readonly peakRssBytes: number;
}

export interface Measured<Result> extends Cost {
  readonly result: Result;
}

/** In the process that works: does it and tells. */
export async function measured(work: () => unknown): Promise<void> {
  const cost = costSince();
  const result = await work();
  process.stdout.write(JSON.stringify({ result, ...cost() }));
}

/** What this process takes from now on. */
export function costSince(): () => Cost {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const wallMs = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs, cpuMs: (user + system) / 1000, peakRssBytes: peakRss() };
  };
}

function peakRss(): number {
  try {
    // Not getrusage's: that begins with the memory of the process that started this one.
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}

export interface Bounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** What it says to people is not for those who read the benchmark. */
  readonly quiet?: boolean;
}

/** Runs a script of this folder as a process of its own. */
export async function runScript<Result>(
  script: string,
  args: readonly string[],
  bounds: Bounds,
): Promise<Measured<Result>> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { text } = await runCommand(
    [process.execPath, "--import", import.meta.resolve("tsx/esm"), path, ...args],
    bounds,
  );
  return JSON.parse(text) as Measured<Result>;
}

/** What it said, and how long it took from its start to its end. */
export async function runCommand(
  command: readonly string[],
  { signal, timeoutMs, quiet = false }: Bounds,
): Promise<{ readonly text: string; readonly wallMs: number }> {
  const [first = "", ...rest] = [...(await parentDeath), ...command];
  const start = performance.now();
  const child = spawn(first, rest, {
    stdio: ["ignore", "pipe", quiet ? "ignore" : "inherit"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    signal,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const [code] = (await once(child, "close")) as [number | null];
  const wallMs = performance.now() - start;
  if (code !== 0)
    throw new Error(`${command.join(" ")} ended with ${code === null ? "a signal (out of time?)" : `exit ${code}`}`);
  return { text, wallMs };
}

const parentDeath = parentDeathSignal(process.env);
