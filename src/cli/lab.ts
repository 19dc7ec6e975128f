/** `drill lab up|status|down`: a lab that stands by itself, for people who want to look around. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Command } from "commander";
import { z } from "zod";
import { loadEnvironment, projectRoot } from "../definitions.ts";
import { endpointsSchema, type Endpoints } from "../model/environment.ts";
import { unavailable, usageError, UserError } from "../model/user-error.ts";
import { poll } from "../run/poll.ts";
import { processStartTime } from "../run/process-identity.ts";

const ownerSchema = z.object({ pid: z.int(), startTime: z.string(), state: z.string() });
const stateSchema = ownerSchema.extend({ endpoints: endpointsSchema });
const readyWithinMs = 60_000;
const downWithinMs = 30_000;

export function labCommand(program: Command): void {
  const lab = program.command("lab").description("a standing lab, to look around");
  const environmentOption = ["--env <name>", "environment that says how the lab is brought up", "lab"] as const;
  lab
    .command("up")
    .description("start a lab that stays until `drill lab down`")
    .option(...environmentOption)
    .action(async (options: { env: string }) => up(options.env));
  lab
    .command("status")
    .description("print every address of the standing lab")
    .option(...environmentOption)
    .option("--json", "everything the lab says of itself, as JSON")
    .action(async (options: { env: string; json?: boolean }) => status(options.env, options.json ?? false));
  lab
    .command("down")
    .description("end the standing lab")
    .option(...environmentOption)
    .action(async (options: { env: string }) => down(options.env));
}

async function standing(name: string): Promise<{
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  stateFile: string;
  root: string;
}> {
  const root = projectRoot(process.cwd());
  const { value } = await loadEnvironment(root, name);
  if (value.bringUp?.stateFile === undefined)
    throw usageError(
      `environment "${name}" has no lab that could stand by itself (no bringUp.stateFile in config/${name}.ts)`,
    );
  return {
    command: value.bringUp.command,
    environment: value.bringUp.environment,
    stateFile: value.bringUp.stateFile,
    root,
  };
}

async function up(name: string): Promise<void> {
  const { command, environment, stateFile, root } = await standing(name);
  mkdirSync(dirname(stateFile), { recursive: true, mode: 0o700 });
  const logFile = join(dirname(stateFile), "lab.log");
  const log = openSync(logFile, "w");
  const [program = "", ...args] = command;
  const child = spawn(program, [...args, "--standalone"], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", log],
    env: { ...process.env, ...environment },
  });
  closeSync(log);
  if (!child.stdout) throw new Error("no stdout to read the endpoints from");
  const lines = createInterface({ input: child.stdout });
  const endpoints = await new Promise<Endpoints>((resolve, reject) => {
    lines.on("line", (line) => {
      const said = JSON.parse(line) as { ready?: unknown; error?: string; exit?: 64 | 69 };
      if (said.ready !== undefined) resolve(endpointsSchema.parse(said.ready));
      else if (said.error !== undefined) reject(new UserError(said.error, said.exit ?? 69));
    });
    child.once("error", (error) => reject(unavailable(`the lab cannot be started: ${error.message}`)));
    child.once("exit", (code) => reject(unavailable(`the lab ended at once (exit ${code}); its log is ${logFile}`)));
    AbortSignal.timeout(readyWithinMs).addEventListener("abort", () =>
      reject(unavailable(`the lab was not ready within ${readyWithinMs / 1000} s; its log is ${logFile}`)),
    );
  });
  child.unref();
  child.stdout.destroy();
  process.stdout.write(
    `${addresses(endpoints)}\n\nrun a drill against it: drill run regional-failover --env lab-running\nend it: drill lab down\n`,
  );
}

function readJson(stateFile: string): unknown {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8"));
  } catch {
    return null;
  }
}

/** The process that holds the state file; refuses when there is none, or when it is gone and only its file is left. */
function readOwner(stateFile: string): z.infer<typeof ownerSchema> {
  if (!existsSync(stateFile)) throw unavailable("no lab is running: start one with `drill lab up`");
  const parsed = ownerSchema.safeParse(readJson(stateFile));
  if (!parsed.success)
    throw unavailable(`${stateFile} is not what a lab wrote; remove it and start a lab with \`drill lab up\``);
  if (processStartTime(parsed.data.pid) !== parsed.data.startTime) {
    throw unavailable(
      `the lab of ${stateFile} is gone (pid ${parsed.data.pid} has ended); the next \`drill lab up\` clears away what it left`,
    );
  }
  return parsed.data;
}

function readState(stateFile: string): z.infer<typeof stateSchema> {
  const owner = readOwner(stateFile);
  const parsed = stateSchema.safeParse(readJson(stateFile));
  if (!parsed.success) throw unavailable(`the lab (pid ${owner.pid}) is ${owner.state}; try again in a few seconds`);
  return parsed.data;
}

function controlUrl(endpoints: Endpoints): string {
  const { endpointUrl } = endpoints.aws;
  if (endpointUrl === undefined) throw usageError("this environment has no lab: its FIS and SSM are AWS's own");
  return endpointUrl;
}

async function status(name: string, json: boolean): Promise<void> {
  const { stateFile } = await standing(name);
  const { pid, endpoints } = readState(stateFile);
  const answer = await fetch(new URL("/lab/status", controlUrl(endpoints)), {
    signal: AbortSignal.timeout(5_000),
  }).catch(() => {
    throw unavailable(`the lab of ${stateFile} (pid ${pid}) does not answer; end it with \`drill lab down\``);
  });
  const said = await answer.json();
  process.stdout.write(
    json ? `${JSON.stringify(said, null, 2)}\n` : `${addresses(endpoints)}\n\n${flat(said).join("\n")}\n`,
  );
}

/** What the lab says of itself, one "path value" a line. */
function flat(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${path.padEnd(48)} ${String(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, path === "" ? key : `${path}.${key}`));
}

function addresses(endpoints: Endpoints): string {
  const rows: [string, string][] = [
    [
      "customers' name",
      `${endpoints.service.url} (DNS ${endpoints.service.dnsServer ?? "system"}, TTL ${endpoints.service.ttlSeconds} s)`,
    ],
    [endpoints.primary.name, endpoints.primary.url],
    [endpoints.secondary.name, endpoints.secondary.url],
    ["FIS and SSM", `${endpoints.aws.endpointUrl ?? "AWS"} (aws --endpoint-url … fis list-actions)`],
    ["alarms", endpoints.alarmsUrl ?? "-"],
    ["replication", endpoints.replicationUrl ?? "-"],
  ];
  return rows.map(([what, address]) => `${what.padEnd(18)} ${address}`).join("\n");
}

async function down(name: string): Promise<void> {
  const { stateFile } = await standing(name);
  const { pid } = readOwner(stateFile);
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // Gone already: its guardian removes what it left.
  }
  const gone = await poll(() => (existsSync(stateFile) ? undefined : true), {
    intervalMs: 100,
    deadlineMs: downWithinMs,
    signal: new AbortController().signal,
  });
  if (gone === null)
    throw unavailable(
      `the lab (pid ${pid}) did not end within ${downWithinMs / 1000} s; look at ${join(dirname(stateFile), "lab.log")}`,
    );
  process.stdout.write("the lab has ended\n");
}
