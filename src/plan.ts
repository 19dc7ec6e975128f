/**
 * Drill × Environment × load profile → Plan: what would happen, in order, with deadlines, blast radius and cost. Pure: a dry run of the
 * intentions; which resources FIS would touch is asked of FIS itself (actionsMode skip-all).
 */
import type { LoadProfile } from "./definitions.ts";
import { durationMs, type Drill } from "./model/drill.ts";
import type { Environment } from "./model/environment.ts";
import { usageError } from "./model/user-error.ts";

export interface PlanStep {
  readonly phase: string;
  readonly title: string;
  readonly deadlineMs: number;
}

export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly ratePerMinute: number;
  readonly vus: number;
  /** Regions that the fault's targets name in their tags. */
  readonly faultRegions: readonly string[];
  /** FIS bills action-minutes ($0.10 each, aws.amazon.com/fis/pricing); an upper bound: a stopped experiment costs less. */
  readonly fisActionMinutes: number;
  readonly fisCostUsd: number;
  /** Least time a drill without trouble takes. */
  readonly leastDurationMs: number;
}

const fisUsdPerActionMinute = 0.1;
/** Measured on 2 cores with the system under drill beside it: k6 with the ledger holds about this many transactions a second per core. */
const reachablePerSecondPerCore = 1_500;

/**
 * Virtual users so that a hang of any length drops nothing: each can be held for one whole timeout (reference: rate × timeout), with a
 * tenth to spare.
 */
export function virtualUsers(ratePerMinute: number, timeoutMs: number): number {
  return Math.ceil((ratePerMinute / 60) * (timeoutMs / 1000 + 0.5) * 1.1);
}

export function plan(
  drill: Drill,
  environment: Environment,
  profile: LoadProfile,
  machine: { readonly cores: number; readonly primaryRegion?: string },
): Plan {
  const ratePerMinute = drill.load.ratePerMinute ?? profile.ratePerMinute;
  const reachable = Math.floor(machine.cores * reachablePerSecondPerCore * 60);
  if (ratePerMinute > reachable) {
    throw usageError(
      `load.ratePerMinute ${ratePerMinute} cannot be reached from this machine (${machine.cores} cores: at most about ${reachable} a minute); lower the rate or run from a larger machine`,
    );
  }
  const faultRegions = regionsOf(drill);
  const outside = faultRegions.filter((region) => !environment.blastRadius.regions.includes(region));
  if (outside.length > 0) {
    throw usageError(
      `the fault of drill "${drill.name}" targets ${outside.join(", ")}, which environment "${environment.name}" does not allow (blastRadius.regions: ${environment.blastRadius.regions.join(", ")})`,
    );
  }
  const minutes = Object.values(drill.fault.actions).map((action) => {
    const given = action.parameters["duration"] ?? action.parameters["startInstancesAfterDuration"];
    return given === undefined ? 1 : Math.max(1, Math.round(durationMs(given) / 60_000));
  });
  const fisActionMinutes = minutes.reduce((sum, each) => sum + each, 0);
  return {
    steps: stepsOf(drill, profile, ratePerMinute),
    ratePerMinute,
    vus: virtualUsers(ratePerMinute, profile.timeoutMs),
    faultRegions,
    fisActionMinutes,
    fisCostUsd: Math.round(fisActionMinutes * fisUsdPerActionMinute * 100) / 100,
    leastDurationMs: drill.steadyState.baselineMs + drill.objectives.hold.windowMs + drill.settleMs,
  };
}

function regionsOf(drill: Drill): string[] {
  const regions = new Set<string>();
  for (const target of Object.values(drill.targets)) {
    const tagged = target.resourceTags?.["Region"];
    if (tagged !== undefined) regions.add(tagged);
    for (const arn of target.resourceArns ?? []) regions.add(arn.split(":")[3] ?? "?");
  }
  return [...regions].toSorted();
}

function stepsOf(drill: Drill, profile: LoadProfile, ratePerMinute: number): PlanStep[] {
  const horizonMs = drill.objectives.horizonMs ?? drill.objectives.rtoMs;
  const actions = Object.entries(drill.fault.actions).map(([name, action]) => `${name} (${action.actionId})`);
  const steps: PlanStep[] = [
    {
      phase: "set-up",
      title: "reach the system, upload the runbooks, ask FIS which resources it would touch (skip-all)",
      deadlineMs: 120_000,
    },
    {
      phase: "steady",
      title: `load: ${profile.title}, ${ratePerMinute} transactions/min; healthy baseline of ${drill.steadyState.baselineMs / 1000} s, or no fault`,
      deadlineMs: drill.steadyState.baselineMs * 3 + 30_000,
    },
    {
      phase: "fault",
      title: `FIS experiment: ${actions.join(", ")}; ends by itself after ${drill.fault.maxDurationMs / 1000} s`,
      deadlineMs: drill.fault.maxDurationMs,
    },
    {
      phase: "fault",
      title: `detection by ${drill.detection.alarms.join(" or ") || "any alarm"}`,
      deadlineMs: drill.detection.deadlineMs,
    },
  ];
  if (drill.failover)
    steps.push({
      phase: "failover",
      title: `runbook ${drill.failover.document}`,
      deadlineMs: drill.failover.deadlineMs,
    });
  steps.push({
    phase: "restored",
    title: `service restored and held for ${drill.objectives.hold.windowMs / 1000} s`,
    deadlineMs: horizonMs,
  });
  if (drill.failback) {
    steps.push({
      phase: "failback",
      title: `fault ended; runbook ${drill.failback.document}`,
      deadlineMs: drill.failback.deadlineMs,
    });
    steps.push({
      phase: "protected",
      title: "a standby streams from the new primary",
      deadlineMs: drill.failback.deadlineMs,
    });
  }
  steps.push({ phase: "final-reads", title: "writers drain; every id is read back, twice", deadlineMs: 300_000 });
  return steps;
}
