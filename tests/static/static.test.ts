/** Format, lint, types, and the Go module: what a reviewer should never have to say. */
import { strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../src/definitions.ts";

function runTool(
  command: string,
  args: readonly string[],
  cwd = packageRoot,
): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 600_000 });
  return { status, output: `${stdout}${stderr}${error ? error.message : ""}` };
}

const bin = (name: string): string => join(packageRoot, "node_modules", ".bin", name);

test("every file is formatted (npm run format)", () => {
  const { status, output } = runTool(bin("oxfmt"), ["--check"]);
  strictEqual(status, 0, output);
});

test("the linter has nothing to say (npm run lint)", () => {
  const { status, output } = runTool(bin("oxlint"), ["--type-aware"]);
  strictEqual(status, 0, output);
});

test("the types hold in src, lab, drills, probes, config and tests", () => {
  const { status, output } = runTool(bin("tsc"), ["--noEmit", "-p", "."]);
  strictEqual(status, 0, output);
});

test("the types hold in the k6 scripts", () => {
  const { status, output } = runTool(bin("tsc"), ["--noEmit", "-p", "load"]);
  strictEqual(status, 0, output);
});

const go = runTool("go", ["version"]);
test("the Go module's own tests pass", { skip: go.status === 0 ? false : "no Go on this machine" }, () => {
  const { status, output } = runTool("go", ["test", "-trimpath", "./..."], join(packageRoot, "load", "k6"));
  strictEqual(status, 0, output);
});

test("only config/ reads process.env, save where a process starts", () => {
  const { output } = runTool("git", ["grep", "-lE", "process\\.env", "--", "src/*.ts", "lab/*.ts", "drills", "probes"]);
  const allowed = readFileSync(join(packageRoot, "tests/static/reads-process-env.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const unexpected = output
    .split("\n")
    .filter(
      (file) =>
        file !== "" &&
        !/\.test\.ts$|\/test-[^/]*\.ts$/.test(file) &&
        !/^src\/cli[./]/.test(file) &&
        !allowed.includes(file),
    );
  strictEqual(unexpected.join("\n"), "");
});
