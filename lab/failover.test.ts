/** The lab's reason to be, in one story: a Region serves, dies, the other takes over, what was lost is found again, and all is as before. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Resolver } from "node:dns/promises";
import type { Alarm } from "./machinery/name-service.ts";
import { pay, paymentBody, readExport } from "./payments-client.ts";
import { poll } from "./poll.ts";
import { profiles } from "./profile.ts";
import { readVolume } from "./read-volume.ts";
import { startLab } from "./start-lab.ts";
import type { StartedLab } from "./start-lab.ts";

let lab: StartedLab;
let keep: string;
const urlOf = (which: "primary" | "secondary"): string => (lab.endpoints[which] as { readonly url: string }).url;

interface Replication {
  readonly lagMs: number | null;
  readonly lagBytes: number | null;
  readonly protected: boolean;
  readonly standbys: readonly { readonly name: string; readonly state: string; readonly sync: string }[];
}
interface TruthEvent {
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
const events = async (): Promise<TruthEvent[]> =>
  (await (await fetch(`${lab.controlUrl}/lab/events`)).text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TruthEvent);
const resolver = (): Resolver => {
  const made = new Resolver({ timeout: 1_000, tries: 2 });
  made.setServers([(lab.endpoints["service"] as { readonly dnsServer: string }).dnsServer]);
  return made;
};
const replication = async (): Promise<Replication> =>
  (await (await fetch(String(lab.endpoints["replicationUrl"]))).json()) as Replication;

before(async () => {
  keep = mkdtempSync(join(tmpdir(), "lab-test-keep-"));
  lab = await startLab({ profile: profiles.quick, portBase: null, keep, stateFile: null });
});
after(async () => {
  await lab[Symbol.asyncDispose]();
  rmSync(keep, { recursive: true, force: true });
});

test("a payment is committed once, whoever asks again, and a changed body is refused", async () => {
  const url = urlOf("primary");
  const body = paymentBody("t-once", 250);
  const first = await pay(url, body);
  assert.equal(first.status, 201);
  assert.equal(first.region, "us-east-1");
  assert.equal(first.body["hash"], createHash("sha256").update(body).digest("hex"));
  assert.equal(first.body["epoch"], 1);
  assert.match(String(first.body["lsn"]), /^\d+$/);
  const again = await pay(url, body);
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, { ...first.body, replay: true });
  const other = await pay(url, paymentBody("t-once", 251));
  assert.equal(other.status, 409);
  assert.equal(other.body["hash"], first.body["hash"]);
  const account = (await (await fetch(`${url}/v1/accounts/1`)).json()) as {
    recent: readonly { id: string; direction: string }[];
  };
  assert.deepEqual(
    account.recent.map(({ id, direction }) => ({ id, direction })),
    [{ id: "t-once", direction: "out" }],
  );
});

test("what cannot be a payment is refused before anything is written, and says so", async () => {
  const url = urlOf("primary");
  const wrong: readonly (readonly [string, number])[] = [
    ["{", 400],
    [paymentBody("t-wrong", -1), 400],
    [paymentBody("t-wrong", 1.5), 400],
    [paymentBody("t wrong"), 400],
    [paymentBody("t-wrong", 1, 5, 5), 400],
    [paymentBody("t-wrong", 1, 5, 5_000), 422],
    [paymentBody("t-wrong", 100_000_001), 422],
    [paymentBody("t-wrong").replace("xxxx", "x".repeat(70_000)), 400],
  ];
  for (const [body, status] of wrong) {
    const answer = await pay(url, body);
    assert.equal(answer.status, status, body.slice(0, 80));
    assert.equal(answer.notExecuted, true);
  }
  assert.equal((await fetch(`${url}/v1/payments/t-wrong`)).status, 404);
});

test("the standby Region holds the payment but serves nothing while its flow is closed", async () => {
  const closed = await pay(urlOf("secondary"), paymentBody("t-closed"));
  assert.equal(closed.status, 503);
  assert.equal(closed.notExecuted, true);
  assert.equal((await fetch(`${urlOf("secondary")}/v1/payments/t-once`)).status, 503);
  const there = await poll(
    "the payment on the standby",
    async () => {
      const reading = await readExport(urlOf("secondary"));
      return reading.payments.has("t-once") ? reading : undefined;
    },
    { everyMs: 50, deadlineMs: 5_000 },
  );
  assert.equal(there.header["region"], "eu-west-1");
});

test("the export is one snapshot in byte order with every account, and continues after an id", async () => {
  const url = urlOf("primary");
  for (const id of ["t-B", "t-a", "t-_", "t-10", "t-9"]) assert.equal((await pay(url, paymentBody(id))).status, 201);
  const reading = await readExport(url);
  assert.equal(reading.header["export"], "payments@1");
  const ids = [...reading.payments.keys()];
  assert.deepEqual(
    ids,
    [...ids].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
  );
  assert.deepEqual(reading.end, { end: true, payments: ids.length, accounts: 1_000 });
  const { hash, bodyHash, debits, credits, debited, credited } = reading.payments.get("t-a") ?? {};
  assert.deepEqual({ debits, credits, debited, credited }, { debits: 1, credits: 1, debited: 100, credited: 100 });
  assert.equal(bodyHash, hash);
  for (const { opening, balance, posted } of reading.accounts)
    assert.equal(Number(balance), Number(opening) + Number(posted));
  assert.deepEqual([...(await readExport(url, "t-_")).payments.keys()], ["t-a", "t-once"]);
});

test("replication is seen from the standby's side", async () => {
  const now = await replication();
  assert.equal(now.protected, true);
  assert.ok(now.lagMs !== null && now.lagMs < 5_000, `lag ${now.lagMs}`);
  assert.deepEqual(
    now.standbys.map(({ name, sync }) => `${name} ${sync}`),
    ["payments-use1b sync", "payments-euw1 async"],
  );
});

const lost: string[] = [];

test("the name server answers for its own name alone, with the TTL of the profile", async () => {
  const names = resolver();
  assert.deepEqual(await names.resolve4("pay.lab.internal", { ttl: true }), [{ address: "127.0.1.1", ttl: 5 }]);
  assert.deepEqual(await names.resolve4("PAY.Lab.Internal"), ["127.0.1.1"]);
  await assert.rejects(names.resolve6("pay.lab.internal"), { code: "ENODATA" });
  await assert.rejects(names.resolve4("other.lab.internal"), { code: "ENOTFOUND" });
  await assert.rejects(names.resolve4("example.com"), { code: "EREFUSED" });
});

test("the Region dies: payments acknowledged after the cut exist there only, and the other Region knows nothing of them", async () => {
  const { machinery } = lab;
  await machinery.cutBetween("us-east-1", "eu-west-1");
  for (let n = 0; n < 20; n += 1) {
    const id = `t-lost-${n}`;
    assert.equal((await pay(urlOf("primary"), paymentBody(id, 7, 3, 4))).status, 201);
    lost.push(id);
  }
  // Two more that only the dying Region knows: their customers will offer them again, one unchanged and one changed.
  assert.equal((await pay(urlOf("primary"), paymentBody("t-retried", 11))).status, 201);
  assert.equal((await pay(urlOf("primary"), paymentBody("t-changed", 12))).status, 201);
  await machinery.cutCustomers("us-east-1");
  await Promise.all([machinery.stopInstance("i-use1a"), machinery.stopInstance("i-use1b")]);
  await assert.rejects(pay(urlOf("primary"), paymentBody("t-hangs"), 700), { name: "TimeoutError" });
  const now = await replication();
  assert.equal(now.protected, false);
  assert.equal(now.lagBytes, null);
  await poll(
    "the alarm",
    () =>
      machinery.alarms().find((alarm: Alarm) => alarm.name === "primary-health")?.state === "ALARM" ? true : undefined,
    {
      everyMs: 100,
      deadlineMs: 20_000,
    },
  );
});

test("the big red button: close, fence, promote, route, scale, reconcile, open, verify", async () => {
  const { machinery } = lab;
  await machinery.setFlow("us-east-1", "closed");
  const toldOrNot = ((await events()).findLast(({ event }) => event === "flow")?.detail ?? {})["told"];
  assert.equal(toldOrNot, false);
  await machinery.fenceInstance("i-use1a");
  await machinery.promote("payments-euw1");
  await machinery.setRoutingControls([
    { region: "us-east-1", state: "Off" },
    { region: "eu-west-1", state: "On" },
  ]);
  assert.deepEqual(await resolver().resolve4("pay.lab.internal"), ["127.0.2.1"]);
  await machinery.setDesiredCount("eu-west-1", 2);
  await poll("two tasks", () => (machinery.service("eu-west-1").runningCount === 2 ? true : undefined), {
    everyMs: 50,
    deadlineMs: 15_000,
  });
  const reconciled = await machinery.invoke("payments-reconcile", {});
  assert.equal(reconciled["torn"], 0);
  assert.equal(reconciled["balanceMismatches"], 0);
  await machinery.setFlow("eu-west-1", "open");
  const verified = await machinery.invoke("payments-verify", { region: "eu-west-1" });
  assert.equal(verified["ok"], true, JSON.stringify(verified));
  const reading = await readExport(urlOf("secondary"));
  assert.equal(reading.header["epoch"], 2);
  assert.ok(reading.payments.has("t-once"));
  assert.ok(lost.every((id) => !reading.payments.has(id)));
  assert.equal((await pay(urlOf("secondary"), paymentBody("t-after"))).body["epoch"], 2);
  assert.equal((await pay(urlOf("secondary"), paymentBody("t-retried", 11))).status, 201);
  assert.equal((await pay(urlOf("secondary"), paymentBody("t-changed", 13))).status, 201);
});

test("the dead Region returns behind its fence: nobody writes there, and what was held is answered without being executed", async () => {
  const { machinery } = lab;
  await machinery.startInstance("i-use1a");
  const [old] = await machinery.databases();
  assert.deepEqual([old?.state, old?.status, old?.role, old?.timeline], ["fenced-running", "isolated", "primary", 1]);
  await machinery.healBetween("us-east-1", "eu-west-1");
  await machinery.healCustomers("us-east-1");
  const refused = await poll(
    "an answer of the returned Region",
    () => pay(urlOf("primary"), paymentBody("t-fenced"), 2_000).catch(() => undefined),
    {
      everyMs: 50,
      deadlineMs: 10_000,
    },
  );
  assert.equal(refused.status, 503);
  assert.equal(refused.notExecuted, true);
});

test("salvage replays exactly what the new writer lacks, once, with its first Region and epoch", async () => {
  const { machinery } = lab;
  const first = await machinery.invoke("payments-salvage", { from: "payments-use1a", to: "payments-euw1" });
  assert.deepEqual(first["ids"], [...lost].sort());
  assert.equal(first["replayed"], lost.length);
  assert.equal(first["amountMinor"], lost.length * 7);
  assert.deepEqual(first["conflicts"], ["t-changed"]);
  const second = await machinery.invoke("payments-salvage", { from: "payments-use1a", to: "payments-euw1" });
  assert.equal(second["found"], 0);
  const { payments, accounts } = await readExport(urlOf("secondary"));
  assert.equal(payments.get("t-changed")?.["amountMinor"], 13);
  const { region, epoch, replayed, debits, credits } = payments.get("t-lost-3") ?? {};
  assert.deepEqual(
    { region, epoch, replayed, debits, credits },
    { region: "us-east-1", epoch: 1, replayed: true, debits: 1, credits: 1 },
  );
  for (const { opening, balance, posted } of accounts) assert.equal(Number(balance), Number(opening) + Number(posted));
});

test("the old volume becomes a standby over the link, and the service is protected again", async () => {
  const { machinery } = lab;
  await machinery.createReplica("payments-use1a", "payments-euw1");
  await poll("protection", async () => ((await replication()).protected ? true : undefined), {
    everyMs: 100,
    deadlineMs: 10_000,
  });
  const [rebuilt] = await machinery.databases();
  assert.deepEqual(
    [rebuilt?.state, rebuilt?.role, rebuilt?.source, rebuilt?.replication],
    ["running", "standby", "payments-euw1", "streaming"],
  );
});

test("a planned switch-over loses nothing and makes the old writer a standby without a copy", async () => {
  const { machinery } = lab;
  await machinery.switchover("payments-use1a");
  await machinery.createReplica("payments-use1b", "payments-use1a");
  await machinery.setFlow("eu-west-1", "closed");
  await machinery.setFlow("us-east-1", "open");
  await poll(
    "the synchronous standby",
    async () => ((await replication()).standbys.some(({ sync }) => sync === "sync") ? true : undefined),
    {
      everyMs: 100,
      deadlineMs: 10_000,
    },
  );
  const paid = await pay(urlOf("primary"), paymentBody("t-home"));
  assert.deepEqual([paid.status, paid.body["epoch"]], [201, 3]);
  const { payments } = await readExport(urlOf("primary"));
  for (const id of ["t-once", "t-after", "t-home", ...lost]) assert.ok(payments.has(id), id);
  const states = await machinery.databases();
  assert.deepEqual(
    states.map(({ role, replication: how }) => `${role} ${how}`),
    ["primary none", "standby streaming", "standby streaming"],
  );
});

test("the old volume that --keep leaves holds what the dead Region had acknowledged, each payment of it", async () => {
  await lab[Symbol.asyncDispose]();
  const kept = new Set<string>();
  await readVolume(join(keep, "payments-use1a.before-failback"), (line) =>
    kept.add((JSON.parse(line) as { readonly id: string }).id),
  );
  for (const id of ["t-once", ...lost]) assert.ok(kept.has(id), id);
  assert.equal(kept.has("t-after"), false);
});
