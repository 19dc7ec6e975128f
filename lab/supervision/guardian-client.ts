/** The main process's end of the guardian: registers what is started, takes leases, and ends the lab by letting go. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { createInterface } from "node:readline";
import { startTimeOf } from "../host/processes.ts";
import type { ProcessId } from "../host/processes.ts";
import { clearAway } from "./clear-away.ts";
import type { Belongings } from "./clear-away.ts";
import type { GuardianOrder, Heal } from "./guardian.ts";
import { nodeFlags } from "./node-flags.ts";

/** Clearing away kills, waits and removes some hundred megabytes: seconds at most, on a slow disk. */
const endDeadlineMs = 30_000;

export class Guardian implements AsyncDisposable {
  readonly #belongings: Belongings;
  readonly #bundle: string;
  readonly #log: string;
  readonly #onLeaseRanOut: (id: string, healed: boolean) => void;
  readonly #onStarted: (pid: number) => void;
  readonly #processes = new Map<number, ProcessId>();
  readonly #leases = new Map<string, { readonly expiresAtMs: number; readonly heal: Heal }>();
  #child: ChildProcess;
  #ending = false;

  constructor(options: {
    readonly belongings: Belongings;
    readonly bundle: string;
    readonly log: string;
    readonly onLeaseRanOut: (id: string, healed: boolean) => void;
    /** Called with the guardian's pid, again when it had to be replaced. */
    readonly onStarted: (pid: number) => void;
  }) {
    this.#belongings = options.belongings;
    this.#bundle = options.bundle;
    this.#log = options.log;
    this.#onLeaseRanOut = options.onLeaseRanOut;
    this.#onStarted = options.onStarted;
    this.#child = this.#spawn();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Detached: a session of its own, out of reach of the terminal's signals and of whoever kills our process group. */
  #spawn(): ChildProcess {
    const log = openSync(this.#log, "a");
    const child = spawn(process.execPath, [...nodeFlags, this.#bundle, JSON.stringify(this.#belongings)], {
      detached: true,
      stdio: ["pipe", "pipe", log],
      cwd: "/",
    });
    child.stdin?.on("error", () => undefined);
    if (child.stdout)
      createInterface({ input: child.stdout }).on("line", (line) => {
        const said = JSON.parse(line) as { readonly leaseRanOut: string; readonly healed: boolean };
        this.#leases.delete(said.leaseRanOut);
        this.#onLeaseRanOut(said.leaseRanOut, said.healed);
      });
    child.on("error", () => undefined);
    child.on("exit", () => this.#replace());
    if (child.pid !== undefined) this.#onStarted(child.pid);
    return child;
  }

  /** Somebody killed the guardian: a new one is told everything again. */
  #replace(): void {
    if (this.#ending) return;
    this.#child = this.#spawn();
    for (const process of this.#processes.values()) this.#tell({ kind: "started", process });
    for (const [id, lease] of this.#leases) this.#tell({ kind: "lease", id, ...lease });
  }

  #tell(order: GuardianOrder): void {
    if (!this.#ending) this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  started(pid: number): void {
    const startTime = startTimeOf(pid);
    if (startTime === null) return;
    const process = { pid, startTime };
    this.#processes.set(pid, process);
    this.#tell({ kind: "started", process });
  }

  ended(pid: number): void {
    this.#processes.delete(pid);
    this.#tell({ kind: "ended", pid });
  }

  lease(id: string, expiresAtMs: number, heal: Heal): void {
    this.#leases.set(id, { expiresAtMs, heal });
    this.#tell({ kind: "lease", id, expiresAtMs, heal });
  }

  release(id: string): void {
    this.#leases.delete(id);
    this.#tell({ kind: "release", id });
  }

  /** Ends the lab: the guardian kills and removes everything; should it fail, we do it ourselves. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const child = this.#child;
    const code = await new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(null);
      const timer = setTimeout(() => resolve(null), endDeadlineMs);
      child.on("exit", (exitCode) => {
        clearTimeout(timer);
        resolve(exitCode);
      });
      child.stdin?.end();
    });
    if (code !== 0) await clearAway(this.#belongings, [...this.#processes.values()]);
  }
}
