/** The comparison itself must be able to say no. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atLeast,
  censored,
  citedIds,
  counts,
  holds,
  lostList,
  sameIds,
  says,
  statusIs,
  verdictIs,
  witnessesApart,
} from "./compare.ts";
import type { Reported } from "./compare.ts";

const reported = (measured: { lo: number; hi: number | null } | null, status = "PASS"): Reported => ({
  verdict: "PASS",
  findings: [
    {
      id: "rto",
      status,
      measured,
      reason: "because",
      evidence: [{ file: "ledger/k6.ndjson", line: 2 }, { file: "x" }],
    },
  ],
  lostCsv: "id,seq,amount_minor\r\nr.k.1,1,100\r\nr.k.2,2,250\r\n",
  transactions: {},
  outages: [],
  line: (_file, line) => (line === 1 ? '{"run":"r","idPrefix":"r.k."}' : '{"k":"o","seq":        17}'),
});

const agrees = (claims: readonly { readonly agrees: boolean }[]): boolean[] => claims.map((one) => one.agrees);

test("a count must be exact, and certain", () => {
  const claims = [{ lo: 3, hi: 3 }, { lo: 2, hi: 2 }, { lo: 3, hi: 4 }, null].map((measured) =>
    counts(reported(measured), "rto", 3),
  );
  assert.deepEqual(agrees(claims), [true, false, false, false]);
  assert.deepEqual(
    agrees([atLeast(reported({ lo: 3, hi: 9 }), "rto", 3), atLeast(reported({ lo: 2, hi: 9 }), "rto", 3)]),
    [true, false],
  );
});

test("an interval must hold the true value, and be narrow", () => {
  const claims = [
    holds(reported({ lo: 90, hi: 110 }), "rto", 100),
    holds(reported({ lo: 101, hi: 110 }), "rto", 100),
    holds(reported({ lo: 90, hi: 99 }), "rto", 100),
    holds(reported({ lo: 90, hi: 110 }), "rto", 100, 20),
    holds(reported({ lo: 90, hi: 111 }), "rto", 100, 20),
    holds(reported({ lo: 90, hi: null }), "rto", 100, 20),
    holds(reported(null), "rto", 100),
  ];
  assert.deepEqual(agrees(claims), [true, false, false, true, false, false, false]);
  const ends = [
    { lo: 90, hi: null },
    { lo: 89, hi: null },
    { lo: 90, hi: 100 },
  ].map((measured) => reported(measured));
  assert.deepEqual(agrees(ends.map((one) => censored(one, "rto", 90))), [true, false, false]);
});

test("status, verdict and reason must be as expected", () => {
  const one = reported(null, "FAIL");
  assert.deepEqual(
    agrees([
      statusIs(one, "rto", "FAIL", "INCONCLUSIVE"),
      statusIs(one, "rto", "PASS"),
      verdictIs(one, "PASS"),
      verdictIs(one, "FAIL"),
      says(one, "rto", /cause/),
      says(one, "rto", /why/),
    ]),
    [true, false, true, false, true, false],
  );
  assert.throws(() => statusIs(one, "nonsense", "PASS"), /no finding nonsense/);
});

test("ids must be the same, each once", () => {
  const same = (planted: readonly string[], found: readonly string[]): boolean =>
    sameIds("lost", planted, found).agrees;
  assert.deepEqual([same(["a", "b"], ["b", "a"]), same([], [])], [true, true]);
  assert.deepEqual([same(["a", "b"], ["a"]), same(["a"], ["a", "b"]), same(["a"], ["a", "a"])], [false, false, false]);
  assert.deepEqual(lostList(reported(null)), { ids: ["r.k.1", "r.k.2"], minor: 350 });
  const cited = reported(null);
  assert.deepEqual(citedIds(cited, "rto", "ledger/"), ["r.k.17"]);
  const line = (_file: string, at: number): string => (at === 1 ? '{"run":"r"}' : '{"k":"p","w":"t","seq":        17}');
  assert.deepEqual(citedIds({ ...cited, line }, "rto", "ledger/"), ["r.t.17"]);
});

test("the witnesses are apart exactly where something was planted, and only the gate may say so", () => {
  const gate = (status: string, reason: string) => {
    const one = reported(null, status);
    return { ...one, findings: one.findings.map((found) => ({ ...found, id: "evidence.intact", reason })) };
  };
  const fine = gate(
    "PASS",
    "9 files, all sealed; the second witness (7 of 9 writes acknowledged) agrees with the load on losses",
  );
  const apart = gate("INCONCLUSIVE", "x was changed; the witnesses disagree: the loss of epoch 1 began before 3 s");
  assert.deepEqual(
    agrees([
      witnessesApart(fine, null),
      witnessesApart(fine, /loss/),
      witnessesApart(apart, null),
      witnessesApart(apart, /loss of epoch 1/),
      witnessesApart(apart, /changed/),
      witnessesApart({ ...apart, findings: apart.findings.map((one) => ({ ...one, status: "PASS" })) }, /loss/),
    ]),
    [true, false, false, true, false, false],
  );
});
