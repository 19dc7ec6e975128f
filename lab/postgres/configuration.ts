/**
 * The configuration files of one database, as a pure function of what it is to be. They are written anew before each start and each
 * reload, so that a cloned volume never inherits its source's.
 */
import type { Address } from "../layout.ts";
import type { DatabaseName } from "../machinery.ts";

export interface DatabaseShape {
  readonly name: DatabaseName;
  readonly listen: Address;
  readonly major: number;
  /** Databases that a commit waits for; empty when none. */
  readonly synchronousStandbys: readonly DatabaseName[];
  /** Where it replicates from; null for a primary. */
  readonly source: { readonly address: Address; readonly password: string } | null;
  /** Read-only, without replication, open to salvage alone. */
  readonly fenced: boolean;
  readonly readOnly: boolean;
}

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function connectionInfo(shape: DatabaseShape): string {
  if (!shape.source || shape.fenced) return "";
  const { address, password } = shape.source;
  // connect_timeout: a held link accepts and then says nothing.
  return `host=${address.host} port=${address.port} user=replicator password=${password} application_name=${shape.name} connect_timeout=5`;
}

export function postgresqlConf(shape: DatabaseShape): string {
  const settings: Record<string, string> = {
    listen_addresses: quote(shape.listen.host),
    port: String(shape.listen.port),
    unix_socket_directories: quote(""),
    cluster_name: quote(shape.name),
    // Not below the defaults: a standby refuses to start with less than its primary has.
    max_connections: "100",
    max_wal_senders: "10",
    shared_buffers: "32MB",
    huge_pages: "off",
    // Files in the volume instead of /dev/shm, where a killed server would leave them for ever.
    dynamic_shared_memory_type: "mmap",
    max_logical_replication_workers: "0",
    max_parallel_workers_per_gather: "0",
    jit: "off",
    autovacuum_naptime: "30s",
    bgwriter_delay: "1s",
    fsync: "on",
    synchronous_commit: "on",
    wal_level: "replica",
    // Instead of replication slots: a standby may be away for this much, and a dead one cannot fill the disk.
    wal_keep_size: "512MB",
    wal_sender_timeout: "5s",
    wal_receiver_timeout: "5s",
    wal_receiver_status_interval: "1s",
    wal_retrieve_retry_interval: "200ms",
    hot_standby: "on",
    recovery_target_timeline: "'latest'",
    primary_conninfo: quote(connectionInfo(shape)),
    synchronous_standby_names: quote(
      shape.synchronousStandbys.length === 0 || shape.fenced
        ? ""
        : `FIRST 1 (${shape.synchronousStandbys.map((name) => `"${name}"`).join(", ")})`,
    ),
    default_transaction_read_only: shape.fenced || shape.readOnly ? "on" : "off",
    log_min_messages: "warning",
    log_checkpoints: "off",
    log_timezone: "'UTC'",
    timezone: "'UTC'",
    datestyle: "'iso, ymd'",
    default_text_search_config: "'pg_catalog.simple'",
    // Workers for asynchronous I/O would be three more processes per database, for nothing at this size.
    ...(shape.major >= 18 ? { io_method: "sync" } : {}),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
}

/** Who may connect. Fenced: only salvage, and the lab's own hand. */
export function hostBasedAccess(fenced: boolean): string {
  const from = "127.0.0.1/32 scram-sha-256\n";
  const common = `host all postgres ${from}host all salvage ${from}`;
  return fenced ? common : `${common}host all payments ${from}host replication replicator ${from}`;
}
