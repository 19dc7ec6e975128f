/** Final reads of a system that keeps the contract, and of one that does not (the worked example of docs/measuring.md). */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Arrivals } from "../evidence/arrivals.ts";
import type { Reading } from "../evidence/evidence.ts";
import { inThisThread } from "../evidence/decoder.ts";
import { loadReading } from "../evidence/load-large.ts";
import { isCorrupt } from "../evidence/presence.ts";
import { temporaryFolder } from "../evidence/temporary-folder.ts";
import { environmentSchema } from "../model/environment.ts";
import type { ExportLine } from "../model/export.ts";
import { packageRoot } from "../definitions.ts";
import { bringUp } from "./bring-up.ts";
import { createRunClock } from "./clock.ts";
import { readSurvivors } from "./final-read.ts";
import { startTransfersApi } from "./test-transfers-api.ts";

const run = "run-1";
const regions = ["us-east-1", "eu-west-1"];
const survivors = "survivors/final.ndjson";

const readInto = (
  folder: string,
  from: Pick<Parameters<typeof readSurvivors>[1], "lines" | "silenceMs"> & { readonly url?: string },
  signal = AbortSignal.timeout(20_000),
) =>
  readSurvivors(join(folder, survivors), {
    reading: "final",
    run,
    regions,
    clock: createRunClock(run),
    signal,
    url: "http://127.0.0.1:1",
    ...from,
  });

async function readBack(folder: string, arrivals = new Arrivals(8)): Promise<Reading> {
  const { reading, report } = await loadReading(folder, survivors, run, new Map([["k", arrivals]]), inThisThread());
  assert.ok(reading !== null, JSON.stringify(report.problems));
  assert.deepEqual(report.problems, []);
  return reading;
}

const header = { export: "payments@1", region: "eu-west-1", epoch: 2, lsn: "17" } as const;
const row = (id: string, more: object = {}) => ({
  id,
  bodyHash: "0123456789abcdef0123",
  from: 3,
  to: 4,
  amountMinor: 250,
  region: "us-east-1",
  epoch: 1,
  replayed: false,
  debits: 1,
  credits: 1,
  debited: 250,
  credited: 250,
  ...more,
});
const account = { account: 3, opening: 1000, balance: 500, posted: -500 };
const end = (payments: number, accounts = 0) => ({ end: true, payments, accounts }) as const;

async function* given(lines: readonly object[]): AsyncGenerator {
  yield* lines;
}

test("GET /v1/export: rows of ours and of others, with the accounts of both, so that each account's sum can be recomputed", async () => {
  await using folder = await temporaryFolder();
  const lines = [header, row("another.7"), row(`${run}.c.x1`), row(`${run}.k.0`), account, end(3, 1)];
  const server = createServer((request, response) => {
    response.end(request.url === "/v1/export" ? lines.map((line) => `${JSON.stringify(line)}\n`).join("") : "");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.deepEqual(await readInto(folder.path, { url }), { payments: 3 });
  } finally {
    server.close();
  }
  const arrivals = new Arrivals(8);
  arrivals.putIntent(0, 1, 250, 3, 4, 0x01234567, 0x89abcdef, 2);
  const reading = await readBack(folder.path, arrivals);
  assert.deepEqual(
    reading.foreign.map(({ value }) => value),
    [
      { k: "f", id: "another.7", amt: 250, ours: false, from: 3, to: 4 },
      { k: "f", id: `${run}.c.x1`, amt: 250, ours: true, from: 3, to: 4 },
    ],
  );
  assert.deepEqual([reading.posted[3], reading.posted[4]], [-750, 750]);
  assert.deepEqual(reading.presence.get("k")?.unsound, []);
  assert.equal(reading.header.lacks, undefined);
});

const refused: readonly (readonly [string, readonly object[], RegExp])[] = [
  ["breaks off", [header, row(`${run}.k.0`)], /broke off before its end line/],
  ["loses a row", [header, row(`${run}.k.0`), end(2)], /promised 2 payments and gave 1/],
  ["loses an account", [header, account, end(0, 2)], /promised 2 accounts and gave 1/],
  ["has no header", [row(`${run}.k.0`), end(1)], /line 1 of the export: export /],
  ["leaves out a field", [header, row(`${run}.k.0`, { debits: undefined }), end(1)], /line 2 of the export: debits /],
  ["gives another field than it should", [header, row(`${run}.k.0`, { bodyHash: "?" }), end(1)], /line 2 .* sha256/],
];
for (const [what, lines, why] of refused) {
  test(`a source that ${what} is no reading`, async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(readInto(folder.path, { lines: () => given(lines) }), why);
  });
}

test("what the header says is lacking may be left out, is written as nothing, and is said in the evidence", async () => {
  await using folder = await temporaryFolder();
  const { bodyHash: _, debits, credits, debited, credited, ...bare } = row(`${run}.k.0`);
  const lacks = ["content", "postings"];
  await readInto(folder.path, { lines: () => given([{ ...header, lacks }, bare, end(1)]) });
  const arrivals = new Arrivals(8);
  arrivals.putIntent(0, 1, 250, 3, 4, 1, 2, 2);
  const reading = await readBack(folder.path, arrivals);
  assert.deepEqual(reading.header.lacks, lacks);
  const condition = reading.presence.get("k")?.condition(0);
  assert.deepEqual([condition?.debits, condition?.credits, condition?.balanced], [1, 1, true]);
  assert.ok(debits === credits && debited === credited);
});

