import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatIntent, formatMark, formatOutcome, formatRead, formatSurvivor } from "../model/ledger.ts";
import { Arrivals } from "./arrivals.ts";
import { decodeLedger, decodeReading } from "./decode.ts";
import { newDecodeMemory, openDecoding } from "./decode-memory.ts";
import { ledgerTaker } from "./ledger-scan.ts";
import type { LedgerRows } from "./ledger-scan.ts";
import { newProblems } from "./problems.ts";
import { bytesOfRecord, mostRecords, sinkInto } from "./sink.ts";
import type { Taker } from "./sink.ts";
import { readingTaker } from "./survivor-scan.ts";
import type { ReadingRows } from "./survivor-scan.ts";

const seq = fc.integer({ min: 0, max: 30 });
const us = fc.integer({ min: 0, max: 9_999_999_999_999 });
const hash = fc.string({ unit: fc.constantFrom(..."0123456789abcdef".split("")), minLength: 16, maxLength: 16 });
/** Mostly small, so that the sums by account stay small too. */
const account = fc.oneof({ weight: 50, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.nat(999_999) });
const ack = fc.constantFrom(0, 1, 2 as const);
const answer = {
  status: fc.integer({ min: 0, max: 599 }),
  errorCode: fc.integer({ min: 0, max: 9999 }),
  ack,
  region: fc.nat(9),
  epoch: fc.nat(99_999),
};
const amountMinor = fc.integer({ min: 0, max: 9_999_999_999 });

const intent = fc
  .record({ seq, us, amountMinor, from: account, to: account, attempt: fc.nat(99), hash })
  .map(formatIntent);
const outcome = fc.record({ seq, us, ...answer, lsn: fc.nat() }).map(formatOutcome);
const read = fc.record({ seq, us, endUs: us, ...answer, of: fc.integer({ min: -1, max: 1000 }) }).map(formatRead);
const mark = fc
  .record({ mark: fc.constantFrom("open", "drop", "stop", "done" as const), us, n: fc.nat() })
  .map(formatMark);
const ledgerLine = fc.oneof(intent, outcome, read, mark);
const legs = fc.nat(99);
const survivor = fc
  .record({
    witness: fc.constantFrom("k", "t"),
    seq,
    hash,
    amountMinor,
    from: account,
    to: account,
    region: fc.nat(9),
    epoch: fc.nat(99_999),
    replayed: fc.boolean(),
    debits: legs,
    credits: legs,
    net: fc.integer({ min: -9_999_999_999, max: 9_999_999_999 }),
  })
  .map(formatSurvivor);

/** Overwrites a few characters, never making or removing a line end. */
const mutation = fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...'0123456789 -.e"{}:,abkiorp\t\\x'.split(""))), {
  maxLength: 3,
});
const mutated = (line: string, changes: readonly (readonly [number, string])[]): string => {
  const characters = line.slice(0, -1).split("");
  for (const [at, character] of changes) characters[at % characters.length] = character;
  return `${characters.join("")}\n`;
};

/** The same record without padding: it fits no layout, so it is read by JSON.parse. null when it is not JSON. */
function compact(line: string): string | null {
  try {
    return `${JSON.stringify(JSON.parse(line))}\n`;
  } catch {
    return null;
  }
}

const given = newDecodeMemory(bytesOfRecord * mostRecords);
const decoding = openDecoding(given);

/** Number of the line after the text, which begins with line 2. */
function decoded(decode: typeof decodeLedger, text: string, taker: Taker): number {
  const [buffer] = decoding.buffers;
  return decode(decoding, buffer, 0, buffer.write(text, "latin1"), 2, sinkInto(taker, given.memory.buffer));
}

function ledgerState(text: string): unknown {
  const rows: LedgerRows = { arrivals: new Arrivals(64), marks: [], lastUs: 0 };
  const problems = newProblems();
  const next = decoded(decodeLedger, text, ledgerTaker(rows, problems));
  const { arrivals } = rows;
  const all = [];
  for (let n = 0; n < arrivals.size; n++) {
    if (!arrivals.isKnown(n)) continue;
    const answered = arrivals.hasEnded(n) ? arrivals.answers[arrivals.answerOf(n)] : null;
    const bits = [arrivals.isWrite(n), arrivals.isRead(n), arrivals.hasEnded(n)];
    const times = [arrivals.sentUs(n), arrivals.endUs(n)];
    const request = [
      arrivals.amountMinor(n),
      arrivals.from(n),
      arrivals.to(n),
      arrivals.hashHigh(n),
      arrivals.hashLow(n),
    ];
    all.push([n, bits, times, answered, request, arrivals.line(n)]);
  }
  const { brokenLines } = problems.report({ file: "", bytes: 0, lines: 0, tail: "" });
  return {
    next,
    all,
    marks: rows.marks,
    lastUs: rows.lastUs,
    brokenLines,
    extras: arrivals.extras.map(({ answer: number, ...extra }) => ({
      ...extra,
      answer: arrivals.answers[number] ?? null,
    })),
  };
}

test("by offset and by JSON.parse, a ledger reads the same", () => {
  fc.assert(
    fc.property(fc.array(ledgerLine, { maxLength: 60 }), (lines) => {
      assert.deepEqual(ledgerState(lines.join("")), ledgerState(lines.map((line) => compact(line) ?? "").join("")));
    }),
    { numRuns: 300 },
  );
});

