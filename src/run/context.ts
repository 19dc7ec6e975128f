/** What every phase of a run works with. */
import type { FisClient } from "@aws-sdk/client-fis";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { LoadProfile } from "../definitions.ts";
import type { StartedLoad } from "../load/k6.ts";
import type { Drill, Runbook } from "../model/drill.ts";
import type { Endpoints, Environment, Replication } from "../model/environment.ts";
import type { Phase } from "../model/journal.ts";
import type { AlarmWatch } from "./alarms.ts";
import type { RunClock } from "./clock.ts";
import type { Gauge } from "./gauge.ts";
import type { Journal } from "./journal.ts";
import type { ProbeProcess } from "./probe-process.ts";
import type { Scope } from "./scope.ts";
import type { StartedWitness } from "./witness-process.ts";

/** What a person decided to run: all definitions parsed, all tools found, nothing started yet. */
export interface RunSettings {
  readonly root: string;
  readonly runFolder: string;
  readonly run: string;
  readonly drill: Drill;
  readonly drillFile: string;
  readonly drillHash: string;
  readonly environment: Environment;
  readonly environmentFile: string;
  readonly profile: LoadProfile;
  readonly ratePerMinute: number;
  readonly vus: number;
  readonly k6: { readonly path: string; readonly kind: "ledger" | "console"; readonly version: string };
  readonly probeFiles: readonly string[];
  readonly runbooks: { readonly failover: UploadableRunbook | null; readonly failback: UploadableRunbook | null };
  readonly tools: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

export interface UploadableRunbook {
  readonly definition: Runbook;
  readonly name: string;
  readonly content: string;
}

export interface RunContext {
  readonly settings: RunSettings;
  readonly clock: RunClock;
  readonly journal: Journal;
  readonly scope: Scope;
  /** Aborts when the person interrupts, the load dies or the disk is full; healing never sees it. */
  readonly signal: AbortSignal;
  readonly endpoints: Endpoints;
  readonly fis: FisClient;
  readonly ssm: SSMClient;
  readonly probes: ProbeProcess;
  readonly alarms: AlarmWatch;
  readonly gauge: Gauge;
  readonly replication: () => Replication | null;
  readonly enter: (phase: Phase, options?: { readonly journey?: boolean }) => void;
}

export type LoadedContext = RunContext & { readonly load: StartedLoad; readonly witness: StartedWitness };
