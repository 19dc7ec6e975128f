import assert from "node:assert/strict";
import { test } from "node:test";
import { find } from "../small-evidence.ts";
import { acked, observation, smallLedger, smallProbe, smallReading } from "../small-files.ts";
import type { SmallRow } from "../small-files.ts";
import { balance } from "./balance.ts";
import { corrupt, duplicates, phantom, torn } from "./integrity.ts";

const refused = { seq: 4, sent: 5000, end: 5010, status: 503, ack: 2 };
const ledgers = [smallLedger({ writes: [acked(0, 1000), acked(1, 2000), acked(2, 3000), acked(3, 4000), refused] })];
const all: SmallRow[] = [{ seq: 0 }, { seq: 1 }, { seq: 2 }, { seq: 3 }];
const final = (rows: readonly SmallRow[], more = {}) => ({
  ledgers,
  readings: [smallReading("final", rows, ledgers, more)],
});
const lines = (numbers: readonly number[]) => numbers.map((line) => ({ file: "survivors/final.ndjson", line }));

test("a sound reading has nothing of all this, and what was read is told", () => {
  for (const check of [duplicates, corrupt, torn, phantom]) {
    const { status, measured, evidence } = find(check, final(all));
    assert.deepEqual(
      { status, measured, evidence },
      {
        status: "PASS",
        measured: { lo: 0, hi: 0, unit: "count" },
        evidence: [{ file: "ledger/k.ndjson" }, { file: "survivors/final.ndjson" }],
      },
      check.id,
    );
  }
});

test("duplicates: rows stored twice, and effects posted twice with one row", () => {
  const found = find(duplicates, final([...all, { seq: 1 }, { seq: 1 }, { seq: 3 }]));
  assert.deepEqual(
    [found.status, found.measured, found.evidence],
    ["FAIL", { lo: 2, hi: 2, unit: "count" }, lines([6, 7, 8])],
  );
  const effect = find(duplicates, final([{ seq: 0 }, { seq: 1, debits: 2, credits: 2 }]));
  assert.deepEqual([effect.status, effect.measured?.lo, effect.evidence], ["FAIL", 1, lines([3])]);
  assert.match(effect.reason, /0 transactions stored more than once, 1 stored once and posted more than once/);
});

test("a duplicate beside a loss is found although the number of rows is right", () => {
  assert.equal(find(duplicates, final([{ seq: 0 }, { seq: 1 }, { seq: 1 }, { seq: 3 }])).measured?.lo, 1);
});

test("corrupt: another body, amount or account; in a second row too", () => {
  assert.deepEqual(
    find(corrupt, final([{ seq: 0, otherBody: true }, { seq: 1, otherFields: true }, { seq: 2 }])).evidence,
    lines([2, 3]),
  );
  assert.equal(find(corrupt, final([...all, { seq: 2, otherBody: true }])).measured?.lo, 1);
});

test("torn: one side only, none, or sides that are not equal", () => {
  const found = find(
    torn,
    final([
      { seq: 0, credits: 0, balanced: false },
      { seq: 1, debits: 0, credits: 0 },
      { seq: 2, balanced: false },
      { seq: 3 },
    ]),
  );
  assert.deepEqual([found.status, found.measured?.lo, found.evidence], ["FAIL", 3, lines([2, 3, 4])]);
});

test("phantom: refused and there all the same is proven", () => {
  const found = find(phantom, final([...all, { seq: 4 }]));
  assert.deepEqual([found.status, found.measured], ["FAIL", { lo: 1, hi: 1, unit: "count" }]);
});

test("phantom: an id of ours that was never sent is in doubt: the ledger may have lost it", () => {
  const found = find(phantom, final([...all, { seq: 99 }]));
  assert.deepEqual(
    [found.status, found.measured, found.evidence],
    ["INCONCLUSIVE", { lo: 0, hi: 1, unit: "count" }, lines([6])],
  );
});

test("phantom: missing in the first final reading and back in the second, with nothing replayed in between", () => {
  const readings = [smallReading("final", all.slice(1), ledgers), smallReading("final-again", all, ledgers)];
  assert.deepEqual(find(phantom, { ledgers, readings }).status, "FAIL");
});

test("phantom: a probe's own payment is explained by its record; rows of others are not judged", () => {
  const foreign = [
    { k: "f", id: "small.c.77", amt: 5, ours: true } as const,
    { k: "f", id: "else", amt: 5, ours: false } as const,
  ];
  const journey = (id: string) => smallProbe("journey", null, 1000, [observation(1000, true, 5, { detail: { id } })]);
  const told = find(phantom, { ...final(all, { foreign }), probes: [journey("payment small.c.77 made")] });
  assert.deepEqual([told.status, told.reason], ["PASS", "none; 1 row of others (not judged)"]);
  const untold = find(phantom, { ...final(all, { foreign }), probes: [journey("another")] });
  assert.deepEqual([untold.status, untold.measured], ["INCONCLUSIVE", { lo: 0, hi: 1, unit: "count" }]);
});