test("a damaged line is read by offset exactly as JSON.parse and the schema would read it, or is broken", () => {
  fc.assert(
    fc.property(ledgerLine, mutation, (line, changes) => {
      const damaged = mutated(line, changes);
      const plain = compact(damaged);
      // What is not JSON must be one broken line, and leave nothing behind.
      const expected =
        plain === null ? { next: 3, all: [], marks: [], lastUs: 0, brokenLines: 1, extras: [] } : ledgerState(plain);
      assert.deepEqual(ledgerState(damaged), expected);
    }),
    { numRuns: 20_000 },
  );
});

/** Numbers that grow from line to line, over the places where their leading digits change: of those only the last digits are read anew. */
test("lines in the order of time, one of them damaged, read as by JSON.parse", () => {
  const base = fc.constantFrom(99_999_980, 100_000_000, 1_799_999_990, 999_999_999_970, 9_999_999_999_900);
  fc.assert(
    fc.property(base, fc.nat(30), mutation, (from, at, changes) => {
      const lines = Array.from({ length: 31 }, (_, n) => {
        const now = from + 2 * n;
        return n % 3 === 0
          ? formatIntent({
              seq: n,
              us: now,
              amountMinor: now % 1e9,
              from: 1,
              to: 2,
              attempt: 1,
              hash: "0123456789abcdef",
            })
          : n % 3 === 1
            ? formatOutcome({
                seq: n - 1,
                us: now,
                status: 201,
                errorCode: 0,
                ack: 1,
                region: 1,
                epoch: 1,
                lsn: 700 * now,
              })
            : formatRead({
                seq: n,
                us: now,
                endUs: now + 1,
                status: 200,
                errorCode: 0,
                ack: 1,
                region: 1,
                epoch: 1,
                of: n - 2,
              });
      });
      const damaged = mutated(lines[at] ?? "", changes);
      const plain = compact(damaged);
      const text = (line: (original: string) => string, one: string): string =>
        lines.map((original, n) => (n === at ? one : line(original))).join("");
      assert.deepEqual(
        ledgerState(text((original) => original, damaged)),
        ledgerState(text((original) => compact(original) ?? "", plain ?? "broken\n")),
      );
    }),
    // JSON can say -0, which is 0.
    { numRuns: 3000, examples: [[99_999_980, 30, [[143, "-"]]]] },
  );
});

function survivorState(text: string): unknown {
  const arrivals = new Arrivals(64);
  for (let n = 0; n < 20; n++) arrivals.putIntent(n, 1000, 5, 1, 2, 3, 4, n + 2);
  const rows: ReadingRows = {
    regions: 9,
    arrivals: new Map([["k", arrivals]]),
    presence: new Map(),
    foreign: [],
    accounts: [],
    posted: new Float64Array(16),
    payments: 0,
    footer: null,
  };
  const problems = newProblems();
  const next = decoded(decodeReading, text, readingTaker(rows, problems));
  const { brokenLines } = problems.report({ file: "", bytes: 0, lines: 0, tail: "" });
  const found = [...rows.presence].map(([witness, presence]) => [
    witness,
    presence.rows,
    presence.phantoms,
    Array.from({ length: Math.min(20, presence.size) }, (_, n) => [presence.has(n), presence.condition(n)]),
    presence.doubles.map(({ condition, ...row }) => ({ ...row, condition: presence.conditions[condition] })),
    presence.unsound.length,
  ]);
  const posted: [number, number][] = [];
  rows.posted.forEach((sum, id) => {
    if (sum !== 0) posted.push([id, sum]);
  });
  return { next, found, brokenLines, payments: rows.payments, posted, footer: rows.footer };
}

test("by offset and by JSON.parse, a final reading reads the same, damaged or not", () => {
  fc.assert(
    fc.property(fc.array(survivor, { maxLength: 40 }), (lines) => {
      assert.deepEqual(survivorState(lines.join("")), survivorState(lines.map((line) => compact(line) ?? "").join("")));
    }),
    { numRuns: 100 },
  );
  fc.assert(
    fc.property(survivor, mutation, (line, changes) => {
      const damaged = mutated(line, changes);
      const plain = compact(damaged);
      const expected =
        plain === null
          ? { next: 3, found: [], brokenLines: 1, payments: 0, posted: [], footer: null }
          : survivorState(plain);
      assert.deepEqual(survivorState(damaged), expected);
    }),
    { numRuns: 3000 },
  );
});

test("outcomes without intents, seqs used twice and absurd seqs are broken lines", () => {
  const zero = { us: 5, status: 201, errorCode: 0, ack: 1, region: 1, epoch: 1 } as const;
  const one = formatIntent({ seq: 1, us: 1, amountMinor: 1, from: 1, to: 2, attempt: 1, hash: "0123456789abcdef" });
  const broken = (text: string): unknown => (ledgerState(text) as { brokenLines: number }).brokenLines;
  assert.equal(broken(formatOutcome({ ...zero, seq: 7, lsn: 0 })), 1);
  assert.equal(broken(one + formatRead({ ...zero, seq: 1, endUs: 6, of: -1 })), 1);
  assert.equal(broken(formatRead({ ...zero, seq: 1, us: 7, endUs: 6, of: -1 })), 1);
  assert.equal(broken(formatRead({ ...zero, seq: 9_999_999_999, endUs: 6, of: -1 })), 1);
  assert.equal(broken(one + formatOutcome({ ...zero, seq: 1, lsn: 0 })), 0);
});
