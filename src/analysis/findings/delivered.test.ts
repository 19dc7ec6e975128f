/** The gates of load and fault, one by one: each case differs from a sound drill in one thing, and the gate names that thing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evidence, LedgerEvidence } from "../../evidence/evidence.ts";
import type { RunEventInput } from "../../model/journal.ts";
import { find, injection, smallEvidence } from "../small-evidence.ts";
import type { SmallParts } from "../small-evidence.ts";
import { acked, deadCanary, observation, smallLedger, smallProbe, timedOut } from "../small-files.ts";
import type { SmallWrite } from "../small-files.ts";
import { faultEffective } from "./fault-gate.ts";
import { loadDelivered } from "./load-gate.ts";

const exit: readonly [number, RunEventInput] = [
  60_000,
  { type: "k6.exit", code: 0, signal: null, droppedIterations: 0 },
];
const journal = [...injection, exit];
const elsewhere = { region: 2, epoch: 2 };

/** Ten a second for a minute; from 10.1 s to 15 s nobody answers, then the other Region does. */
const writes = (one: (write: SmallWrite) => SmallWrite | null = (write) => write): SmallWrite[] =>
  Array.from({ length: 600 }, (_, seq) => {
    const ms = seq * 100;
    return one(ms <= 10_000 ? acked(seq, ms) : ms < 15_000 ? timedOut(seq, ms) : acked(seq, ms, elsewhere));
  }).filter((write) => write !== null);
const ledger = (of: readonly SmallWrite[] = writes()): LedgerEvidence =>
  smallLedger({ ratePerMinute: 600, writes: of });

function drill(
  parts: SmallParts & { readonly manifest?: { ratePerMinute?: number; cores?: number } } = {},
): SmallParts {
  const { manifest } = smallEvidence({});
  assert.ok(manifest !== null);
  const { ratePerMinute = 600, cores } = parts.manifest ?? {};
  const own = { ...manifest, load: { ...manifest.load, ratePerMinute }, ...(cores === undefined ? {} : { cores }) };
  return { ledgers: [ledger()], journal, ...parts, more: { manifest: own, ...parts.more } };
}

const delivered = (parts?: Parameters<typeof drill>[0]) => find(loadDelivered, drill(parts));
const effective = (parts?: Parameters<typeof drill>[0]) => find(faultEffective, drill(parts));
const used = (untilUs: number): Partial<Evidence> => ({
  resources: Array.from({ length: untilUs / 2e6 }, (_, n) => ({
    line: n + 2,
    value: { us: n * 2e6, group: "load" as const, cpuSeconds: n, rssBytes: 1, processes: 1 },
  })),
});

test("a sound drill passes both gates", () => {
  assert.deepEqual([delivered().status, delivered().reason], ["PASS", delivered().reason]);
  assert.match(delivered().reason, /^600 arrivals due, all sent, none dropped; 100\.00 % within 500 ms/);
  assert.deepEqual([effective().status, effective().reason.slice(0, 30)], ["PASS", "the primary stopped answering "]);
});

const undelivered: readonly [gate: string, parts: Parameters<typeof drill>[0], reason: RegExp][] = [
  ["G7, the rate", { manifest: { ratePerMinute: 900 } }, /^the ledger says 600 a minute, the manifest 900$/],
  [
    "G7, an arrival without trace",
    { ledgers: [ledger(writes((write) => (write.seq === 300 ? null : write)))] },
    /^1 arrival left no trace$/,
  ],
  [
    "G7, k6's own word",
    { journal: [...injection, [60_000, { type: "k6.exit", code: 0, signal: null, droppedIterations: 7 }]] },
    /^k6 could not start 7 iterations \(no free VU\)$/,
  ],
  ["G7, k6's end", { journal: injection }, /^the journal does not tell how k6 ended$/],
  [
    "G7, k6's end by a signal",
    { journal: [...injection, [60_000, { type: "k6.exit", code: null, signal: "SIGKILL", droppedIterations: 0 }]] },
    /^k6 was ended by SIGKILL$/,
  ],
  [
    "G7, k6's exit code",
    { journal: [...injection, [60_000, { type: "k6.exit", code: 99, signal: null, droppedIterations: 0 }]] },
    /^k6 ended with exit code 99$/,
  ],
  [
    "G8, punctuality",
    // Seven of 600 arrivals.
    {
      ledgers: [
        ledger(
          writes((write) =>
            write.seq >= 300 && write.seq < 307 ? { ...write, sent: write.sent + 600, end: write.sent + 610 } : write,
          ),
        ),
      ],
    },
    /^only 98\.83 % of the arrivals were sent within 500 ms of when they were due$/,
  ],
  [
    "G8, samples of k6 that end early",
    { manifest: { cores: 2 }, more: used(40e6) },
    /^nobody saw for 2\d\.\d s how much of its machine k6 used$/,
  ],
  ["G8, no samples of k6", { manifest: { cores: 2 } }, /^nobody saw for \d+\.\d s how much of its machine k6 used$/],
  [
    "G2, writes before the fault",
    {
      ledgers: [
        ledger(writes((write) => (write.seq === 50 || write.seq === 60 ? timedOut(write.seq, write.sent) : write))),
      ],
    },
    /^only 97\.\d\d % of the writes due in the baseline before the fault were acknowledged in time; the baseline was not healthy/,
  ],
];
for (const [gate, parts, reason] of undelivered)
  test(`load.delivered, ${gate}`, () => {
    const { status, reason: said } = delivered(parts);
    assert.equal(status, "INCONCLUSIVE");
    assert.match(said, reason);
  });

