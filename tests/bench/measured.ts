/** What a piece of work cost: told by the process that did it, and read by the one that started it. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Cost {
  /** The work itself, without the start of the process. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the whole process. */
  readonly peakRssBytes: number;
}

export interface Measured<Result> extends Cost {
  readonly result: Result;
  /** From the start of the process to its end. */
  readonly processMs: number;
}

/** In the process that works: does it and tells. */
export async function measured(work: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(JSON.stringify({ result, wallMs, cpuMs: (user + system) / 1000, peakRssBytes: peakRss() }));
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

/** Runs a script of this folder as a process of its own. */
export async function run<Result>(
  script: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly nodeArguments?: readonly string[] },
): Promise<Measured<Result>> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [...(options.nodeArguments ?? []), "--import", import.meta.resolve("tsx"), path, ...args],
    { stdio: ["ignore", "pipe", "inherit"], timeout: options.timeoutMs, killSignal: "SIGKILL" },
  );
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  const processMs = performance.now() - start;
  if (code !== 0) throw new Error(`${script} ended with ${code === null ? "a signal (out of time?)" : `exit ${code}`}`);
  return { ...(JSON.parse(text) as Cost & { result: Result }), processMs };
}
