/** The journal: what the harness did and saw, in order; append-only, fsynced where a fault depends on it. */
import { z } from "zod";
import { axisUs, header } from "./files.ts";

export const phases = [
  "set-up",
  "steady",
  "fault",
  "failover",
  "restored",
  "failback",
  "protected",
  "final-reads",
] as const;
export type Phase = (typeof phases)[number];

export const journalHeader = header.extend({ schema: z.literal("dr-drill/journal@1"), argv: z.array(z.string()) });

const base = { seq: z.int(), us: axisUs, wallMs: z.number() };
const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ ...base, type: z.literal(type), ...shape });

/** A time that a source states, ms since the Unix epoch by its own clock: from 2000 to 2200, because any other is that of a source without a clock. */
export const statedMs = z.number().min(946_684_800_000).max(7_258_118_400_000);
const stated = statedMs.nullable();
/** Beside the moment at which we saw it (`us`): what its source states, and when we had looked before. */
const sourced = { sourceMs: stated, previousPollUs: axisUs.nullable() };
const begunAndEnded = { startMs: stated, endMs: stated };
/** When we last looked and it was not so yet; not in the journals of earlier versions. */
const polled = { previousPollUs: axisUs.nullable().optional() };

const anyEvent = z.discriminatedUnion("type", [
  event("phase.started", { phase: z.enum(phases) }),
  event("phase.ended", { phase: z.enum(phases) }),
  /** Written and fsynced before the act; `token` is the idempotency token the act uses; `undo` says how `drill heal` reverses it. */
  event("step.intended", {
    step: z.string(),
    token: z.string(),
    deadlineMs: z.number(),
    undo: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("stop-experiment"), clientToken: z.string(), runTag: z.string() }),
        z.object({ kind: z.literal("stop-automation"), clientToken: z.string(), document: z.string() }),
        z.object({ kind: z.literal("delete-template"), runTag: z.string() }),
        z.object({ kind: z.literal("end-process"), what: z.string() }),
      ])
      .nullable(),
  }),
  event("step.done", {
    step: z.string(),
    outcome: z.enum(["ok", "failed", "timeout", "interrupted"]),
    detail: z.string().optional(),
  }),
  event("undo.done", { step: z.string(), outcome: z.enum(["ok", "failed"]), detail: z.string().optional() }),
  /** Any state change of the FIS experiment, or of one of its actions, as the API told us. */
  event("fis.experiment", { id: z.string(), state: z.string(), reason: z.string().optional(), ...sourced }),
  event("fis.action", {
    id: z.string(),
    action: z.string(),
    actionId: z.string(),
    state: z.string(),
    reason: z.string().optional(),
    ...begunAndEnded,
    previousPollUs: axisUs.nullable(),
  }),
  event("fis.targets", { id: z.string(), resolved: z.array(z.object({ target: z.string(), arn: z.string() })) }),
  event("ssm.execution", {
    id: z.string(),
    runbook: z.enum(["failover", "failback"]),
    document: z.string(),
    status: z.string(),
    failure: z.string().optional(),
    ...polled,
  }),
  event("ssm.step", {
    id: z.string(),
    runbook: z.enum(["failover", "failback"]),
    step: z.string(),
    action: z.string(),
    status: z.string(),
    ...begunAndEnded,
    outputs: z.record(z.string(), z.array(z.string())).optional(),
    failure: z.string().optional(),
    ...polled,
  }),
  /** From now on nobody looks what the runbook does, which is not over; `heardUs`: when it was last asked for with success, null: never. */
  event("ssm.unwatched", { runbook: z.enum(["failover", "failback"]), heardUs: axisUs.nullable() }),
  event("alarm", { name: z.string(), state: z.string(), ...sourced }),
  /** From now on nobody knows whether an alarm fires; `heardUs`: when they were last asked for with success, null: never. */
  event("alarms.silent", { reason: z.string(), heardUs: axisUs.nullable() }),
  event("alarms.heard", {}),
  event("detected", { by: z.string(), ...sourced }),
  event("decided", { by: z.enum(["policy", "person"]) }),
  event("dns.answer", {
    name: z.string(),
    address: z.string(),
    region: z.string().nullable(),
    previousPollUs: axisUs.nullable(),
  }),
  /** A gate of the run itself: steady state, detection deadline, restored and held, protected again. */
  event("gate", { gate: z.string(), passed: z.boolean(), detail: z.string() }),
  /** Live tallies from tailing the ledger: the progress line's numbers, not evidence for a finding. */
  event("k6.exit", {
    code: z.int().nullable(),
    signal: z.string().nullable(),
    droppedIterations: z.int().nonnegative().nullable(),
  }),
  /** The probes' process ended by itself: from now on nobody observes. */
  event("probe.exit", { code: z.int().nullable() }),
  event("interrupted", { signal: z.string() }),
  event("residue", { clean: z.boolean(), left: z.array(z.string()) }),
  event("note", { text: z.string() }),
]);

export const runEventSchema = anyEvent.refine(
  (one) => !("previousPollUs" in one) || (one.previousPollUs ?? 0) <= one.us,
  {
    message: "what was looked at before was looked at later",
  },
);

export type RunEvent = z.infer<typeof runEventSchema>;
export type RunEventInput = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, "seq" | "us" | "wallMs">
    : never
  : never;

/** SSM's words for an execution that is over. An unknown word is treated as not over, and is in the journal. */
const overStatuses: readonly string[] = [
  "Success",
  "TimedOut",
  "Cancelled",
  "Failed",
  "Rejected",
  "CompletedWithSuccess",
  "CompletedWithFailure",
  "Exited",
];

export const executionIsOver = (status: string | undefined): boolean => overStatuses.includes(status ?? "");
