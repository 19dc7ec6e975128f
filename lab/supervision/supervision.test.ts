/** Nothing outlives a lab, whatever kills it. These tests run the real command and look at the real process table. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive, startTimeOf } from "../host/processes.ts";
import type { ProcessId } from "../host/processes.ts";
import { poll } from "../poll.ts";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "main.ts");
/** Labs of these tests have a temp folder of their own: what is left there is theirs. */
let temporary: string;
before(() => (temporary = mkdtempSync(join(tmpdir(), "lab-test-"))));
after(() => rmSync(temporary, { recursive: true, force: true }));

interface Endpoints {
  readonly aws: { readonly endpointUrl: string };
  readonly primary: { readonly url: string };
}
interface Said {
  readonly ready?: Endpoints;
  readonly error?: string;
  readonly exit?: number;
}
interface Command {
  readonly child: ChildProcess;
  readonly said: Promise<Said>;
  readonly code: Promise<number | null>;
}

function command(args: readonly string[], prefix: readonly string[] = []): Command {
  const [program = "", ...rest] = [...prefix, process.execPath, "--import", "tsx", main, ...args];
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary, TSX_DISABLE_CACHE: "1" },
  });
  const said = new Promise<Said>((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).once("line", (line) => resolve(JSON.parse(line) as Said));
    child.once("exit", () => setImmediate(() => reject(new Error("the command ended without a word"))));
  });
  said.catch(() => undefined);
  return { child, said, code: new Promise((resolve) => child.once("exit", resolve)) };
}

interface Status {
  readonly folder: string;
  readonly processes: Readonly<Record<string, number>>;
  readonly regions: readonly { readonly region: string; readonly customersCut: boolean; readonly tasks: readonly { readonly pid: number }[] }[];
  readonly databases: readonly { readonly pid: number }[];
}

const statusOf = async ({ aws }: Endpoints): Promise<Status> =>
  (await (await fetch(`${aws.endpointUrl}/lab/status`)).json()) as Status;

function childrenOf(parents: readonly number[]): number[] {
  const rows = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return rows.map((row) => row.trim().split(/\s+/).map(Number)).flatMap(([pid, parent]) => (parents.includes(parent ?? 0) ? [pid ?? 0] : []));
}

/** Every process of a lab, PostgreSQL's children included, by pid and start time. */
async function processesOf(endpoints: Endpoints): Promise<readonly ProcessId[]> {
  const { processes, regions, databases } = await statusOf(endpoints);
  const known = [...Object.values(processes), ...regions.flatMap(({ tasks }) => tasks.map(({ pid }) => pid)), ...databases.map(({ pid }) => pid)];
  const all = [...known, ...childrenOf(databases.map(({ pid }) => pid))];
  return all.flatMap((pid) => {
    const startTime = startTimeOf(pid);
    return startTime === null ? [] : [{ pid, startTime }];
  });
}

const sharedMemory = (): string[] =>
  existsSync("/proc/sysvipc/shm")
    ? readFileSync("/proc/sysvipc/shm", "utf8").trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/)[1] ?? "")
    : [];

const workingFolders = (): string[] =>
  existsSync("/proc")
    ? readdirSync("/proc").flatMap((name) => {
        try {
          return /^\d+$/.test(name) ? [readlinkSync(`/proc/${name}/cwd`)] : [];
        } catch {
          return [];
        }
      })
    : [];

async function nothingIsLeft(processes: readonly ProcessId[], memoryBefore: readonly string[]): Promise<void> {
  await poll("the end of every process", () => (processes.some(isAlive) ? undefined : true), { everyMs: 20, deadlineMs: 15_000 });
  await poll("an empty temp folder", () => (readdirSync(temporary).length === 0 ? true : undefined), { everyMs: 20, deadlineMs: 15_000 });
  assert.deepEqual(workingFolders().filter((folder) => folder.startsWith(temporary)), []);
  assert.deepEqual(sharedMemory().filter((id) => !memoryBefore.includes(id)), []);
}

async function ready(lab: Command): Promise<Endpoints> {
  const said = await lab.said;
  assert.ok(said.ready, JSON.stringify(said));
  return said.ready;
}

