/**
 * What was really lost, from the disks: payments that a customer was told are done, that are on the old primary's volume, and that the
 * new primary did not have after the failover. Reads the ledger with JSON.parse and a set, and shares nothing with the judge.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/definitions.ts";

export interface DiskTruth {
  readonly lost: readonly string[];
  /** Acknowledged by the old Region and not even on its own disk: a broken promise of the database itself. */
  readonly neverThere: readonly string[];
  readonly acknowledged: number;
}

export function diskTruth(runFolder: string, keptVolumes: string): DiskTruth {
  const { run } = JSON.parse(readFileSync(join(runFolder, "manifest.json"), "utf8")) as { run: string };
  const old = volumeIds(join(keptVolumes, "payments-use1a.before-failback"));
  const [head, ...rows] = lines(join(runFolder, "survivors", "before-replay.ndjson"));
  const startedUs = Number(head?.["startedUs"]);
  const survived = new Set(
    rows.filter((row) => row["k"] === "p").map((row) => `${run}.${String(row["w"])}.${String(row["seq"])}`),
  );
  const acknowledged = new Map<string, number>();
  for (const file of ["k6.ndjson", "t.ndjson"]) {
    const [header, ...records] = lines(join(runFolder, "ledger", file));
    if (!header) continue;
    for (const record of records) {
      // What was acknowledged while the reading ran may be missing from it for that reason alone.
      if (record["k"] === "o" && record["ack"] === 1 && Number(record["us"]) < startedUs) {
        acknowledged.set(`${String(header["idPrefix"])}${String(record["seq"])}`, Number(record["rg"]));
      }
    }
  }
  const missing = [...acknowledged].filter(([id]) => !survived.has(id)).map(([id]) => id);
  return {
    lost: missing.filter((id) => old.has(id)).toSorted(),
    neverThere: missing.filter((id) => !old.has(id)).toSorted(),
    acknowledged: acknowledged.size,
  };
}

/** Ids of the payments on a kept database volume, read by starting PostgreSQL on a copy of it. */
function volumeIds(folder: string): Set<string> {
  const main = join(packageRoot, "lab", "main.ts");
  const output = execFileSync(
    process.execPath,
    ["--import", import.meta.resolve("tsx/esm"), main, "read-volume", folder],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  return new Set(parse(output).map((row) => String(row["id"])));
}

function lines(file: string): Record<string, unknown>[] {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

const parse = (text: string): Record<string, unknown>[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