const rowOf = (id: string, ours = true) => ({ k: "f", id, amt: 5, ours }) as const;
const withRows = (
  ids: readonly (string | ReturnType<typeof rowOf>)[],
  ...probes: readonly ReturnType<typeof smallProbe>[]
) => {
  const foreign = ids.map((row) => (typeof row === "string" ? rowOf(row) : row));
  const { status, measured, reason } = find(phantom, { ...final(all, { foreign }), probes });
  return { status, span: [measured?.lo, measured?.hi], reason };
};
const journeyOf = (text: string, ok = true) =>
  smallProbe("journey", null, 1000, [observation(1000, ok, 5, text === "" ? {} : { detail: { said: text } })]);

test("phantom: an id is matched whole, never as a part of another, and explains one row", () => {
  const told = journeyOf("Paid. Reference small.c.771.");
  assert.deepEqual(withRows(["small.c.771"], told).status, "PASS");
  assert.deepEqual(withRows(["small.c.77"], told).span, [0, 1]);
  assert.deepEqual(withRows(["small.c.771", "small.c.771"], told).span, [0, 1], "the second row nobody sent");
  assert.deepEqual(withRows(["", ""], told).span, [0, 2], "a row without an id is nobody's");
});

test("phantom: the reader's mark clears no row whose id is this run's", () => {
  const rows = [rowOf("small.z.1", false), rowOf("smaller.z.1", false), rowOf("other", true)];
  assert.deepEqual(withRows(rows), {
    status: "INCONCLUSIVE",
    span: [0, 2],
    reason: "2 have ids of this run that no probe tells of; 1 row of others (not judged)",
  });
});

const attempts = (...details: readonly (Record<string, string | boolean> | null)[]) =>
  smallProbe(
    "fence",
    500,
    1000,
    details.map((detail, n) => observation(n * 500, true, 5, detail === null ? {} : { detail })),
  );
const attempt = (id: string, end: "accepted" | "refused" | "unknown") => ({
  attempted: true,
  accepted: end === "accepted",
  refused: end === "refused",
  id,
});

test("phantom: of the fence probe's attempts only one that was accepted, or whose end nobody knows, explains a row: its own", () => {
  const probe = attempts(attempt("small.f.1", "accepted"), attempt("small.f.2", "unknown"));
  assert.equal(withRows(["small.f.1", "small.f.2"], probe).status, "PASS");
  assert.deepEqual(withRows(["small.f.1", "small.f.3"], probe).span, [0, 1]);
  const many = attempts(...Array.from({ length: 50 }, (_, n) => attempt(`small.f.${n}`, "refused")));
  assert.deepEqual(withRows(["small.x.1", "small.x.2"], many).span, [0, 2], "fifty refusals explain nothing");
  const there = withRows(["small.f.7"], many);
  assert.deepEqual([there.status, there.span], ["FAIL", [1, 1]]);
  assert.match(there.reason, /1 were answered "not executed" and are there/);
});

