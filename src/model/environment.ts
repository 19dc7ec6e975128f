/**
 * An Environment: where a drill runs. config/<name>.ts exports one; those files are the only ones that read process.env.
 * Either its endpoints are known, or `bringUp` names a command that starts the system under drill and prints them as one JSON line.
 */
import { z } from "zod";
import type { ExportLine } from "./export.ts";

const url = z.url();

const region = z.strictObject({
  /** e.g. "us-east-1" */
  name: z.string().min(1),
  /** The Region's own front door by fixed address, not through DNS: for inside canaries, fence probes and final reads. */
  url,
});

export const endpointsSchema = z.strictObject({
  /** FIS and SSM. Without endpointUrl the SDK's own endpoints (real AWS) are used. */
  aws: z.strictObject({
    region: z.string().min(1),
    endpointUrl: url.optional(),
    credentials: z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() }).optional(),
    /** Role that FIS assumes. */
    fisRoleArn: z.string().min(1),
  }),
  /** The front door as customers know it: a name, resolved through DNS. */
  service: z.strictObject({
    url,
    /** host:port of the name server; absent: the system's resolver. */
    dnsServer: z.string().optional(),
    /** TTL of the record, stated in the report; clients honour it. */
    ttlSeconds: z.number().positive(),
  }),
  primary: region,
  secondary: region,
  /** GET → {alarms:[{name,state,sinceMs}]}; absent: the environment file must give `alarms`. */
  alarmsUrl: url.optional(),
  /** GET → {lagMs,lagBytes,computedAtMs,...}; absent: replication is NOT_MEASURABLE. */
  replicationUrl: url.optional(),
  /** Values for `$name` in a drill's runbook parameters. */
  bindings: z.record(z.string(), z.string()).default({}),
  /** Words for the report, e.g. {"dns profile":"quick (1 s x 3, TTL 5 s)"}. */
  facts: z.record(z.string(), z.string()).default({}),
});
export type Endpoints = z.infer<typeof endpointsSchema>;

export const alarmSchema = z.object({
  name: z.string(),
  state: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
  /** Wall clock of the last transition, ms since the Unix epoch, as the source states it. */
  sinceMs: z.number(),
});
export type Alarm = z.infer<typeof alarmSchema>;

export const replicationSchema = z.object({
  /** Age of the newest heartbeat that the standby has, ms; null when not known. */
  lagMs: z.number().nullable(),
  /** Primary's WAL position minus the standby's, bytes; null when not known. */
  lagBytes: z.number().nullable(),
  /** Wall clock at which the source computed it: a frozen number is thereby seen to be frozen. */
  computedAtMs: z.number(),
  /** true: a standby is streaming from the current writer. */
  protected: z.boolean(),
  standbys: z.array(z.object({ name: z.string(), state: z.string(), sync: z.string() })).default([]),
});
export type Replication = z.infer<typeof replicationSchema>;

/**
 * Reads back what is stored, where the system has no GET /v1/export: the same lines, made of what it offers. `run` begins the id of every
 * payment of this drill; all of those must come, as of one snapshot, and no others need to.
 */
export type FinalRead = (
  endpoints: Endpoints,
  reading: { readonly region: Endpoints["primary"]; readonly run: string },
  signal: AbortSignal,
) => AsyncIterable<ExportLine>;

export const environmentSchema = z
  .strictObject({
    name: z.string().min(1),
    title: z.string().min(1),
    /** Printed on stdout as one JSON line {"ready": Endpoints}; the process lives until its stdin closes. */
    bringUp: z
      .strictObject({
        command: z.array(z.string()).min(1),
        environment: z.record(z.string(), z.string()).default({}),
        readyWithinMs: z.int().positive().default(60_000),
        /** Where a standing system (`drill lab up`) leaves {pid, startTime, endpoints}; the command takes `--standalone` for that. */
        stateFile: z.string().optional(),
      })
      .optional(),
    endpoints: endpointsSchema.optional(),
    /** Why this environment cannot be used now, and what to do; the harness says it and starts nothing. */
    unavailable: z.string().optional(),
    /** Regions that a drill may break here; a plan that touches another is refused. */
    blastRadius: z.strictObject({ regions: z.array(z.string()).min(1) }),
    alarms: z.custom<(endpoints: Endpoints, signal: AbortSignal) => Promise<readonly Alarm[]>>().optional(),
    replication: z.custom<(endpoints: Endpoints, signal: AbortSignal) => Promise<Replication>>().optional(),
    /** null: the system has no export, and nothing in its place; what would need it is NOT_MEASURABLE. */
    finalRead: z
      .custom<FinalRead>((value) => typeof value === "function", { message: "expected a function, or null" })
      .nullable()
      .optional(),
  })
  .refine(
    ({ bringUp, endpoints, unavailable }) =>
      [bringUp, endpoints, unavailable].filter((given) => given !== undefined).length === 1,
    { message: "give either bringUp or endpoints" },
  );
export type Environment = z.infer<typeof environmentSchema>;

export function defineEnvironment(environment: z.input<typeof environmentSchema>): z.input<typeof environmentSchema> {
  return environment;
}
