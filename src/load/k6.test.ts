/** A real k6 against a service in this process: what the ledger holds is compared with what the service saw. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { ledgerHeader } from "../model/files.ts";
import { UserError } from "../model/user-error.ts";
import { startLoad, type StartedLoad } from "./k6.ts";
import type { LoadOptions } from "./load-options.ts";
import { tailLedger } from "./tally.ts";
import { k6, mark, ofKind, optionsFor, readRows, regions, until } from "./test-load.ts";
import { startNameServer, startTestSystem } from "./test-system.ts";

test("every request is on record, the end cuts none, and the ledger agrees with the service", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  await using names = await startNameServer();
  const options = {
    ...optionsFor(folder.path, `http://pay.test.internal:${system.port}`),
    service: { url: `http://pay.test.internal:${system.port}`, dnsServer: names.address, ttlSeconds: 1 },
  };
  await using load = await startLoad(options);
  await using tail = tailLedger(options.ledgerFile, regions);
  await until(() => system.committed.size > 40, "40 writes");
  system.refuse = { status: 503, notExecuted: true };
  const before = system.requests.count;
  await until(() => system.requests.count > before + 60, "60 requests more");
  system.refuse = null;
  system.delayMs = 300; // so that the end finds some in flight
  const then = system.requests.count;
  await until(() => system.requests.count > then + 60, "60 slow requests");
  const exit = await load.stop();

  assert.deepEqual(exit, { exitCode: 0, signal: null, droppedIterations: 0, reason: null });
  assert.deepEqual([...names.asked], ["pay.test.internal"]);
  const { header, rows, torn } = await readRows(options.ledgerFile);
  assert.equal(torn, 0);
  const { idPrefix, witness, tool, epochMonoNs } = ledgerHeader.parse(header);
  assert.deepEqual([idPrefix, witness, epochMonoNs], ["run-1-k-", "k", String(options.clock.epochMonoNs)]);
  assert.match(tool, /^k6 v2\.2\.0 with k6\/x\/ledger/);

  const intents = ofKind(rows, "i");
  const outcomes = new Map(ofKind(rows, "o").map((row) => [row.seq, row]));
  const reads = ofKind(rows, "r");
  assert.equal(outcomes.size, intents.length, "an outcome for each intent");
  assert.equal(intents.length + reads.length, system.requests.count);
  assert.deepEqual(
    [...intents, ...reads].map((row) => row.seq).toSorted((a, b) => a - b),
    [...intents, ...reads].map((_, index) => index),
    "no arrival is missing",
  );
  assert.ok(intents.every((row) => row.seq % 6 === 0) && reads.every((row) => row.seq % 6 !== 0));
  const promised = new Map(
    intents.filter((row) => outcomes.get(row.seq)?.ack === 1).map((row) => [`run-1-k-${row.seq}`, row.h]),
  );
  assert.deepEqual(
    promised,
    new Map([...system.committed].map(([id, hash]) => [id, hash.slice(0, 16)])),
    "what is promised is what was done",
  );
  const refused = [...outcomes.values()].filter((row) => row.ack === 2);
  assert.ok(refused.length >= 5 && refused.every((row) => row.st === 503 && row.rg === 1 && row.ep === 3));
  assert.ok(
    [...outcomes.values()]
      .filter((row) => row.ack === 1)
      .every((row) => row.st === 201 && row.rg === 1 && row.ep === 3 && row.lsn > 50_000_000),
  );
  assert.ok(reads.every((row) => row.ack === 1 && row.end >= row.us));
  assert.ok(reads.some((row) => row.of === -1) && reads.filter((row) => row.of >= 0).length > reads.length / 2);
  assert.ok((mark(rows, "stop")?.n ?? 0) > 0, "some were in flight when it was asked to end");
  assert.equal(mark(rows, "done")?.n, intents.length + reads.length);
  const open = mark(rows, "open")?.us ?? 0;
  assert.ok(open > 0 && open <= (intents[0]?.us ?? 0), "the schedule starts before its first request");
  assert.deepEqual([...system.requests.bodyBytes], [5_000]);
  assert.equal(system.requests.idempotencyKeys, 0);

  const { us: _us, p50Ms, p99Ms, ...tally } = await tail.poll();
  const good = promised.size + reads.length;
  assert.deepEqual(tally, {
    sent: intents.length + reads.length,
    ok: good,
    failed: refused.length,
    unknown: 0,
    dropped: 0,
    region: "us-east-1",
  });
  assert.ok(p50Ms !== null && p99Ms !== null && p50Ms > 0 && p99Ms >= p50Ms);
});

test("a stock k6 writes the same rows by console output, through the forwarder", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  await using names = await startNameServer();
  const options: LoadOptions = {
    ...optionsFor(folder.path, `http://pay.test.internal:${system.port}`),
    service: { url: `http://pay.test.internal:${system.port}`, dnsServer: names.address, ttlSeconds: 1 },
    k6: { ...k6, kind: "console" },
  };
  await using load = await startLoad(options);
  await until(() => system.committed.size > 40, "40 writes");
  const exit = await load.stop();

  assert.deepEqual([exit.droppedIterations, exit.reason], [0, null]);
  const { header, rows, torn } = await readRows(options.ledgerFile);
  assert.equal(torn, 0);
  const { tool, wallStepUs } = ledgerHeader.parse(header);
  assert.match(tool, /console writer/);
  assert.equal(wallStepUs, 1_000);
  assert.deepEqual([...system.requests.hosts], [`pay.test.internal:${system.port}`]);
  const intents = new Map(ofKind(rows, "i").map((row) => [`run-1-k-${row.seq}`, row.h]));
  for (const [id, hash] of system.committed) assert.equal(intents.get(id), hash.slice(0, 16));
  const outcomes = ofKind(rows, "o");
  assert.ok(outcomes.length > 20 && outcomes.every((row) => row.ack === 1 && row.rg === 1));
  // A stock k6 cuts what is in flight when it is asked to end: such writes stay without outcome, such reads without answer.
  const stop = mark(rows, "stop") ?? assert.fail("no stop");
  const [answered, cut] = [
    ofKind(rows, "r").filter(({ ack }) => ack === 1),
    ofKind(rows, "r").filter(({ ack }) => ack !== 1),
  ];
  assert.ok(answered.length > 100);
  assert.deepEqual(
    cut.filter(({ err, end }) => err !== 1000 || end <= stop.us),
    [],
  );
  assert.equal(stop.n, intents.size - outcomes.length);
  assert.equal(mark(rows, "done")?.n, intents.size + ofKind(rows, "r").length);
  const open = mark(rows, "open")?.us ?? -1;
  assert.ok(open > 0 && open < options.clock.us());
});

test("k6 killed: each write that the service did has its intent, and the reason is told", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  const options = { ...optionsFor(folder.path, `http://127.0.0.1:${system.port}`), ratePerMinute: 60_000 };
  await using load = await startLoad(options);
  await until(() => system.committed.size > 300, "300 writes");
  process.kill(load.pid, "SIGKILL");
  const exit = await load.exited;
  assert.equal(exit.droppedIterations, null);
  assert.match(exit.reason ?? "", /SIGKILL/);
  const { rows, torn } = await readRows(options.ledgerFile);
  assert.equal(torn, 0);
  const intents = new Map(ofKind(rows, "i").map((row) => [`run-1-k-${row.seq}`, row.h]));
  for (const [id, hash] of system.committed) assert.equal(intents.get(id), hash.slice(0, 16), id);
});

async function startFails(options: LoadOptions): Promise<UserError> {
  let load: StartedLoad | undefined;
  try {
    load = await startLoad(options);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error;
  } finally {
    await load?.stop();
  }
  return assert.fail("it started");
}

test("a load that cannot start says why in one sentence", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  const options = optionsFor(folder.path, `http://127.0.0.1:${system.port}`);
  const full = await startFails({ ...options, ledgerFile: "/dev/full" });
  assert.match(full.message, /the disk is full.*no space left on device/);
  const missing = await startFails({ ...options, k6: { ...k6, path: join(folder.path, "no-k6") } });
  assert.match(missing.message, /no-k6/);
  await writeFile(options.ledgerFile, "another run\n");
  const exists = await startFails(options);
  assert.match(exists.message, /file exists/);
  assert.equal(await readFile(options.ledgerFile, "utf8"), "another run\n");
  assert.equal(system.requests.count, 0);
});

test("k6 does not outlive a harness that is killed", { skip: process.platform !== "linux" }, async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  const script = `
    import { startLoad } from ${JSON.stringify(new URL("./k6.ts", import.meta.url).href)};
    import { createRunClock } from ${JSON.stringify(new URL("../run/clock.ts", import.meta.url).href)};
    const options = JSON.parse(process.argv[1]);
    const load = await startLoad({ ...options, clock: createRunClock("run-1"), environment: process.env, signal: new AbortController().signal });
    console.log(load.pid);
  `;
  const {
    clock: _clock,
    environment: _environment,
    signal: _signal,
    ...plain
  } = optionsFor(folder.path, `http://127.0.0.1:${system.port}`);
  const harness = spawn(
    process.execPath,
    ["--import", "tsx/esm", "--input-type=module", "-e", script, JSON.stringify(plain)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const said = await new Promise<string>((resolve) => {
    harness.stdout.once("data", (data: Buffer) => resolve(data.toString()));
    harness.once("exit", (code) => resolve(`it ended with ${code}`));
  });
  const pid = Number(said);
  assert.ok(pid > 0, said);
  harness.kill("SIGKILL");
  await until(() => !isAlive(pid), `process ${pid} is gone`);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
