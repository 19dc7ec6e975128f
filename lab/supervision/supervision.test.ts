/** Nothing outlives a lab, whatever kills it. These tests run the real command and look at the real process table. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CreateExperimentTemplateCommand, FisClient, StartExperimentCommand } from "@aws-sdk/client-fis";
import { childrenOf, isAlive, startTimeOf } from "../host/processes.ts";
import type { ProcessId } from "../host/processes.ts";
import { poll } from "../poll.ts";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "main.ts");
/** Labs of these tests have a temp folder of their own: what is left there is theirs. */
let temporary: string;
before(() => (temporary = mkdtempSync(join(tmpdir(), "lab-test-"))));
/** A test that fails in the middle must not leave its lab behind. */
const commands: Command[] = [];
after(async () => {
  for (const { child } of commands) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await Promise.all(commands.map(({ code }) => code));
  rmSync(temporary, { recursive: true, force: true });
});

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
  const [program = "", ...rest] = [...prefix, process.execPath, "--import", "tsx/esm", main, ...args];
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: temporary, TSX_DISABLE_CACHE: "1" },
  });
  const said = new Promise<Said>((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).once("line", (line) => resolve(JSON.parse(line) as Said));
    child.once("exit", () => setImmediate(() => reject(new Error("the command ended without a word"))));
  });
  said.catch(() => undefined);
  const started = { child, said, code: new Promise<number | null>((resolve) => child.once("exit", resolve)) };
  commands.push(started);
  return started;
}

interface Status {
  readonly folder: string;
  readonly processes: Readonly<Record<string, number>>;
  readonly regions: readonly {
    readonly region: string;
    readonly customersCut: boolean;
    readonly tasks: readonly { readonly pid: number }[];
  }[];
  readonly databases: readonly { readonly pid: number }[];
  readonly linksControl: { readonly host: string; readonly port: number };
}

const statusOf = async ({ aws }: Endpoints): Promise<Status> =>
  (await (await fetch(`${aws.endpointUrl}/lab/status`)).json()) as Status;

/** Every process of a lab, PostgreSQL's children included, by pid and start time. */
async function processesOf(endpoints: Endpoints): Promise<readonly ProcessId[]> {
  const { processes, regions, databases } = await statusOf(endpoints);
  const known = [
    ...Object.values(processes),
    ...regions.flatMap(({ tasks }) => tasks.map(({ pid }) => pid)),
    ...databases.map(({ pid }) => pid),
  ];
  const itself = known.flatMap((pid) => {
    const startTime = startTimeOf(pid);
    return startTime === null ? [] : [{ pid, startTime }];
  });
  return [...itself, ...databases.flatMap(({ pid }) => childrenOf(pid))];
}

/** Segments of System V shared memory that these processes created. Columns: key shmid perms size cpid … */
const sharedMemoryOf = (processes: readonly ProcessId[]): string[] =>
  existsSync("/proc/sysvipc/shm")
    ? readFileSync("/proc/sysvipc/shm", "utf8")
        .split("\n")
        .slice(1)
        .filter((line) => processes.some(({ pid }) => String(pid) === line.trim().split(/\s+/)[4]))
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

async function nothingIsLeft(processes: readonly ProcessId[]): Promise<void> {
  await poll("the end of every process", () => (processes.some(isAlive) ? undefined : true), {
    everyMs: 20,
    deadlineMs: 15_000,
  });
  await poll("an empty temp folder", () => (readdirSync(temporary).length === 0 ? true : undefined), {
    everyMs: 20,
    deadlineMs: 15_000,
  });
  assert.deepEqual(
    workingFolders().filter((folder) => folder.startsWith(temporary)),
    [],
  );
  assert.deepEqual(sharedMemoryOf(processes), []);
}

async function ready(lab: Command): Promise<Endpoints> {
  const said = await lab.said;
  assert.ok(said.ready, JSON.stringify(said));
  return said.ready;
}

test("two labs live side by side; the end of stdin ends one and leaves the other alone", async () => {
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
  await nothingIsLeft([...firstProcesses, ...secondProcesses]);
});

