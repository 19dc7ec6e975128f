/** The probes run in a process of their own; this starts it, tells it the phase, and ends it. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Endpoints } from "../model/environment.ts";
import type { ProbeOrder } from "../probes/main.ts";
import type { RunClock } from "./clock.ts";
import { runMark } from "./residue.ts";

export interface ProbeProcess extends AsyncDisposable {
  readonly pid: number;
  /** `journey`: also run the once-a-phase probes now. */
  phase(phase: string, options?: { readonly journey?: boolean }): void;
  readonly exited: Promise<number | null>;
}

export async function startProbes(options: {
  readonly clock: RunClock;
  readonly runFolder: string;
  readonly logFile: string;
  readonly endpoints: Endpoints;
  readonly probeFiles: readonly string[];
  readonly environmentFile: string;
  readonly vantage: string;
  readonly signal: AbortSignal;
}): Promise<ProbeProcess> {
  const log = openSync(options.logFile, "a");
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), fileURLToPath(new URL("../probes/main.ts", import.meta.url))],
    {
      // A session of its own: Ctrl+C must reach the harness only. Its stdin closes with the harness, however that ends, and then it stops.
      detached: true,
      stdio: ["pipe", "pipe", log],
      env: { ...process.env, [runMark]: options.clock.run },
    },
  );
  closeSync(log);
  const exited = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", (code) => resolve(code));
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error("the probes' process has no pipes");
  // Its stdin may be gone before we say our last word to it.
  stdin.on("error", () => {});
  const send = (order: ProbeOrder): void => void stdin.write(`${JSON.stringify(order)}\n`);
  send({
    start: {
      run: options.clock.run,
      epochMonoNs: String(options.clock.epochMonoNs),
      runFolder: options.runFolder,
      vantage: options.vantage,
      endpoints: options.endpoints,
      probeFiles: [...options.probeFiles],
      environmentFile: options.environmentFile,
    },
  });
  await new Promise<void>((resolve, reject) => {
    stdout.once("data", () => resolve());
    void exited.then((code) =>
      reject(new Error(`the probes ended at once (exit ${code}); their log is ${options.logFile}`)),
    );
    options.signal.addEventListener("abort", () => reject(options.signal.reason as Error));
    AbortSignal.timeout(30_000).addEventListener("abort", () =>
      reject(new Error("the probes did not start within 30 s")),
    );
  }).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    phase: (phase, given = {}) => send({ phase, journey: given.journey ?? false }),
    exited,
    [Symbol.asyncDispose]: async () => {
      send({ stop: true });
      const killer = setTimeout(() => child.kill("SIGKILL"), 12_000);
      await exited;
      clearTimeout(killer);
    },
  };
}
