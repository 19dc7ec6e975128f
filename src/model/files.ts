/**
 * The files of a run folder (reports/README.md is their specification). All are NDJSON: a header line, then records.
 * Times named `us`, `…Us` are whole microseconds since the run's epoch on the host's monotonic clock.
 */
import { z } from "zod";
import { exportLack } from "./export.ts";

/** On the run's axis: no more digits than in the ledger, and nothing is written before the epoch. */
export const axisUs = z.int().nonnegative().max(9_999_999_999_999);
/** A clock's reading in ns, as a decimal string: a number of JSON would lose its end. */
const clockNs = z.string().regex(/^\d{1,19}$/);
/** The bounds are far beyond every use, and near enough that nothing which is counted by them fills the memory. */
const durationMs = z.number().positive().max(1e9);
const ratePerMinute = z.number().min(1).max(1e9);
const count = z.int().nonnegative();
const fewerThanABillion = count.max(1e9);

export const header = z.object({
  schema: z.string(),
  run: z.string(),
  /** Boot id of the host that wrote the file; files of one boot share one monotonic clock. */
  host: z.string(),
  /** CLOCK_MONOTONIC of the run's epoch. */
  epochMonoNs: clockNs,
  /** An anchor: both clocks read together by the writer when it opened the file. */
  monoNs: clockNs,
  wallNs: clockNs,
});

/** Ledger: see src/model/ledger.ts for the records, which have a fixed layout. */
export const ledgerHeader = header.extend({
  schema: z.literal("dr-drill/ledger@1"),
  /** "k" = k6, "t" = the TypeScript witness. */
  witness: z.string().length(1),
  /** A payment's id is idPrefix + seq in decimal. */
  idPrefix: z.string(),
  ratePerMinute,
  /** Region numbers in the records: regions[n - 1]; 0 = not known. */
  regions: z.array(z.string()),
  tool: z.string(),
  /** Absent: the times are exact. Present: they follow the wall clock, in steps of so many µs. */
  wallStepUs: z.int().positive().max(1e9).optional(),
});
export type LedgerHeader = z.infer<typeof ledgerHeader>;

export const probeHeader = header.extend({
  schema: z.literal("dr-drill/probe@1"),
  probe: z.string(),
  title: z.string(),
  kind: z.enum(["customer", "inside-primary", "inside-secondary", "dns", "replication", "journey", "fence"]),
  vantage: z.string(),
  intervalMs: durationMs.nullable(),
  timeoutMs: durationMs,
  /** Absent: fresh. */
  persona: z.enum(["fresh", "sticky"]).optional(),
});
export const probeLine = z
  .object({
    schedUs: axisUs,
    startUs: axisUs,
    endUs: axisUs,
    ok: z.boolean(),
    phase: z.string().optional(),
    status: z.number().optional(),
    error: z.string().optional(),
    ip: z.string().optional(),
    region: z.string().optional(),
    epoch: z.number().optional(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    files: z.array(z.string()).optional(),
  })
  .refine(({ startUs, endUs }) => endUs >= startUs, { message: "the observation ended before it began" });
export type ProbeHeader = z.infer<typeof probeHeader>;
export type ProbeLine = z.infer<typeof probeLine>;

export const lagHeader = header.extend({ schema: z.literal("dr-drill/lag@1") });
export const lagLine = z.object({
  us: axisUs,
  lagMs: z.number().nullable(),
  lagBytes: z.number().nullable(),
  /** When the source computed it, on our axis: what it found before the run stands before the epoch. */
  computedUs: z.int().nullable(),
  protected: z.boolean(),
});
export type LagLine = z.infer<typeof lagLine>;

export const clockHeader = header.extend({ schema: z.literal("dr-drill/clock@1") });
export const clockLine = z.object({ us: axisUs, wallNs: clockNs, loopLagMs: z.number().nonnegative().optional() });
export type ClockLine = z.infer<typeof clockLine>;

/** What the harness process, k6 and everything the environment started used, per sample. */
export const resourceHeader = header.extend({ schema: z.literal("dr-drill/resources@1") });
export const resourceLine = z.object({
  us: axisUs,
  group: z.enum(["harness", "load", "probes", "system"]),
  cpuSeconds: z.number().nonnegative(),
  rssBytes: count,
  processes: count,
});

/** Final reads: survivors/<reading>.ndjson, one snapshot of the ledger of the system under drill. */
export const survivorsHeader = header.extend({
  schema: z.literal("dr-drill/survivors@1"),
  reading: z.enum(["before-replay", "final", "final-again"]),
  region: z.string(),
  regions: z.array(z.string()),
  startedUs: axisUs,
  /** As the export itself states them. */
  epoch: count,
  lsn: z.string(),
  /** What its rows cannot say: then h is 0, or dr and cr are 1 and net is 0, in every row. */
  lacks: z.array(exportLack).optional(),
});
export type SurvivorsHeader = z.infer<typeof survivorsHeader>;
/**
 * A row that none of our witnesses' ids explains; ours: its id starts with the run's prefix (a probe's payment). With from and to,
 * when the export gives them, the accounts' sums can be checked exactly.
 */
export const foreignRow = z.object({
  k: z.literal("f"),
  id: z.string(),
  amt: z.number(),
  ours: z.boolean(),
  from: z.number().optional(),
  to: z.number().optional(),
});
export type ForeignRow = z.infer<typeof foreignRow>;
export const accountRow = z.object({
  k: z.literal("a"),
  id: z.number(),
  opening: z.number(),
  balance: z.number(),
  posted: z.number(),
});
export type AccountRow = z.infer<typeof accountRow>;
export const survivorsFooter = z.object({
  k: z.literal("end"),
  endedUs: axisUs,
  payments: count,
  accounts: count,
});

export const manifestSchema = z.object({
  schema: z.literal("dr-drill/manifest@1"),
  run: z.string(),
  seed: z.string(),
  startedAt: z.string(),
  epochMonoNs: clockNs,
  host: z.string(),
  drill: z.unknown(),
  drillFile: z.string(),
  drillHash: z.string(),
  environment: z.object({
    name: z.string(),
    title: z.string(),
    primaryRegion: z.string(),
    secondaryRegion: z.string(),
    /** What of the system contract the system does not have, as its environment says. */
    lacks: z.array(z.enum(["export"])).optional(),
    facts: z.record(z.string(), z.string()),
  }),
  load: z.object({
    profile: z.string(),
    ratePerMinute,
    writeEvery: fewerThanABillion.min(1).describe("every n-th iteration is a write; 6 means read:write 5:1"),
    vus: fewerThanABillion.min(1),
    timeoutMs: durationMs,
    connectionPolicy: z.string(),
    // The longest that DNS has room for.
    dnsTtlSeconds: z.number().nonnegative().max(2_147_483_647),
    bodyBytes: fewerThanABillion,
  }),
  /** The second witness, which writes beside the load; absent: there was to be none. */
  witness: z.object({ ratePerMinute, timeoutMs: durationMs }).optional(),
  /** Processors that the load generator may use; absent: not known. */
  cores: z.int().positive().optional(),
  git: z.object({ commit: z.string(), dirty: z.boolean() }).nullable(),
  tools: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;
