/**
 * A child process of the lab: a bundled entry run by plain Node, configured and told by IPC (no secret on a command line, no port for
 * control), its output in a log file. It dies with us three ways: by the parent-death signal where there is one, by the guardian, and
 * because it exits when its IPC channel closes (see inside.ts).
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { delimiter, join } from "node:path";
import { within } from "../poll.ts";
import type { Guardian } from "./guardian-client.ts";
import { lastWordsIn } from "./last-words.ts";
import { nodeFlags } from "./node-flags.ts";

export function findProgram(name: string): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/**
 * Our environment without what would change a server's behaviour behind its configuration's back. Passed on otherwise: whoever looks
 * for what a run left behind may look for its mark in the environment.
 */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const disturbs = (name: string): boolean =>
    /^(PG[A-Z]+|LC_.*|LANG|LANGUAGE|NODE_OPTIONS|NODE_V8_COVERAGE|TSX_.*)$/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !disturbs(name)));
}

const setpriv = process.platform === "linux" ? findProgram("setpriv") : null;

/** Puts the parent-death signal in front of a command: the kernel kills it when we die, however we die. */
export const dyingWithUs = (command: readonly string[]): readonly string[] =>
  setpriv === null ? command : [setpriv, "--pdeathsig", "KILL", ...command];

export interface ChildOptions {
  /** For messages and the status page, e.g. "links". */
  readonly role: string;
  readonly bundle: string;
  readonly folder: string;
  readonly configuration: object;
  readonly guardian: Guardian;
  readonly onMessage?: (message: object) => void;
}

export class Child {
  readonly role: string;
  readonly pid: number;
  readonly exited: Promise<string>;
  readonly #process: ChildProcess;
  readonly #log: string;
  readonly #ready: Promise<object>;
  readonly #unanswered = new Map<number, () => void>();
  #orders = 0;

  constructor(options: ChildOptions) {
    this.role = options.role;
    this.#log = join(options.folder, "logs", `${options.role.replaceAll("/", "-")}.log`);
    const log = openSync(this.#log, "a");
    const [program = "", ...args] = dyingWithUs([process.execPath, ...nodeFlags, options.bundle]);
    const child = spawn(program, args, {
      cwd: options.folder,
      // A session of its own: the terminal's Ctrl+C reaches only the main process, which then decides.
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
      env: { ...inheritedEnvironment(), NODE_ENV: "production", TZ: "UTC", UV_THREADPOOL_SIZE: "2" },
    });
    closeSync(log);
    this.#process = child;
    if (child.pid === undefined) throw new Error(`cannot start ${this.role} (${program})`);
    this.pid = child.pid;
    options.guardian.started(child.pid);
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        options.guardian.ended(this.pid);
        resolve(signal ?? `exit ${code}`);
      });
    });
    let ready: (message: object) => void = () => undefined;
    this.#ready = new Promise((resolve) => (ready = resolve));
    child.on("message", (message: object) => {
      if ("ready" in message) ready(message);
      else if ("ack" in message) this.#unanswered.get(Number(message.ack))?.();
      else options.onMessage?.(message);
    });
    child.on("error", () => undefined);
    this.#process.send(options.configuration, () => undefined);
  }

  /** The child's word that it serves; an early end is an error that carries its last words. */
  async ready(deadlineMs = 15_000): Promise<void> {
    const ended = this.exited.then((how) => {
      throw new Error(`${this.role} ended before it was ready (${how}): ${this.lastWords()}`);
    });
    await within(`${this.role} ready`, deadlineMs, Promise.race([this.#ready, ended]));
  }

  lastWords(): string {
    return lastWordsIn(this.#log);
  }

  /** Tells the child something; resolves when it has taken it up, or has ended. */
  async order(order: object, deadlineMs = 5_000): Promise<void> {
    if (!this.#process.connected) return;
    this.#orders += 1;
    const ack = this.#orders;
    const taken = new Promise<void>((resolve) => this.#unanswered.set(ack, resolve));
    this.#process.send({ order, ack }, () => undefined);
    try {
      await within(`${this.role} taking an order`, deadlineMs, Promise.race([taken, this.exited]));
    } finally {
      this.#unanswered.delete(ack);
    }
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
