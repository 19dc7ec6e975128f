/**
 * What a person sees while a drill runs, on stderr: one line per event, and on a terminal a live line below them
 * (phase, elapsed, tx/s, errors, who serves, lag). It only listens; nothing here can fail a run.
 */
import type { RunEvent } from "../model/journal.ts";
import { endedByItself } from "./scope.ts";

export interface LiveState {
  readonly phase: string;
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly badPerSecond: number;
  readonly region: string | null;
  readonly p99Ms: number | null;
  readonly lagMs: number | null;
}

export interface Progress extends Disposable {
  line(verb: string, text: string): void;
  event(event: RunEvent): void;
  live(state: LiveState): void;
}

export interface ProgressOutput {
  readonly write: (text: string) => unknown;
  readonly isTerminal: boolean;
  readonly colours: boolean;
  readonly columns: () => number;
}

const plainLiveEveryMs = 15_000;

export function createProgress(output: ProgressOutput, elapsedMs: () => number): Progress {
  const paint = (code: string, text: string): string => (output.colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  let liveShown = false;
  let lastPlainLiveMs = 0;

  function clearLive(): void {
    if (!liveShown) return;
    output.write("\r\u001b[2K");
    liveShown = false;
  }

  function line(verb: string, text: string, colour = "36"): void {
    clearLive();
    const seconds = (elapsedMs() / 1000).toFixed(1).padStart(6);
    output.write(`${paint(`1;${colour}`, verb.padStart(12))} [${seconds}s] ${text}\n`);
  }

  return {
    line: (verb, text) => line(verb, text),
    event: (event) => {
      const told = tell(event);
      if (told) line(told.verb, told.text, told.colour);
    },
    live: (state) => {
      const text = liveText(state);
      if (output.isTerminal) {
        output.write(`\r\u001b[2K${paint("2", text.slice(0, Math.max(20, output.columns() - 1)))}`);
        liveShown = true;
      } else if (state.elapsedMs - lastPlainLiveMs >= plainLiveEveryMs) {
        lastPlainLiveMs = state.elapsedMs;
        line("…", text.trim(), "2");
      }
    },
    [Symbol.dispose]: clearLive,
  };
}

function liveText(state: LiveState): string {
  const rate = `${Math.round(state.perSecond)} tx/s`;
  const bad = state.badPerSecond >= 0.5 ? `${Math.round(state.badPerSecond)} failing/s` : "no errors";
  const lag = state.lagMs === null ? "lag unknown" : `lag ${Math.round(state.lagMs)} ms`;
  const p99 = state.p99Ms === null ? "" : ` · p99 ${Math.round(state.p99Ms)} ms`;
  return `${state.phase.padStart(12)} [${(state.elapsedMs / 1000).toFixed(1).padStart(6)}s] ${rate} · ${bad}${p99} · ${state.region ?? "nobody"} serves · ${lag}`;
}

interface Told {
  readonly verb: string;
  readonly text: string;
  readonly colour?: string;
}

const red = "31";
const green = "32";
const yellow = "33";

function tell(event: RunEvent): Told | null {
  switch (event.type) {
    case "phase.started":
      return { verb: event.phase.toUpperCase(), text: phaseTexts[event.phase], colour: "35" };
    case "fis.experiment":
      return {
        verb: "FIS",
        text: `experiment ${event.id} ${event.state}${event.reason ? `: ${event.reason}` : ""}`,
        colour: event.state === "failed" ? red : yellow,
      };
    case "fis.action":
      if (event.state === "pending" || event.state === "initiating") return null;
      return {
        verb: "FIS",
        text: `${event.action} (${event.actionId}) ${event.state}${event.reason && event.state === "failed" ? `: ${event.reason}` : ""}`,
        colour: event.state === "failed" ? red : yellow,
      };
    case "ssm.step":
      if (event.status === "InProgress" || event.status === "Waiting") return null;
      return {
        verb: "RUNBOOK",
        text: `${event.step} ${event.status}${event.failure ? `: ${event.failure}` : ""}`,
        colour: event.status === "Success" ? green : red,
      };
    case "ssm.execution":
      return {
        verb: "RUNBOOK",
        text: `${event.runbook} (${event.document}) ${event.status}`,
        colour: event.status === "Failed" ? red : green,
      };
    case "alarm":
      return { verb: "ALARM", text: `${event.name} ${event.state}`, colour: event.state === "ALARM" ? red : green };
    case "alarms.silent":
      return { verb: "NO ALARMS", text: `they cannot be read: ${event.reason}`, colour: red };
    case "alarms.heard":
      return { verb: "ALARMS", text: "can be read again", colour: green };
    case "detected":
      return { verb: "DETECTED", text: `by ${event.by}`, colour: red };
    case "decided":
      return { verb: "DECIDED", text: `fail over, by ${event.by}` };
    case "gate":
      return {
        verb: event.passed ? "OK" : "NOT MET",
        text: `${event.gate}: ${event.detail}`,
        colour: event.passed ? green : red,
      };
    case "undo.done":
      if (event.detail === endedByItself) return null;
      return {
        verb: event.outcome === "ok" ? "UNDONE" : "NOT UNDONE",
        text: `${event.step}${event.detail ? `: ${event.detail}` : ""}`,
        colour: event.outcome === "ok" ? green : red,
      };
    case "step.done":
      return event.outcome === "ok"
        ? null
        : {
            verb: "FAILED",
            text: `${event.step} ${event.outcome}${event.detail ? `: ${event.detail}` : ""}`,
            colour: red,
          };
    case "interrupted":
      return {
        verb: "INTERRUPTED",
        text: `${event.signal}: stopping and healing; once more to stop at once`,
        colour: red,
      };
    case "residue":
      return event.clean ? null : { verb: "LEFT OVER", text: event.left.join(", "), colour: red };
    case "note":
      return { verb: "NOTE", text: event.text };
    default:
      return null;
  }
}

const phaseTexts = {
  "set-up": "reaching the system, the runbooks and the fault's targets",
  steady: "load is on; a healthy baseline comes first",
  fault: "the fault goes in",
  failover: "the big red button",
  restored: "waiting until the service is restored, and holds",
  failback: "the old Region comes back, fenced; what it alone has is salvaged",
  protected: "waiting until a standby follows the new primary",
  "final-reads": "writers drain, then every id is read back",
} as const;
