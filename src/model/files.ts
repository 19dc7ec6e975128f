/**
 * The files of a run folder (reports/README.md is their specification). All are NDJSON: a header line, then records.
 * Times named `us`, `…Us` are whole microseconds since the run's epoch on the host's monotonic clock.
 */
import { z } from "zod";
import { exportLack } from "./export.ts";

export const header = z.object({
  schema: z.string(),
  run: z.string(),
  /** Boot id of the host that wrote the file; files of one boot share one monotonic clock. */
  host: z.string(),
  /** CLOCK_MONOTONIC of the run's epoch, ns, as a decimal string. */
  epochMonoNs: z.string(),
  /** An anchor: both clocks read together by the writer when it opened the file. */
  monoNs: z.string(),
  wallNs: z.string(),
});

/** Ledger: see src/model/ledger.ts for the records, which have a fixed layout. */
export const ledgerHeader = header.extend({
  schema: z.literal("dr-drill/ledger@1"),
  /** "k" = k6, "t" = the TypeScript witness. */
  witness: z.string().length(1),
  /** A payment's id is idPrefix + seq in decimal. */
  idPrefix: z.string(),
  ratePerMinute: z.number().positive(),
  /** Region numbers in the records: regions[n - 1]; 0 = not known. */
  regions: z.array(z.string()),
  tool: z.string(),
  /** Absent: the times are exact. Present: they follow the wall clock, in steps of so many µs. */
  wallStepUs: z.number().positive().optional(),
});
export type LedgerHeader = z.infer<typeof ledgerHeader>;

export const probeHeader = header.extend({
  schema: z.literal("dr-drill/probe@1"),
  probe: z.string(),
  title: z.string(),
  kind: z.enum(["customer", "inside-primary", "inside-secondary", "dns", "replication", "journey", "fence"]),
  vantage: z.string(),
  intervalMs: z.number().nullable(),
  timeoutMs: z.number(),
  /** Absent: fresh. */
  persona: z.enum(["fresh", "sticky"]).optional(),
});
export const probeLine = z.object({
  schedUs: z.number(),
  startUs: z.number(),
  endUs: z.number(),
  ok: z.boolean(),
  phase: z.string().optional(),
  status: z.number().optional(),
  error: z.string().optional(),
  ip: z.string().optional(),
  region: z.string().optional(),
  epoch: z.number().optional(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  files: z.array(z.string()).optional(),
});
export type ProbeHeader = z.infer<typeof probeHeader>;
export type ProbeLine = z.infer<typeof probeLine>;

export const lagHeader = header.extend({ schema: z.literal("dr-drill/lag@1") });
export const lagLine = z.object({
  us: z.number(),
  lagMs: z.number().nullable(),
  lagBytes: z.number().nullable(),
  /** When the source computed it, on our axis. */
  computedUs: z.number().nullable(),
  protected: z.boolean(),
});
export type LagLine = z.infer<typeof lagLine>;

export const clockHeader = header.extend({ schema: z.literal("dr-drill/clock@1") });
export const clockLine = z.object({ us: z.number(), wallNs: z.string(), loopLagMs: z.number().optional() });
export type ClockLine = z.infer<typeof clockLine>;

/** What the harness process, k6 and everything the environment started used, per sample. */
export const resourceHeader = header.extend({ schema: z.literal("dr-drill/resources@1") });
export const resourceLine = z.object({
  us: z.number(),
  group: z.enum(["harness", "load", "probes", "system"]),
  cpuSeconds: z.number(),
  rssBytes: z.number(),
  processes: z.number(),
});

/** Final reads: survivors/<reading>.ndjson, one snapshot of the ledger of the system under drill. */
export const survivorsHeader = header.extend({
  schema: z.literal("dr-drill/survivors@1"),
  reading: z.enum(["before-replay", "final", "final-again"]),
  region: z.string(),
  regions: z.array(z.string()),
  startedUs: z.number(),
  /** As the export itself states them. */
  epoch: z.number(),
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
  endedUs: z.number(),
  payments: z.number(),
  accounts: z.number(),
});

export const manifestSchema = z.object({
  schema: z.literal("dr-drill/manifest@1"),
  run: z.string(),
  seed: z.string(),
  startedAt: z.string(),
  epochMonoNs: z.string(),
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
    ratePerMinute: z.number(),
    writeEvery: z.number().describe("every n-th iteration is a write; 6 means read:write 5:1"),
    vus: z.number(),
    timeoutMs: z.number(),
    connectionPolicy: z.string(),
    dnsTtlSeconds: z.number(),
    bodyBytes: z.number(),
  }),
  /** The second witness, which writes beside the load; absent: there was to be none. */
  witness: z.object({ ratePerMinute: z.number().positive(), timeoutMs: z.number().positive() }).optional(),
  /** Processors that the load generator may use; absent: not known. */
  cores: z.int().positive().optional(),
  git: z.object({ commit: z.string(), dirty: z.boolean() }).nullable(),
  tools: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;
