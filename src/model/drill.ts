/**
 * A Drill: what a user writes in drills/<name>.drill.ts. Data only; nothing here acts.
 * Fault actions, targets and stop conditions keep exactly the meaning of the FIS API 2020-12-01.
 */
import { z } from "zod";

/** Milliseconds, a whole positive number. */
const milliseconds = z.int().positive();
/** ISO-8601 duration as FIS and SSM take it, e.g. "PT3M". */
const isoDuration = z.string().regex(/^P(?=.)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/, {
  message: 'expected an ISO-8601 duration such as "PT3M"',
});

const faultTarget = z.strictObject({
  resourceType: z.string().min(1),
  selectionMode: z.string().regex(/^(ALL|COUNT\(\d+\)|PERCENT\(\d+\))$/),
  resourceTags: z.record(z.string(), z.string()).optional(),
  resourceArns: z.array(z.string()).max(5).optional(),
  parameters: z.record(z.string(), z.string()).optional(),
});

const faultAction = z.strictObject({
  actionId: z.string().regex(/^aws:[a-z0-9-]+:[a-z0-9-]+$/),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.string()).default({}),
  /** Target slot of the action (as FIS names it) → name under `targets`. */
  targets: z.record(z.string(), z.string()).default({}),
  startAfter: z.array(z.string()).default([]),
});

const fault = z.strictObject({
  description: z.string().min(1).max(512),
  actions: z.record(z.string(), faultAction),
  stopConditions: z
    .array(z.strictObject({ source: z.enum(["none", "aws:cloudwatch:alarm"]), value: z.string().optional() }))
    .default([{ source: "none" }]),
  /**
   * The fault waits a random time up to this, drawn from the run's seed, so that drills do not all meet the same phase of health checks,
   * leases and lag samples. At least the longest of those periods is wise.
   */
  randomDelayMs: z.int().nonnegative().default(0),
  /** No fault lives longer than this, whatever else happens (FIS durations must not exceed it). */
  maxDurationMs: milliseconds,
});

/** The clocks of a runbook: which of the document's steps mark them. Names are step names of the document. */
const movements = z.strictObject({
  closeFlow: z.string().optional(),
  fence: z.string().optional(),
  promote: z.string().optional(),
  route: z.string().optional(),
  scale: z.string().optional(),
  reconcile: z.string().optional(),
  openFlow: z.string().optional(),
  verify: z.string().optional(),
  salvage: z.string().optional(),
  rebuild: z.string().optional(),
  switchBack: z.string().optional(),
});

const runbook = z.strictObject({
  /** SSM Automation document, schema 0.3, YAML, path relative to the project root. */
  document: z.string().min(1),
  /** A value `$name` is looked up in the environment's bindings. */
  parameters: z.record(z.string(), z.string()).default({}),
  movements: movements.default({}),
  deadlineMs: milliseconds,
});

const steadyState = z.strictObject({
  /** Healthy load observed for this long before any fault (G2, G9). */
  baselineMs: milliseconds,
  /** Least share of good arrivals in the baseline, 0..1. */
  goodRatio: z.number().gt(0).max(1).default(0.99),
});

/** Everything a limit can be set on. Durations in ms, money in minor units, ratios 0..1. */
export const objectivesSchema = z.strictObject({
  /** Fault effective → service restored and held (NIST SP 800-34 RTO). */
  rtoMs: milliseconds.default(900_000),
  /** Age of the oldest acknowledged and lost write (RPO). */
  rpoMs: milliseconds.default(60_000),
  /** Acknowledged writes lost before replay; disclosed, not judged, unless set. */
  rpoCount: z.int().nonnegative().optional(),
  rpoAmountMinor: z.int().nonnegative().optional(),
  /** Acknowledged writes still missing after salvage and replay. */
  residual: z.int().nonnegative().default(0),
  /** Budgets from docs/measuring.md §5: detect < 1 min, promote < 2 min, route < 1 min, scale < 5 min, verify < 2 min. */
  steps: z
    .strictObject({
      detectMs: milliseconds.default(60_000),
      promoteMs: milliseconds.default(120_000),
      routeMs: milliseconds.default(60_000),
      scaleMs: milliseconds.default(300_000),
      verifyMs: milliseconds.default(120_000),
      /** Judged when the drill has a failback: one that does not succeed must not pass. */
      protectedMs: milliseconds.default(3_600_000),
      failbackMs: milliseconds.default(3_600_000),
    })
    .prefault({}),
  /** Least share of good arrivals over the whole drill, 0..1; disclosed unless set. */
  availability: z.number().gt(0).lt(1).optional(),
  /** An arrival is good if correct and complete by its scheduled time + this. */
  arrivalDeadlineMs: milliseconds.default(2_000),
  /** "Restored" must hold this long: good ratio overall and in every bin. */
  hold: z
    .strictObject({
      windowMs: milliseconds.default(120_000),
      goodRatio: z.number().gt(0).max(1).default(0.999),
      binMs: milliseconds.default(10_000),
      binGoodRatio: z.number().gt(0).max(1).default(0.99),
      /** Completed / scheduled (TPC-E style recovery). */
      capacityRatio: z.number().gt(0).max(1).default(0.95),
      /** p99 from scheduled time inside the window. */
      p99Ms: milliseconds.default(1_000),
    })
    .prefault({}),
  /** How long a drill waits for restoration before it reports RTO > horizon (right-censored). Default: rtoMs. */
  horizonMs: milliseconds.optional(),
});

