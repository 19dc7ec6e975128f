/**
 * What the lab's control plane can do to the lab: the one interface between the AWS-shaped side (lab/aws/) and the real processes
 * and links (lab/). Every method does the thing for real before it resolves, or throws an Error whose message says why it could not.
 */
export type RegionName = "us-east-1" | "eu-west-1";
export type DatabaseName = "payments-use1a" | "payments-use1b" | "payments-euw1";
export type FunctionName = "payments-reconcile" | "payments-verify" | "payments-salvage";

export interface Resource {
  readonly arn: string;
  /** FIS resource type, e.g. "aws:ec2:instance", "aws:ecs:task", "aws:ec2:subnet", "aws:rds:db". */
  readonly resourceType: string;
  readonly region: RegionName;
  readonly tags: Readonly<Record<string, string>>;
  /** e.g. {state:"running", instanceId:"i-use1a"} */
  readonly attributes: Readonly<Record<string, string>>;
}

export type InstanceState = "running" | "stopped" | "fenced-stopped" | "fenced-running";

export interface DatabaseStatus {
  readonly name: DatabaseName;
  readonly instanceId: string;
  readonly region: RegionName;
  readonly state: InstanceState;
  readonly role: "primary" | "standby" | "none";
  /** RDS's words: "available" when it answers in its role, "stopped", "promoting", "rebooting", "creating", "isolated" (fenced). */
  readonly status: string;
  /** Name of the database it replicates from, when standby. */
  readonly source: DatabaseName | null;
  /** "streaming" when its WAL receiver streams, else "catchup" | "broken" | "none". */
  readonly replication: string;
  readonly timeline: number | null;
}

export interface Machinery {
  inventory(): readonly Resource[];
  databases(): Promise<readonly DatabaseStatus[]>;

  /** Holds bytes and FIN both ways on the customers' link into the Region; new connections hang. Idempotent. */
  cutCustomers(region: RegionName): Promise<void>;
  healCustomers(region: RegionName): Promise<void>;
  /** Holds the links between the Regions, both ways. Idempotent. */
  cutBetween(a: RegionName, b: RegionName): Promise<void>;
  healBetween(a: RegionName, b: RegionName): Promise<void>;

  /** Host dies: SIGKILL of everything on it; resolves when the processes are gone. Idempotent. */
  stopInstance(instanceId: string): Promise<void>;
  /** Starts what was on it; a fenced instance starts fenced. Resolves when it answers, or throws after 60 s. */
  startInstance(instanceId: string): Promise<void>;
  /** From now on the instance, when it runs, is read-only and isolated from everything but salvage. Works while it is down. */
  fenceInstance(instanceId: string): Promise<void>;

  stopTask(arn: string): Promise<void>;
  setDesiredCount(region: RegionName, count: number): Promise<void>;
  service(region: RegionName): { readonly desiredCount: number; readonly runningCount: number };

  promote(database: DatabaseName): Promise<void>;
  /** Wipes the database's volume (the old one is kept aside) and clones it over the link from `source` as its standby; ends the fence. Resolves when streaming. */
  createReplica(database: DatabaseName, source: DatabaseName): Promise<void>;
  /** Planned: stops writes on the current primary, waits until `database` has everything, promotes it, and makes the old primary its standby. */
  switchover(database: DatabaseName): Promise<void>;

  setFlow(region: RegionName, flow: "open" | "closed"): Promise<void>;
  flow(region: RegionName): "open" | "closed";
  setRoutingControls(entries: readonly { readonly region: RegionName; readonly state: "On" | "Off" }[]): Promise<void>;
  routingControl(region: RegionName): "On" | "Off";

  /** A Lambda function of the payments system; the payload and the answer are JSON objects. */
  invoke(
    functionName: FunctionName,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;

  alarms(): readonly {
    readonly name: string;
    readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
    readonly sinceMs: number;
  }[];

  /** Appends to the truth log (lab/events). */
  record(event: string, detail?: Readonly<Record<string, string | number | boolean | null>>): void;

  /**
   * A lease: until released or run out, `undo` is owed. An independent process (the guardian) runs the undo when the lease runs out, even if the
   * process that took it hangs; what it can undo by itself is exactly this list.
   */
  lease(lease: {
    readonly id: string;
    readonly expiresAtMs: number;
    readonly undo:
      | { readonly kind: "heal-customers"; readonly region: RegionName }
      | { readonly kind: "heal-between"; readonly a: RegionName; readonly b: RegionName };
  }): void;
  releaseLease(id: string): void;
}
