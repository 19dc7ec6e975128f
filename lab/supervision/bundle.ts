/**
 * The lab's child processes run as plain Node on one bundled file each: without tsx and without a hundred small files to find, a
 * child is up in a third of the time and memory. Bundles are kept in the cache under a hash of all that goes into them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { forgetOldGenerations } from "../host/folders.ts";

const childEntries = {
  guardian: "supervision/guardian.ts",
  links: "links/main.ts",
  dns: "dns/main.ts",
  balancer: "balancer/main.ts",
  task: "app/main.ts",
  job: "jobs/main.ts",
} as const;
export type ChildEntry = keyof typeof childEntries;

const bundledPackages = ["hono", "@hono/node-server", "pg", "dns-packet", "esbuild"];

const labFolder = dirname(dirname(fileURLToPath(import.meta.url)));

function sources(folder: string): string[] {
  return (
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
      .map((entry) => join(entry.parentPath, entry.name))
      // The control plane runs in the main process only.
      .filter((path) => !relative(labFolder, path).startsWith("aws"))
      .sort()
  );
}

/** A package's own version; some packages don't export their package.json, so it is looked for by folder. */
function versionOf(name: string): string {
  const search = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of search) {
    const file = join(folder, name, "package.json");
    if (existsSync(file)) return String((JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version);
  }
  return "none";
}

function contentHash(): string {
  const hash = createHash("sha256");
  for (const name of bundledPackages) hash.update(`${name} ${versionOf(name)}\n`);
  for (const file of sources(labFolder)) hash.update(`${relative(labFolder, file)}\n`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 20);
}

/** Path of the bundle of each child. */
export async function bundle(cacheFolder: string): Promise<Readonly<Record<ChildEntry, string>>> {
  const folder = join(cacheFolder, `children-${contentHash()}`);
  if (!existsSync(folder)) await build(folder);
  const path = (entry: ChildEntry): string => join(folder, `${entry}.cjs`);
  return {
    guardian: path("guardian"),
    links: path("links"),
    dns: path("dns"),
    balancer: path("balancer"),
    task: path("task"),
    job: path("job"),
  };
}

async function build(folder: string): Promise<void> {
  const { buildSync } = await import("esbuild");
  const draft = `${folder}.${process.pid}`;
  buildSync({
    entryPoints: Object.entries(childEntries).map(([out, file]) => ({ in: join(labFolder, file), out })),
    outdir: draft,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["pg-native", "pg-cloudflare"],
    logLevel: "error",
  });
  // Another lab may build the same at the same time: whoever comes second throws his away.
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  forgetOldGenerations(dirname(folder), "children");
}
