/**
 * Starts the system under drill when the environment says how: the command prints its endpoints as one JSON line on stdout and
 * lives until its stdin closes. It runs in a session of its own, so that Ctrl+C in the terminal reaches only the harness.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { openSync, closeSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { endpointsSchema, type Endpoints, type Environment } from "../model/environment.ts";
import { unavailable, usageError, UserError } from "../model/user-error.ts";
import { runMark } from "./residue.ts";

export interface System extends AsyncDisposable {
  readonly endpoints: Endpoints;
  /** Root of the process tree that the environment started; null when it was there before us. */
  readonly pid: number | null;
  /** Rejects when the system's own supervisor ends while the drill needs it. */
  readonly failed: Promise<never>;
}

const readyLine = z.union([
  z.object({ ready: endpointsSchema }),
  z.object({ error: z.string(), exit: z.union([z.literal(64), z.literal(69)]) }),
]);

export async function bringUp(
  environment: Environment,
  options: { readonly root: string; readonly run: string; readonly logFile: string; readonly signal: AbortSignal },
): Promise<System> {
  if (environment.endpoints) {
    return {
      endpoints: environment.endpoints,
      pid: null,
      failed: new Promise<never>(() => {}),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const { bringUp: start } = environment;
  if (!start) throw usageError(`environment "${environment.name}" has neither endpoints nor bringUp`);
  const [command = "", ...args] = start.command;
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, "a");
  const child = spawn(command, args, {
    cwd: options.root,
    detached: true,
    stdio: ["pipe", "pipe", log],
    env: { ...process.env, ...start.environment, [runMark]: options.run },
  });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not start ${command}: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `exit ${code}`}`));
  });
  let closing = false;
  const failed = exited.then((why) => {
    if (closing) return new Promise<never>(() => {});
    throw unavailable(`the system under drill is gone: ${why}; its log is ${options.logFile}`);
  });
  failed.catch(() => {});
  const close = async (): Promise<void> => {
    closing = true;
    await end(child, exited);
  };
  try {
    const endpoints = await ready(child, exited, start.readyWithinMs, options);
    return { endpoints, pid: child.pid ?? null, failed, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ready(
  child: ChildProcess,
  exited: Promise<string>,
  withinMs: number,
  options: { readonly logFile: string; readonly signal: AbortSignal },
): Promise<Endpoints> {
  if (!child.stdout) throw new Error("no stdout to read the endpoints from");
  const lines = createInterface({ input: child.stdout });
  const firstLine = new Promise<Endpoints>((resolve, reject) => {
    lines.on("line", (line) => {
      const parsed = readyLine.safeParse(parseJson(line));
      if (!parsed.success) return;
      if ("ready" in parsed.data) resolve(parsed.data.ready);
      else reject(new UserError(parsed.data.error, parsed.data.exit));
    });
  });
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(withinMs)]);
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () =>
      reject(
        options.signal.aborted
          ? options.signal.reason
          : unavailable(
              `the system under drill was not ready within ${withinMs / 1000} s; its log is ${options.logFile}`,
            ),
      ),
    );
  });
  const gone = exited.then((why): never => {
    throw unavailable(`the system under drill did not start: ${why}; its log is ${options.logFile}`);
  });
  late.catch(() => {});
  gone.catch(() => {});
  return await Promise.race([firstLine, gone, late]);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Closes stdin, which is the order to end; then SIGTERM, then SIGKILL. */
async function end(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.stdin?.end();
  for (const [signal, graceMs] of [
    ["SIGTERM", 15_000],
    ["SIGKILL", 5_000],
    [null, 5_000],
  ] as const) {
    const gone = await Promise.race([
      exited.then(() => true),
      new Promise<false>((resolve) => setTimeout(() => resolve(false), graceMs).unref()),
    ]);
    if (gone) return;
    if (signal) child.kill(signal);
  }
}
