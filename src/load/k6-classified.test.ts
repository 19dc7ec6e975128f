/** A real k6 in trouble, and what the judge makes of its rows. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { classifyRead } from "../analysis/classify.ts";
import { noSocketCode } from "../model/ledger.ts";
import { startLoad } from "./k6.ts";
import { k6, ofKind, optionsFor, readRows, until } from "./test-load.ts";
import { startTestSystem } from "./test-system.ts";

test("a generator without file descriptors left is told apart from a service that cannot be reached", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  system.delayMs = 600; // so that connections pile up
  const few = join(folder.path, "k6-with-few-files");
  await writeFile(few, `#!/bin/sh\nulimit -n 40\nexec "${k6.path}" "$@"\n`, { mode: 0o755 });
  const options = { ...optionsFor(folder.path, `http://127.0.0.1:${system.port}`), k6: { ...k6, path: few } };
  await using load = await startLoad(options);
  await until(() => system.committed.size > 30, "30 writes");
  await load.stop();
  const ended = (await readRows(options.ledgerFile)).rows.filter(({ k }) => k === "o" || k === "r");
  const starved = ended.filter(({ err }) => err === noSocketCode);
  assert.ok(
    starved.length > 10,
    `${starved.length} of ${ended.length}: ${[...new Set(ended.map(({ err }) => err))].join(" ")}`,
  );
  assert.ok(starved.every(({ st, ack }) => st === 0 && ack === 0));
  assert.deepEqual(new Set(ended.map(({ err }) => err)), new Set([0, noSocketCode]));
});

test("a payment that the service no longer has is not found, in the judge's words too", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  const options = optionsFor(folder.path, `http://127.0.0.1:${system.port}`);
  await using load = await startLoad(options);
  await until(() => system.committed.size > 5, "5 writes");
  system.forgets = true;
  const before = system.requests.count;
  await until(() => system.requests.count > before + 60, "60 requests more");
  await load.stop();
  const { rows } = await readRows(options.ledgerFile);
  const missed = ofKind(rows, "r").filter(({ st }) => st === 404);
  assert.ok(missed.length > 5, String(missed.length));
  for (const { st, err, ack, rg, ep } of missed)
    assert.equal(classifyRead({ status: st, errorCode: err, ack, region: rg, epoch: ep }), "not found");
});
