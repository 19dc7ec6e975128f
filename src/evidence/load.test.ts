import assert from "node:assert/strict";
import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { FileReport } from "./evidence.ts";
import { writeExampleRun } from "./example-run.ts";
import { loadEvidence } from "./load.ts";
import { temporaryFolder } from "./temporary-folder.ts";

async function exampleRun(options = {}) {
  const folder = await temporaryFolder();
  await writeExampleRun(folder.path, { ratePerMinute: 600, ...options });
  return folder;
}

const wrongFiles = (files: readonly FileReport[]) =>
  files
    .filter(({ problems, torn }) => problems.length > 0 || torn)
    .map(({ file, problems, torn }) => [
      file,
      torn,
      ...problems.map(({ line, message }) => `${line ?? "file"}: ${message}`),
    ]);
const edit = async (path: string, change: (lines: string[]) => string[]) =>
  writeFile(path, change((await readFile(path, "utf8")).split("\n")).join("\n"));

test("a whole run folder: everything is read, nothing is wrong, and the same options give the same bytes", async () => {
  await using folder = await exampleRun();
  const evidence = await loadEvidence(folder.path);
  assert.deepEqual(wrongFiles(evidence.files), []);
  assert.equal(evidence.seal.state, "valid");
  assert.deepEqual(evidence.foreignFiles, []);
  assert.equal(evidence.drill?.name, "regional-failover");
  assert.deepEqual(evidence.readings.map(({ header }) => header.reading).sort(), [
    "before-replay",
    "final",
    "final-again",
  ]);
  const [ledger] = evidence.ledgers;
  assert.equal(
    ledger?.arrivals.reads,
    5 * Math.floor((ledger?.arrivals.size ?? 0) / 6) + Math.max(0, ((ledger?.arrivals.size ?? 0) % 6) - 1),
  );
  await using again = await exampleRun();
  assert.equal(await readFile(join(again.path, "SEAL"), "utf8"), await readFile(join(folder.path, "SEAL"), "utf8"));
});

test("a torn last line is left out and reported, not broken", async () => {
  await using folder = await exampleRun();
  await appendFile(join(folder.path, "ledger/k.ndjson"), '{"k":"i","seq":      9999,"us":   1');
  await appendFile(join(folder.path, "journal.ndjson"), '{"seq":');
  const { files, ledgers } = await loadEvidence(folder.path);
  assert.deepEqual(wrongFiles(files), [
    ["journal.ndjson", true],
    ["ledger/k.ndjson", true],
  ]);
  assert.equal(ledgers[0]?.arrivals.isKnown(9999), false);
});

test("broken lines are reported with their numbers", async () => {
  await using folder = await exampleRun();
  await edit(join(folder.path, "ledger/k.ndjson"), (lines) =>
    lines.with(49, (lines[49] ?? "").replace('"us"', '"uz"')),
  );
  await edit(join(folder.path, "probes/customer.ndjson"), (lines) => lines.with(9, '{"schedUs":1}'));
  await edit(join(folder.path, "journal.ndjson"), (lines) => lines.with(4, "garbage"));
  const wrong = wrongFiles((await loadEvidence(folder.path)).files);
  assert.equal(wrong.length, 3);
  assert.deepEqual(wrong[0], [
    "journal.ndjson",
    false,
    "5: not JSON",
    "6: event 4 after event 2: lines are missing or out of order",
  ]);
  assert.match(String(wrong[1]), /ledger\/k.ndjson,false,50: not a ledger record/);
  assert.match(String(wrong[2]), /probes\/customer.ndjson,false,10: /);
});

test("a line of the ledger taken away or put elsewhere leaves an outcome without its intent", async () => {
  await using folder = await exampleRun();
  const path = join(folder.path, "ledger/k.ndjson");
  await edit(path, (lines) => {
    const intent = lines.findIndex((line, index) => index > 50 && line.startsWith('{"k":"i"'));
    return lines.toSpliced(intent, 1).toSpliced(-1, 0, lines[intent] ?? "");
  });
  const [report] = (await loadEvidence(folder.path)).files.filter(({ file }) => file === "ledger/k.ndjson");
  assert.equal(report?.brokenLines, 1);
  assert.match(report?.problems[0]?.message ?? "", /without its intent/);
});

