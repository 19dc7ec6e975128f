/**
 * Clones a running database into an empty volume over the replication protocol, as pg_basebackup would (the packaged PostgreSQL has no
 * pg_basebackup): BASE_BACKUP streams tar archives, here unpacked as they arrive. All of it passes the link between the Regions.
 */
import { mkdirSync } from "node:fs";
import pg from "pg";
import type { Address } from "../layout.ts";
import { clientConfiguration } from "../postgres/connection.ts";
import { TarReader } from "./tar.ts";

export interface CloneWork {
  readonly source: Address;
  readonly password: string;
  /** Must not exist, or be empty. */
  readonly volume: string;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** PostgreSQL 15 and newer: each CopyData begins with its kind. */
const [newArchive, data] = [0x6e, 0x64];

/** What node-postgres knows of the protocol's messages, of which BASE_BACKUP uses some that its types leave out. */
interface WireConnection {
  query(text: string): void;
}

function baseBackup(client: pg.Client, tar: TarReader): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed: Error | null = null;
    const ignore = (): void => undefined;
    client.query({
      submit: (connection: WireConnection) => {
        connection.query("BASE_BACKUP (LABEL 'lab', CHECKPOINT 'fast', WAL true, MANIFEST 'no')");
      },
      handleRowDescription: ignore,
      handleDataRow: ignore,
      handleCopyInResponse: ignore,
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => {
        if (failed) return;
        try {
          if (chunk[0] === data) tar.write(chunk.subarray(1));
          else if (chunk[0] === newArchive) tar.restart();
        } catch (error) {
          failed = error instanceof Error ? error : new Error(String(error));
        }
      },
      handleCommandComplete: ignore,
      handleEmptyQuery: ignore,
      handlePortalSuspended: ignore,
      handleError: (error: Error) => {
        failed ??= error;
        reject(failed);
      },
      handleReadyForQuery: () => (failed ? reject(failed) : resolve()),
    } as unknown as pg.Submittable);
  });
}

export async function cloneDatabase(work: CloneWork): Promise<Readonly<Record<string, unknown>>> {
  const startedAt = performance.now();
  mkdirSync(work.volume, { recursive: true, mode: 0o700 });
  const configuration = clientConfiguration({ address: work.source, role: "replicator", password: work.password });
  const client = new pg.Client({ ...configuration, replication: "true" } as pg.ClientConfig);
  let broken: (error: Error) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => (broken = reject));
  client.on("error", (error) => broken(error));
  await client.connect();
  const tar = new TarReader(work.volume, work.owner);
  try {
    await Promise.race([baseBackup(client, tar), lost]);
    tar.finish();
  } finally {
    await client.end().catch(() => undefined);
  }
  return { bytes: tar.bytes, files: tar.files, tookMs: Math.round(performance.now() - startedAt) };
}