test("phantom: without the ids, as many rows may be the probes' as there are such attempts, which leaves them in doubt", () => {
  const untold = attempts({ attempted: true, accepted: true }, null, { attempted: false });
  const found = withRows(["small.f.1", "small.f.2", "small.f.3"], untold);
  assert.deepEqual([found.status, found.span], ["INCONCLUSIVE", [0, 3]]);
  assert.match(found.reason, /^3 have .* \(2 of them may be what probes paid without a record of the id\)$/);
  // A journey that ended badly may have paid without learning its payment's id.
  assert.match(withRows(["small.c.1"], journeyOf("", false)).reason, /\(1 of them may be/);
  assert.doesNotMatch(withRows(["small.c.1"], journeyOf("sorry: small.c.2", false)).reason, /may be/);
});

test("what either of the two final readings shows was so: nothing was under way when they were taken", () => {
  const faulty: SmallRow[] = [
    { seq: 0 },
    { seq: 0 },
    { seq: 1, otherBody: true },
    { seq: 2, credits: 0, balanced: false },
    { seq: 3, debits: 2, credits: 2 },
    { seq: 4 },
    { seq: 99 },
  ];
  const judged = (first: readonly SmallRow[], second: readonly SmallRow[]) =>
    [duplicates, corrupt, torn, phantom].map((check) => {
      const readings = [smallReading("final", first, ledgers), smallReading("final-again", second, ledgers)];
      const { status, measured, reason } = find(check, { ledgers, readings });
      return { status, span: [measured?.lo, measured?.hi], where: /only in the (first|second)/.exec(reason)?.[1] };
    });
  const gone = judged(faulty, all);
  const failed = ["FAIL", "FAIL", "FAIL", "FAIL"];
  assert.deepEqual(
    gone.map(({ status }) => status),
    failed,
  );
  const spans = [
    [2, 2],
    [1, 1],
    [1, 1],
    [1, 2],
  ];
  assert.deepEqual(
    gone.map(({ span }) => span),
    spans,
  );
  assert.deepEqual(
    gone.map(({ where }) => where),
    ["first", "first", "first", "first"],
  );
  const come = judged(all, faulty);
  assert.deepEqual(
    come.map(({ span }) => span),
    spans,
  );
  assert.deepEqual(
    come.slice(0, 3).map(({ where }) => where),
    ["second", "second", "second"],
  );
  // In both: once each, and nothing to be told apart.
  const both = judged(faulty, faulty);
  assert.deepEqual(
    both.map(({ span }) => span),
    spans,
  );
  assert.deepEqual(
    both.map(({ where }) => where),
    [undefined, undefined, undefined, undefined],
  );
});

const account = (id: number, opening: number, posted: number, balanceNow = opening + posted) =>
  ({ k: "a", id, opening, balance: balanceNow, posted }) as const;

test("balance: each account adds up, and the total is unchanged", () => {
  const accounts = [account(1, 1000, -400), account(2, 1000, 400)];
  const found = find(balance, final(all, { accounts, posted: [0, -400, 400] }));
  assert.deepEqual([found.status, found.measured], ["PASS", { lo: 0, hi: 0, unit: "count" }]);
});

test("balance: a wrong balance, a wrong total, postings that the rows do not give", () => {
  const wrong = find(
    balance,
    final(all, { accounts: [account(1, 1000, -400, 700), account(2, 1000, 400)], posted: [0, -400, 400] }),
  );
  assert.deepEqual([wrong.status, wrong.measured?.lo], ["FAIL", 2], "the account, and the total");
  assert.match(wrong.reason, /off by 100 minor units/);
  assert.deepEqual(wrong.evidence, lines([6]));
  const unposted = find(
    balance,
    final(all, { accounts: [account(1, 1000, -300), account(2, 1000, 300)], posted: [0, -400, 400] }),
  );
  assert.deepEqual([unposted.status, unposted.measured?.lo], ["FAIL", 2]);
});

test("balance: with rows of others that name no accounts, only what the system says was posted can be checked", () => {
  const foreign = [{ k: "f", id: "else", amt: 5, ours: false } as const];
  const found = find(
    balance,
    final(all, { accounts: [account(1, 1000, -300), account(2, 1000, 300)], posted: [0, -400, 400], foreign }),
  );
  assert.equal(found.status, "PASS");
  assert.match(found.reason, /rows of others name no accounts/);
});

test("balance: accounts that come, go or change their opening", () => {
  const other = smallReading("before-replay", all, ledgers, { accounts: [account(1, 999, 0), account(3, 5, 0)] });
  const found = find(balance, {
    ledgers,
    readings: [other, smallReading("final", all, ledgers, { accounts: [account(1, 1000, 0), account(2, 1000, 0)] })],
  });
  assert.deepEqual([found.status, found.measured?.lo], ["FAIL", 3]);
});

test("balance: an export without accounts is not measurable, and that is no PASS", () => {
  assert.equal(find(balance, final(all)).status, "NOT_MEASURABLE");
});

/** A reading of an export that says what its rows cannot tell. */
const lacking = (lack: "content" | "postings", rows: readonly SmallRow[]) => {
  const reading = smallReading("final", rows, ledgers);
  return { ledgers, readings: [{ ...reading, header: { ...reading.header, lacks: [lack] } }] };
};

test("an export that says nothing of content or postings: not measurable, unless what it does say convicts", () => {
  const placeholders = all.map((row) => ({ ...row, otherBody: true }));
  assert.equal(find(corrupt, lacking("content", placeholders)).status, "NOT_MEASURABLE");
  const otherAmount = find(corrupt, lacking("content", [...placeholders.slice(1), { seq: 0, otherFields: true }]));
  assert.deepEqual([otherAmount.status, otherAmount.measured?.lo], ["FAIL", 1]);
  assert.equal(find(corrupt, lacking("postings", all)).status, "PASS");
  assert.equal(find(torn, lacking("postings", all)).status, "NOT_MEASURABLE");
  assert.equal(find(torn, lacking("content", all)).status, "PASS");
  const once = find(duplicates, lacking("postings", all));
  assert.deepEqual(
    [once.status, once.reason],
    ["NOT_MEASURABLE", "none of 4 rows is stored more than once; how often one was posted the export does not say"],
  );
  const twice = find(duplicates, lacking("postings", [...all, { seq: 2 }]));
  assert.deepEqual([twice.status, twice.measured?.lo], ["FAIL", 1]);
});
