/**
 * Reads what is on a database volume that a lab left behind with --keep, without changing it: a copy is started (crash recovery
 * included), its payments are printed as NDJSON in order of their ids, and the copy is removed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./host/folders.ts";
import { takeSlot } from "./host/slots.ts";
import { LabError } from "./lab-error.ts";
import { findPostgres } from "./postgres/binaries.ts";
import { Connection } from "./postgres/connection.ts";
import { PostgresInstance } from "./postgres/instance.ts";
import { copyVolume, ensureTemplate } from "./postgres/template.ts";
import { bundle } from "./supervision/bundle.ts";
import { Guardian } from "./supervision/guardian-client.ts";

const pageRows = 2_000;

export async function readVolume(folder: string, print: (line: string) => void): Promise<void> {
  if (!existsSync(join(folder, "PG_VERSION")))
    throw new LabError(`${folder} is not a database volume: it has no PG_VERSION`);
  const cache = cacheFolder();
  const slot = await takeSlot(null);
  const bundles = await bundle(cache);
  await using guardian = new Guardian({
    belongings: { folder: slot.folder, root: slot.root, files: [slot.lockFile], keep: null },
    bundle: bundles.guardian,
    log: join(slot.folder, "logs", "guardian.log"),
    onLeaseRanOut: () => undefined,
    onStarted: () => undefined,
  });
  const binaries = await findPostgres(cache, slot.folder);
  const { password } = ensureTemplate(binaries, cache, slot.folder);
  const host = { folder: slot.folder, layout: slot.layout, binaries, password, guardian, onCrash: () => undefined };
  const instance = new PostgresInstance("payments-use1a", host, {
    source: null,
    synchronousStandbys: [],
    readOnly: true,
  });
  await copyVolume(folder, instance.volume);
  instance.setFence(true);
  await instance.start();
  await using connection = await Connection.open({ address: instance.address, role: "salvage", password });
  for (let after = "", more = true; more;) {
    const rows = await connection.rows<{ id: string; line: string }>(
      `SELECT id, row_to_json(payment)::text AS line FROM (
         SELECT id, hash, from_account AS "from", to_account AS "to", amount AS "amountMinor", region, epoch, lsn::text AS lsn, replayed
         FROM payments WHERE id > $1 ORDER BY id LIMIT $2) payment`,
      [after, pageRows],
    );
    for (const row of rows) print(`${row.line}\n`);
    after = rows.at(-1)?.id ?? "";
    more = rows.length === pageRows;
  }
}
