import assert from "node:assert/strict";
import { test } from "node:test";
import { Arrivals } from "../evidence/arrivals.ts";
import { acknowledged, classifyRead, classifyWrite, combine, failed, none, outcomesOf, unknown } from "./classify.ts";
import { acked, smallLedger, timedOut } from "./small-files.ts";

const answer = (status: number, errorCode = 0, ack = 0) => ({ status, errorCode, ack, region: 1, epoch: 1 });

test("acknowledged must be earned: 200 or 201 with the echo that the contract asks for", () => {
  assert.equal(classifyWrite(answer(201, 0, 1)), "acknowledged");
  assert.equal(classifyWrite(answer(200, 0, 1)), "acknowledged");
  assert.equal(classifyWrite(answer(201, 0, 0)), "unknown", "no echo");
  assert.equal(classifyWrite(answer(202, 0, 1)), "unknown", "queued is not committed");
  assert.equal(classifyWrite(answer(201, 1050, 1)), "unknown", "the answer did not arrive whole");
  assert.equal(classifyWrite(answer(500, 0, 1)), "unknown");
});

test("failed must be earned: not sent at all, or an answer that says so", () => {
  for (const code of [1101, 1210, 1211, 1212, 1213, 1310, 1311])
    assert.equal(classifyWrite(answer(0, code)), "failed", String(code));
  assert.equal(classifyWrite(answer(503, 0, 2)), "failed");
  assert.equal(classifyWrite(answer(422, 0, 2)), "failed");
  for (const code of [1000, 1050, 1100, 1200, 1201, 1220, 1300, 1610, 1663])
    assert.equal(classifyWrite(answer(0, code)), "unknown", String(code));
  assert.equal(classifyWrite(answer(503)), "unknown", "a proxy may say 503 after the writer has committed");
  assert.equal(classifyWrite(answer(429)), "unknown");
  assert.equal(classifyWrite(answer(409)), "unknown");
  assert.equal(classifyWrite(answer(201, 0, 2)), "unknown", "an attestation on a success makes no sense");
});

test("reads are right, not found, wrong, or not answered", () => {
  assert.equal(classifyRead(answer(200, 0, 1)), "right");
  assert.equal(classifyRead(answer(404, 0, 2)), "not found");
  assert.equal(classifyRead(answer(200, 0, 0)), "wrong");
  assert.equal(classifyRead(answer(200, 1050, 0)), "none");
  assert.equal(classifyRead(answer(0, 1050, 0)), "none");
  assert.equal(classifyRead(answer(503, 0, 0)), "none");
  assert.equal(classifyRead(answer(404, 0, 0)), "none", "a 404 that is not the contract's");
});

test("one promise among several attempts is a promise; a failure needs all of them", () => {
  assert.equal(combine(["unknown", "acknowledged", "failed"]), "acknowledged");
  assert.equal(combine(["failed", "failed"]), "failed");
  assert.equal(combine(["failed", "unknown"]), "unknown");
  assert.equal(combine([]), "unknown");
});

test("an intent without an outcome is unknown; a read is no write", () => {
  const { arrivals } = smallLedger({
    writes: [acked(0, 0), timedOut(1, 10), { seq: 2, sent: 20, end: null }],
    reads: [{ seq: 3, sent: 30, end: 31 }],
  });
  const outcomes = outcomesOf(arrivals);
  assert.deepEqual([...outcomes.of], [acknowledged, unknown, unknown, none]);
  assert.deepEqual(outcomes.counts, { attempted: 3, acknowledged: 1, failed: 0, unknown: 2 });
});

test("retries: the first promise counts with its own time and line; an attempt without outcome keeps a failure unknown", () => {
  const arrivals = new Arrivals(8);
  const dial = arrivals.answerNumber(0, 1212, 0, 0, 0);
  const ok = arrivals.answerNumber(201, 0, 1, 1, 1);
  for (const seq of [0, 1, 2]) {
    arrivals.putIntent(seq, 100, 5, 1, 2, 9, 9, 2);
    arrivals.putOutcome(seq, 200, dial, 3);
    assert.equal(arrivals.putIntent(seq, 300, 5, 1, 2, 9, 9, 4), "ok");
  }
  arrivals.putOutcome(0, 400, ok, 5);
  arrivals.putOutcome(1, 400, dial, 6);
  const outcomes = outcomesOf(arrivals);
  assert.deepEqual([...outcomes.of], [acknowledged, failed, unknown]);
  assert.deepEqual(outcomes.laterAcks.get(0), { seq: 0, kind: "outcome", us: 400, answer: ok, line: 5 });
  assert.equal(
    arrivals.putIntent(0, 500, 5, 1, 2, 9, 8, 7),
    "twice",
    "a retry with another body is another payment under the same id",
  );
});
