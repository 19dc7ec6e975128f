/** Runs the real command line as a person would, and looks at what it leaves. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/definitions.ts";
import { runEventSchema, type RunEvent } from "../../src/model/journal.ts";
import { verdictSchema, type Finding, type Verdict } from "../../src/model/verdict.ts";

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
  /** Resolves when stderr has shown the text; rejects when the command ends without. */
  shows(text: string): Promise<void>;
}

const labState = join(tmpdir(), `dr-drill-test-lab-${process.pid}.json`);

export function startDrill(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx/esm"), join(packageRoot, "src", "cli.ts"), ...args],
    {
      cwd: packageRoot,
      // A state file of our own: a lab that the person running the tests has standing must not be in the way.
      env: { ...process.env, NO_COLOR: "1", DRILL_LAB_STATE: labState, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  const listeners: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<CommandResult>((resolve) => {
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return {
    child,
    ended,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve();
        };
        listeners.push(look);
        look();
        void ended.then((result) =>
          reject(new Error(`ended with ${result.exitCode} before it showed "${text}":\n${result.stderr}`)),
        );
      }),
  };
}

export const drillCommand = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> => startDrill(args, environment).ended;

export interface ReportsFolder extends Disposable {
  readonly path: string;
  /** The one run folder in it. */
  run(): string;
}

export function reportsFolder(): ReportsFolder {
  const path = mkdtempSync(join(tmpdir(), "dr-drill-test-"));
  return {
    path,
    run: () => {
      const runs = readdirSync(path);
      if (runs.length !== 1 || runs[0] === undefined)
        throw new Error(`expected one run in ${path}, found ${runs.join(", ") || "none"}`);
      return join(path, runs[0]);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function readVerdictFile(folder: string): Verdict {
  return verdictSchema.parse(JSON.parse(readFileSync(join(folder, "verdict.json"), "utf8")));
}

export function finding(verdict: Verdict, id: Finding["id"]): Finding {
  const found = verdict.findings.find((each) => each.id === id);
  if (!found) throw new Error(`no finding ${id}`);
  return found;
}

export function readJournal(folder: string): RunEvent[] {
  return readFileSync(join(folder, "journal.ndjson"), "utf8")
    .split("\n")
    .slice(1)
    .filter((line) => line !== "")
    .map((line) => runEventSchema.parse(JSON.parse(line)));
}