export const drillSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, { message: "use lower-case letters, digits and dashes" }),
    title: z.string().min(1),
    description: z.string().optional(),
    /** Name of a load profile in load/profiles.ts. */
    load: z.strictObject({
      profile: z.string().min(1),
      /** Overrides the profile's transactions per minute. */
      ratePerMinute: z.int().positive().optional(),
    }),
    /** Probes by name: probes/<name>.probe.ts. */
    probes: z.array(z.string()).default([]),
    steadyState,
    targets: z.record(z.string(), faultTarget).default({}),
    fault,
    detection: z
      .strictObject({
        /** Names of alarms of which the first to fire is the detection. Empty: any alarm. */
        alarms: z.array(z.string()).default([]),
        deadlineMs: milliseconds.default(120_000),
      })
      .prefault({}),
    /** null: the failover is switched off (a drill of what happens without it). */
    failover: runbook.nullable(),
    failback: runbook.nullable().default(null),
    /** How long the load goes on after the last runbook, before the writers drain. */
    settleMs: milliseconds.default(5_000),
    objectives: objectivesSchema.prefault({}),
  })
  .superRefine((drill, context) => {
    for (const [actionName, action] of Object.entries(drill.fault.actions)) {
      for (const [slot, targetName] of Object.entries(action.targets)) {
        if (targetName in drill.targets) continue;
        context.addIssue({
          code: "custom",
          path: ["fault", "actions", actionName, "targets", slot],
          message: `there is no target "${targetName}"; targets are ${Object.keys(drill.targets).join(", ") || "none"}`,
        });
      }
      for (const before of action.startAfter) {
        if (before in drill.fault.actions) continue;
        context.addIssue({
          code: "custom",
          path: ["fault", "actions", actionName, "startAfter"],
          message: `there is no action "${before}"`,
        });
      }
      const duration = action.parameters["duration"];
      if (duration === undefined) continue;
      const parsed = isoDuration.safeParse(duration);
      if (!parsed.success || durationMs(duration) <= 0) {
        context.addIssue({
          code: "custom",
          path: ["fault", "actions", actionName, "parameters", "duration"],
          message: `"${duration}" is not a positive ISO-8601 duration such as "PT3M"`,
        });
      } else if (durationMs(duration) > drill.fault.maxDurationMs) {
        context.addIssue({
          code: "custom",
          path: ["fault", "actions", actionName, "parameters", "duration"],
          message: `${duration} is longer than fault.maxDurationMs (${drill.fault.maxDurationMs} ms)`,
        });
      }
    }
    if (Object.keys(drill.fault.actions).length === 0) {
      context.addIssue({ code: "custom", path: ["fault", "actions"], message: "a fault needs at least one action" });
    }
  });

export type Drill = z.infer<typeof drillSchema>;
export type Objectives = z.infer<typeof objectivesSchema>;
export type Runbook = z.infer<typeof runbook>;
export type Fault = z.infer<typeof fault>;
export type Movement = keyof z.infer<typeof movements>;

type DrillInput = z.input<typeof drillSchema>;

/**
 * Types a drill in the editor: a fault action that names a target which is not declared is a compile error.
 * Parsing happens when the harness loads the file, so that a mistake is reported with the file's name.
 */
export function defineDrill<const Target extends string>(
  drill: Omit<DrillInput, "targets" | "fault"> & {
    targets?: Record<Target, z.input<typeof faultTarget>>;
    fault: Omit<z.input<typeof fault>, "actions"> & {
      actions: Record<
        string,
        Omit<z.input<typeof faultAction>, "targets"> & { targets?: Record<string, NoInfer<Target>> }
      >;
    };
  },
): DrillInput {
  return drill;
}

/** ISO-8601 duration (days to seconds) → milliseconds; NaN when it is not one. */
export function durationMs(iso: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(iso);
  if (!match) return Number.NaN;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}