test("a second lab on the same state file is refused, and SIGKILL of the first leaves nothing, the state file included", async () => {
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
  await nothingIsLeft(processes);
});

test("SIGKILL of the lab and of its parent in one stroke leaves nothing either", async () => {
  const nested = command(["serve"], ["sh", "-c", 'exec 3<&0; "$0" "$@" <&3 & wait']);
  const endpoints = await ready(nested);
  const processes = await processesOf(endpoints);
  const { processes: named } = await statusOf(endpoints);
  const doomed = [nested.child.pid ?? 0, named["main"] ?? 0];
  for (const pid of doomed) process.kill(pid, "SIGKILL");
  await nothingIsLeft(processes);
});

test("a killed guardian is replaced, and the new one knows what there is to clear away", async () => {
  const lab = command(["serve"]);
  const endpoints = await ready(lab);
  const { processes: named } = await statusOf(endpoints);
  process.kill(named["guardian"] ?? 0, "SIGKILL");
  await poll(
    "a new guardian",
    async () => ((await statusOf(endpoints)).processes["guardian"] === named["guardian"] ? undefined : true),
    {
      everyMs: 20,
      deadlineMs: 5_000,
    },
  );
  const processes = await processesOf(endpoints);
  process.kill(named["main"] ?? 0, "SIGKILL");
  await nothingIsLeft(processes);
});

test("a fault's lease is kept by the guardian: the link heals on time even while the lab's main process hangs", async () => {
  const lab = command(["serve"]);
  const endpoints = await ready(lab);
  const { linksControl, processes: named } = await statusOf(endpoints);
  const pid = named["main"] ?? 0;
  const held = async (): Promise<boolean> => {
    const response = await fetch(`http://${linksControl.host}:${linksControl.port}/state`);
    const { links } = (await response.json()) as {
      readonly links: readonly { readonly name: string; readonly hold: { readonly up: boolean } }[];
    };
    return links.find(({ name }) => name === "customers/us-east-1")?.hold.up === true;
  };
  const fis = new FisClient({
    endpoint: endpoints.aws.endpointUrl,
    region: "us-east-1",
    credentials: { accessKeyId: "lab", secretAccessKey: "lab" },
  });
  const created = await fis.send(
    new CreateExperimentTemplateCommand({
      clientToken: "lease-test",
      description: "cut the customers' link",
      roleArn: "arn:aws:iam::000000000000:role/dr-drill-lab",
      stopConditions: [{ source: "none" }],
      targets: {
        subnets: { resourceType: "aws:ec2:subnet", resourceTags: { Region: "us-east-1" }, selectionMode: "ALL" },
      },
      actions: {
        cut: {
          actionId: "aws:network:disrupt-connectivity",
          parameters: { duration: "PT2S", scope: "all" },
          targets: { Subnets: "subnets" },
        },
      },
    }),
  );
  await fis.send(
    new StartExperimentCommand({ clientToken: "lease-test", experimentTemplateId: created.experimentTemplate?.id }),
  );
  await poll("the cut", async () => ((await held()) ? true : undefined), { everyMs: 20, deadlineMs: 5_000 });
  process.kill(pid, "SIGSTOP");
  try {
    await poll("the guardian's healing", async () => ((await held()) ? undefined : true), {
      everyMs: 50,
      deadlineMs: 20_000,
    });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  const events = await (await fetch(`${endpoints.aws.endpointUrl}/lab/events`)).text();
  assert.match(events, /"lease-ran-out"/);
  const processes = await processesOf(endpoints);
  // While it lives there is something to find: else the look for leftovers below would prove nothing.
  if (existsSync("/proc/sysvipc/shm")) assert.equal(sharedMemoryOf(processes).length, 3);
  lab.child.stdin?.end();
  assert.equal(await lab.code, 0);
  await nothingIsLeft(processes);
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
  assert.match(
    (await refused.said).error ?? "",
    /^port 29513 \(TCP, 127\.0\.0\.1\) is taken; stop what listens there, choose another --port-base/,
  );
  assert.equal(await refused.code, 69);
  squatter.close();
  assert.deepEqual(readdirSync(temporary), []);
});
