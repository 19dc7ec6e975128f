/**
 * The lab's RDS: who is the writer, who replicates from whom; death, return, fence and promotion. Long operations on one instance wait
 * for each other; its death waits for nothing. Cloning and the planned switch-over are in rebuild.ts.
 */
import { databaseNames, regionOf } from "../layout.ts";
import type { Address, Layout } from "../layout.ts";
import type { DatabaseName, DatabaseStatus, RegionName } from "../machinery.ts";
import { poll } from "../poll.ts";
import { PostgresInstance } from "../postgres/instance.ts";
import type { DatabaseHost } from "../postgres/instance.ts";
import type { TruthLog } from "../truth.ts";

export interface DatabasesOptions extends DatabaseHost {
  readonly truth: TruthLog;
  /** The Region's own endpoint points to another database from now on. */
  readonly onEndpoint: (region: RegionName, address: Address) => Promise<void>;
}

interface Observed extends Record<string, unknown> {
  readonly recovering: boolean;
  readonly timeline: number;
  readonly receiver: string | null;
  readonly position: string;
}

const observation = `SELECT pg_is_in_recovery() AS recovering, current_epoch() AS timeline, (SELECT status FROM pg_stat_wal_receiver) AS receiver,
  (CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_flush_lsn() END
   - '0/0'::pg_lsn)::text AS position`;

const promoteDeadlineMs = 60_000;
const streamingDeadlineMs = 60_000;

export class Databases {
  readonly all: Readonly<Record<DatabaseName, PostgresInstance>>;
  readonly #options: DatabasesOptions;
  readonly #layout: Layout;
  #writer: DatabaseName = "payments-use1a";

  constructor(options: DatabasesOptions) {
    this.#options = options;
    this.#layout = options.layout;
    const standby = (): PostgresInstance["assignment"] => ({
      source: "payments-use1a",
      synchronousStandbys: [],
      readOnly: false,
    });
    this.all = {
      "payments-use1a": new PostgresInstance("payments-use1a", options, {
        source: null,
        synchronousStandbys: ["payments-use1b"],
        readOnly: false,
      }),
      "payments-use1b": new PostgresInstance("payments-use1b", options, standby()),
      "payments-euw1": new PostgresInstance("payments-euw1", options, standby()),
    };
  }

  get writer(): PostgresInstance {
    return this.all[this.#writer];
  }

  get list(): readonly PostgresInstance[] {
    return databaseNames.map((name) => this.all[name]);
  }

  byInstance(instanceId: string): PostgresInstance {
    const found = this.list.find((instance) => instance.instanceId === instanceId);
    if (!found) throw new Error(`there is no instance ${instanceId}`);
    return found;
  }

  /** The database that a Region's tasks use: its writer, else the one they used before. */
  endpoint(region: RegionName): Address {
    const local = this.list.filter((instance) => instance.region === region);
    const primary =
      local.find((instance) => instance.name === this.#writer) ??
      local.find((instance) => instance.assignment.source === null);
    return this.#layout.databases[(primary ?? local[0] ?? this.writer).name];
  }

  async startAll(): Promise<void> {
    await Promise.all(this.list.map((instance) => instance.start()));
    const standbys = this.list.filter((instance) => instance.assignment.source !== null);
    await Promise.all(standbys.map((instance) => this.streaming(instance)));
  }

  observe(instance: PostgresInstance): Promise<Observed | null> {
    if (!instance.running) return Promise.resolve(null);
    return instance.query<Observed>(observation).then(
      ([row]) => row ?? null,
      () => null,
    );
  }

  async status(instance: PostgresInstance): Promise<DatabaseStatus> {
    const seen = await this.observe(instance);
    const { name, instanceId, region, assignment, fenced, running, busy } = instance;
    const state = fenced ? (running ? "fenced-running" : "fenced-stopped") : running ? "running" : "stopped";
    const role = assignment.source !== null ? "standby" : "primary";
    const silent = running ? "rebooting" : "stopped";
    return {
      name,
      instanceId,
      region,
      state,
      role: instance.hasVolume ? (seen ? (seen.recovering ? "standby" : "primary") : role) : "none",
      status: busy ?? (seen ? (fenced ? "isolated" : "available") : silent),
      source: assignment.source,
      replication:
        seen?.recovering === true
          ? seen.receiver === "streaming"
            ? "streaming"
            : seen.receiver === null
              ? "broken"
              : "catchup"
          : "none",
      timeline: seen?.timeline ?? null,
    };
  }

  async stop(instance: PostgresInstance): Promise<void> {
    const was = instance.running;
    instance.wanted = "stopped";
    await instance.kill();
    if (was) this.#options.truth.record("instance-killed", { instance: instance.instanceId, database: instance.name });
  }

  async start(instance: PostgresInstance): Promise<void> {
    instance.wanted = "running";
    await instance.exclusive(async () => {
      if (instance.running) return;
      await instance.start();
      this.#options.truth.record("instance-started", {
        instance: instance.instanceId,
        database: instance.name,
        fenced: instance.fenced,
      });
    });
  }

