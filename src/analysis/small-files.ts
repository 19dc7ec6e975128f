/** Builders of single evidence files for tests (see small-evidence.ts): a few literal lines instead of a file. Times in ms on the run's axis. */
import { Arrivals } from "../evidence/arrivals.ts";
import type { LedgerEvidence, Numbered, ProbeEvidence, Reading } from "../evidence/evidence.ts";
import { Presence } from "../evidence/presence.ts";
import type { AccountRow, ForeignRow, ProbeLine } from "../model/files.ts";

export const primary = "us-east-1";
export const secondary = "eu-west-1";
export const smallHeader = { run: "small", host: "host", epochMonoNs: "0", monoNs: "0", wallNs: "0" };

export interface SmallWrite {
  readonly seq: number;
  readonly sent: number;
  /** null: no outcome on record. */
  readonly end: number | null;
  readonly status?: number;
  readonly error?: number;
  readonly ack?: number;
  readonly region?: number;
  readonly epoch?: number;
  readonly amount?: number;
  readonly from?: number;
  readonly to?: number;
}

export interface SmallRead {
  readonly seq: number;
  readonly sent: number;
  readonly end: number;
  readonly of?: number;
  readonly status?: number;
  readonly error?: number;
  readonly ack?: number;
  readonly region?: number;
  readonly epoch?: number;
}

/** An acknowledged write of Region 1, epoch 1, that took 10 ms. */
export const acked = (seq: number, sent: number, more: Partial<SmallWrite> = {}): SmallWrite => ({
  seq,
  sent,
  end: sent + 10,
  ...more,
});
/** One whose client gave up after 2 s. */
export const timedOut = (seq: number, sent: number, more: Partial<SmallWrite> = {}): SmallWrite => ({
  seq,
  sent,
  end: sent + 2000,
  status: 0,
  error: 1050,
  ack: 0,
  ...more,
});

export interface SmallLedger {
  readonly witness?: string;
  readonly ratePerMinute?: number;
  readonly writes?: readonly SmallWrite[];
  readonly reads?: readonly SmallRead[];
  readonly marks?: LedgerEvidence["marks"];
}

/** Line n + 1 of the file is the n-th entry, writes first. */
export function smallLedger({
  witness = "k",
  ratePerMinute = 60,
  writes = [],
  reads = [],
  marks,
}: SmallLedger): LedgerEvidence {
  const arrivals = new Arrivals(16);
  let line = 1;
  let lastUs = 0;
  for (const write of writes) {
    line += 1;
    const { seq, sent, end, amount = 100, from = 1, to = 2 } = write;
    arrivals.putIntent(seq, sent * 1000, amount, from, to, seq + 1, 7, line);
    if (end !== null) {
      const { status = 201, error = 0, ack = 1, region = 1, epoch = 1 } = write;
      arrivals.putOutcome(
        seq,
        end * 1000,
        arrivals.answerNumber(status, error, ack, ack === 1 ? region : 0, ack === 1 ? epoch : 0),
        line,
      );
    }
    lastUs = Math.max(lastUs, (end ?? sent) * 1000);
  }
  for (const read of reads) {
    line += 1;
    const { seq, sent, end, of = -1, status = 200, error = 0, ack = 1, region = 1, epoch = 1 } = read;
    arrivals.putRead(seq, sent * 1000, end * 1000, arrivals.answerNumber(status, error, ack, region, epoch), of, line);
    lastUs = Math.max(lastUs, end * 1000);
  }
  const header = {
    ...smallHeader,
    schema: "dr-drill/ledger@1" as const,
    witness,
    idPrefix: `small.${witness}.`,
    ratePerMinute,
    regions: [primary, secondary],
    tool: "test",
  };
  const n = writes.length + reads.length;
  const firstDue = [...writes, ...reads].map(({ seq, sent }) => sent * 1000 - (seq * 60e6) / ratePerMinute);
  const inOrder = [
    { line: 1, value: { mark: "open", us: Math.min(...firstDue), n: 0 } },
    { line: line + 1, value: { mark: "drop", us: lastUs, n: 0 } },
    { line: line + 2, value: { mark: "done", us: lastUs, n } },
  ] as const;
  return { file: `ledger/${witness}.ndjson`, header, arrivals, marks: marks ?? inOrder, lastUs };
}

