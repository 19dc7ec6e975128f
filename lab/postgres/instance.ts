/**
 * One database on its host: a real postgres process on a volume of its own. Killing it is the host's death; its fence is a file beside
 * the volume, so that it holds through death and restart until the volume is replaced.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { killWithChildren, startTimeOf } from "../host/processes.ts";
import type { ProcessId } from "../host/processes.ts";
import { databaseAddress, instanceOf, regionOf } from "../layout.ts";
import type { Address, Layout } from "../layout.ts";
import type { DatabaseName, RegionName } from "../machinery.ts";
import { poll, within } from "../poll.ts";
import { dyingWithUs, inheritedEnvironment } from "../supervision/child.ts";
import { volumesFolder } from "../supervision/clear-away.ts";
import { lastWordsIn } from "../supervision/last-words.ts";
import type { Guardian } from "../supervision/guardian-client.ts";
import { asPostgresUser, spawnIdentity } from "./binaries.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { hostBasedAccess, postgresqlConf } from "./configuration.ts";
import { Connection } from "./connection.ts";

export interface DatabaseHost {
  readonly folder: string;
  readonly layout: Layout;
  readonly binaries: PostgresBinaries;
  readonly password: string;
  readonly guardian: Guardian;
  /** Called when a database ended that nobody stopped. */
  readonly onCrash: (database: DatabaseName, how: string, lastWords: string) => void;
}

/** What an instance is configured to be; changed by promotion, cloning and repointing, takes effect at the next start or reload. */
export interface Assignment {
  source: DatabaseName | null;
  synchronousStandbys: readonly DatabaseName[];
  readOnly: boolean;
}

interface Running {
  readonly child: ChildProcess;
  readonly id: ProcessId;
  readonly exited: Promise<string>;
}

const startDeadlineMs = 60_000;
const fastStopDeadlineMs = 30_000;

export class PostgresInstance {
  readonly name: DatabaseName;
  readonly instanceId: string;
  readonly region: RegionName;
  readonly assignment: Assignment;
  /** RDS's word while something long is being done to it; null otherwise. */
  busy: "promoting" | "creating" | "rebooting" | null = null;
  /** What its owner wants of it: a long operation asks before it starts it again. */
  wanted: "running" | "stopped" = "running";
  readonly #host: DatabaseHost;
  #startedFenced = false;
  #running: Running | null = null;
  #stopping = false;
  #connection: Promise<Connection> | null = null;
  #queue: Promise<void> = Promise.resolve();

  constructor(name: DatabaseName, host: DatabaseHost, assignment: Assignment) {
    this.name = name;
    this.instanceId = instanceOf[name];
    this.region = regionOf[name];
    this.#host = host;
    this.assignment = assignment;
  }