  async fence(instance: PostgresInstance): Promise<void> {
    instance.setFence(true);
    this.#options.truth.record("fenced", {
      instance: instance.instanceId,
      database: instance.name,
      running: instance.running,
    });
    await instance.exclusive(async () => {
      if (!instance.running || instance.startedFenced) return;
      await instance.kill();
      await instance.start();
    });
  }

  async promote(name: DatabaseName): Promise<void> {
    const instance = this.all[name];
    await instance.exclusive(async () => {
      if (!instance.running) throw new Error(`${name} is not running: it cannot be promoted`);
      if (instance.fenced) throw new Error(`${name} is fenced: it cannot be promoted`);
      if (instance.assignment.source === null) throw new Error(`${name} is not a standby: there is nothing to promote`);
      await this.makeWriter(instance);
    });
  }

  /** The promotion itself, for whoever holds the instance. */
  async makeWriter(instance: PostgresInstance): Promise<void> {
    instance.busy = "promoting";
    const before = this.#writer;
    try {
      await instance.query("SELECT pg_promote(false)");
      const seen = await poll(
        `the promotion of ${instance.name}`,
        async () => {
          const now = await this.observe(instance);
          if (!instance.running) throw new Error(`${instance.name} died while it was promoted`);
          return now?.recovering === false ? now : undefined;
        },
        { everyMs: 5, deadlineMs: promoteDeadlineMs },
      );
      instance.assignment.source = null;
      instance.assignment.synchronousStandbys = [];
      this.#writer = instance.name;
      this.#options.truth.record("promoted", { database: instance.name, timeline: seen.timeline });
    } finally {
      instance.busy = null;
    }
    await this.#options.onEndpoint(instance.region, this.endpoint(instance.region));
    // Inside a Region the service moves as a whole (Multi-AZ): the other standbys follow. Across Regions a promotion stands alone.
    if (regionOf[before] === instance.region)
      for (const other of this.list)
        if (other !== instance && other.assignment.source === before && !other.fenced)
          this.repoint(other, instance.name);
  }

  /** From now on it replicates from `source`; takes effect without a restart. */
  repoint(instance: PostgresInstance, source: DatabaseName): void {
    instance.assignment.source = source;
    instance.reload();
  }

  /** Resolves when its WAL receiver streams. */
  async streaming(instance: PostgresInstance): Promise<void> {
    await poll(
      `${instance.name} streaming from ${instance.assignment.source}`,
      async () => {
        if (!instance.running) throw new Error(`${instance.name} ended before it streamed`);
        return (await this.observe(instance))?.receiver === "streaming" ? true : undefined;
      },
      { everyMs: 20, deadlineMs: streamingDeadlineMs },
    );
  }
}
