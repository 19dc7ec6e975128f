import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Arrivals } from "../evidence/arrivals.ts";
import { Presence } from "../evidence/presence.ts";
import { acknowledged, outcomesOf, unknown } from "./classify.ts";
import { ackAnswer, ackedUs, ackOf, present, presentUnreplayed, setsOf, sumMinor } from "./loss.ts";
import { smallLedger } from "./small-files.ts";
import type { SmallWrite } from "./small-files.ts";

/** What happens to a write: how it was answered, and whether it is there in the end. */
const fate = fc.record({
  answer: fc.constantFrom("ack", "dial", "refused", "timeout", "silence"),
  there: fc.boolean(),
  amount: fc.nat(10_000),
});
type Fate = { readonly answer: string; readonly there: boolean; readonly amount: number };

function writesOf(fates: readonly Fate[]): SmallWrite[] {
  return fates.map(({ answer, amount }, seq) => {
    const base = { seq, sent: seq * 10, end: seq * 10 + 5, amount };
    if (answer === "ack") return base;
    if (answer === "dial") return { ...base, status: 0, error: 1211, ack: 0 };
    if (answer === "refused") return { ...base, status: 503, ack: 2 };
    if (answer === "timeout") return { ...base, status: 0, error: 1050, ack: 0 };
    return { ...base, end: null };
  });
}

function judged(fates: readonly Fate[]) {
  const { arrivals } = smallLedger({ writes: writesOf(fates) });
  const outcomes = outcomesOf(arrivals);
  return { arrivals, outcomes, sets: setsOf(outcomes, (seq) => fates[seq]?.there === true) };
}

const seqs = (fates: readonly Fate[], wanted: (fate: Fate) => boolean): number[] =>
  fates.flatMap((one, seq) => (wanted(one) ? [seq] : []));
const isUnknown = ({ answer }: Fate): boolean => answer === "timeout" || answer === "silence";
const isFailed = ({ answer }: Fate): boolean => answer === "dial" || answer === "refused";

test("random histories: the sets are those of the definitions", () => {
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 60 }), (fates) => {
      const { arrivals, sets } = judged(fates);
      assert.deepEqual(
        sets.lost,
        seqs(fates, (one) => one.answer === "ack" && !one.there),
      );
      assert.deepEqual(
        sets.undecided,
        seqs(fates, (one) => isUnknown(one) && !one.there),
      );
      assert.equal(sets.recovered, seqs(fates, (one) => isUnknown(one) && one.there).length);
      assert.deepEqual(
        sets.refusedYetPresent,
        seqs(fates, (one) => isFailed(one) && one.there),
      );
      const lostMinor = fates.reduce((sum, one) => sum + (one.answer === "ack" && !one.there ? one.amount : 0), 0);
      assert.equal(sumMinor(arrivals, sets.lost), lostMinor);
    }),
  );
});

test("random histories: one more loss is one more, an unknown changes no loss", () => {
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
      const before = judged(fates).sets;
      const lost = judged([...fates, { answer: "ack", there: false, amount: 1 }]).sets;
      assert.equal(lost.lost.length, before.lost.length + 1);
      const vague = judged([...fates, { answer: "timeout", there: false, amount: 1 }]).sets;
      assert.deepEqual(vague.lost, before.lost);
      assert.equal(vague.undecided.length, before.undecided.length + 1);
    }),
  );
});

test("the very first and the very last write are looked at too", () => {
  const fates: Fate[] = Array.from({ length: 10 }, () => ({ answer: "ack", there: true, amount: 1 }));
  fates[0] = { answer: "ack", there: false, amount: 1 };
  fates[9] = { answer: "ack", there: false, amount: 1 };
  const { sets, outcomes } = judged(fates);
  assert.deepEqual(sets.lost, [0, 9]);
  assert.equal(outcomes.of[9], acknowledged);
  assert.notEqual(outcomes.of[0], unknown);
});

