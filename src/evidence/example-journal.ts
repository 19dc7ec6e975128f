/** The journal of the example run: phases, the fault, alarms, both runbooks, DNS answers, as the harness would have written them. */
import type { Phase, RunEventInput } from "../model/journal.ts";
import { epochWallMs, microseconds, secondaryRegion } from "./example-script.ts";
import type { Script } from "./example-script.ts";

interface Timed {
  readonly seconds: number;
  readonly event: RunEventInput;
}

const wallMs = (seconds: number): number => Math.round(epochWallMs + seconds * 1000);
const experiment = "EXPexample000000001";

function phases(script: Script): Timed[] {
  const { at } = script;
  const starts: [Phase, number][] = [
    ["set-up", 0],
    ["steady", at.steady],
    ["fault", at.command],
  ];
  if (script.failover && !script.harmless) starts.push(["failover", at.decided]);
  if (Number.isFinite(at.restored)) starts.push(["restored", Math.max(at.restored + 0.2, at.cut + 1)]);
  if (Number.isFinite(at.failback)) starts.push(["failback", at.failback], ["protected", at.protected]);
  starts.push(["final-reads", at.finalReads]);
  return starts.flatMap(([phase, seconds], index) => [
    { seconds, event: { type: "phase.started", phase } as const },
    { seconds: starts[index + 1]?.[1] ?? at.end, event: { type: "phase.ended", phase } as const },
  ]);
}

function fault(script: Script): Timed[] {
  const { at, run } = script;
  const step = "start-experiment";
  const undo = { kind: "stop-experiment", clientToken: `${run}-fault`, runTag: run } as const;
  const state = (seconds: number, value: string): Timed => ({
    seconds,
    event: {
      type: "fis.experiment",
      id: experiment,
      state: value,
      sourceMs: wallMs(seconds - 0.1),
      previousPollUs: microseconds(seconds - 0.5),
    },
  });
  const names = script.harmless
    ? ([["wait", "aws:fis:wait"]] as const)
    : ([
        ["cut-customers", "aws:network:disrupt-connectivity"],
        ["cut-replication", "aws:network:route-table-disrupt-cross-region-connectivity"],
        ["stop-primary", "aws:ec2:stop-instances"],
      ] as const);
  const actions = names.flatMap(([action, actionId], index): Timed[] => {
    const start = at.command + 0.03 + index * 0.01;
    const common = { type: "fis.action", id: experiment, action, actionId } as const;
    const running = {
      ...common,
      state: "running",
      startMs: wallMs(start),
      endMs: null,
      previousPollUs: microseconds(start - 0.2),
    };
    const done = {
      ...common,
      state: "completed",
      startMs: wallMs(start),
      endMs: wallMs(at.cut + 25),
      previousPollUs: microseconds(at.cut + 24.9),
    };
    return [
      { seconds: start + 0.3, event: running },
      { seconds: at.cut + 25.4, event: done },
    ];
  });
  const arn = "arn:aws:ec2:us-east-1:000000000000:instance/i-use1a";
  return [
    { seconds: at.command, event: { type: "step.intended", step, token: `${run}-fault`, deadlineMs: 10_000, undo } },
    { seconds: at.command + 0.02, event: { type: "step.done", step, outcome: "ok" } },
    {
      seconds: at.command + 0.25,
      event: { type: "fis.targets", id: experiment, resolved: [{ target: "primary", arn }] },
    },
    state(at.command + 0.3, "running"),
    ...actions,
    state(at.cut + 25.5, "completed"),
  ];
}

type Movement = readonly [step: string, action: string, start: number, end: number];

