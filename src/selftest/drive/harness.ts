/**
 * The harness's part of a drill, in virtual time: commands the fault and the runbooks through the liar's control plane, polls what it
 * tells as the real harness polls AWS, and journals all of it. Nothing here knows what the script has planned.
 */
import type { Phase, RunEventInput } from "../../model/journal.ts";
import type { Control } from "../liar/control.ts";
import { regionNames, second } from "../liar/script.ts";
import type { DriveOptions } from "./options.ts";

export interface TimedEvent {
  readonly us: number;
  readonly event: RunEventInput;
}

export interface Course {
  readonly events: TimedEvent[];
  readonly phases: readonly { readonly phase: Phase; readonly startUs: number }[];
  readonly commandUs: number;
  /** +∞: nobody decided to fail over. */
  readonly decidedUs: number;
  /** +∞: there is none. */
  readonly failbackUs: number;
  readonly loadStopUs: number;
  /** null: nothing would be replayed. */
  readonly beforeReplayUs: number | null;
  readonly journeysUs: readonly number[];
  readonly finalUs: number;
  readonly finalAgainUs: number;
  readonly endUs: number;
}

const poll = { fis: 250_000, ssm: 200_000, alarm: 100_000 } as const;
const longestRunbookUs = 300 * second;

export function runHarness(control: Control, options: DriveOptions): Course {
  const events: TimedEvent[] = [];
  const phases: { phase: Phase; startUs: number }[] = [];
  const say = (us: number, event: RunEventInput): void => void events.push({ us, event });
  const enter = (phase: Phase, us: number): void => {
    const before = phases[phases.length - 1];
    if (before !== undefined) say(us, { type: "phase.ended", phase: before.phase });
    phases.push({ phase, startUs: us });
    say(us, { type: "phase.started", phase });
  };
  enter("set-up", 0);
  enter("steady", options.loadStartUs);
  const commandUs = options.loadStartUs + options.baselineUs;
  enter("fault", commandUs);
  inject(control, commandUs, options.run, say);
  const detectedUs = detect(control, commandUs, options, say);
  let beforeReplayUs: number | null = null;
  let us = commandUs + options.watchUs;
  let decidedUs = Number.POSITIVE_INFINITY;
  const journeysUs = [Math.round(options.loadStartUs + options.baselineUs / 2), commandUs + 400_000];
  if (detectedUs !== null && options.failover) {
    decidedUs = detectedUs + 50_000;
    enter("failover", decidedUs);
    say(decidedUs, { type: "decided", by: "policy" });
    const over = runRunbook(control, "failover", decidedUs + 10_000, say);
    enter("restored", over.us + 100_000);
    us = over.us + 100_000 + options.watchUs;
    if (options.failback) beforeReplayUs = us;
  } else if (detectedUs !== null) enter("restored", detectedUs + 50_000);
  journeysUs.push(us - second);
  const failbackUs = options.failback ? us + 50_000 : Number.POSITIVE_INFINITY;
  if (options.failback) {
    enter("failback", failbackUs);
    const over = runRunbook(control, "failback", us + 60_000, say);
    enter("protected", over.us + 100_000);
    us = over.us + 100_000;
  }
  const loadStopUs = us + options.settleUs;
  watchExperiment(control, commandUs, loadStopUs, say);
  enter("final-reads", loadStopUs);
  const finalUs = loadStopUs + options.timeoutMs * 1000 + 100_000;
  const finalAgainUs = finalUs + 500_000;
  const endUs = finalAgainUs + 500_000;
  say(endUs, { type: "phase.ended", phase: "final-reads" });
  say(endUs, { type: "residue", clean: true, left: [] });
  return {
    events,
    phases,
    commandUs,
    decidedUs,
    failbackUs,
    loadStopUs,
    beforeReplayUs,
    journeysUs,
    finalUs,
    finalAgainUs,
    endUs,
  };
}

type Say = (us: number, event: RunEventInput) => void;

