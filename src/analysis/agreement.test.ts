import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { rpoCount, rpoTime } from "./findings/recovery-point.ts";
import { evidenceIntact } from "./findings/record-gates.ts";
import { rto } from "./findings/recovery-time.ts";
import { splitBrain } from "./findings/switch-over.ts";
import { loadDelivered } from "./findings/load-gate.ts";
import { find, smallEvidence, smallFacts } from "./small-evidence.ts";
import type { SmallParts } from "./small-evidence.ts";
import { acked, primary, smallLedger, smallReading, timedOut } from "./small-files.ts";
import type { SmallLedger, SmallWrite } from "./small-files.ts";

/** The load writes ten times a second, the second witness once; T0 is 10.0 to 10.15 s, and eu-west-1 serves as epoch 2 from 30 s on. */
const failsUs = { from: 10_050, until: 30_000 };
const spacing = { k: 100, t: 1_000 } as const;

interface Told {
  readonly witness: "k" | "t";
  /** Acknowledged writes of the old writer that were sent from then on are lost; none by default. */
  readonly lostFrom?: number;
  /** It is not served from 10.05 s until then. */
  readonly until?: number;
  readonly newEpoch?: Partial<SmallWrite>;
  readonly dropsAfter?: number;
}

function writesOf({ witness, until = failsUs.until, newEpoch = {}, dropsAfter }: Told): SmallWrite[] {
  const writes: SmallWrite[] = [];
  for (let seq = 0, sent = 0; sent < 60_000; seq += 1, sent = seq * spacing[witness]) {
    if (dropsAfter !== undefined && sent > dropsAfter) break;
    if (sent < failsUs.from) writes.push(acked(seq, sent));
    else if (sent < until) writes.push(timedOut(seq, sent));
    else writes.push(acked(seq, sent, { region: 2, epoch: 2, ...newEpoch }));
  }
  return writes;
}

function parts(told: readonly (Told & Partial<SmallLedger>)[], witness?: { ratePerMinute: number }): SmallParts {
  const ledgers = told.map((one) => {
    const marks = one.marks === undefined ? {} : { marks: one.marks };
    return smallLedger({
      witness: one.witness,
      ratePerMinute: 60_000 / spacing[one.witness],
      writes: writesOf(one),
      ...marks,
    });
  });
  const rows = told.flatMap((one) =>
    writesOf(one)
      .filter(
        ({ sent, end, ack = 1 }) =>
          ack === 1 && end !== null && !(sent >= (one.lostFrom ?? 1e9) && sent < failsUs.from),
      )
      .map(({ seq, region = 1, epoch = 1 }) => ({ witness: one.witness, seq, region, epoch })),
  );
  const { manifest } = smallEvidence({});
  assert.ok(manifest !== null);
  const load = { ...manifest.load, ratePerMinute: 600 };
  const more = {
    manifest: { ...manifest, load, ...(witness === undefined ? {} : { witness: { ...witness, timeoutMs: 2000 } }) },
  };
  return {
    ledgers,
    readings: [smallReading("final", rows, ledgers), smallReading("final-again", rows, ledgers)],
    more,
  };
}

const agreement = (...told: (Told & Partial<SmallLedger>)[]) => smallFacts(parts(told)).agreement();
const agrees = { loss: [], epochs: [], outages: [] };

