/**
 * The drill's actors over time: load, fault, runbooks, probes. Each becomes one Allure result with its steps. A lane tells what
 * its actor did; whether the drill passed is the findings' matter, so a probe that saw the outage has done its work.
 */
import { drillSchema, type Drill, type Movement } from "../model/drill.ts";
import type { RunEvent } from "../model/journal.ts";
import { allureStatusOf, findingOf, type AllureStatus } from "./criteria.ts";
import { formatCount, formatDuration, formatLimitDuration, formatUtc } from "./format.ts";
import type { ProbeRun, ReportInput } from "./input.ts";

export interface LaneStep {
  readonly name: string;
  readonly status: AllureStatus;
  readonly startUs: number;
  readonly endUs: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly message: string | null;
}

export interface Lane {
  /** Stable: history is kept by it. */
  readonly id: string;
  readonly title: string;
  readonly kind: "Load" | "Fault" | "Runbooks" | "Probes";
  readonly status: AllureStatus;
  readonly message: string | null;
  readonly startUs: number;
  readonly endUs: number;
  readonly steps: readonly LaneStep[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Files of the run folder that show it. */
  readonly files: readonly string[];
}

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

export function eventsOf<Type extends RunEvent["type"]>(input: ReportInput, type: Type): readonly EventOf<Type>[] {
  return input.journal.filter((event): event is EventOf<Type> => event.type === type);
}

/** The drill as the manifest holds it; null when it is not one we understand. */
export function drillOf(input: ReportInput): Drill | null {
  const parsed = drillSchema.safeParse(input.manifest.drill);
  return parsed.success ? parsed.data : null;
}

export function lanesOf(input: ReportInput): readonly Lane[] {
  const drill = drillOf(input);
  const runbooks = (["failover", "failback"] as const).flatMap((name) => {
    const ran = eventsOf(input, "ssm.execution").some((event) => event.runbook === name);
    return ran || (drill !== null && drill[name] !== null) ? [runbookLane(input, name, drill)] : [];
  });
  return [loadLane(input), faultLane(input), ...runbooks, ...input.probes.map(probeLane)];
}

function loadLane(input: ReportInput): Lane {
  const { load } = input.manifest;
  const delivered = findingOf(input.verdict, "load.delivered");
  const status = delivered ? allureStatusOf({ ...delivered, objective: delivered.objective }) : "broken";
  const exit = eventsOf(input, "k6.exit").at(-1);
  const steps = input.phases.flatMap((phase): LaneStep[] => {
    const endUs = phase.endUs ?? input.endUs;
    const bins = input.bins.filter((bin) => bin.startUs >= phase.startUs && bin.startUs < endUs);
    if (bins.length === 0) return [];
    const sum = (pick: (bin: (typeof bins)[number]) => number): string =>
      formatCount(bins.reduce((total, bin) => total + pick(bin), 0));
    const parameters = {
      ok: sum((bin) => bin.ok),
      failed: sum((bin) => bin.failed),
      unknown: sum((bin) => bin.unknown),
    };
    return [{ name: phase.phase, status: "passed", startUs: phase.startUs, endUs, parameters, message: null }];
  });
  return {
    id: "load",
    title: `Load: ${load.profile}, ${formatCount(load.ratePerMinute)} transactions/min`,
    kind: "Load",
    status,
    message:
      status === "passed" ? null : `[HARNESS] ${delivered?.reason ?? "nothing says whether the load was delivered"}`,
    startUs: input.bins[0]?.startUs ?? 0,
    endUs: (input.bins.at(-1)?.startUs ?? 0) + input.binUs,
    steps,
    parameters: {
      "read : write": `${load.writeEvery - 1} : 1`,
      "virtual users": formatCount(load.vus),
      timeout: formatLimitDuration(load.timeoutMs),
      "connection policy": load.connectionPolicy,
      ...(exit
        ? {
            "exit code": String(exit.code ?? exit.signal),
            "dropped iterations": String(exit.droppedIterations ?? "not known"),
          }
        : {}),
    },
    files: [],
  };
}

const experimentStatus: Readonly<Record<string, AllureStatus>> = {
  completed: "passed",
  stopped: "passed",
  failed: "broken",
  cancelled: "broken",
};

function faultLane(input: ReportInput): Lane {
  const states = eventsOf(input, "fis.experiment");
  const last = states.at(-1);
  const actions = new Map(eventsOf(input, "fis.action").map((event) => [event.action, event]));
  const effective = findingOf(input.verdict, "fault.effective");
  const steps = [...actions.values()].map((event): LaneStep => {
    const startUs = sourceUs(input, event.startMs) ?? event.us;
    return {
      name: `${event.action} (${event.actionId})`,
      status: experimentStatus[event.state] ?? "broken",
      startUs,
      endUs: Math.max(startUs, sourceUs(input, event.endMs) ?? event.us),
      parameters: { state: event.state },
      message: event.reason ?? null,
    };
  });
  const ended = experimentStatus[last?.state ?? ""] ?? "broken";
  const bit = effective === null || effective.status === "PASS";
  const trouble =
    last === undefined
      ? "no experiment was started"
      : ended === "passed"
        ? effective?.reason
        : `the experiment is ${last.state}${last.reason ? `: ${last.reason}` : ""}`;
  const status = ended === "passed" && bit ? "passed" : "broken";
  return {
    id: "fault",
    title: "Fault: FIS experiment",
    kind: "Fault",
    status,
    message: status === "passed" ? null : `[HARNESS] ${trouble ?? "the fault was not shown to bite"}`,
    startUs: states[0]?.us ?? 0,
    endUs: last?.us ?? 0,
    steps,
    parameters: last ? { experiment: last.id, state: last.state } : {},
    files: [],
  };
}

const stepStatus: Readonly<Record<string, AllureStatus>> = {
  Success: "passed",
  Failed: "failed",
  TimedOut: "failed",
  Cancelled: "skipped",
  Pending: "skipped",
};
const budgetOf: Readonly<Partial<Record<Movement, "promoteMs" | "routeMs" | "scaleMs" | "verifyMs">>> = {
  promote: "promoteMs",
  route: "routeMs",
  scale: "scaleMs",
  verify: "verifyMs",
};

function runbookLane(input: ReportInput, name: "failover" | "failback", drill: Drill | null): Lane {
  const states = eventsOf(input, "ssm.execution").filter((event) => event.runbook === name);
  const last = states.at(-1);
  const byStep = new Map(
    eventsOf(input, "ssm.step")
      .filter((event) => event.runbook === name)
      .map((event) => [event.step, event]),
  );
  const movementOf = new Map(
    Object.entries(drill?.[name]?.movements ?? {}).map(([movement, step]) => [step, movement as Movement]),
  );
  const steps = [...byStep.values()].map((event) => runbookStep(input, event, movementOf.get(event.step) ?? null));
  const status = last === undefined ? "broken" : (stepStatus[last.status] ?? "broken");
  const tag = name === "failover" ? "[RTO]" : "[APP]";
  const failed = steps.find((step) => step.status === "failed");
  const why = last?.failure ?? (failed ? `step ${failed.name}: ${failed.message ?? "failed"}` : null);
  const trouble =
    last === undefined
      ? `[HARNESS] the ${name} runbook did not run`
      : `${tag} the ${name} runbook ended ${last.status}${why ? `: ${why}` : ""}`;
  return {
    id: `runbook.${name}`,
    title: `Runbook: ${name}`,
    kind: "Runbooks",
    status: status === "skipped" ? "broken" : status,
    message: status === "passed" ? null : trouble,
    startUs: states[0]?.us ?? 0,
    endUs: last?.us ?? 0,
    steps: steps.sort((a, b) => a.startUs - b.startUs),
    parameters: last ? { execution: last.id, document: last.document, status: last.status } : {},
    files: [],
  };
}

function runbookStep(input: ReportInput, event: EventOf<"ssm.step">, movement: Movement | null): LaneStep {
  const startUs = sourceUs(input, event.startMs) ?? event.us;
  const endUs = Math.max(startUs, sourceUs(input, event.endMs) ?? event.us);
  const budget = movement ? budgetOf[movement] : undefined;
  const limitMs = budget ? input.objectives.steps[budget] : null;
  const actualMs = (endUs - startUs) / 1000;
  return {
    name: `${event.step}: ${formatDuration(actualMs)}${limitMs === null ? "" : ` (budget ${formatLimitDuration(limitMs)})`}`,
    status: stepStatus[event.status] ?? "broken",
    startUs,
    endUs,
    parameters: {
      ...(limitMs === null
        ? {}
        : {
            budget: formatLimitDuration(limitMs),
            over: actualMs > limitMs ? formatDuration(actualMs - limitMs) : "no",
          }),
      actual: formatDuration(actualMs),
      action: event.action,
      status: event.status,
    },
    message: event.failure ?? null,
  };
}

function probeLane({ header, lines }: ProbeRun): Lane {
  const steps: LaneStep[] = [];
  for (const line of lines) {
    // Neighbouring observations that agree are one step: "saw it well", "saw it down".
    const last = steps.at(-1);
    const name = line.ok ? "answered well" : "did not answer well";
    if (last?.name === name && header.kind !== "journey") {
      const seen = Number(last.parameters["observations"] ?? 1) + 1;
      steps[steps.length - 1] = {
        ...last,
        endUs: line.endUs,
        parameters: { ...last.parameters, observations: String(seen) },
      };
      continue;
    }
    const parameters = {
      observations: "1",
      ...(line.phase ? { phase: line.phase } : {}),
      ...(line.region ? { region: line.region } : {}),
    };
    steps.push({
      name,
      status: line.ok ? "passed" : "skipped",
      startUs: line.startUs,
      endUs: line.endUs,
      parameters,
      message: line.error ?? null,
    });
  }
  const good = lines.filter((line) => line.ok).length;
  const trouble =
    lines.length === 0 ? "it observed nothing" : good === 0 ? "it never saw a good answer, so it proves nothing" : null;
  return {
    id: `probe.${header.probe}`,
    title: `Probe: ${header.title}`,
    kind: "Probes",
    status: trouble ? "broken" : "passed",
    message: trouble ? `[HARNESS] probe ${header.probe}: ${trouble}` : null,
    startUs: lines[0]?.startUs ?? 0,
    endUs: lines.at(-1)?.endUs ?? 0,
    // A flapping probe would drown the report; its file has every line.
    steps: steps.slice(0, 60),
    parameters: {
      observations: formatCount(lines.length),
      good: formatCount(good),
      interval: header.intervalMs === null ? "once a phase" : formatDuration(header.intervalMs),
      timeout: formatLimitDuration(header.timeoutMs),
      vantage: header.vantage,
    },
    files: lines.flatMap((line) => line.files ?? []),
  };
}

/** A source's own clock on our axis. */
function sourceUs(input: ReportInput, wallMs: number | null): number | null {
  return wallMs === null ? null : (wallMs - input.epochWallMs) * 1000;
}

/** The journal's turning points, one line each, for people: seconds since the fault (or the start), what, which. */
export function journalExcerpt(input: ReportInput, maxLines = 200): readonly string[] {
  const zeroUs = input.moments.fault?.loUs ?? 0;
  const lines = input.journal.flatMap((event): string[] => {
    if (event.type === "step.intended" || event.type === "fis.targets" || event.type === "dns.answer") return [];
    const { type, seq: _seq, us, wallMs: _wallMs, ...detail } = event;
    const words = Object.entries(detail).flatMap(([key, value]) => {
      if (value === null || key === "previousPollUs" || key === "sourceMs" || key === "outputs") return [];
      if (typeof value === "number" && key.endsWith("Ms") && value > 1e12) return [`${key}=${formatUtc(value, 3)}`];
      return [`${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`];
    });
    return [`${((us - zeroUs) / 1e6).toFixed(3).padStart(10)} s  ${type.padEnd(15)} ${words.join(" ")}`];
  });
  return lines.length <= maxLines
    ? lines
    : [...lines.slice(0, maxLines), `… ${lines.length - maxLines} more in journal.ndjson`];
}
