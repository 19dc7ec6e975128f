/**
 * What `npm test` runs: set-up, then the static checks and the quick tests side by side, then the drills on the real lab one at a time
 * (two drills on one machine would disturb each other's timing). Ends with "N passed, N failed, N skipped" alone on a line.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { findTools } from "../src/cli/tools.ts";
import { packageRoot } from "../src/definitions.ts";

const only = process.argv.slice(2);
const fileLimitMs = 15 * 60_000;

function testFiles(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => join(packageRoot, folder, file))
    .filter((file) => only.length === 0 || only.some((part) => file.includes(part)))
    .toSorted();
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function runFiles(title: string, files: readonly string[], concurrency: number): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (files.length === 0) return counts;
  process.stdout.write(`\n${title}: ${files.length} files\n`);
  const stream = run({ files: [...files], concurrency, timeout: fileLimitMs });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite" || isFile(event.name)) return;
    if (event.skip !== undefined && event.skip !== false) counts.skipped += 1;
    else counts.passed += 1;
  });
  stream.on("test:fail", (event) => {
    // A file that dies before its tests report fails as itself, and counts.
    if (event.details.type !== "suite") counts.failed += 1;
  });
  const reporter = stream.compose<NodeJS.ReadableStream>(new spec());
  for await (const text of reporter) process.stdout.write(text);
  return counts;
}

const isFile = (name: string): boolean => name.endsWith(".test.ts");

await findTools();
const quick = ["src", "lab", "load", "probes", "config", "tests/bench", "tests/static"].flatMap(testFiles);
const drills = testFiles("tests/drills");
const totals = [await runFiles("quick tests", quick, 2), await runFiles("drills on the real lab", drills, 1)];
const sum = (key: keyof Counts): number => totals.reduce((all, counts) => all + counts[key], 0);
const skipped = sum("skipped");
process.stdout.write(
  `\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exit(sum("failed") > 0 || sum("passed") === 0 ? 1 : 0);