describe("losses", () => {
  test("agree when the beginnings overlap, and the loss is counted over both", () => {
    const told = [
      { witness: "k", lostFrom: 8_500 },
      { witness: "t", lostFrom: 9_000 },
    ] as const;
    assert.deepEqual(agreement(...told), agrees);
    const count = find(rpoCount, parts(told));
    // 8.5 to 10.0 s at ten a second, and 9.0 and 10.0 s.
    assert.deepEqual([count.status, count.measured?.lo], ["PASS", 16 + 2]);
    assert.equal(find(rpoTime, parts(told)).status, "PASS");
  });

  test("agree when the one saw none because it wrote nothing in that stretch", () => {
    assert.deepEqual(agreement({ witness: "k", lostFrom: 10_030 }, { witness: "t" }), agrees);
    assert.deepEqual(agreement({ witness: "k" }, { witness: "t" }), agrees);
  });

  test("disagree when the one kept what the other must then have lost: no figure of the loss passes", () => {
    const told = [{ witness: "k", lostFrom: 8_500 }, { witness: "t" }] as const;
    const [first, ...more] = agreement(...told)?.loss ?? [];
    assert.equal(
      first,
      "the loss of epoch 1 began between 8.400 s and 8.510 s by k6, not before 10.000 s by the second witness",
    );
    assert.deepEqual(more, []);
    for (const check of [rpoTime, rpoCount]) {
      const found = find(check, parts(told));
      assert.equal(found.status, "INCONCLUSIVE", check.id);
      assert.match(found.reason, /^the witnesses disagree: the loss of epoch 1 began/);
      assert.ok(found.measured !== null && found.evidence.length > 0, "the numbers stay to be looked at");
    }
    const gate = find(evidenceIntact, parts(told));
    assert.equal(gate.status, "INCONCLUSIVE");
    assert.match(gate.reason, /the witnesses disagree: the loss of epoch 1/);
  });

  test("disagree the other way round, too: the load's ledger hides a loss that the second witness had", () => {
    const [first] = agreement({ witness: "k" }, { witness: "t", lostFrom: 8_000 })?.loss ?? [];
    assert.equal(
      first,
      "the loss of epoch 1 began not before 10.000 s by k6, between 7.000 s and 8.010 s by the second witness",
    );
  });

  test("never disagree about a system that loses what it committed after some instant, wherever that was", () => {
    fc.assert(
      fc.property(history, history, fc.integer({ min: 1, max: 9_900 }), (one, other, horizon) => {
        const rows: { witness: string; seq: number }[] = [];
        const ledgers = [one, other].map((gaps, which) => {
          const witness = which === 0 ? "k" : "t";
          const writes: SmallWrite[] = [];
          let sent = 0;
          for (const [seq, [gap, toCommit, toAnswer]] of gaps.entries()) {
            sent += gap;
            if (sent + toCommit + toAnswer > 10_000) break;
            writes.push(acked(seq, sent, { end: sent + toCommit + toAnswer }));
            if (sent + toCommit <= horizon) rows.push({ witness, seq });
          }
          return smallLedger({ witness, writes });
        });
        const facts = smallFacts({ ledgers, readings: [smallReading("final", rows, ledgers)] });
        const contradictions = facts.agreement()?.loss ?? [];
        assert.deepEqual(
          contradictions.filter((text) => text.startsWith("the loss")),
          [],
        );
      }),
      { numRuns: 500 },
    );
  });

  test("a second witness whom nobody promised anything before the fault confirms nothing", () => {
    const late = smallLedger({ witness: "t", writes: [acked(40, 40_000, { region: 2, epoch: 2 })] });
    const { ledgers = [], ...rest } = parts([{ witness: "k" }]);
    const facts = smallFacts({ ...rest, ledgers: [...ledgers, late] });
    assert.match(facts.agreement()?.loss[0] ?? "", /not acknowledged a single write before the fault/);
  });
});

/** Time since the send before, then from the send to the commit, and from there to the acknowledgement, in ms. */
const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 700 }), fc.nat(60), fc.nat(60)), {
  minLength: 1,
  maxLength: 60,
});

describe("epochs", () => {
  test("one epoch in two places that share nothing is a contradiction, and takes splitBrain's PASS", () => {
    const told = [{ witness: "k" }, { witness: "t", newEpoch: { region: 1 } }] as const;
    const [first] = agreement(...told)?.epochs ?? [];
    assert.equal(first, `epoch 2 was acknowledged by eu-west-1 by k6, ${primary} by the second witness`);
    assert.equal(find(splitBrain, parts([{ witness: "k" }, { witness: "t" }])).status, "PASS");
    assert.equal(find(splitBrain, parts(told)).status, "INCONCLUSIVE");
  });

  test("an epoch in which the one was acknowledged for long and the other, which wrote all the while, never", () => {
    const [first] = agreement({ witness: "k" }, { witness: "t", newEpoch: { epoch: 1, region: 1 } })?.epochs ?? [];
    assert.match(
      first ?? "",
      /^k6 was acknowledged in epoch 2 from 30\.010 s to 59\.900 s, the second witness never, with 2\d writes/,
    );
    // One that came to its end before could not.
    assert.deepEqual(agreement({ witness: "k" }, { witness: "t", dropsAfter: 25_000 })?.epochs, []);
  });
});

