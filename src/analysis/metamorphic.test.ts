/**
 * What must not change the verdict, and what must change it in one way only (docs/measuring.md §11): whole verdicts over random histories,
 * each judged once as it is and once told in another way.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Evidence } from "../evidence/evidence.ts";
import type { FindingId, Verdict } from "../model/verdict.ts";
import { judge } from "./judge.ts";
import { finding } from "./judged-run.ts";
import { smallEvidence } from "./small-evidence.ts";
import { acked, deadCanary, observation, smallLedger, smallProbe, smallReading } from "./small-files.ts";
import type { SmallRow, SmallWrite } from "./small-files.ts";

/** What became of one write. */
interface Fate {
  readonly answer: "ack" | "timeout" | "dial" | "silence";
  readonly there: boolean;
  readonly amount: number;
  readonly row: Partial<SmallRow>;
}

const anyFate: fc.Arbitrary<Fate> = fc.record({
  answer: fc.constantFrom("ack", "ack", "ack", "timeout", "dial", "silence" as const),
  there: fc.constantFrom(true, true, true, false),
  amount: fc.integer({ min: 1, max: 100_000 }),
  row: fc.constantFrom<Partial<SmallRow>>({}, {}, {}, {}, { otherBody: true }, { replayed: true }, { debits: 2 }),
});
const histories = fc.array(anyFate, { minLength: 120, maxLength: 140 });

const everyMs = 100;
const outage = { from: 10_050, until: 11_500 };

/** Write n is due at n × 100 ms; the fault strikes at 10.05 s, and from 11.5 s on the other Region serves. */
function writeOf({ answer, amount }: Fate, seq: number, byMs: number): SmallWrite {
  const at = seq * everyMs;
  const sent = at + byMs;
  const isDown = at >= outage.from && at < outage.until;
  if (answer === "silence") return { seq, sent, end: null, amount };
  if (answer === "dial" || (isDown && answer === "ack"))
    return { seq, sent, end: sent + 3, status: 0, error: 1212, ack: 0, amount };
  if (answer === "timeout") return { seq, sent, end: sent + 2000, status: 0, error: 1050, ack: 0, amount };
  return acked(seq, sent, { amount, ...(at < outage.from ? {} : { region: 2, epoch: 2 }) });
}

interface Telling {
  /** Everything happens so much later. */
  readonly byMs?: number;
  /** Which witness has a write, by its number; all of them "k" by default. */
  readonly witnessOf?: (seq: number) => string;
  /** In which order their ledgers come. */
  readonly order?: readonly string[];
}

function evidenceOf(fates: readonly Fate[], telling: Telling = {}): Evidence {
  const { byMs = 0, witnessOf = () => "k", order = ["k"] } = telling;
  const ledgers = order.map((witness) =>
    smallLedger({
      witness,
      ratePerMinute: 60_000 / everyMs,
      writes: fates.flatMap((fate, seq) => (witnessOf(seq) === witness ? [writeOf(fate, seq, byMs)] : [])),
    }),
  );
  const rows = fates.flatMap(({ there, row }, seq) => (there ? [{ ...row, seq, witness: witnessOf(seq) }] : []));
  const customer = smallProbe(
    "customer",
    100,
    100,
    Array.from({ length: 140 }, (_, n) => observation(n * 100, n * 100 < outage.from || n * 100 >= outage.until)),
  );
  const probes = [deadCanary(), customer].map((probe) => ({
    ...probe,
    lines: probe.lines.map(({ line, value }) => ({
      line,
      value: {
        ...value,
        schedUs: value.schedUs + byMs * 1000,
        startUs: value.startUs + byMs * 1000,
        endUs: value.endUs + byMs * 1000,
      },
    })),
  }));
  const objectives = { rpoCount: 3, rpoAmountMinor: 100_000, residual: 2, hold: { windowMs: 1000, binMs: 500 } };
  const parts = {
    drill: { objectives: { ...objectives, horizonMs: 60_000 } },
    ledgers,
    probes,
    readings: [smallReading("final", rows, ledgers, { started: 20_000 + byMs })],
  };
  const evidence = smallEvidence(parts);
  return { ...evidence, journal: evidence.journal.map((entry) => ({ ...entry, value: later(entry.value, byMs) })) };
}

/** The times that the small journal has. */
function later(event: Evidence["journal"][number]["value"], byMs: number): typeof event {
  const moved = { ...event, us: event.us + byMs * 1000, wallMs: event.wallMs + byMs };
  if (moved.type !== "fis.action") return moved;
  const { startMs, previousPollUs } = moved;
  return {
    ...moved,
    startMs: startMs === null ? null : startMs + byMs,
    previousPollUs: previousPollUs === null ? null : previousPollUs + byMs * 1000,
  };
}

const judged = (fates: readonly Fate[], telling: Telling = {}): Verdict => judge(evidenceOf(fates, telling));
/** Without what is said in words, and without the lines cited, which depend on where something stands. */
const numbers = ({ findings }: Verdict, ids?: readonly FindingId[]) =>
  findings
    .filter(({ id }) => ids === undefined || ids.includes(id))
    .map(({ id, status, measured, objective }) => ({ id, status, measured, objective }));
