/** The self-test's result, kept for this very harness: a drill's run folder carries it (selftest.json), and the judge reads it there. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { packageRoot } from "../definitions.ts";
import { selftestSchema } from "../model/selftest.ts";
import type { SelftestRecord } from "../model/selftest.ts";
import type { KatResult } from "./suite.ts";

/** What decides about a verdict. */
const judging = ["analysis", "evidence", "model"];

/** sha256 of the sources, and of what is made of them, that read, judge and define evidence; their tests are no part of it. */
export function harnessHash(): string {
  const hash = createHash("sha256");
  for (const folder of judging) {
    const root = join(packageRoot, "src", folder);
    const names = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|wasm)$/.test(name) && !/\.test(-d)?\.ts$/.test(name))
      .toSorted();
    for (const name of names) {
      const path = join(root, name);
      hash
        .update(`${relative(packageRoot, path).split(sep).join("/")}\n`)
        .update(readFileSync(path))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

const recordFile = (cacheFolder: string, harness: string): string => join(cacheFolder, `selftest-${harness}.json`);

export function selftestResult(results: readonly KatResult[], at: Date): SelftestRecord {
  return {
    schema: "dr-drill/selftest@1",
    harness: harnessHash(),
    passed: results.filter(({ agrees }) => agrees).length,
    total: results.length,
    at: at.toISOString(),
    tests: results.map(({ id, title, agrees, variants }) => ({
      id,
      title,
      agrees,
      planted: variants.map(({ planted }) => planted).join("; "),
      reported: variants.map(({ reported }) => reported).join("; "),
    })),
  };
}

export function writeSelftest(cacheFolder: string, record: SelftestRecord): string {
  const path = recordFile(cacheFolder, record.harness);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
  return path;
}

/** null: this harness, as it is now, has not been tested. */
export function readSelftest(cacheFolder: string): SelftestRecord | null {
  const harness = harnessHash();
  try {
    const record = selftestSchema.parse(JSON.parse(readFileSync(recordFile(cacheFolder, harness), "utf8")));
    return record.harness === harness ? record : null;
  } catch {
    return null;
  }
}