describe("outages", () => {
  test("agree within the spacing and the timeout", () => {
    assert.deepEqual(agreement({ witness: "k" }, { witness: "t", until: 32_500 })?.outages, []);
    assert.deepEqual(agreement({ witness: "k", until: 32_500 }, { witness: "t" })?.outages, []);
  });

  test("disagree beyond: no time of the recovery passes", () => {
    const told = [{ witness: "k" }, { witness: "t", until: 40_000 }] as const;
    const [first] = agreement(...told)?.outages ?? [];
    // The load was served from 30.01 s on; the second witness may have followed 3 s later.
    assert.equal(first, "the second witness was not served from 33.010 s to 39.000 s, k6 was");
    const found = find(rto, parts(told));
    assert.deepEqual([found.status, found.reason], ["INCONCLUSIVE", `the witnesses disagree: ${first}`]);
    assert.match(
      agreement({ witness: "k", until: 40_000 }, { witness: "t" })?.outages[0] ?? "",
      /^k6 was not served from 33/,
    );
  });

  test("short outages one after the other, between which the other wrote, are none that it must have seen", () => {
    const between = (sent: number): boolean => sent > 40_000 && sent < 45_000 && sent % 1000 !== 0;
    const ledger = smallLedger({
      witness: "k",
      ratePerMinute: 600,
      writes: writesOf({ witness: "k" }).map((write) =>
        between(write.sent) ? timedOut(write.seq, write.sent, { end: write.sent + 5, error: 1212 }) : write,
      ),
    });
    const { ledgers = [], ...rest } = parts([{ witness: "k" }, { witness: "t" }]);
    assert.deepEqual(smallFacts({ ...rest, ledgers: [ledger, ...ledgers.slice(1)] }).agreement()?.outages, []);
  });

  test("a load of which it is not known when it was due cannot be compared in time", () => {
    const marks = [
      { line: 2, value: { mark: "drop", us: 20_000_000, n: 7 } },
      { line: 3, value: { mark: "done", us: 60_000_000, n: 593 } },
    ] as const;
    const told = [{ witness: "k", until: 40_000, marks }, { witness: "t" }] as const;
    assert.deepEqual(agreement(...told)?.outages, []);
    assert.match(find(evidenceIntact, parts(told)).reason, /agrees with the load on losses and epochs/);
  });

  test("now and then a failure among what is served is no outage that the other must have seen", () => {
    const ledger = smallLedger({
      witness: "k",
      ratePerMinute: 600,
      writes: writesOf({ witness: "k" }).map((write) =>
        write.seq > 350 && write.seq % 5 === 0 ? timedOut(write.seq, write.sent) : write,
      ),
    });
    const { ledgers = [], ...rest } = parts([{ witness: "k" }, { witness: "t" }]);
    assert.deepEqual(smallFacts({ ...rest, ledgers: [ledger, ...ledgers.slice(1)] }).agreement()?.outages, []);
  });
});

describe("the record", () => {
  test("a second witness that agrees is told of; a run that was to have none says so and may pass", () => {
    const both = find(evidenceIntact, parts([{ witness: "k" }, { witness: "t" }], { ratePerMinute: 60 }));
    assert.equal(both.status, "PASS", both.reason);
    assert.match(
      both.reason,
      /the second witness \(41 of 60 writes acknowledged\) agrees with the load on losses, epochs and outages/,
    );
    const alone = find(evidenceIntact, parts([{ witness: "k" }]));
    assert.equal(alone.status, "PASS", alone.reason);
    assert.match(alone.reason, /no second witness wrote beside the load/);
  });

  test("one that was promised and is not there, or not at the promised rate, is a gap", () => {
    const gone = find(evidenceIntact, parts([{ witness: "k" }], { ratePerMinute: 60 }));
    assert.deepEqual(
      [gone.status, gone.reason],
      ["INCONCLUSIVE", "the manifest promises a second witness, and there is no ledger of it"],
    );
    const slow = find(evidenceIntact, parts([{ witness: "k" }, { witness: "t" }], { ratePerMinute: 300 }));
    assert.match(slow.reason, /ledger\/t\.ndjson says 60 a minute, the manifest 300/);
  });

  test("one that died leaves a ledger without an end: the gate says so, and what both saw until then agrees", () => {
    const told = [{ witness: "k" }, { witness: "t", dropsAfter: 25_000, marks: [] }] as const;
    assert.deepEqual(agreement(...told), agrees);
    const gate = find(evidenceIntact, parts(told));
    assert.equal(gate.status, "INCONCLUSIVE");
    assert.match(gate.reason, /^ledger\/t\.ndjson was cut short: it has no "done" mark/);
    // The interval stays for people to see; that nothing else was lost cannot be said.
    const loss = find(rpoTime, parts(told));
    assert.deepEqual([loss.status, loss.measured !== null], ["INCONCLUSIVE", true]);
    assert.match(loss.reason, /^ledger\/t\.ndjson was cut short/);
  });

  test("one that was held up left writes out, and says how many", () => {
    const marks = [
      { line: 2, value: { mark: "drop", us: 20_000_000, n: 7 } },
      { line: 3, value: { mark: "done", us: 60_000_000, n: 53 } },
    ] as const;
    const gate = find(evidenceIntact, parts([{ witness: "k" }, { witness: "t", marks }]));
    assert.match(gate.reason, /held up and left out 7 writes/);
  });

  test("it is never taken for the load", () => {
    const found = find(loadDelivered, parts([{ witness: "t" }]));
    assert.deepEqual([found.status, found.reason], ["INCONCLUSIVE", "there is no ledger of the load"]);
  });
});