test("a request that is gone altogether, intent and outcome, is missed by the end mark's count", async () => {
  await using folder = await exampleRun();
  await edit(join(folder.path, "ledger/k.ndjson"), (lines) => {
    const seqs = lines.flatMap((line) => (line.startsWith('{"k":"i"') ? [line.slice(8, 25)] : [])).slice(-2);
    return lines.filter((line) => !seqs.includes(line.slice(8, 25)));
  });
  const report = (await loadEvidence(folder.path)).files.find(({ file }) => file === "ledger/k.ndjson");
  assert.match(report?.problems[0]?.message ?? "", /^2 of the \d+ requests that its end mark counts are not in it$/);
});

test("a journal whose lines are missing or out of order is broken", async () => {
  await using folder = await exampleRun();
  await edit(join(folder.path, "journal.ndjson"), (lines) => lines.toSpliced(10, 1));
  const [wrong] = wrongFiles((await loadEvidence(folder.path)).files);
  assert.deepEqual(wrong, ["journal.ndjson", false, "11: event 10 after event 8: lines are missing or out of order"]);
});

test("a final reading that breaks off is no reading; one whose count is wrong is broken", async () => {
  await using folder = await exampleRun();
  await truncate(join(folder.path, "survivors/final.ndjson"), 5000);
  await edit(join(folder.path, "survivors/final-again.ndjson"), (lines) => lines.toSpliced(5, 1));
  const { files, readings } = await loadEvidence(folder.path);
  const wrong = wrongFiles(files);
  assert.deepEqual(
    readings.map(({ header }) => header.reading),
    ["before-replay", "final-again"],
  );
  assert.match(String(wrong[0]), /final-again.ndjson,false,file: its end line promises \d+ payments, and it has \d+/);
  assert.match(String(wrong[1]), /final.ndjson,true,file: it has no end line: the reading broke off/);
});

test("missing files are reported as missing, foreign ones as foreign", async () => {
  await using folder = await exampleRun();
  for (const name of ["clock.ndjson", "survivors/final.ndjson", "probes/customer.ndjson", "ledger/k.ndjson"])
    await rm(join(folder.path, name));
  await writeFile(join(folder.path, "notes.txt"), "hello");
  const { files, foreignFiles, seal } = await loadEvidence(folder.path);
  assert.deepEqual(wrongFiles(files).map(String), [
    "clock.ndjson,false,file: missing",
    "ledger/,false,file: missing: there is no ledger of any witness",
    "probes/customer.ndjson,false,file: missing",
    "survivors/final.ndjson,false,file: missing",
  ]);
  assert.deepEqual(foreignFiles, ["notes.txt"]);
  assert.equal(seal.state, "broken");
});

test("a file of another run is not taken for this one's", async () => {
  await using folder = await exampleRun();
  await using other = await exampleRun({ run: "another" });
  await writeFile(join(folder.path, "ledger/k.ndjson"), await readFile(join(other.path, "ledger/k.ndjson")));
  const { files, ledgers } = await loadEvidence(folder.path);
  assert.deepEqual(wrongFiles(files).map(String), ["ledger/k.ndjson,false,file: it belongs to run another"]);
  assert.deepEqual(ledgers, []);
});

test("a manifest that cannot be read leaves the evidence without promises", async () => {
  await using folder = await exampleRun();
  await writeFile(join(folder.path, "manifest.json"), "{}");
  const { manifest, drill, files } = await loadEvidence(folder.path);
  assert.deepEqual([manifest, drill], [null, null]);
  assert.match(String(wrongFiles(files)[0]), /^manifest.json,false,file: /);
});

test("no folder: one sentence for people", async () => {
  await assert.rejects(loadEvidence("/nowhere/at/all"), { name: "UserError", message: /there is no run folder at/ });
});