function inject(control: Control, us: number, run: string, say: Say): void {
  const step = "inject-fault";
  const undo = { kind: "stop-experiment", clientToken: `${run}-fault`, runTag: run } as const;
  say(us, { type: "step.intended", step, token: `${run}-fault`, deadlineMs: 60_000, undo });
  control.startExperiment(us + 10_000);
  say(us + 20_000, { type: "step.done", step, outcome: "ok" });
}

function watchExperiment(control: Control, commandUs: number, untilUs: number, say: Say): void {
  const id = "EXPliar";
  const states = new Map<string, string>();
  const isNew = (name: string, state: string): boolean =>
    states.get(name) !== state && states.set(name, state) !== null;
  for (let us = commandUs + 25_000, previousPollUs: number | null = null; us < untilUs; us += poll.fis) {
    const facts = control.experiment(us);
    if (facts !== null) {
      if (states.size === 0) say(us, { type: "fis.targets", id, resolved: [...facts.targets] });
      if (isNew("", facts.state))
        say(us, { type: "fis.experiment", id, state: facts.state, sourceMs: facts.sinceMs, previousPollUs });
      for (const { name, actionId, state, reason, startMs, endMs } of facts.actions) {
        if (!isNew(name, state)) continue;
        const why = reason === null ? {} : { reason };
        say(us, { type: "fis.action", id, action: name, actionId, state, ...why, startMs, endMs, previousPollUs });
      }
    }
    previousPollUs = us;
  }
}

function detect(control: Control, commandUs: number, options: DriveOptions, say: Say): number | null {
  let previousPollUs = commandUs;
  for (let us = commandUs + poll.alarm; us < commandUs + options.detectionDeadlineUs; us += poll.alarm) {
    const fired = control.alarms(us).find(({ state }) => state === "ALARM");
    if (fired !== undefined) {
      const sourced = { sourceMs: fired.sinceMs, previousPollUs };
      say(us, { type: "alarm", name: fired.name, state: fired.state, ...sourced });
      say(us, { type: "detected", by: fired.name, ...sourced });
      return us;
    }
    previousPollUs = us;
  }
  say(commandUs + options.detectionDeadlineUs, { type: "gate", gate: "detection", passed: false, detail: "no alarm" });
  return null;
}

function runRunbook(control: Control, runbook: "failover" | "failback", startUs: number, say: Say): { us: number } {
  const step = `runbook-${runbook}`;
  const undo = { kind: "stop-automation", clientToken: step, document: `${runbook}.yaml` } as const;
  say(startUs - 5_000, { type: "step.intended", step, token: step, deadlineMs: longestRunbookUs / 1000, undo });
  control.startAutomation(runbook, startUs);
  const base = { id: `${runbook}-execution`, runbook } as const;
  const document = `${runbook}.yaml`;
  const seen = new Map<string, string>();
  let previousPollUs: number | null = null;
  say(startUs + 10_000, { type: "ssm.execution", ...base, document, status: "InProgress", previousPollUs });
  for (let us = startUs + poll.ssm; us < startUs + longestRunbookUs; us += poll.ssm) {
    const facts = control.automation(runbook, us);
    if (facts === null) continue;
    for (const { failure, ...told } of facts.steps) {
      if (seen.get(told.step) === told.status) continue;
      seen.set(told.step, told.status);
      say(us, { type: "ssm.step", ...base, ...told, ...(failure === null ? {} : { failure }), previousPollUs });
    }
    if (facts.status === "InProgress") {
      previousPollUs = us;
      continue;
    }
    const why = facts.failure === null ? {} : { failure: facts.failure };
    say(us, { type: "ssm.execution", ...base, document, status: facts.status, ...why, previousPollUs });
    say(us + 1_000, { type: "step.done", step, outcome: facts.status === "Success" ? "ok" : "failed" });
    return { us };
  }
  throw new Error(`the liar's ${runbook} does not end; its script is wrong (Regions ${regionNames.join(", ")})`);
}
