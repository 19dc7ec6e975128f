/**
 * A process of ours beside the harness (the probes, the second witness): what measures must not share an event loop with what acts. It
 * takes orders as JSON lines on stdin, says one line when it has started, and ends when its stdin does, however the harness ended.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runMark } from "./residue.ts";

export interface OwnProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface OwnProcess<Order> {
  readonly pid: number;
  send(order: Order): void;
  /** Resolves when it has ended, for whatever reason; never rejects. */
  readonly exited: Promise<OwnProcessExit>;
  /** Kills it if it has not ended within that time. */
  ended(withinMs: number): Promise<OwnProcessExit>;
}

const startWithinMs = 30_000;

export async function startOwnProcess<Order>(options: {
  /** As messages name it: "the probes". */
  readonly what: string;
  readonly module: URL;
  readonly run: string;
  readonly logFile: string;
  readonly start: Order;
  /** Ends the wait for its start. */
  readonly signal: AbortSignal;
}): Promise<OwnProcess<Order>> {
  const { what, logFile } = options;
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx/esm"), fileURLToPath(options.module)], {
    // A session of its own: Ctrl+C must reach the harness only.
    detached: true,
    stdio: ["pipe", "pipe", log],
    env: { ...process.env, [runMark]: options.run },
  });
  closeSync(log);
  const exited = new Promise<OwnProcessExit>((resolve) => {
    child.once("error", () => resolve({ code: null, signal: null }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error(`the process of ${what} has no pipes`);
  // Its stdin may be gone before we say our last word to it.
  stdin.on("error", () => {});
  const send = (order: Order): void => void stdin.write(`${JSON.stringify(order)}\n`);
  send(options.start);
  const startDeadline = AbortSignal.timeout(startWithinMs);
  const given = AbortSignal.any([options.signal, startDeadline]);
  await new Promise<void>((resolve, reject) => {
    stdout.once("data", () => resolve());
    void exited.then(({ code, signal }) =>
      reject(new Error(`${what} ended at once (${signal ?? `exit ${code}`}); their log is ${logFile}`)),
    );
    const giveUp = (): void =>
      reject(
        startDeadline.aborted
          ? new Error(`${what} did not start within ${startWithinMs / 1000} s`)
          : (options.signal.reason as Error),
      );
    if (given.aborted) giveUp();
    else given.addEventListener("abort", giveUp, { once: true });
  }).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    send,
    exited,
    ended: async (withinMs) => {
      const killer = setTimeout(() => child.kill("SIGKILL"), withinMs);
      const exit = await exited;
      clearTimeout(killer);
      return exit;
    },
  };
}
