import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openRegular, readRegular, replaceFile } from "./regular-file.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Beside a file: a link to it, a link to itself, a pipe and a folder. */
async function strangers() {
  const folder = await temporaryFolder();
  const path = (name: string): string => join(folder.path, name);
  await writeFile(path("file"), "precious");
  await symlink("file", path("link"));
  await symlink("loop", path("loop"));
  execFileSync("mkfifo", [path("pipe")]);
  await mkdir(path("folder"));
  return { path, names: () => readdir(folder.path), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

test("only a regular file is read; nothing is waited for, no link is followed", async () => {
  await using there = await strangers();
  assert.equal(await readRegular(there.path("file")), "precious");
  for (const name of ["link", "loop", "pipe", "folder", "nothing"])
    await assert.rejects(openRegular(there.path(name)), name);
});

test("what is written takes the place of a link or a pipe, and goes nowhere else", async () => {
  await using there = await strangers();
  for (const name of ["link", "loop", "pipe", "new"]) {
    // As another that was cut off, or somebody with a plan, left it.
    await symlink("file", there.path(`${name}.tmp`));
    await replaceFile(there.path(name), name);
    assert.equal(await readRegular(there.path(name)), name);
  }
  assert.equal(await readFile(there.path("file"), "utf8"), "precious");
});

test("where nothing can be written one sentence says so, and nothing is left", async () => {
  await using there = await strangers();
  for (const name of ["folder", "nowhere/file"])
    await assert.rejects(replaceFile(there.path(name), "text"), {
      name: "UserError",
      exitCode: 69,
      message: /^\S+ cannot be written: E[A-Z]+$/,
    });
  assert.deepEqual((await there.names()).toSorted(), ["file", "folder", "link", "loop", "pipe"]);
});