  get volume(): string {
    return join(volumesFolder(this.#host.folder), this.name);
  }

  get #fenceFile(): string {
    return join(this.#host.folder, "fences", this.name);
  }

  get fenced(): boolean {
    return existsSync(this.#fenceFile);
  }

  /** Whether the process that runs now was started behind the fence. */
  get startedFenced(): boolean {
    return this.#startedFenced;
  }

  get running(): boolean {
    return this.#running !== null;
  }

  get hasVolume(): boolean {
    return existsSync(join(this.volume, "PG_VERSION"));
  }

  get pid(): number | null {
    return this.#running?.id.pid ?? null;
  }

  /** Where it listens now. */
  get address(): Address {
    return (this.fenced ? this.#host.layout.fenced : this.#host.layout.databases)[this.name];
  }

  get password(): string {
    return this.#host.password;
  }

  /** Durable: written before anything else happens, and it holds through death and restart. */
  setFence(fenced: boolean): void {
    if (!fenced) return rmSync(this.#fenceFile, { force: true });
    mkdirSync(join(this.#host.folder, "fences"), { recursive: true });
    writeFileSync(this.#fenceFile, new Date().toISOString());
  }

  #configure(): void {
    const { layout, binaries, password } = this.#host;
    const { source, synchronousStandbys, readOnly } = this.assignment;
    const { fenced } = this;
    const from = source === null ? null : { address: databaseAddress(layout, source, this.region), password };
    const shape = {
      name: this.name,
      listen: this.address,
      major: binaries.major,
      synchronousStandbys,
      source: from,
      fenced,
      readOnly,
    };
    writeFileSync(join(this.volume, "postgresql.conf"), postgresqlConf(shape));
    // Nothing may hide behind our file.
    writeFileSync(join(this.volume, "postgresql.auto.conf"), "");
    writeFileSync(join(this.volume, "pg_hba.conf"), hostBasedAccess(fenced));
    const signal = join(this.volume, "standby.signal");
    if (source === null) rmSync(signal, { force: true });
    else writeFileSync(signal, "");
  }

  /** Takes up a changed assignment without a restart. */
  reload(): void {
    if (!this.#running) return;
    this.#configure();
    this.#running.child.kill("SIGHUP");
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    if (this.#running) return;
    if (!this.hasVolume) throw new Error(`${this.name} has no volume to start from; create it as a replica`);
    this.#configure();
    const { binaries, folder, guardian } = this.#host;
    const log = openSync(this.#log, "a");
    const command = asPostgresUser(binaries.isolation, [join(binaries.folder, "postgres"), "-D", this.volume]);
    const [program = "", ...args] = dyingWithUs(command);
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...inheritedEnvironment(), LC_ALL: "C", TZ: "UTC" },
      ...spawnIdentity(binaries.isolation),
    });
    closeSync(log);
    const { pid } = child;
    if (pid === undefined) throw new Error(`cannot start postgres (${program})`);
    guardian.started(pid);
    this.#stopping = false;
    this.#startedFenced = this.fenced;
    const exited = new Promise<string>((resolve) => {
      child.once("exit", (code, signal) => {
        guardian.ended(pid);
        if (this.#running?.child === child) this.#running = null;
        this.#dropConnection();
        resolve(signal ?? `exit ${code}`);
      });
    });
    const running = { child, id: { pid, startTime: startTimeOf(pid) ?? "" }, exited };
    this.#running = running;
    await this.#answers(running);
    void this.#watch(exited);
  }

  async #watch(exited: Promise<string>): Promise<void> {
    const how = await exited;
    if (!this.#stopping) this.#host.onCrash(this.name, how, lastWordsIn(this.#log));
  }

  get #log(): string {
    return join(this.#host.folder, "logs", `${this.name}.log`);
  }

  /** postmaster.pid is PostgreSQL's own word: its first line is the pid, its eighth the state. */
  async #answers(running: Running): Promise<void> {
    const file = join(this.volume, "postmaster.pid");
    await poll(
      `${this.name} answering`,
      () => {
        if (this.#running !== running)
          throw new Error(`${this.name} ended while it started: ${lastWordsIn(this.#log)}`);
        let lines: string[];
        try {
          lines = readFileSync(file, "utf8").split("\n");
        } catch {
          return undefined;
        }
        return Number(lines[0]) === running.id.pid && /^(ready|standby)/.test(lines[7] ?? "") ? true : undefined;
      },
      { everyMs: 10, deadlineMs: startDeadlineMs },
    );
  }

  /** The host dies. Resolves when no process of it is left. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#stopping = true;
    await killWithChildren([running.id]);
    await within(`the end of ${this.name}`, 5_000, running.exited);
  }

  /** Planned: every standby that streams has received everything when this resolves. */
  async stopFast(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#stopping = true;
    running.child.kill("SIGINT");
    await within(`the fast stop of ${this.name}`, fastStopDeadlineMs, running.exited);
  }

  /** The lab's own hand in the database, over a connection that is kept. A query that hangs is given up after 2 s. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    if (!this.#running) throw new Error(`${this.name} is stopped`);
    this.#connection ??= Connection.open({
      address: this.address,
      role: "postgres",
      password: this.#host.password,
      queryTimeoutMs: 2_000,
    });
    try {
      const connection = await this.#connection;
      return await connection.rows<Row>(text, values);
    } catch (error) {
      // An error of the server's own leaves the connection sound; anything else does not.
      if (!(error instanceof Error && "severity" in error && error.severity === "ERROR")) this.#dropConnection();
      throw error;
    }
  }

  /** Runs `work` when nothing else of its kind is being done to this instance. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#queue;
    let done: () => void = () => undefined;
    this.#queue = new Promise((resolve) => (done = resolve));
    await before;
    try {
      return await work();
    } finally {
      done();
    }
  }

  #dropConnection(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.then((open) => open[Symbol.asyncDispose]()).catch(() => undefined);
  }
}
