import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
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

test("the edges of each rule", () => {
  assert.equal(classifyWrite(answer(201, 0, 3)), "acknowledged", "a promise, however often it was asked for");
  assert.equal(classifyWrite(answer(503, 0, 4)), "unknown");
  assert.equal(classifyWrite(answer(400, 0, 2)), "failed");
  assert.equal(classifyWrite(answer(399, 0, 2)), "unknown");
  assert.equal(classifyWrite(answer(200, 1211)), "unknown", "what had a status was connected");
  assert.equal(classifyWrite(answer(0, 1211, 1)), "unknown", "what was acknowledged was connected");
  assert.equal(classifyWrite(answer(0, 0)), "unknown");
  assert.equal(classifyRead(answer(201, 0, 1)), "none");
  assert.equal(classifyRead(answer(503, 0, 2)), "none");
  assert.equal(classifyRead(answer(404, 1404, 2)), "not found", "k6 has a code for it");
  assert.equal(classifyRead(answer(404, 1050, 2)), "none");
  assert.equal(classifyRead(answer(404, 1404, 0)), "none");
});

/** One write with these attempts, each with an intent and, unless null, an outcome. */
function attempted(outcomes: readonly ("ok" | "dial" | "timeout" | null)[]) {
  const arrivals = new Arrivals(8);
  const numbers = {
    ok: arrivals.answerNumber(201, 0, 1, 1, 1),
    dial: arrivals.answerNumber(0, 1212, 0, 0, 0),
    timeout: arrivals.answerNumber(0, 1050, 0, 0, 0),
  };
  outcomes.forEach((outcome, index) => {
    const us = 100 + 10 * index;
    arrivals.putIntent(0, us, 5, 1, 2, 9, 9, 2 + index);
    if (outcome !== null) arrivals.putOutcome(0, us + 5, numbers[outcome], 20 + index);
  });
  const { of, laterAcks, counts } = outcomesOf(arrivals);
  return { code: of[0], ackLine: laterAcks.get(0)?.line ?? null, counts };
}

test("several attempts at one write are judged together", () => {
  assert.equal(attempted(["dial", "dial"]).code, failed);
  assert.equal(attempted(["dial", "timeout", "dial"]).code, unknown, "one of three may have been applied");
  assert.equal(attempted(["timeout", "dial"]).code, unknown);
  assert.equal(attempted([null, null]).code, unknown);
  assert.equal(attempted(["dial", "dial", null]).code, unknown);
  assert.deepEqual(attempted(["ok", null]), {
    code: acknowledged,
    ackLine: null,
    counts: { attempted: 1, acknowledged: 1, failed: 0, unknown: 0 },
  });
  assert.equal(attempted(["dial", "ok", "ok"]).ackLine, 21, "the first promise is the one that counts");
  assert.equal(attempted(["ok", "ok"]).ackLine, null, "promised already, by the first attempt");
  assert.equal(attempted(["timeout", "dial"]).ackLine, null);
});

const anyAnswer = fc.record({
  status: fc.oneof(fc.constantFrom(0, 200, 201, 202, 399, 400, 404, 409, 422, 429, 500, 503), fc.nat(999)),
  errorCode: fc.oneof(fc.constant(0), fc.constantFrom(1000, 1050, 1101, 1211, 1212, 1220), fc.nat(1999)),
  ack: fc.constantFrom(0, 1, 2, 3, 4),
  region: fc.constant(1),
  epoch: fc.constant(1),
});

test("random answers: only an echo of the contract is a promise, and only an attestation or no connection is a failure", () => {
  fc.assert(
    fc.property(anyAnswer, (given) => {
      const outcome = classifyWrite(given);
      const isEcho = given.ack === 1 || given.ack === 3;
      if (outcome === "acknowledged") assert.ok(isEcho && given.status >= 200 && given.status < 202);
      if (outcome === "failed") assert.ok(given.ack === 2 || (given.status === 0 && given.errorCode > 1100));
      // What says nothing more than that it did not work out says nothing.
      assert.equal(classifyWrite({ ...given, status: 0, errorCode: 1050 }), "unknown");
    }),
  );
});

test("random attempts: their order does not matter, and one more without outcome never makes a failure", () => {
  const some = fc.array(fc.constantFrom("ok", "dial", "timeout" as const), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(some, (outcomes) => {
      const { code } = attempted(outcomes);
      assert.equal(attempted(outcomes.toReversed()).code, code);
      assert.equal(attempted([...outcomes, null]).code, code === acknowledged ? acknowledged : unknown);
      assert.equal(attempted([...outcomes, "ok"]).code, acknowledged);
    }),
  );
});