test("what is no write is neither lost nor refused, whatever the reading has under its number", () => {
  const { arrivals } = smallLedger({
    writes: [{ seq: 0, sent: 0, end: 5 }],
    reads: [{ seq: 1, sent: 10, end: 15 }],
  });
  const outcomes = outcomesOf(arrivals);
  const nothing = { lost: [], undecided: [], recovered: 0, refusedYetPresent: [] };
  assert.deepEqual(
    setsOf(outcomes, () => true),
    nothing,
  );
  assert.deepEqual(
    setsOf(outcomes, () => false),
    { ...nothing, lost: [0] },
  );
});

test("present after all, present before the replay, and neither without a reading", () => {
  const presence = new Presence(4);
  presence.put(0, presence.conditionNumber(0, 1, 1, 1, 1), 2);
  presence.put(1, presence.conditionNumber(8, 1, 1, 1, 1), 3);
  const seen = (is: (seq: number) => boolean): boolean[] => [0, 1, 2].map(is);
  assert.deepEqual(seen(present(presence)), [true, true, false]);
  assert.deepEqual(seen(presentUnreplayed(presence)), [true, false, false], "1 was replayed");
  assert.deepEqual(seen(present(undefined)), [false, false, false]);
  assert.deepEqual(seen(presentUnreplayed(undefined)), [false, false, false]);
});

test("the promise is the first attempt's answer, or the later attempt's that made it", () => {
  const arrivals = new Arrivals(4);
  const [dial, ok] = [arrivals.answerNumber(0, 1212, 0, 0, 0), arrivals.answerNumber(201, 0, 1, 1, 1)];
  arrivals.putIntent(0, 100, 5, 1, 2, 9, 9, 2);
  arrivals.putOutcome(0, 150, dial, 3);
  arrivals.putIntent(0, 200, 5, 1, 2, 9, 9, 4);
  arrivals.putOutcome(0, 250, ok, 5);
  arrivals.putIntent(1, 300, 5, 1, 2, 9, 9, 6);
  arrivals.putOutcome(1, 350, ok, 7);
  const outcomes = outcomesOf(arrivals);
  const { us, answer, line } = ackOf(arrivals, outcomes, 0);
  assert.deepEqual([us, answer, line], [250, ok, 5]);
  assert.deepEqual(ackOf(arrivals, outcomes, 1), { us: 350, answer: ok, line: 7 });
});

test("a promise that a later attempt was given counts from then", () => {
  const arrivals = new Arrivals(8);
  const [timeout, ok] = [arrivals.answerNumber(0, 1050, 0, 0, 0), arrivals.answerNumber(201, 0, 1, 1, 1)];
  for (const seq of [0, 1]) arrivals.putIntent(seq, 1_000, 5, 1, 2, 3, 4, 2);
  arrivals.putOutcome(0, 3_000, timeout, 3);
  arrivals.putOutcome(1, 2_500, ok, 4);
  const first = outcomesOf(arrivals);
  assert.equal(ackedUs(arrivals, first, 1), 2_500);
  assert.equal(ackAnswer(arrivals, first, 1), ackOf(arrivals, first, 1).answer);
  arrivals.putIntent(0, 4_000, 5, 1, 2, 3, 4, 5);
  arrivals.putOutcome(0, 4_700, ok, 6);
  const outcomes = outcomesOf(arrivals);
  assert.deepEqual([ackedUs(arrivals, outcomes, 0), ackedUs(arrivals, outcomes, 1)], [4_700, 2_500]);
  assert.equal(ackOf(arrivals, outcomes, 0).line, 6);
  for (const seq of [0, 1]) assert.equal(ackAnswer(arrivals, outcomes, seq), ackOf(arrivals, outcomes, seq).answer);
  assert.notEqual(ackAnswer(arrivals, outcomes, 0), arrivals.answerOf(0), "the later attempt's, not the first one's");
});
