/**
 * Two real customers on real sockets, each with its Region's own server in front: a fresh one, who asks DNS again and connects anew every
 * time, and a sticky one, who keeps the address that it was once given and the connection that it has open. The Region that dies leaves
 * its connections open and never answers.
 */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { seal } from "../../evidence/seal.ts";
import type { ProbeLine } from "../../model/files.ts";
import type { Observation, Probe, ProbeContext } from "../../model/probe.ts";
import { runProbe } from "../../probes/schedule.ts";
import { createRunClock } from "../../run/clock.ts";
import type { RunClock } from "../../run/clock.ts";
import { judged } from "../case.ts";
import type { Bench, Outcome } from "../case.ts";
import { createLiar } from "../liar/liar.ts";
import type { Liar } from "../liar/liar.ts";
import { honest, second } from "../liar/script.ts";
import { serveLiar } from "../liar/serve.ts";
import { truthOf } from "../liar/truth.ts";
import { writeFolder } from "./folder.ts";
import { runHarness } from "./harness.ts";
import { plainDrive } from "./options.ts";
import type { DriveOptions } from "./options.ts";
import { quickDrive, quickScript } from "./real-load.ts";
import { recordDrill } from "./record.ts";

const intervalMs = 50;
const timeoutMs = 800;

export async function playPersonas(bench: Bench): Promise<Outcome> {
  const run = join(bench.folder, "run");
  const clock = createRunClock("selftest");
  const epochWallMs = Number(clock.epochWallNs / 1000n) / 1000;
  const fault = { ...honest.fault, effect: "hang" } as const;
  const liar = createLiar({ ...honest, ...quickScript, fault, epochWallMs });
  await using primary = await serveLiar(liar, { us: () => clock.us(), via: "primary" });
  await using secondary = await serveLiar(liar, { us: () => clock.us(), via: "secondary" });
  const options: DriveOptions = {
    ...plainDrive,
    ...quickDrive,
    loadStartUs: clock.us() + 100_000,
    baselineUs: 1.5 * second,
    watchUs: 3 * second,
    // Two that are played, so that a pause of this machine, which the real one sees, does not make the instruments disagree.
    vantages: [{ name: "outside" }, { name: "west" }],
  };
  const course = runHarness(liar.control, options);
  const ports = [primary.port, secondary.port] as const;
  const clients = [fresh(liar, clock, ports), sticky(liar, clock, ports)];
  const stop = new AbortController();
  const watching = clients.map(({ probe, lines }) => runProbe(probe, hostOf(clock, lines), stop.signal));
  await delay(Math.max(0, course.loadStopUs - clock.us()) / 1000);
  stop.abort();
  await Promise.all(watching);
  const recording = recordDrill(liar, options, clock, { course, load: null });
  const probes = clients.map(({ probe, lines }) => {
    const { name, title, kind, persona = "fresh" } = probe;
    return { header: { probe: name, title, kind, vantage: "outside", intervalMs, timeoutMs, persona }, lines };
  });
  await writeFolder(run, { ...recording, probes: [...recording.probes, ...probes] });
  await seal(run);
  return await judged(bench.folder, truthOf(liar, course.decidedUs));
}

interface Customer {
  readonly probe: Probe;
  readonly lines: ProbeLine[];
}

type Ports = readonly [number, number];

function fresh(liar: Liar, clock: RunClock, ports: Ports): Customer {
  const observe = (context: ProbeContext): Promise<Observation> =>
    get(ports[liar.resolve(clock.us())], new Agent(), context.signal);
  return { probe: { ...common, name: "customer-fresh", title: "asks DNS, connects anew", observe }, lines: [] };
}

function sticky(liar: Liar, clock: RunClock, ports: Ports): Customer {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
  let known: number | null = null;
  const observe = (context: ProbeContext): Promise<Observation> =>
    get((known ??= ports[liar.resolve(clock.us())]), agent, context.signal);
  const open: Probe["open"] = async () => ({ observe, [Symbol.asyncDispose]: async () => agent.destroy() });
  const title = "keeps its address and its connection";
  return { probe: { ...common, name: "customer-sticky", title, persona: "sticky", open }, lines: [] };
}

const common = { kind: "customer", every: { intervalMs }, timeoutMs } as const;

function hostOf(clock: RunClock, lines: ProbeLine[]): Parameters<typeof runProbe>[1] {
  // These two ask for nothing that a real probe's context holds but the signal.
  const context = (signal: AbortSignal): ProbeContext => ({ signal }) as ProbeContext;
  return { us: () => clock.us(), phase: () => "", context, write: (line) => void lines.push(line) };
}

function get(port: number, agent: Agent, signal: AbortSignal): Promise<Observation> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path: "/v1/accounts/1", agent, signal }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ ok: status === 200, status, region: String(headers["x-region"]), epoch: Number(headers["x-epoch"]) });
      });
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}
