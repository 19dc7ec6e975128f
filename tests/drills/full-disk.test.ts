/** A disk that fills up stops the drill and says so; it must neither hide it nor leave the fault in place. In a mount namespace of its own. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../src/definitions.ts";

const enter = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
const possible = spawnSync("unshare", [...enter, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
const skip = possible ? false : "no mount namespace can be made here";

function runOn(
  sizeMiB: number,
  shell: string,
): { readonly status: number | null; readonly stderr: string; readonly stdout: string } {
  const folder = mkdtempSync(join(tmpdir(), "dr-drill-full-"));
  const cli = `${process.execPath} --import ${import.meta.resolve("tsx/esm")} ${join(packageRoot, "src", "cli.ts")}`;
  const script = `mount -t tmpfs -o size=${sizeMiB}m tmpfs ${folder} && cd ${packageRoot} && ${shell.replaceAll("$DRILL", cli).replaceAll("$DISK", folder)}`;
  try {
    return spawnSync("unshare", [...enter, "sh", "-c", script], {
      encoding: "utf8",
      timeout: 180_000,
      env: { ...process.env, NO_COLOR: "1", DRILL_LAB_STATE: join(tmpdir(), `dr-drill-test-full-${process.pid}.json`) },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("too little free space: one sentence, nothing started", { skip }, () => {
  const result = runOn(20, "$DRILL run regional-failover --reports $DISK");
  strictEqual(result.status, 69, result.stderr);
  match(result.stderr, /^drill: only \d+ MB are free in .*, and a drill needs \d+ MB for its evidence; .*--reports\n$/);
});

test("a disk that fills up in the middle of the drill: it stops, heals and says why", { skip }, () => {
  // The filler waits until the load runs, then takes all that is left.
  const fill =
    "(while ! [ -s $DISK/*/ledger/k6.ndjson ]; do sleep 0.2; done; sleep 3; dd if=/dev/zero of=$DISK/filler bs=64k 2>/dev/null) &";
  const result = runOn(
    300,
    `${fill} $DRILL run tests/fixtures/quick.drill.ts --reports $DISK; code=$?; wait; tail -n 2 $DISK/*/journal.ndjson; exit $code`,
  );
  strictEqual(result.status, 69, result.stderr);
  const said = result.stderr.split("\n").filter((line) => line.startsWith("drill: "));
  strictEqual(said.length, 1, result.stderr);
  match(said[0] ?? "", /the disk is full/);
  ok(result.stderr.includes("UNDONE"), result.stderr);
  deepStrictEqual(result.stderr.includes("    at "), false, "a full disk is no bug: no stack");
});
