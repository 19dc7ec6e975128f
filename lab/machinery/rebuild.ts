/** The way back: an old primary is cloned into a standby over the link, and a standby takes over as planned. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { databaseAddress } from "../layout.ts";
import type { Layout } from "../layout.ts";
import type { DatabaseName } from "../machinery.ts";
import { poll } from "../poll.ts";
import type { Isolation } from "../postgres/binaries.ts";
import type { PostgresInstance } from "../postgres/instance.ts";
import type { TruthLog } from "../truth.ts";
import type { Databases } from "./databases.ts";
import type { Jobs } from "./jobs.ts";

export interface RebuildParts {
  readonly databases: Databases;
  readonly jobs: Jobs;
  readonly layout: Layout;
  readonly truth: TruthLog;
  readonly isolation: Isolation;
}

const catchUpDeadlineMs = 60_000;

/** The old volume may hold the only copy of what was never replicated: it is moved, never removed. */
function setAside(instance: PostgresInstance): string | null {
  if (!existsSync(instance.volume)) return null;
  let aside = `${instance.volume}.before-failback`;
  for (let count = 2; existsSync(aside); count += 1) aside = `${instance.volume}.before-failback-${count}`;
  renameSync(instance.volume, aside);
  return aside;
}

export async function createReplica(parts: RebuildParts, name: DatabaseName, source: DatabaseName): Promise<void> {
  const { databases, truth } = parts;
  const [instance, from] = [databases.all[name], databases.all[source]];
  if (name === source) throw new Error(`${name} cannot be its own source`);
  if (instance === databases.writer) throw new Error(`${name} is the writer: it cannot be made a replica`);
  if (!from.running || from.fenced || from.assignment.source !== null)
    throw new Error(`${source} is not a running primary`);
  instance.wanted = "running";
  await instance.exclusive(async () => {
    instance.busy = "creating";
    try {
      await instance.kill();
      const aside = setAside(instance);
      const bytes = await clone(parts, instance, source);
      instance.setFence(false);
      instance.assignment.source = source;
      instance.assignment.synchronousStandbys = [];
      instance.assignment.readOnly = false;
      if (instance.wanted !== "running") throw new Error(`${name} was stopped while it was created`);
      await instance.start();
      await databases.streaming(instance);
      truth.record("replica-created", { database: name, source, aside, bytes });
    } finally {
      instance.busy = null;
    }
  });
}

async function clone(
  { jobs, layout, isolation }: RebuildParts,
  instance: PostgresInstance,
  source: DatabaseName,
): Promise<number> {
  try {
    const copied = await jobs.run({
      job: "clone",
      source: databaseAddress(layout, source, instance.region),
      password: instance.password,
      volume: instance.volume,
      owner: isolation.kind === "drop" ? { uid: isolation.uid, gid: isolation.gid } : null,
    });
    return Number(copied["bytes"]);
  } catch (error) {
    // Half a volume is none.
    rmSync(instance.volume, { recursive: true, force: true });
    throw error;
  }
}

export async function switchover({ databases, truth }: RebuildParts, name: DatabaseName): Promise<void> {
  const [target, old] = [databases.all[name], databases.writer];
  if (target === old) throw new Error(`${name} is the primary already`);
  if (target.assignment.source !== old.name || !target.running || target.fenced)
    throw new Error(`${name} is not a running standby of ${old.name}`);
  await old.exclusive(() =>
    target.exclusive(async () => {
      old.busy = "rebooting";
      try {
        await drain(databases, old, target);
        await databases.makeWriter(target);
        old.assignment.source = name;
        old.assignment.synchronousStandbys = [];
        old.assignment.readOnly = false;
        await old.start();
        await databases.streaming(old);
      } finally {
        old.busy = null;
      }
      for (const other of databases.list)
        if (other !== old && other !== target && other.assignment.source === old.name && !other.fenced)
          databases.repoint(other, name);
      truth.record("switched-over", { from: old.name, to: name });
    }),
  );
}

/** Ends the writes of `old` and waits until `target` has them all; should that fail, `old` goes on writing. */
async function drain(databases: Databases, old: PostgresInstance, target: PostgresInstance): Promise<void> {
  const waiting = { everyMs: 5, deadlineMs: catchUpDeadlineMs };
  const position = async (instance: PostgresInstance): Promise<number> =>
    Number((await databases.observe(instance))?.position);
  old.assignment.readOnly = true;
  old.reload();
  try {
    // What runs in read-write mode ends with its statement, which is milliseconds.
    const running = async (): Promise<true | undefined> => {
      const [row] = await old.query<{ count: string }>(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'payments' AND backend_xid IS NOT NULL",
      );
      return row?.count === "0" ? true : undefined;
    };
    await poll(
      "the new mode",
      async () =>
        (await old.query<{ mode: string }>("SELECT current_setting('default_transaction_read_only') AS mode"))[0]
          ?.mode === "on"
          ? true
          : undefined,
      waiting,
    );
    await poll("the end of running payments", running, waiting);
    const end = await position(old);
    await poll(`${target.name} catching up`, async () => ((await position(target)) >= end ? true : undefined), waiting);
  } catch (error) {
    old.assignment.readOnly = false;
    old.reload();
    throw error;
  }
  // A fast stop sends its last records, and the end of the log, to every standby that streams before it exits.
  await old.stopFast();
}
