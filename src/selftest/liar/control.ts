/**
 * The liar's control plane: experiments, runbooks, alarms and replication as AWS and an environment file would tell of them, when asked at
 * an instant. What is commanded here decides when the Regions serve; it says success also where its script makes it do nothing.
 */
import type { Alarm, Replication } from "../../model/environment.ts";
import { regionNames } from "./script.ts";
import type { LiarScript, Moments, StepEffect, StepScript } from "./script.ts";

export interface ActionFacts {
  readonly name: string;
  readonly actionId: string;
  readonly state: string;
  readonly reason: string | null;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

export interface ExperimentFacts {
  readonly state: string;
  readonly sinceMs: number;
  readonly actions: readonly ActionFacts[];
  readonly targets: readonly { readonly target: string; readonly arn: string }[];
}

export interface StepFacts {
  readonly step: string;
  readonly action: string;
  readonly status: "InProgress" | "Success" | "Failed";
  readonly startMs: number;
  readonly endMs: number | null;
  readonly failure: string | null;
}

export interface ExecutionFacts {
  readonly status: "InProgress" | "Success" | "Failed";
  readonly failure: string | null;
  readonly steps: readonly StepFacts[];
}

export interface StepTime {
  readonly startUs: number;
  /** +∞: it failed. */
  readonly endUs: number;
}

export interface Control {
  readonly startExperiment: (us: number) => void;
  readonly startAutomation: (runbook: "failover" | "failback", us: number) => void;
  /** null: none was started. */
  readonly experiment: (us: number) => ExperimentFacts | null;
  readonly automation: (runbook: "failover" | "failback", us: number) => ExecutionFacts | null;
  readonly alarms: (us: number) => readonly Alarm[];
  readonly replication: (us: number) => Replication;
  readonly moments: () => Moments;
  /** When the steps of a runbook begin and end, by name; empty: it was not started. Those that fail do not end. */
  readonly stepTimes: (runbook: "failover" | "failback") => ReadonlyMap<string, StepTime>;
  readonly wallMs: (us: number) => number;
}

const never = Number.POSITIVE_INFINITY;
const startingUs = 30_000;

export function createControl(script: LiarScript): Control {
  const started = { experiment: never, failover: never, failback: never };
  let known: Moments | null = null;
  const wallMs = (us: number): number => script.epochWallMs + us / 1000 + script.wallErrorMs(us);
  const wholeMs = (us: number): number => Math.round(wallMs(us));
  const moments = (): Moments => (known ??= momentsOf(script, started));
  const begin = (what: keyof typeof started, us: number): void => {
    started[what] = us;
    known = null;
  };
  return {
    startExperiment: (us) => begin("experiment", us),
    startAutomation: (runbook, us) => begin(runbook, us),
    wallMs,
    moments,
    stepTimes: (runbook) => stepTimesOf(script[runbook], started[runbook]),
    experiment: (us) => (us < started.experiment ? null : experimentAt(script, started.experiment, us, wholeMs)),
    automation: (runbook, us) =>
      us < started[runbook] ? null : executionAt(script[runbook], started[runbook], us, wholeMs),
    alarms: (us) => [alarmAt(moments(), us, wholeMs)],
    replication: (us) => replicationAt(script, moments(), us, wholeMs),
  };
}

/** A runbook that fails ends there: what comes after the failed step does not happen. */
function performed(steps: readonly StepScript[]): readonly StepScript[] {
  const failing = steps.findIndex(({ fails }) => fails !== undefined);
  return failing < 0 ? steps : steps.slice(0, failing);
}

function momentsOf(
  script: LiarScript,
  started: { readonly experiment: number; readonly failover: number; readonly failback: number },
): Moments {
  const at = (runbook: "failover" | "failback", effect: StepEffect): number => {
    const step = performed(script[runbook]).find((one) => one.effect === effect);
    return step === undefined ? never : started[runbook] + step.afterUs + step.takesUs;
  };
  const { effect, bitesAfterUs, lastsUs } = script.fault;
  const faultUs = effect === "none" ? never : started.experiment + bitesAfterUs;
  const faultEndsUs = effect === "none" ? never : faultUs + lastsUs;
  const promotedUs = at("failover", "promote");
  const [routedUs, openUs] = [at("failover", "route"), at("failover", "open")];
  const moved = Math.max(promotedUs, routedUs, openUs);
  const [salvagedUs, rebuiltUs] = [at("failback", "salvage"), at("failback", "rebuild")];
  // There is nothing to switch back from when nothing was promoted.
  const switchedUs = promotedUs === never ? never : at("failback", "switch-back");
  const restoredUs = Math.min(moved, promotedUs === never ? faultEndsUs : never);
  const fencedUs = at("failover", "fence");
  const alarmUs = Math.min(
    faultEndsUs > faultUs + script.detectsAfterUs ? faultUs + script.detectsAfterUs : never,
    started.experiment + (script.firesAnywayUs ?? never),
  );
  const recovery = { fencedUs, promotedUs, routedUs, openUs, restoredUs };
  return { faultUs, faultEndsUs, alarmUs, ...recovery, salvagedUs, rebuiltUs, switchedUs };
}

function stepTimesOf(script: readonly StepScript[], startedUs: number): ReadonlyMap<string, StepTime> {
  if (startedUs === never) return new Map();
  const failing = script.findIndex(({ fails }) => fails !== undefined);
  return new Map(
    script.slice(0, failing < 0 ? script.length : failing + 1).map(({ step, afterUs, takesUs, fails }) => {
      const startUs = startedUs + afterUs;
      return [step, { startUs, endUs: fails === undefined ? startUs + takesUs : never }];
    }),
  );
}

function experimentAt(
  { fault }: LiarScript,
  startedUs: number,
  us: number,
  wholeMs: (us: number) => number,
): ExperimentFacts {
  const runsUs = startedUs + startingUs;
  const endsUs = fault.failed === undefined ? runsUs + fault.lastsUs : runsUs + 100_000;
  const over = fault.failed === undefined ? "completed" : "failed";
  const state = us < runsUs ? "initiating" : us < endsUs ? "running" : over;
  const actions = fault.actions.map(({ name, actionId }): ActionFacts => {
    const ended = state === "completed" || state === "failed";
    return {
      name,
      actionId,
      state: state === "initiating" ? "pending" : state,
      reason: state === "failed" ? (fault.failed ?? null) : null,
      startMs: state === "initiating" ? null : wholeMs(runsUs),
      endMs: ended ? wholeMs(endsUs) : null,
    };
  });
  const arn = `arn:aws:ec2:${regionNames[0]}:000000000000:instance/i-liar`;
  const sinceUs = state === "initiating" ? startedUs : state === "running" ? runsUs : endsUs;
  return { state, sinceMs: wholeMs(sinceUs), actions, targets: [{ target: "primary", arn }] };
}

function executionAt(
  script: readonly StepScript[],
  startedUs: number,
  us: number,
  wholeMs: (us: number) => number,
): ExecutionFacts {
  const steps: StepFacts[] = [];
  let failure: string | null = null;
  for (const { step, action, afterUs, takesUs, fails } of script) {
    const [start, end] = [startedUs + afterUs, startedUs + afterUs + takesUs];
    if (us < start || failure !== null) break;
    const over = us >= end;
    if (over && fails !== undefined) failure = fails;
    steps.push({
      step,
      action,
      status: over ? (fails === undefined ? "Success" : "Failed") : "InProgress",
      startMs: wholeMs(start),
      endMs: over ? wholeMs(end) : null,
      failure: over ? (fails ?? null) : null,
    });
  }
  const done = steps.length === script.length && steps.every(({ status }) => status === "Success");
  return { status: failure !== null ? "Failed" : done ? "Success" : "InProgress", failure, steps };
}

function alarmAt({ alarmUs }: Moments, us: number, wholeMs: (us: number) => number): Alarm {
  const fires = us >= alarmUs;
  return { name: "primary-health", state: fires ? "ALARM" : "OK", sinceMs: wholeMs(fires ? alarmUs : 0) };
}

function replicationAt(
  script: LiarScript,
  { faultUs, rebuiltUs, faultEndsUs, promotedUs }: Moments,
  us: number,
  wholeMs: (us: number) => number,
): Replication {
  // Without a promotion the old standby streams again when the links are back.
  const isOver = us < faultUs || us >= Math.min(rebuiltUs, promotedUs === never ? faultEndsUs : never);
  const { afterUs = never, lastsUs = 0 } = script.standbyFlickers ?? {};
  const flickers = us >= faultUs + afterUs && us < faultUs + afterUs + lastsUs;
  const broken = !isOver && !flickers;
  return {
    lagMs: broken ? null : script.lagMs,
    lagBytes: broken ? null : 4096,
    computedAtMs: wholeMs(broken ? faultUs : us),
    protected: !broken,
    standbys: [],
  };
}