test("a source that hangs ends by silence, also if it ignores its signal; an interrupted reading ends at once", async () => {
  const hanging = async function* (): AsyncGenerator {
    yield header;
    await new Promise(() => {});
  };
  await using folder = await temporaryFolder();
  await assert.rejects(readInto(folder.path, { lines: hanging, silenceMs: 30 }), /silent for 0.03 s/);
  await using other = await temporaryFolder();
  const interrupted = AbortSignal.abort(new Error("interrupted"));
  await assert.rejects(readInto(other.path, { lines: hanging }, interrupted), /interrupted/);
});

/** Writes as the load does (load/payment.ts), against the facade's contract. */
async function pay(url: string, seq: number): Promise<{ readonly status: number; readonly isAcknowledged: boolean }> {
  const { body, id, hash } = payment(seq);
  const answer = await fetch(new URL("/v1/payments", url), { method: "POST", body }).catch(() => null);
  if (answer === null) return { status: 0, isAcknowledged: false };
  const echo = (await answer.json()) as Record<string, unknown>;
  return {
    status: answer.headers.get("x-not-executed") === "true" ? -answer.status : answer.status,
    isAcknowledged: echo["committed"] === true && echo["id"] === id && echo["hash"] === hash,
  };
}

function payment(seq: number) {
  const id = `${run}.k.${seq}`;
  const [from, to, amountMinor] = [1 + seq, 2 + seq, 100 * seq + 5];
  const body = `{"id":"${id}","from":${from},"to":${to},"amountMinor":${amountMinor},"currency":"USD","reference":"${"f00d".repeat(20)}"}`;
  return { id, from, to, amountMinor, body, hash: createHash("sha256").update(body).digest("hex") };
}

test("the worked example: a service with another API, through the facade and finalRead of config/transfers.example.ts", async () => {
  await using api = await startTransfersApi();
  for (const name of ["TRANSFERS_URL", "TRANSFERS_PRIMARY_URL", "TRANSFERS_SECONDARY_URL"]) process.env[name] = api.url;
  const { default: example } = await import("../../config/transfers.example.ts");
  const environment = environmentSchema.parse(example);
  await using folder = await temporaryFolder();
  const signal = AbortSignal.timeout(30_000);
  const logFile = join(folder.path, "logs", "facade.log");
  await using system = await bringUp(environment, { root: packageRoot, run, logFile, signal });
  const { service, primary } = system.endpoints;
  assert.deepEqual(
    [primary.name, (await fetch(new URL("/health", primary.url))).headers.get("x-region")],
    ["us-east-1", "us-east-1"],
  );

  const arrivals = new Arrivals(256);
  const answers = new Map<number, Awaited<ReturnType<typeof pay>>>();
  for (let seq = 0; seq < 230; seq += 1) {
    api.mood = seq === 7 ? "hang up after booking" : seq === 8 ? "queue" : seq === 9 ? "reject" : "fine";
    const { hash, amountMinor, from, to } = payment(seq);
    const [high, low] = [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8, 16), 16)];
    arrivals.putIntent(seq, seq, amountMinor, from, to, high, low, seq + 2);
    answers.set(seq, await pay(service.url, seq));
  }
  const told = (seq: number) => answers.get(seq);
  assert.deepEqual(told(0), { status: 201, isAcknowledged: true });
  assert.deepEqual(told(7), { status: 0, isAcknowledged: false }, "booked, and nobody knows: unknown");
  assert.deepEqual(told(8), { status: 202, isAcknowledged: false }, "queued: unknown");
  assert.deepEqual(told(9), { status: -422, isAcknowledged: false }, "refused before anything was done");
  const one = (await (await fetch(new URL(`/v1/payments/${run}.k.3`, service.url))).json()) as Record<string, unknown>;
  assert.deepEqual([one["hash"], one["amountMinor"]], [payment(3).hash, 305]);
  assert.equal((await fetch(new URL(`/v1/payments/${run}.k.9`, service.url))).status, 404);
  const balance = await fetch(new URL("/v1/accounts/12", service.url));
  assert.deepEqual(await balance.json(), { id: "12", balanceMinor: 102_407 });

  // The failover loses two, changes one byte of another, and one that is not ours is there too.
  const place = (seq: number): number => api.booked.findIndex(({ clientRef }) => clientRef === `${run}.k.${seq}`);
  for (const seq of [0, 229]) api.booked.splice(place(seq), 1);
  const [changed] = api.booked.splice(place(100), 1);
  assert.ok(changed);
  api.booked.push({ ...changed, attachment: changed.attachment.replace("f", "g") });
  api.booked.push({ ...changed, clientRef: "someone else's" });

  const { finalRead } = environment;
  assert.ok(finalRead);
  api.pages = 0;
  const lines = (readSignal: AbortSignal): AsyncIterable<ExportLine> =>
    finalRead(system.endpoints, { region: primary, run }, readSignal);
  assert.deepEqual(await readInto(folder.path, { lines }), { payments: 226 });
  assert.equal(api.pages, 3);
  const presence = (await readBack(folder.path, arrivals)).presence.get("k");
  assert.ok(presence);
  const missing = Array.from({ length: 230 }, (_, seq) => seq).filter((seq) => !presence.has(seq));
  assert.deepEqual(missing, [0, 8, 9, 229]);
  const unsound = presence.unsound.map(({ seq, condition }) => ({ seq, is: presence.conditions[condition] }));
  assert.deepEqual(
    unsound.map(({ seq, is }) => [seq, is !== undefined && isCorrupt(is), is?.otherFields]),
    [[100, true, false]],
  );
});
