import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { newBrowserFolder, removeBrowserFolder } from "./browser-files.ts";

test("what a dead process's browser has left is cleared away, a living one's is not", () => {
  const mine = newBrowserFolder();
  const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
  const [left, living] = [join(dirname(mine), `${dead}-abc`), join(dirname(mine), `${process.ppid}-abc`)];
  for (const folder of [left, living]) mkdirSync(folder);
  writeFileSync(join(left, ".org.chromium.Chromium.x"), "");
  const another = newBrowserFolder();
  assert.deepEqual([existsSync(left), existsSync(living), existsSync(mine)], [false, true, true]);
  for (const folder of [mine, another, living]) removeBrowserFolder(folder);
  assert.equal(existsSync(mine), false);
});
