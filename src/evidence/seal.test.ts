import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { seal, verifySeal } from "./seal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function sealed() {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, "ledger"));
  for (const name of ["manifest.json", "journal.ndjson", "ledger/k.ndjson"])
    await writeFile(join(folder.path, name), `${name}\n`);
  await seal(folder.path);
  return folder;
}

test("what was sealed is valid, and stays so whatever is derived from it", async () => {
  await using folder = await sealed();
  await mkdir(join(folder.path, "allure-report"));
  await mkdir(join(folder.path, "logs"));
  for (const name of [
    "verdict.json",
    "allure-report/index.html",
    "report.html",
    "junit.xml",
    "lost.csv",
    "logs/k6.log",
  ])
    await writeFile(join(folder.path, name), "x");
  assert.deepEqual(await verifySeal(folder.path), { state: "valid", problems: [], files: [] });
});

test("changed, gone, renamed and added files are named", async () => {
  await using folder = await sealed();
  await appendFile(join(folder.path, "journal.ndjson"), " ");
  await rename(join(folder.path, "ledger/k.ndjson"), join(folder.path, "ledger/t.ndjson"));
  assert.deepEqual(await verifySeal(folder.path), {
    state: "broken",
    problems: [
      "journal.ndjson was changed after the run was sealed",
      "ledger/k.ndjson is sealed and gone",
      "ledger/t.ndjson was added after the run was sealed",
    ],
    files: ["journal.ndjson", "ledger/k.ndjson", "ledger/t.ndjson"],
  });
});

test("a SEAL with a line dropped, reordered or replaced does not hold", async () => {
  await using folder = await sealed();
  const path = join(folder.path, "SEAL");
  const text = await readFile(path, "utf8");
  const [title = "", first = "", second = "", third = ""] = text.split("\n");
  for (const forged of [
    [title, first, third, ""],
    [title, second, first, third, ""],
    [title, first.replace("journal", "jaurnal"), second, third, ""],
    [title, first, second, third],
  ]) {
    await writeFile(path, forged.join("\n"));
    assert.equal((await verifySeal(folder.path)).state, "broken", forged.join("|"));
  }
  await writeFile(path, "nonsense");
  assert.deepEqual((await verifySeal(folder.path)).problems, ["SEAL itself is damaged: its chain does not hold"]);
  await rm(path);
  assert.equal((await verifySeal(folder.path)).state, "missing");
});

test("a SEAL that is no file does not hold, and keeps nobody waiting", async () => {
  await using folder = await sealed();
  const path = join(folder.path, "SEAL");
  const places: readonly (readonly [string, () => unknown])[] = [
    ["it is not a regular file", () => mkdir(path)],
    ["ENXIO|it is not a regular file", () => execFileSync("mkfifo", [path])],
    ["ELOOP", () => symlink("SEAL", path)],
    ["ELOOP", () => symlink("manifest.json", path)],
  ];
  for (const [why, put] of places) {
    await rm(path, { recursive: true });
    await put();
    const { state, problems } = await verifySeal(folder.path);
    assert.equal(state, "broken");
    assert.match(problems.join(), new RegExp(`^SEAL cannot be read: (${why})$`));
  }
});

test("a file that cannot be read is not sealed over: one sentence says so", async () => {
  await using folder = await sealed();
  await writeFile(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff])]), "x");
  await assert.rejects(seal(folder.path), { name: "UserError", exitCode: 69, message: /cannot be sealed: .* ENOENT$/ });
});
