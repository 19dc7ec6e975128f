/**
 * The load: one k6 process that writes its ledger into the run folder. It runs in a session of its own, so that Ctrl+C in the
 * terminal reaches only the harness, and it cannot outlive it: the kernel kills it (Linux, setpriv), and our k6 also ends when its
 * stdin does. Stopping cuts no request: nothing new is begun, what is in flight gets its outcome, then k6 ends.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { unavailable } from "../model/user-error.ts";
import { messageOf } from "../run/scope.ts";
import { poll } from "../run/poll.ts";
import { finishConsoleLedger, startConsoleLedger } from "./console-ledger.ts";
import { startForwarder, type Forwarder } from "./forwarder.ts";
import { k6Arguments, k6Environment } from "./k6-invocation.ts";
import { keepTail, type Tail } from "./log-tail.ts";
import type { LoadOptions } from "./load-options.ts";
import { readLedgerEnd, ledgerHasBegun } from "./ledger-end.ts";
import { watchForFullDisk } from "./disk-watch.ts";
import { parentDeathSignal } from "./parent-death.ts";

export interface LoadExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** null: not known, because the ledger was cut short. */
  readonly droppedIterations: number | null;
  /** Why it ended, in words for people; null when stop() ended it in order. */
  readonly reason: string | null;
}

export interface StartedLoad extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when k6 has ended, for whatever reason; never rejects. */
  readonly exited: Promise<LoadExit>;
  /** Ends the load without cutting a request; kills k6 if it has not ended in time. */
  stop(): Promise<LoadExit>;
}

/** k6's own exit codes end at 110; this one is the ledger's (load/k6/ledger/output.go). */
const exitLedgerFailed = 118;
/** k6 says this, and in the raw format nothing more, for each request without an answer; the ledger has them all. */
const perRequestWarning = "Request Failed";

/** Resolves when the first request is about to be sent. */
export async function startLoad(options: LoadOptions): Promise<StartedLoad> {
  mkdirSync(dirname(options.ledgerFile), { recursive: true });
  mkdirSync(dirname(options.logFile), { recursive: true });
  const forwarder = options.k6.kind === "console" ? await startForwarder(options.service) : null;
  try {
    if (options.k6.kind === "console") await startConsoleLedger(options);
    const started = await startK6(options, forwarder);
    await firstRequest(options, started);
    return started;
  } catch (error) {
    await forwarder?.[Symbol.asyncDispose]();
    throw error;
  }
}

async function firstRequest(options: LoadOptions, started: StartedLoad): Promise<void> {
  const withinMs = options.startWithinMs ?? 60_000;
  let exit: LoadExit | null = null;
  void started.exited.then((value) => (exit = value));
  try {
    const begun = await poll(
      async () => (exit !== null || (await ledgerHasBegun(options.ledgerFile)) ? true : undefined),
      { intervalMs: 20, deadlineMs: withinMs, signal: options.signal },
    );
    if (exit !== null) throw unavailable(`the load did not start: ${reasonOf(exit)} (log: ${options.logFile})`);
    if (begun === null) throw unavailable(`k6 sent nothing within ${withinMs / 1000} s (log: ${options.logFile})`);
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}

const reasonOf = (exit: LoadExit): string => exit.reason ?? "it was stopped";

async function startK6(options: LoadOptions, forwarder: Forwarder | null): Promise<StartedLoad> {
  const [command = "", ...args] = [
    ...(await parentDeathSignal(options.environment)),
    options.k6.path,
    ...k6Arguments(options),
  ];
  const child = spawn(command, args, {
    cwd: dirname(options.ledgerFile),
    env: k6Environment(options, forwarder),
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  // k6 may be gone when its stdin is closed; that it is gone is told by its exit.
  child.stdin?.on("error", () => {});
  const log = keepTail(child.stderr, options.logFile, { without: perRequestWarning });
  const state = { stopped: null as number | null, killed: null as string | null };
  const kill = (why: string): void => {
    state.killed ??= why;
    child.kill("SIGKILL");
  };
  const diskWatch = options.k6.kind === "console" ? watchForFullDisk(options.ledgerFile, log, kill) : null;

  async function closing(): Promise<{
    readonly done: boolean;
    readonly dropped: number | null;
    readonly problem: string | null;
  }> {
    diskWatch?.();
    try {
      await forwarder?.[Symbol.asyncDispose]();
      if (options.k6.kind === "console") await finishConsoleLedger(options, state.stopped);
      return { ...(await readLedgerEnd(options.ledgerFile)), problem: null };
    } catch (error) {
      return {
        done: false,
        dropped: null,
        problem: `the end of the ledger cannot be written or read: ${messageOf(error)}`,
      };
    }
  }
  const exited = ended(child).then(async ({ error, code, signal }): Promise<LoadExit> => {
    const { done, dropped, problem } = await closing();
    const inOrder = state.stopped !== null && done;
    const reason = error ?? state.killed ?? problem ?? (inOrder ? null : unexpected(code, signal, log));
    return { exitCode: code, signal, droppedIterations: done ? dropped : null, reason };
  });

  async function stop(): Promise<LoadExit> {
    state.stopped ??= options.clock.us();
    if (options.k6.kind === "ledger") child.stdin?.end();
    else child.kill("SIGINT");
    const graceMs = options.timeoutMs + 1_000 + 10_000;
    const timer = setTimeout(
      () => kill(`k6 had not ended ${graceMs / 1000} s after it was asked to, and was killed`),
      graceMs,
    );
    try {
      return await exited;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    pid: child.pid ?? -1,
    exited,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function ended(
  child: ChildProcess,
): Promise<{ error: string | null; code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error: `k6 cannot be run: ${error.message}`, code: null, signal: null }));
    // "close", not "exit": by then all that k6 said on stderr is here.
    child.once("close", (code, signal) => resolve({ error: null, code, signal }));
  });
}

function unexpected(code: number | null, signal: NodeJS.Signals | null, log: Tail): string {
  const said = log.lastLine("ledger: ") ?? log.lastLine();
  if (said?.includes("no space left on device") === true)
    return `the disk is full: k6 could not go on recording (${said})`;
  if (code === exitLedgerFailed) return `k6 could not go on recording: ${said ?? "no reason given"}`;
  return `k6 ended by itself with ${signal ?? `exit ${code}`}${said === null ? "" : `: ${said}`}`;
}
