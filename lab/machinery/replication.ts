/**
 * What watches replication: the heartbeat on the writer's side, the reading of lag from the standby's side, and the control loop that
 * takes a dead synchronous standby out of the commit's way and puts a live one back.
 */
import { databaseNames } from "../layout.ts";
import type { DatabaseName } from "../machinery.ts";
import type { PostgresInstance } from "../postgres/instance.ts";
import type { TruthLog } from "../truth.ts";
import type { Databases } from "./databases.ts";

export interface ReplicationReading {
  readonly lagMs: number | null;
  readonly lagBytes: number | null;
  readonly computedAtMs: number;
  readonly protected: boolean;
  readonly standbys: readonly { readonly name: string; readonly state: string; readonly sync: string }[];
}

const heartbeatEveryMs = 200;
const superviseEveryMs = 500;
/** A synchronous standby must be seen dead this often in a row before commits stop waiting for it. */
const deadLooks = 3;
/** A standby whose newest heartbeat is older than this streams in name only. */
const staleAfterMs = 5_000;

/** Starts both loops; they end with the returned function. */
export function watchReplication(databases: Databases, truth: TruthLog): () => void {
  const loops = [
    every(heartbeatEveryMs, () => beat(databases)),
    every(superviseEveryMs, superviseSynchronousCommit(databases, truth)),
  ];
  return () => {
    for (const stop of loops) stop();
  };
}

/** Calls `work` at an interval, never twice at once; what fails is tried again at the next turn. */
function every(intervalMs: number, work: () => Promise<void>): () => void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    work()
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, intervalMs);
  return () => clearInterval(timer);
}

async function beat(databases: Databases): Promise<void> {
  const { writer } = databases;
  if (!writer.running || writer.fenced || writer.busy !== null) return;
  await writer.query("UPDATE heartbeat SET n = n + 1, at = clock_timestamp()");
}

interface WalSender extends Record<string, unknown> {
  readonly application_name: string;
  readonly state: string;
  readonly sync_state: string;
}
const walSenders = (writer: PostgresInstance): Promise<WalSender[]> =>
  writer.query<WalSender>("SELECT application_name, state, sync_state FROM pg_stat_replication");

/** RDS does this for a Multi-AZ pair: without it, the death of the standby's zone would stop every payment for good. */
function superviseSynchronousCommit(databases: Databases, truth: TruthLog): () => Promise<void> {
  let dead = 0;
  return async () => {
    const { writer } = databases;
    if (!writer.running || writer.fenced || writer.busy !== null) return;
    const partner = databases.list.find((other) => other !== writer && other.region === writer.region);
    const waits = writer.assignment.synchronousStandbys;
    const set = (names: readonly DatabaseName[]): void => {
      writer.assignment.synchronousStandbys = names;
      writer.reload();
      truth.record("synchronous-standbys", { writer: writer.name, names: names.join(",") });
    };
    if (waits.length > 0) {
      dead = partner?.running === true && !partner.fenced ? 0 : dead + 1;
      if (dead >= deadLooks) set([]);
      return;
    }
    dead = 0;
    if (!partner || partner.assignment.source !== writer.name || !partner.running || partner.busy !== null) return;
    const senders = await walSenders(writer);
    if (senders.some((sender) => sender.application_name === partner.name && sender.state === "streaming"))
      set([partner.name]);
  };
}

async function heartbeatAgeMs(standby: PostgresInstance): Promise<number | null> {
  const [row] = await standby.query<{ age: string }>(
    "SELECT extract(epoch FROM clock_timestamp() - at) * 1000 AS age FROM heartbeat",
  );
  return row ? Math.max(0, Number(row.age)) : null;
}

/** lagMs is what the standby itself can say; it grows while the writer's Region is cut off or dead. */
export async function readReplication(databases: Databases): Promise<ReplicationReading> {
  const { writer } = databases;
  const computedAtMs = Date.now();
  const standbys = databases.list.filter(
    (other) => other !== writer && other.assignment.source !== null && !other.fenced && other.running,
  );
  // The standby that matters is the one in the other Region; failing that, any.
  const standby = standbys.find((other) => other.region !== writer.region) ?? standbys[0];
  const follows = standby?.assignment.source === writer.name;
  const [lagMs, there, here, senders, receiving] = await Promise.all([
    standby && follows ? heartbeatAgeMs(standby).catch(() => null) : null,
    standby && follows ? databases.observe(standby) : null,
    databases.observe(writer),
    writer.running ? walSenders(writer).catch(() => []) : [],
    Promise.all(standbys.map((other) => streamsFreshly(databases, other, writer.name))),
  ]);
  const sent = new Map(senders.map((sender) => [sender.application_name, sender]));
  const protectedNow = standbys.some(
    (other, index) => receiving[index] === true && sent.get(other.name)?.state === "streaming",
  );
  return {
    lagMs: lagMs === null ? null : Math.round(lagMs * 10) / 10,
    lagBytes: here && there && !here.recovering ? Math.max(0, Number(here.position) - Number(there.position)) : null,
    computedAtMs,
    protected: protectedNow,
    standbys: databaseNames
      .filter((name) => name !== writer.name)
      .map((name) => {
        const sender = sent.get(name);
        const instance = databases.all[name];
        const absent = instance.fenced ? "fenced" : instance.running ? "detached" : "stopped";
        return { name, state: sender?.state ?? absent, sync: sender?.sync_state ?? "none" };
      }),
  };
}

/** The writer's own list of standbys is stale for seconds in a partition; the standby's heartbeat is not. */
async function streamsFreshly(databases: Databases, standby: PostgresInstance, writer: DatabaseName): Promise<boolean> {
  if (standby.assignment.source !== writer) return false;
  const [seen, ageMs] = await Promise.all([databases.observe(standby), heartbeatAgeMs(standby).catch(() => null)]);
  return seen?.receiver === "streaming" && ageMs !== null && ageMs < staleAfterMs;
}
