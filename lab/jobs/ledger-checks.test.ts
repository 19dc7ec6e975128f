/** What is certain, what is not, and whether the ledger's own checks can fail: on a lab of its own, with the database open on the table. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pay, paymentBody, readExport } from "../payments-client.ts";
import { poll } from "../poll.ts";
import { profiles } from "../profile.ts";
import { startLab } from "../start-lab.ts";
import type { StartedLab } from "../start-lab.ts";

let lab: StartedLab;
let url: string;
const waiting = { everyMs: 50, deadlineMs: 15_000 };

before(async () => {
  lab = await startLab({ profile: profiles.quick, portBase: null, keep: null, stateFile: null });
  url = (lab.endpoints["primary"] as { readonly url: string }).url;
});
after(() => lab[Symbol.asyncDispose]());

const sql = (text: string): Promise<Record<string, unknown>[]> => lab.parts.databases.writer.query(text);
const reconcile = (): Promise<Readonly<Record<string, unknown>>> => lab.machinery.invoke("payments-reconcile", {});

test("the outbox waits while the flow is closed, and is dispatched exactly once whoever does it", async () => {
  assert.equal((await pay(url, paymentBody("c-open"))).status, 201);
  const open = async (): Promise<true | undefined> =>
    (await sql("SELECT dispatches FROM outbox WHERE payment_id = 'c-open'"))[0]?.["dispatches"] === 1
      ? true
      : undefined;
  await poll("the worker's dispatch", open, waiting);
  // As if the worker had been interrupted between payment and dispatch.
  await lab.machinery.setFlow("us-east-1", "closed");
  await sql("UPDATE outbox SET dispatched_at = NULL, dispatched_by = NULL, dispatches = 0 WHERE payment_id = 'c-open'");
  assert.deepEqual(
    [await reconcile(), await reconcile()].map((answer) => answer["replayedOutbox"]),
    [1, 0],
  );
  await lab.machinery.setFlow("us-east-1", "open");
  assert.equal((await pay(url, paymentBody("c-open-again"))).status, 201);
  const rows = async (): Promise<Record<string, unknown>[] | undefined> => {
    const found = await sql("SELECT payment_id, dispatches, dispatched_by FROM outbox ORDER BY payment_id");
    return found.every((row) => row["dispatches"] === 1) ? found : undefined;
  };
  const [first, second] = await poll("both dispatched", rows, waiting);
  assert.equal(first?.["dispatched_by"], "us-east-1/reconcile");
  assert.match(String(second?.["dispatched_by"]), /^us-east-1\/\d+$/);
});

test("reconcile and the export see a torn payment, a changed balance and a changed body", async () => {
  for (const id of ["c-torn", "c-body", "c-sound"])
    assert.equal((await pay(url, paymentBody(id, 100, 10, 11))).status, 201);
  const { checkedPayments, torn, balanceMismatches } = await reconcile();
  assert.deepEqual({ checkedPayments, torn, balanceMismatches }, { checkedPayments: 5, torn: 0, balanceMismatches: 0 });
  await sql("DELETE FROM postings WHERE payment_id = 'c-torn' AND amount > 0");
  await sql("UPDATE payments SET body = body || ' ' WHERE id = 'c-body'");
  await sql("UPDATE accounts SET balance = balance + 1 WHERE id = 20");
  const broken = await reconcile();
  assert.deepEqual([broken["torn"], broken["tornIds"], broken["balanceMismatches"]], [1, ["c-torn"], 2]);
  const { payments, accounts } = await readExport(url);
  const { debits, credits, credited } = payments.get("c-torn") ?? {};
  assert.deepEqual({ debits, credits, credited }, { debits: 1, credits: 0, credited: 0 });
  const wrongBodies = [...payments.values()].filter(({ hash, bodyHash }) => hash !== bodyHash);
  assert.deepEqual(
    wrongBodies.map(({ id }) => id),
    ["c-body"],
  );
  const off = accounts.filter(({ opening, balance, posted }) => Number(balance) !== Number(opening) + Number(posted));
  assert.deepEqual(
    off.map(({ account }) => account),
    [11, 20],
  );
});

test("the page is rendered with the account, and cannot be broken out of by what stands in its address", async () => {
  const response = await fetch(`${url}/?account=10&idPrefix=${encodeURIComponent('"><script>x</script>')}`);
  const text = await response.text();
  assert.equal(response.headers.get("x-region"), "us-east-1");
  assert.match(text, /data-testid="region">us-east-1</);
  assert.match(text, /data-testid="balance">999,997\.00</);
  assert.match(text, /<li data-id="c-sound" class="out">/);
  assert.doesNotMatch(text, /<script>x/);
});

test("a commit that hangs when its database dies is not known to have failed: it is there when the database returns", async () => {
  const { machinery } = lab;
  await machinery.stopInstance("i-use1b");
  // Sent before the control loop stops waiting for the dead standby; ended by the death of the primary.
  const hanging = pay(url, paymentBody("c-unknown"), 20_000);
  const sent = async (): Promise<true | undefined> =>
    (await sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'payments'")).length > 0
      ? true
      : undefined;
  await poll("a commit that waits", sent, { everyMs: 5, deadlineMs: 5_000 });
  await machinery.stopInstance("i-use1a");
  const answer = await hanging;
  assert.equal(answer.status, 500);
  assert.equal(answer.notExecuted, false);
  const refused = await pay(url, paymentBody("c-refused"));
  assert.deepEqual([refused.status, refused.notExecuted], [503, true]);
  await machinery.startInstance("i-use1a");
  await machinery.startInstance("i-use1b");
  const again = await poll(
    "an answer of the returned database",
    async () => {
      const receipt = await pay(url, paymentBody("c-unknown"), 15_000);
      return receipt.status < 500 ? receipt : undefined;
    },
    waiting,
  );
  assert.deepEqual([again.status, again.body["replay"]], [200, true]);
  assert.equal((await fetch(`${url}/v1/payments/c-refused`)).status, 404);
});
