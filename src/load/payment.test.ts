/** load/payment.ts runs inside k6; it imports nothing of k6, so it can be tested here. */
import assert from "node:assert/strict";
import { test } from "node:test";

const { accounts, paymentBody, paymentOf, seedOf } = (await import(
  new URL("../../load/payment.ts", import.meta.url).href
)) as typeof import("../../load/payment.ts");

test("a payment follows from seed and number, within the accounts, between two of them", () => {
  const seed = seedOf("a run");
  const used = new Set<number>();
  for (let seq = 0; seq < 20_000; seq += 1) {
    const payment = paymentOf(seed, seq);
    assert.deepEqual(payment, paymentOf(seed, seq));
    const { from, to, amountMinor } = payment;
    assert.ok(from >= 1 && from <= accounts && to >= 1 && to <= accounts && from !== to, JSON.stringify(payment));
    assert.ok(Number.isInteger(amountMinor) && amountMinor >= 1 && amountMinor <= 100_000);
    used.add(from).add(-to);
  }
  assert.equal(used.size, 2 * accounts, "every account pays and is paid");
  assert.notDeepEqual(paymentOf(seedOf("another run"), 5), paymentOf(seed, 5));
});

test("a body is JSON of exactly the size asked for", () => {
  const payment = paymentOf(1, 7);
  for (const bytes of [300, 5_000]) {
    const text = paymentBody("run-1-k-7", payment, "x".repeat(5_000), bytes);
    assert.equal(Buffer.byteLength(text), bytes);
    const { reference, ...rest } = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(rest, { id: "run-1-k-7", ...payment, currency: "USD" });
    assert.match(String(reference), /^x+$/);
  }
});
