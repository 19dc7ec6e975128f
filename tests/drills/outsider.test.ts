/** An outsider with nothing but the repository and a run folder: what `drill verify` says holds, and that nobody seals a run anew behind his back. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { packageRoot } from "../../src/definitions.ts";
import { drillCommand } from "./drill-command.ts";

const copies: string[] = [];
after(() => {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
});

function copyOf(golden: string): string {
  const copy = mkdtempSync(join(tmpdir(), "dr-drill-outsider-"));
  copies.push(copy);
  cpSync(join(packageRoot, "tests", "golden", golden), copy, { recursive: true });
  return copy;
}

const edit = (folder: string, name: string, change: (text: string) => string): void =>
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")));

describe("verify", { concurrency: true }, () => {
  const cases: readonly [what: string, change: (folder: string) => void, holds: readonly boolean[], says: RegExp][] = [
    [
      "a run as it was sealed and judged",
      () => {},
      [true, true, true],
      /^holds +the seal [0-9a-f]{64}: every file is as it was sealed$/m,
    ],
    [
      "a byte of the evidence changed",
      (folder) => edit(folder, "ledger/k6.ndjson", (text) => text.replace('"ack":1', '"ack":0')),
      [false, false, true],
      /ledger\/k6\.ndjson was changed after the run was sealed/,
    ],
    [
      "no seal",
      (folder) => rmSync(join(folder, "SEAL")),
      [false, false, true],
      /the seal \(missing\): there is no SEAL/,
    ],
    [
      "another verdict beside it",
      (folder) => edit(folder, "verdict.json", (text) => text.replace('"verdict": "PASS"', '"verdict": "FAIL"')),
      [true, false, true],
      /judged again it is PASS, and verdict\.json differs/,
    ],
    [
      "no verdict beside it",
      (folder) => rmSync(join(folder, "verdict.json")),
      [true, false, true],
      /there is no verdict\.json/,
    ],
    [
      "losses left out of their list",
      (folder) => edit(folder, "lost.csv", (text) => text.slice(0, text.indexOf("\n") + 1)),
      [true, true, false],
      /lost\.csv differs from what the evidence gives/,
    ],
    [
      "a manifest that is gone",
      (folder) => rmSync(join(folder, "manifest.json")),
      [false, false, false],
      /manifest\.json is sealed and gone/,
    ],
  ];
  for (const [what, change, holds, says] of cases)
    test(what, async () => {
      const folder = copyOf("pass");
      change(folder);
      const { exitCode, stdout } = await drillCommand(["verify", folder]);
      match(stdout, says);
      deepStrictEqual(
        stdout
          .trimEnd()
          .split("\n")
          .map((line) => line.startsWith("holds ")),
        holds,
      );
      strictEqual(exitCode, holds.every(Boolean) ? 0 : 1);
    });

  test("a FAIL that holds is a seal and a verdict that hold", async () => {
    strictEqual((await drillCommand(["verify", copyOf("fail")])).exitCode, 0);
  });
});

test("only the run that made it seals a folder: judge and report leave one without a seal as it is", async () => {
  const folder = copyOf("pass");
  rmSync(join(folder, "SEAL"));
  for (const verb of ["judge", "report"]) {
    const { exitCode, stderr } = await drillCommand([verb, folder]);
    strictEqual(exitCode, 2);
    match(stderr, /there is no SEAL/);
    strictEqual(existsSync(join(folder, "SEAL")), false);
  }
  ok(!existsSync(join(folder, "selftest.json")));
});

test("without a final reading there is no list of losses: an empty one would say that nothing was lost", async () => {
  const folder = copyOf("pass");
  rmSync(join(folder, "survivors"), { recursive: true });
  await drillCommand(["judge", folder]);
  strictEqual(existsSync(join(folder, "lost.csv")), false);
});
