import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { formatIntent, formatMark, formatOutcome, formatRead } from "../model/ledger.ts";
import { tailLedger } from "./tally.ts";

const header = `{"schema":"dr-drill/ledger@1","run":"r","witness":"k","regions":["us-east-1","eu-west-1"]}\n`;
const intent = (seq: number, us: number): string =>
  formatIntent({ seq, us, amountMinor: 1, from: 1, to: 2, attempt: 1, hash: "0123456789abcdef" });
const outcome = (seq: number, us: number, status: number, ack: 0 | 1 | 2, region: number): string =>
  formatOutcome({ seq, us, status, errorCode: 0, ack, region, epoch: 1, lsn: 4711 });
const read = (seq: number, us: number, endUs: number, ack: 0 | 1 | 2, region: number): string =>
  formatRead({ seq, us, endUs, status: 200, errorCode: 0, ack, region, epoch: 1, of: -1 });

async function ledgerFile(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "drill-tally-"));
  return { path: join(folder, "k6.ndjson"), [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }) };
}

const nothing = { sent: 0, ok: 0, failed: 0, unknown: 0, dropped: 0, region: null, us: 0, p50Ms: null, p99Ms: null };

test("counts each row once, as it comes, and a half written one when it is whole", async () => {
  await using file = await ledgerFile();
  await using tail = tailLedger(file.path, ["us-east-1", "eu-west-1"]);
  assert.deepEqual(await tail.poll(), nothing, "no file yet");
  await writeFile(file.path, header);
  assert.deepEqual(await tail.poll(), nothing, "a header is no row");

  const second = outcome(0, 11_000, 201, 1, 1);
  await appendFile(file.path, formatMark({ mark: "open", us: 900, n: 0 }) + intent(0, 1_000) + second.slice(0, 40));
  assert.deepEqual(await tail.poll(), { ...nothing, sent: 1, us: 1_000 });
  await appendFile(file.path, second.slice(40));
  assert.deepEqual(await tail.poll(), {
    ...nothing,
    sent: 1,
    ok: 1,
    us: 11_000,
    region: "us-east-1",
    p50Ms: 10,
    p99Ms: 10,
  });
  const idle = await tail.poll();
  assert.deepEqual([idle.ok, idle.p50Ms], [1, null], "latencies are those since the last poll");
});

test("tells right, wrong and unknown apart, who serves, and what was dropped", async () => {
  await using file = await ledgerFile();
  await using tail = tailLedger(file.path, ["us-east-1", "eu-west-1"]);
  const rows = [
    ...[6, 12, 18, 24, 30].map((seq) => intent(seq, 0)),
    outcome(6, 2_000_000, 0, 0, 0), // no answer
    outcome(12, 5_000, 500, 0, 1), // who knows
    outcome(18, 6_000, 503, 2, 1), // says that it did not
    outcome(24, 7_000, 409, 0, 1), // another body
    outcome(30, 8_000, 201, 1, 1),
    read(31, 8_000, 9_000, 1, 2),
    read(32, 8_000, 9_500, 2, 1),
    read(33, 8_000, 9_600, 0, 0),
    formatMark({ mark: "drop", us: 9_700, n: 17 }),
  ];
  await writeFile(file.path, header + rows.join(""));
  const { p50Ms, p99Ms, ...tally } = await tail.poll();
  assert.deepEqual(tally, { sent: 8, ok: 2, failed: 4, unknown: 2, dropped: 17, region: "eu-west-1", us: 9_600 });
  assert.deepEqual([p50Ms, p99Ms], [6, 2_000]);
});

test("keeps its place over more than one piece of the file", async () => {
  await using file = await ledgerFile();
  await using tail = tailLedger(file.path, ["us-east-1"]);
  const rows = Array.from({ length: 30_000 }, (_, seq) => intent(seq, seq) + outcome(seq, seq + 1_000, 201, 1, 1));
  await writeFile(file.path, header + rows.join(""));
  const { sent, ok, p99Ms } = await tail.poll();
  assert.deepEqual([sent, ok, p99Ms], [30_000, 30_000, 1]);
});