function runbook(name: "failover" | "failback", id: string, movements: readonly Movement[]): Timed[] {
  const document = `drills/runbooks/${name}.yaml`;
  const last = movements[movements.length - 1];
  const first = movements[0];
  if (last === undefined || first === undefined) return [];
  return [
    { seconds: first[2] - 0.05, event: { type: "ssm.execution", id, runbook: name, document, status: "InProgress" } },
    ...movements.flatMap(([step, action, start, end]): Timed[] => {
      const common = { type: "ssm.step", id, runbook: name, step, action, startMs: wallMs(start) } as const;
      return [
        { seconds: start + 0.15, event: { ...common, status: "InProgress", endMs: null } },
        { seconds: end + 0.15, event: { ...common, status: "Success", endMs: wallMs(end) } },
      ];
    }),
    { seconds: last[3] + 0.2, event: { type: "ssm.execution", id, runbook: name, document, status: "Success" } },
  ];
}

function recovery(script: Script): Timed[] {
  const { at } = script;
  if (script.harmless) return [];
  const detected: Timed[] = [
    {
      seconds: at.detected,
      event: {
        type: "alarm",
        name: "primary-health",
        state: "ALARM",
        sourceMs: wallMs(at.detected - 0.08),
        previousPollUs: microseconds(at.detected - 0.25),
      },
    },
    {
      seconds: at.detected + 0.001,
      event: {
        type: "detected",
        by: "primary-health",
        sourceMs: wallMs(at.detected - 0.08),
        previousPollUs: microseconds(at.detected - 0.25),
      },
    },
  ];
  if (!script.failover) return detected;
  const t = at.decided;
  const failover: Movement[] = [
    ["CloseFlow", "aws:executeAwsApi", t + 0.2, t + 0.8],
    ["Fence", "aws:invokeLambdaFunction", t + 0.9, t + 1.9],
    ["Promote", "aws:executeAwsApi", t + 2, at.promoted],
    ["Route", "aws:executeAwsApi", at.promoted + 0.1, at.promoted + 0.6],
    ["ScaleOut", "aws:executeAwsApi", at.promoted + 0.7, at.promoted + 2.9],
    ["Reconcile", "aws:invokeLambdaFunction", at.promoted + 3, at.promoted + 4],
    ["OpenFlow", "aws:executeAwsApi", at.promoted + 4.1, at.promoted + 4.4],
    ["Verify", "aws:invokeLambdaFunction", at.promoted + 4.5, at.promoted + 9.1],
  ];
  const t2 = at.failback;
  const failback: Movement[] = [
    ["BringBackFenced", "aws:executeAwsApi", t2 + 0.2, t2 + 3],
    ["Salvage", "aws:invokeLambdaFunction", t2 + 3.1, t2 + 5],
    ["Rebuild", "aws:executeAwsApi", t2 + 5.1, at.protected - 0.5],
  ];
  const turned = at.promoted + 4.9;
  return [
    ...detected,
    { seconds: t, event: { type: "decided", by: "policy" } },
    ...runbook("failover", "11111111-0000-4000-8000-000000000001", failover),
    {
      seconds: turned,
      event: {
        type: "dns.answer",
        name: "pay.lab.internal",
        address: "127.0.2.1",
        region: secondaryRegion,
        previousPollUs: microseconds(turned - 0.2),
      },
    },
    ...(Number.isFinite(at.failback) ? runbook("failback", "11111111-0000-4000-8000-000000000002", failback) : []),
  ];
}

/** Journal events in the order of time, without seq, us and wallMs. */
export function exampleJournal(
  script: Script,
): { readonly us: number; readonly wallMs: number; readonly event: RunEventInput }[] {
  const { at } = script;
  const ends: Timed[] = [
    {
      seconds: at.steady + 14.9,
      event: { type: "gate", gate: "steady-state", passed: true, detail: "99.99 % good for 14.9 s" },
    },
    {
      seconds: at.loadStop + 0.4,
      event: { type: "k6.exit", code: 0, signal: null, droppedIterations: script.droppedIterations },
    },
    { seconds: at.loadStop + 0.5, event: { type: "probe.exit", code: 0 } },
    { seconds: at.end - 0.1, event: { type: "residue", clean: true, left: [] } },
  ];
  return [...phases(script), ...fault(script), ...recovery(script), ...ends]
    .sort((a, b) => a.seconds - b.seconds)
    .map(({ seconds, event }) => ({ us: microseconds(seconds), wallMs: wallMs(seconds), event }));
}
