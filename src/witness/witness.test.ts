/** The real process against a real service: what its ledger holds is compared with what the service saw. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { classifyWrite, type WriteOutcome } from "../analysis/classify.ts";
import { inThisThread } from "../evidence/decoder.ts";
import { loadLedger } from "../evidence/load-large.ts";
import type { LedgerEvidence } from "../evidence/evidence.ts";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { startNameServer, startTestSystem } from "../load/test-system.ts";
import { createResolver } from "../probes/resolver.ts";
import { createRunClock } from "../run/clock.ts";
import { poll } from "../run/poll.ts";
import { startWitness, type WitnessOptions } from "../run/witness-process.ts";
import { errorCode } from "./error-code.ts";
import { paymentOf } from "./payment.ts";
import { writeOnce } from "./write.ts";

const regions = ["us-east-1", "eu-west-1"];
const ratePerMinute = 3_000;

function optionsFor(folder: string, port: number, dnsServer: string, timeoutMs = 1_000): WitnessOptions {
  return {
    clock: createRunClock("run-1"),
    ledgerFile: join(folder, "ledger", "t.ndjson"),
    logFile: join(folder, "witness.log"),
    service: { url: `http://pay.test.internal:${port}`, dnsServer, ttlSeconds: 1 },
    regions,
    idPrefix: "run-1.t.",
    seed: "seed-1",
    ratePerMinute,
    bodyBytes: 5_000,
    timeoutMs,
    signal: AbortSignal.timeout(12_000),
  };
}

async function read(folder: string): Promise<LedgerEvidence> {
  const { ledger, report } = await loadLedger(folder, "ledger/t.ndjson", "run-1", [], inThisThread());
  assert.ok(ledger !== null, JSON.stringify(report.problems));
  assert.equal(report.brokenLines, 0, JSON.stringify(report.problems));
  return ledger;
}

const writesOf = ({ arrivals }: LedgerEvidence): number[] =>
  Array.from({ length: arrivals.size }, (_, seq) => seq).filter((seq) => arrivals.isWrite(seq));
const outcomeOf = ({ arrivals }: LedgerEvidence, seq: number): WriteOutcome | "none" => {
  const answer = arrivals.hasEnded(seq) ? arrivals.answers[arrivals.answerOf(seq)] : undefined;
  return answer === undefined ? "none" : classifyWrite(answer);
};
const marksOf = (ledger: LedgerEvidence): Record<string, number> =>
  Object.fromEntries(ledger.marks.map(({ value }) => [value.mark, value.n]));

async function until(condition: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  assert.ok(await poll(() => condition() || undefined, { intervalMs: 5, deadlineMs: 10_000, signal }));
}

test("stopped in order: every write acknowledged as the service committed it, on the schedule, and the end is marked", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  await using names = await startNameServer();
  const witness = await startWitness(optionsFor(folder.path, system.port, names.address));
  await until(() => system.committed.size >= 30);
  // What is under way when it is told to stop must still get its outcome.
  system.delayMs = 300;
  const before = system.requests.count;
  await until(() => system.requests.count >= before + 3);
  assert.equal(await witness.stop(), null);
  const ledger = await read(folder.path);
  const seqs = writesOf(ledger);
  assert.equal(seqs.length, system.requests.count);
  assert.deepEqual(new Set(seqs.map((seq) => outcomeOf(ledger, seq))), new Set(["acknowledged"]));
  const { arrivals, header } = ledger;
  assert.deepEqual([header.witness, header.idPrefix, header.ratePerMinute], ["t", "run-1.t.", ratePerMinute]);
  const { done, drop, stop } = marksOf(ledger);
  assert.deepEqual([done, drop], [seqs.length, 0]);
  assert.ok((stop ?? 0) >= 3, `${stop} under way at the stop`);
  const openUs = ledger.marks[0]?.value.us ?? Number.NaN;
  for (const seq of seqs) {
    const payment = paymentOf({ seed: "seed-1", idPrefix: "run-1.t.", bodyBytes: 5_000, seq });
    assert.equal(system.committed.get(payment.id), payment.hash, `payment ${seq}`);
    assert.equal(arrivals.hashHigh(seq), Number.parseInt(payment.hash.slice(0, 8), 16));
    assert.ok(arrivals.sentUs(seq) >= openUs + (seq * 60e6) / ratePerMinute, `write ${seq} was sent before it was due`);
    const { region, epoch } = arrivals.answers[arrivals.answerOf(seq)] ?? {};
    assert.deepEqual([region, epoch], [1, 3]);
  }
  assert.deepEqual(system.requests.bodyBytes, new Set([5_000]));
  assert.equal(system.requests.idempotencyKeys, 0);
  assert.deepEqual(names.asked, new Set(["pay.test.internal"]));
});

test("killed in the middle: every write that the service saw has its intent, and the ledger shows that it was cut short", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  await using names = await startNameServer();
  const witness = await startWitness(optionsFor(folder.path, system.port, names.address));
  await until(() => system.committed.size >= 20);
  system.delayMs = 100;
  const before = system.committed.size;
  await until(() => system.committed.size >= before + 5);
  process.kill(witness.pid, "SIGKILL");
  assert.match((await witness.exited) ?? "", /second witness ended by itself with SIGKILL/);
  const ledger = await read(folder.path);
  const intents = new Set(writesOf(ledger).map((seq) => `run-1.t.${seq}`));
  assert.deepEqual(
    [...system.committed.keys()].filter((id) => !intents.has(id)),
    [],
  );
  assert.ok(writesOf(ledger).some((seq) => outcomeOf(ledger, seq) === "none"));
  assert.deepEqual(Object.keys(marksOf(ledger)), ["open"]);
});

test("when the harness is gone, so that its stdin closes, it ends in order by itself", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  await using names = await startNameServer();
  const options = optionsFor(folder.path, system.port, names.address);
  const script = `import { startWitness } from ${JSON.stringify(new URL("../run/witness-process.ts", import.meta.url).href)};
    import { createRunClock } from ${JSON.stringify(new URL("../run/clock.ts", import.meta.url).href)};
    const options = JSON.parse(process.argv[1]);
    const { pid } = await startWitness({ ...options, clock: createRunClock("run-1"), signal: AbortSignal.timeout(10000) });
    console.log(pid);`;
  const { clock: _clock, signal: _signal, ...plain } = options;
  const harness = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx/esm"), "--input-type=module", "-e", script, JSON.stringify(plain)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const pid = Number(String(await new Promise((resolve) => harness.stdout.once("data", resolve))));
  await until(() => system.committed.size >= 10);
  harness.kill("SIGKILL");
  await until(() => !isAlive(pid));
  const ledger = await read(folder.path);
  assert.equal(marksOf(ledger)["done"], writesOf(ledger).length);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a pause of its process is a gap that it counts, not a burst", async () => {
  await using folder = await temporaryFolder();
  await using system = await startTestSystem();
  await using names = await startNameServer();
  const witness = await startWitness(optionsFor(folder.path, system.port, names.address));
  await until(() => system.committed.size >= 5);
  process.kill(witness.pid, "SIGSTOP");
  await delay(1_600);
  process.kill(witness.pid, "SIGCONT");
  const before = system.committed.size;
  await until(() => system.committed.size >= before + 60);
  assert.equal(await witness.stop(), null);
  const ledger = await read(folder.path);
  const { drop = 0, done } = marksOf(ledger);
  // 1.6 s at 50 a second, of which what is overdue by less than a second is still sent.
  assert.ok(drop >= 20, `${drop} left out`);
  assert.equal(done, writesOf(ledger).length);
  assert.equal(drop + (done ?? 0), ledger.arrivals.size);
});

test("an answer, or none, is understood as k6's would be", async () => {
  await using system = await startTestSystem();
  await using mute = await silentServer();
  const payment = paymentOf({ seed: "s", idPrefix: "r.t.", bodyBytes: 5_000, seq: 7 });
  const base = { resolve: async () => ({ address: "127.0.0.1", ttlSeconds: 1 }), timeoutMs: 300, regions };
  const at = (port: number): string => `http://pay.test.internal:${port}`;
  const ask = async (port: number, more: object = {}): Promise<string> => {
    const answer = await writeOnce({ ...base, url: at(port), ...more }, payment);
    return `${answer.status} ${answer.errorCode} ${answer.ack} ${classifyWrite(answer)}`;
  };
  assert.equal(await ask(system.port), "201 0 1 acknowledged");
  // Nobody here sends a write twice: that it was there before is told.
  assert.equal(await ask(system.port), "200 0 3 acknowledged");
  system.refuse = { status: 503, notExecuted: true };
  assert.equal(await ask(system.port), "503 1503 2 failed");
  system.refuse = { status: 503, notExecuted: false };
  assert.equal(await ask(system.port), "503 1503 0 unknown");
  system.refuse = null;
  system.delayMs = 1_000;
  assert.equal(await ask(system.port), "0 1050 0 unknown");
  assert.equal(await ask(mute.port), "0 1220 0 unknown");
  assert.equal(await ask(1), "0 1212 0 failed");
  const never = { resolve: async () => await new Promise<never>(() => {}) };
  assert.equal(await ask(system.port, never), "0 1050 0 unknown");
  assert.equal(await ask(system.port, { resolve: createResolver("127.0.0.1:9").fresh }), "0 1100 0 unknown");
});

/** Takes a request and breaks the connection. */
async function silentServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  assert.ok(address !== null && typeof address !== "string");
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => await new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("only a connection that never came to be is certain to have sent nothing", () => {
  const failure = (code: string, syscall: string): Error => Object.assign(new Error(code), { code, syscall });
  const classified = (error: Error): string =>
    classifyWrite({ status: 0, errorCode: errorCode(error), ack: 0, region: 0, epoch: 0 });
  for (const error of [
    failure("ENOTFOUND", "queryA"),
    failure("ENODATA", "queryA"),
    failure("ECONNREFUSED", "connect"),
    failure("ETIMEDOUT", "connect"),
    failure("EHOSTUNREACH", "connect"),
    failure("ERR_TLS_CERT_ALTNAME_INVALID", ""),
    failure("SELF_SIGNED_CERT_IN_CHAIN", ""),
  ])
    assert.equal(classified(error), "failed", error.message);
  for (const error of [
    failure("ECONNRESET", "read"),
    failure("ECONNRESET", ""),
    failure("EPIPE", "write"),
    failure("ETIMEDOUT", "read"),
    failure("ESERVFAIL", "queryA"),
    failure("EPROTO", "write"),
    new Error("anything"),
  ])
    assert.equal(classified(error), "unknown", error.message);
});

test("a payment follows from seed and number alone, and is one that the contract allows", () => {
  const at = (seq: number, seed = "s") => paymentOf({ seed, idPrefix: "r.t.", bodyBytes: 5_000, seq });
  assert.deepEqual(at(3), at(3));
  assert.notEqual(at(3).hash, at(3, "other").hash);
  const seen = new Set<number>();
  for (let seq = 0; seq < 3_000; seq += 1) {
    const { id, from, to, amountMinor, body } = at(seq);
    seen.add(from).add(to);
    assert.ok(from >= 1 && from <= 1_000 && to >= 1 && to <= 1_000 && from !== to && amountMinor >= 1);
    if (seq % 500 === 0) {
      const said = JSON.parse(body) as Record<string, unknown>;
      assert.deepEqual([said["id"], said["from"], said["to"], said["amountMinor"]], [id, from, to, amountMinor]);
      assert.equal(Buffer.byteLength(body), 5_000);
    }
  }
  assert.ok(seen.size > 950, `${seen.size} of 1000 accounts`);
});