const held = (measured: Verdict["findings"][number]["measured"]) => [measured?.lo, measured?.hi];
const lo = (verdict: Verdict, id: FindingId): number => finding(verdict, id).measured?.lo ?? Number.NaN;
const hi = (verdict: Verdict, id: FindingId): number => {
  const { measured } = finding(verdict, id);
  return measured === null ? Number.NaN : (measured.hi ?? Number.POSITIVE_INFINITY);
};

const runs = { numRuns: 40 };
const lossIds = ["rpo.time", "rpo.count", "rpo.amount", "residual", "duplicates", "corrupt", "torn"] as const;

test("the histories are of the kind that matters: losses, undecided writes and a restoration are measured in them", () => {
  const fates = Array.from({ length: 130 }, (_, seq): Fate => {
    const isLost = seq === 98 || seq === 99;
    return { answer: seq === 97 ? "timeout" : "ack", there: !isLost && seq !== 97, amount: 10, row: {} };
  });
  const verdict = judged(fates);
  assert.deepEqual([lo(verdict, "rpo.count"), hi(verdict, "rpo.count"), lo(verdict, "rpo.amount")], [2, 3, 20]);
  assert.deepEqual([finding(verdict, "rto").measured, finding(verdict, "rpo.time").measured].map(held), [
    [1250, 1510],
    [190, 550],
  ]);
});

test("shifting all times by the same amount changes nothing at all", () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 100_000 }), (fates, seconds) => {
      const [original, shifted] = [judged(fates), judged(fates, { byMs: seconds * 1000 })];
      assert.deepEqual(numbers(shifted), numbers(original));
      assert.equal(shifted.verdict, original.verdict);
    }),
    runs,
  );
});

test("which witness saw a write, and in which order they are heard, changes nothing of what was lost", () => {
  const letters = ["a", "b", "k"] as const;
  fc.assert(
    fc.property(histories, fc.shuffledSubarray([...letters], { minLength: 3 }), (fates, order) => {
      const witnessOf = (seq: number): string => letters[seq % 3] ?? "k";
      const told = numbers(judged(fates, { witnessOf, order }), lossIds);
      assert.deepEqual(told, numbers(judged(fates, { witnessOf, order: letters }), lossIds));
      assert.deepEqual(told, numbers(judged(fates), lossIds));
    }),
    runs,
  );
});

test("a run that is recorded in two segments is judged as one", () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 119 }), (fates, cut) => {
      const witnessOf = (seq: number): string => (seq < cut ? "k" : "l");
      const split = judged(fates, { witnessOf, order: ["k", "l"] });
      assert.deepEqual(numbers(split, lossIds), numbers(judged(fates), lossIds));
    }),
    runs,
  );
});

const ahead = fc.integer({ min: 0, max: 95 });

test("one write more whose outcome is unknown and that is not there: no interval becomes narrower, no loss smaller", () => {
  fc.assert(
    fc.property(histories, ahead, (fates, at) => {
      // The same history with one write's outcome forgotten, which was neither acknowledged nor there.
      const known = fates.with(at, { answer: "dial", there: false, amount: 500, row: {} });
      const vague = fates.with(at, { answer: "timeout", there: false, amount: 500, row: {} });
      const [before, after] = [judged(known), judged(vague)];
      for (const id of ["rpo.time", "rpo.count", "rpo.amount"] as const) {
        assert.equal(lo(after, id), lo(before, id), id);
        assert.ok(!(hi(after, id) < hi(before, id)), id);
      }
      assert.equal(hi(after, "rpo.count"), hi(before, "rpo.count") + 1);
      assert.equal(hi(after, "rpo.amount"), hi(before, "rpo.amount") + 500);
      assert.equal(lo(after, "residual"), lo(before, "residual"));
    }),
    runs,
  );
});

test("one lost write more: each count of losses rises by exactly one, the money by its amount, the age never falls", () => {
  fc.assert(
    fc.property(histories, ahead, fc.integer({ min: 1, max: 99_999 }), (fates, at, amount) => {
      const kept = fates.with(at, { answer: "ack", there: true, amount, row: {} });
      const lost = fates.with(at, { answer: "ack", there: false, amount, row: {} });
      const [before, after] = [judged(kept), judged(lost)];
      assert.deepEqual(
        [lo(after, "rpo.count"), hi(after, "rpo.count")],
        [lo(before, "rpo.count") + 1, hi(before, "rpo.count") + 1],
      );
      assert.equal(lo(after, "rpo.amount"), lo(before, "rpo.amount") + amount);
      assert.equal(lo(after, "residual"), lo(before, "residual") + 1);
      assert.ok(lo(after, "rpo.time") >= lo(before, "rpo.time"));
      assert.ok(hi(after, "rpo.time") >= hi(before, "rpo.time"));
    }),
    runs,
  );
});
