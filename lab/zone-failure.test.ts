/** What happens inside the primary Region: one of its two zones dies, with its database. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pay, paymentBody, readExport } from "./payments-client.ts";
import { poll } from "./poll.ts";
import { profiles } from "./profile.ts";
import { readReplication } from "./machinery/replication.ts";
import { startLab } from "./start-lab.ts";
import type { StartedLab } from "./start-lab.ts";

let lab: StartedLab;
const urlOf = (which: "primary" | "secondary"): string => (lab.endpoints[which] as { readonly url: string }).url;

const walSendersOf = (of: StartedLab): Promise<unknown> =>
  of.parts.databases.writer.query(
    "SELECT application_name, state, sync_state, flush_lsn::text, pg_current_wal_lsn()::text, current_setting('synchronous_standby_names') FROM pg_stat_replication",
  );

before(async () => {
  lab = await startLab({ profile: profiles.quick, portBase: null, keep: null, stateFile: null });
});
after(() => lab[Symbol.asyncDispose]());

test("the synchronous standby's death stalls payments until they no longer wait for it; its return makes them wait again", async () => {
  const { machinery } = lab;
  const sync = async (): Promise<string | undefined> =>
    (await readReplication(lab.parts.databases)).standbys.find(({ name }) => name === "payments-use1b")?.sync;
  // Once in some hundred runs the very first payment of a lab did not stall, and those after it did; nobody knows why. No drill begins so.
  assert.equal((await pay(urlOf("primary"), paymentBody("z-first"))).status, 201);
  await machinery.stopInstance("i-use1b");
  const stalled = await pay(urlOf("primary"), paymentBody("z-stalled"), 15_000);
  assert.equal(stalled.status, 201);
  const waitsFor = lab.parts.truth.events().findLast(({ event }) => event === "synchronous-standbys")?.detail["names"];
  assert.equal(
    waitsFor,
    "",
    JSON.stringify({ stalled, senders: await walSendersOf(lab), truth: lab.parts.truth.events() }),
  );
  // PostgreSQL lists a dead standby until the process that served it has ended, which may take longer than the payment waited.
  await poll("the dead standby's going", async () => ((await sync()) === "none" ? true : undefined), {
    everyMs: 50,
    deadlineMs: 10_000,
  });
  await machinery.startInstance("i-use1b");
  await poll("waiting for it again", async () => ((await sync()) === "sync" ? true : undefined), {
    everyMs: 50,
    deadlineMs: 10_000,
  });
  assert.equal((await pay(urlOf("primary"), paymentBody("z-sync-again"))).status, 201);
});

test("inside the Region the synchronous standby takes over without losing anything, and the other Region follows it", async () => {
  const { machinery } = lab;
  const acknowledged: string[] = [];
  const dead = new AbortController();
  const writing = (async () => {
    for (let n = 0; !dead.signal.aborted; n += 1) {
      const receipt = await pay(urlOf("primary"), paymentBody(`z-zone-${n}`)).catch(() => null);
      if (receipt?.status === 201) acknowledged.push(`z-zone-${n}`);
    }
  })();
  await poll("some payments", () => (acknowledged.length > 20 ? true : undefined), { everyMs: 5, deadlineMs: 10_000 });
  await machinery.stopInstance("i-use1a");
  dead.abort();
  await writing;
  await machinery.promote("payments-use1b");
  const paid = await poll(
    "a payment on the new writer",
    async () => {
      const receipt = await pay(urlOf("primary"), paymentBody("z-zone-after")).catch(() => null);
      return receipt?.status === 201 || receipt?.status === 200 ? receipt : undefined;
    },
    { everyMs: 50, deadlineMs: 10_000 },
  );
  assert.equal(paid.body["epoch"], 2);
  const died = lab.parts.truth.events().filter(({ event }) => event === "task-ended");
  assert.deepEqual(died, [], "the tasks outlive their database");
  const { payments } = await readExport(urlOf("primary"));
  assert.deepEqual(
    acknowledged.filter((id) => !payments.has(id)),
    [],
  );
  await poll(
    "the other Region following",
    async () => {
      const following = await readExport(urlOf("secondary"));
      return following.payments.has("z-zone-after") ? true : undefined;
    },
    { everyMs: 100, deadlineMs: 10_000 },
  );
});
