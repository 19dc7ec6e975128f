/** The rows are formatted in two places, here and in Go; both are held to the same file. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { formatIntent, formatMark, formatOutcome, formatRead } from "../model/ledger.ts";

const goldenRows = new URL("../../load/k6/ledger/testdata/rows.ndjson", import.meta.url);

test("rows are byte for byte those that k6/x/ledger writes", async () => {
  const answer = { us: 1234567, errorCode: 0, ack: 0, region: 0, epoch: 0 } as const;
  const rows = [
    formatIntent({ seq: 0, us: 1, amountMinor: 100, from: 12, to: 34, attempt: 1, hash: "0123456789abcdef" }),
    formatIntent({
      seq: 9999999999,
      us: 9999999999999,
      amountMinor: 9999999999,
      from: 999999,
      to: 999999,
      attempt: 99,
      hash: "ffffffffffffffff",
    }),
    formatIntent({ seq: 42, us: -5, amountMinor: 0, from: 0, to: 1, attempt: 1, hash: "00000000000000aa" }),
    formatOutcome({ ...answer, seq: 7, status: 201, ack: 1, region: 1, epoch: 1, lsn: 50331744 }),
    formatOutcome({ ...answer, seq: 8, status: 0, errorCode: 1050, lsn: 0 }),
    formatOutcome({
      ...answer,
      seq: 9,
      status: 503,
      errorCode: 1503,
      ack: 2,
      region: 9,
      epoch: 99999,
      lsn: 9007199254740991,
    }),
    formatRead({ ...answer, seq: 10, endUs: 1234999, status: 200, ack: 1, region: 2, epoch: 2, of: -1 }),
    formatRead({
      ...answer,
      seq: 11,
      endUs: 3234999,
      status: 404,
      errorCode: 1404,
      ack: 2,
      region: 2,
      epoch: 2,
      of: 9,
    }),
    formatMark({ mark: "open", us: 250000, n: 0 }),
    formatMark({ mark: "drop", us: 3250000, n: 12 }),
    formatMark({ mark: "stop", us: 4250000, n: 3 }),
    formatMark({ mark: "done", us: 4260000, n: 1000 }),
  ];
  assert.equal(rows.join(""), await readFile(goldenRows, "utf8"));
});
