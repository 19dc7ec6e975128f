/** verdict.json: the public contract (reports/verdict.schema.json is generated from this). Durations in ms, money in minor units. */
import { z } from "zod";

export const findingIds = [
  "rto",
  "rto.customer",
  "rto.fromDetection",
  "rto.fromDecision",
  "step.detect",
  "step.decide",
  "step.promote",
  "step.fence",
  "step.route",
  "step.scale",
  "step.verify",
  "protected",
  "failback",
  "rpo.time",
  "rpo.count",
  "rpo.amount",
  "residual",
  "duplicates",
  "corrupt",
  "torn",
  "phantom",
  "balance",
  "splitBrain",
  "fenceBreach",
  "staleReads",
  "residency",
  "availability",
  "functional",
  "load.delivered",
  "fault.effective",
  "clocks",
  "evidence.intact",
  "selftest",
] as const;
export type FindingId = (typeof findingIds)[number];

export const findingStatus = z.enum(["PASS", "FAIL", "INCONCLUSIVE", "NOT_MEASURABLE"]);
export type FindingStatus = z.infer<typeof findingStatus>;

export const unitSchema = z.enum(["ms", "count", "minor", "ratio"]);

export const findingSchema = z.strictObject({
  id: z.enum(findingIds),
  title: z.string(),
  status: findingStatus,
  /** null: disclosed, not judged. op is what PASS needs of the measured value. */
  objective: z.strictObject({ op: z.enum(["<", "<=", ">="]), limit: z.number(), unit: unitSchema }).nullable(),
  /** hi null = unbounded above (right-censored: not restored within the horizon). */
  measured: z.strictObject({ lo: z.number(), hi: z.number().nullable(), unit: unitSchema }).nullable(),
  /** How far inside the limit it lies, negative: beyond it. lo null = unbounded. null: nothing was judged. */
  margin: z.strictObject({ lo: z.number().nullable(), hi: z.number().nullable(), unit: unitSchema }).nullable(),
  reason: z.string(),
  evidence: z.array(
    z.strictObject({ file: z.string(), line: z.int().optional(), range: z.tuple([z.int(), z.int()]).optional() }),
  ),
});
export type Finding = z.infer<typeof findingSchema>;

export const verdictSchema = z.strictObject({
  schema: z.literal("dr-drill/verdict@1"),
  run: z.string(),
  drill: z.string(),
  environment: z.string(),
  verdict: z.enum(["PASS", "FAIL", "INCONCLUSIVE"]),
  findings: z.array(findingSchema),
});
export type Verdict = z.infer<typeof verdictSchema>;

export const exitCodes = {
  PASS: 0,
  FAIL: 1,
  INCONCLUSIVE: 2,
  unhealed: 3,
  usage: 64,
  unavailable: 69,
  internal: 70,
  interrupted: 130,
} as const;