export interface SmallRow {
  readonly seq: number;
  readonly witness?: string;
  readonly otherBody?: boolean;
  readonly otherFields?: boolean;
  readonly debits?: number;
  readonly credits?: number;
  readonly balanced?: boolean;
  readonly region?: number;
  readonly epoch?: number;
  readonly replayed?: boolean;
}

const takenMs = { "before-replay": 98_000, final: 100_000, "final-again": 102_000 } as const;

/** Line n + 1 of the file is the n-th row. Rows that no ledger sent are phantoms, as in loadEvidence. */
export function smallReading(
  reading: Reading["header"]["reading"],
  rows: readonly SmallRow[],
  ledgers: readonly LedgerEvidence[],
  more: {
    readonly accounts?: readonly AccountRow[];
    readonly foreign?: readonly ForeignRow[];
    readonly posted?: readonly number[];
    readonly started?: number;
  } = {},
): Reading {
  const presences = new Map<string, Presence>();
  for (const [index, row] of rows.entries()) {
    const { seq, witness = "k", debits = 1, credits = 1, region = 1, epoch = 1 } = row;
    const presence = presences.get(witness) ?? new Presence(16);
    presences.set(witness, presence);
    const sent = ledgers.find(({ header }) => header.witness === witness)?.arrivals;
    const line = index + 2;
    if (sent?.isWrite(seq) !== true) {
      presence.phantoms.push({ seq, line, amountMinor: 100 });
      continue;
    }
    const flags =
      (row.otherBody === true ? 1 : 0) +
      (row.otherFields === true ? 2 : 0) +
      (row.balanced === false ? 4 : 0) +
      (row.replayed === true ? 8 : 0);
    presence.put(seq, presence.conditionNumber(flags, debits, credits, region, epoch), line);
  }
  const startedUs = (more.started ?? takenMs[reading]) * 1000;
  const header = {
    ...smallHeader,
    schema: "dr-drill/survivors@1" as const,
    reading,
    region: secondary,
    regions: [primary, secondary],
    startedUs,
    epoch: 2,
    lsn: "1",
  };
  const numbered = <Value>(values: readonly Value[] = [], after = rows.length): Numbered<Value>[] =>
    values.map((value, index) => ({ line: after + index + 2, value }));
  return {
    file: `survivors/${reading}.ndjson`,
    header,
    presence: presences,
    foreign: numbered(more.foreign),
    accounts: numbered(more.accounts, rows.length + (more.foreign?.length ?? 0)),
    posted: Float64Array.from(more.posted ?? []),
    endedUs: startedUs + 1000,
    payments: rows.length,
  };
}

export function smallProbe(
  kind: ProbeEvidence["header"]["kind"],
  intervalMs: number | null,
  timeoutMs: number,
  lines: readonly ProbeLine[],
): ProbeEvidence {
  const header = {
    ...smallHeader,
    schema: "dr-drill/probe@1",
    probe: kind,
    title: kind,
    kind,
    vantage: "outside",
    intervalMs,
    timeoutMs,
  } as const;
  return { file: `probes/${kind}.ndjson`, header, lines: lines.map((value, index) => ({ line: index + 2, value })) };
}

/** An observation that was due and sent at `at` ms and took `took` ms. */
export function observation(at: number, ok: boolean, took = 5, more: Partial<ProbeLine> = {}): ProbeLine {
  return { schedUs: at * 1000, startUs: at * 1000, endUs: (at + took) * 1000, ok, ...more };
}

/** The canary answers every 100 ms until 10.1 s and never again: T0 is within [10.0, 10.15] s, unless the load narrows it. */
export const deadCanary = (): ProbeEvidence =>
  smallProbe(
    "inside-primary",
    100,
    50,
    Array.from({ length: 1000 }, (_, n) =>
      observation(
        n * 100,
        n * 100 <= 10_000,
        n * 100 <= 10_000 ? 5 : 50,
        n * 100 <= 10_000 ? { epoch: 1, region: primary } : {},
      ),
    ),
  );