test("two labs live side by side; the end of stdin ends one and leaves the other alone", async () => {
  const memory = sharedMemory();
  const [first, second] = [command(["serve"]), command(["serve"])];
  const [one, two] = [await ready(first), await ready(second)];
  assert.notEqual(one.primary.url, two.primary.url);
  const [firstProcesses, secondProcesses] = [await processesOf(one), await processesOf(two)];
  assert.ok(firstProcesses.length > 20, `only ${firstProcesses.length} processes`);
  first.child.stdin?.end();
  assert.equal(await first.code, 0);
  assert.equal(firstProcesses.some(isAlive), false);
  assert.equal((await fetch(`${two.primary.url}/health`)).status, 200);
  second.child.kill("SIGTERM");
  assert.equal(await second.code, 0);
  await nothingIsLeft([...firstProcesses, ...secondProcesses], memory);
});

test("a second lab on the same state file is refused, and SIGKILL of the first leaves nothing, the state file included", async () => {
  const memory = sharedMemory();
  const state = join(temporary, "state.json");
  const first = command(["serve", "--standalone", "--state", state]);
  const endpoints = await ready(first);
  const claimed = JSON.parse(readFileSync(state, "utf8")) as { readonly pid: number; readonly endpoints: Endpoints };
  assert.deepEqual(claimed.endpoints, endpoints);
  // Standalone: the end of stdin means nothing.
  first.child.stdin?.end();
  const second = command(["serve", "--state", state]);
  const refusal = await second.said;
  assert.match(refusal.error ?? "", /^a lab is already running \(pid \d+, since .+\): .*drill lab down/);
  assert.deepEqual([refusal.exit, await second.code], [69, 69]);
  const processes = await processesOf(endpoints);
  process.kill(claimed.pid, "SIGKILL");
  await nothingIsLeft(processes, memory);
});

test("SIGKILL of the lab and of its parent in one stroke leaves nothing either", async () => {
  const memory = sharedMemory();
  const nested = command(["serve"], ["sh", "-c", '"$0" "$@" & wait']);
  const endpoints = await ready(nested);
  const processes = await processesOf(endpoints);
  const { processes: named } = await statusOf(endpoints);
  const doomed = [nested.child.pid ?? 0, named["main"] ?? 0];
  for (const pid of doomed) process.kill(pid, "SIGKILL");
  await nothingIsLeft(processes, memory);
});

test("a killed guardian is replaced, and the new one knows what there is to clear away", async () => {
  const memory = sharedMemory();
  const lab = command(["serve"]);
  const endpoints = await ready(lab);
  const { processes: named } = await statusOf(endpoints);
  process.kill(named["guardian"] ?? 0, "SIGKILL");
  await poll("a new guardian", async () => ((await statusOf(endpoints)).processes["guardian"] === named["guardian"] ? undefined : true), {
    everyMs: 20,
    deadlineMs: 5_000,
  });
  const processes = await processesOf(endpoints);
  process.kill(named["main"] ?? 0, "SIGKILL");
  await nothingIsLeft(processes, memory);
});

test("bad input and a taken port are one clear line each, and leave nothing", async () => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["serve", "--profile", "fast"], 64, /there is no profile "fast"; there are quick, route53/],
    [["serve", "--port-base", "80"], 64, /--port-base must be a whole number from 1024 to 32668, not 80/],
    [["serve", "--port-base", "x"], 64, /--port-base must be a whole number, not "x"/],
    [["serve", "--no-such-flag"], 64, /usage:/],
    [["dance"], 64, /usage:/],
    [["read-volume", temporary], 69, /is not a database volume/],
  ];
  for (const [args, exit, message] of cases) {
    const refused = command(args);
    const said = await refused.said;
    assert.match(said.error ?? "", message);
    assert.deepEqual([said.exit, await refused.code], [exit, exit], args.join(" "));
  }
  const squatter = createServer().listen(29_513, "127.0.0.1");
  const refused = command(["serve", "--port-base", "29500"]);
  assert.match((await refused.said).error ?? "", /^port 29513 \(TCP, 127\.0\.0\.1\) is taken; stop what listens there, choose another --port-base/);
  assert.equal(await refused.code, 69);
  squatter.close();
  assert.deepEqual(readdirSync(temporary), []);
});