test("G9: the baseline must be as healthy as the drill asks", () => {
  const one = ledger(writes((write) => (write.seq === 50 ? timedOut(write.seq, write.sent) : write)));
  const asked = (goodRatio: number) =>
    delivered({ ledgers: [one], drill: { steadyState: { baselineMs: 100_000, goodRatio } } });
  assert.equal(asked(0.98).status, "INCONCLUSIVE");
  assert.match(asked(0.999).reason, /the baseline was not healthy: 98\.\d\d % of the arrivals .* 99\.90 % needed/);
  assert.doesNotMatch(asked(0.98).reason, /not healthy/);
});

test("samples of k6 that cover the load are what G8 needs", () => {
  assert.equal(delivered({ manifest: { cores: 2 }, more: used(62e6) }).status, "PASS");
});

const withoutEffect: readonly [gate: string, parts: Parameters<typeof drill>[0], reason: RegExp][] = [
  [
    "G1, too late",
    {
      // It answers until 50 s, and so does the load's Region.
      probes: [
        smallProbe(
          "inside-primary",
          100,
          50,
          Array.from({ length: 700 }, (_, n) =>
            observation(n * 100, n < 500, n < 500 ? 5 : 50, n < 500 ? { epoch: 1 } : {}),
          ),
        ),
      ],
      ledgers: [
        ledger(
          writes(({ seq, sent }) =>
            sent < 50_000 ? acked(seq, sent) : sent < 52_000 ? timedOut(seq, sent) : acked(seq, sent, elsewhere),
          ),
        ),
      ],
    },
    /^the canary first failed 39\.9 s after the action began, later than 30 s/,
  ],
  [
    "G4, nobody noticed",
    { ledgers: [ledger(writes(({ seq, sent }) => acked(seq, sent, sent <= 10_000 ? {} : elsewhere)))] },
    /^no arrival of the load failed or stayed without answer/,
  ],
  [
    "G5, one epoch",
    {
      ledgers: [
        ledger(
          writes(({ seq, sent }) =>
            sent <= 10_000 ? acked(seq, sent) : sent < 15_000 ? timedOut(seq, sent) : acked(seq, sent, { region: 2 }),
          ),
        ),
      ],
      drill: { failover: { document: "f.yaml", movements: { promote: "Promote" }, deadlineMs: 60_000 } },
    },
    /the failover was not exercised, or nothing came back$/,
  ],
  [
    "an experiment that failed",
    {
      journal: [
        ...journal,
        [
          20_000,
          {
            type: "fis.experiment",
            id: "EXP",
            state: "failed",
            reason: "no target",
            sourceMs: null,
            previousPollUs: null,
          },
        ],
      ],
    },
    /^experiment EXP failed: no target$/,
  ],
];
for (const [gate, parts, reason] of withoutEffect)
  test(`fault.effective, ${gate}`, () => {
    const { status, reason: said } = effective(parts);
    assert.equal(status, "INCONCLUSIVE");
    assert.match(said, reason);
  });

test("a canary that never fails, and no action", () => {
  const alive = smallProbe(
    "inside-primary",
    100,
    50,
    Array.from({ length: 700 }, (_, n) => observation(n * 100, true)),
  );
  assert.match(effective({ probes: [alive] }).reason, /never failed after the fault was commanded/);
  const idle = journal.filter(([, { type }]) => type !== "fis.action");
  assert.match(
    effective({ journal: idle, probes: [deadCanary()] }).reason,
    /^no action that does something was seen to run/,
  );
});
