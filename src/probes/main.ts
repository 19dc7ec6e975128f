/**
 * The probes' own process: what measures must not share an event loop with what it watches, nor with the harness.
 * Orders arrive as JSON lines on stdin ({"start":…} once, then {"phase":…}, {"stop":true}); the end of stdin means stop.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { endpointsSchema, replicationSchema, type Replication } from "../model/environment.ts";
import type { ProbeLine } from "../model/files.ts";
import type { Probe, ProbeContext } from "../model/probe.ts";
import { createRunClock, type RunClock } from "../run/clock.ts";
import { EvidenceFile } from "../run/evidence-file.ts";
import { createResolver } from "./resolver.ts";
import { observeOnce, openProbe, runProbe, type ProbeHost } from "./schedule.ts";

const startOrder = z.object({
  run: z.string(),
  epochMonoNs: z.string(),
  runFolder: z.string(),
  vantage: z.string(),
  endpoints: endpointsSchema,
  probeFiles: z.array(z.string()),
  environmentFile: z.string().nullable(),
});
const order = z.union([
  z.object({ start: startOrder }),
  z.object({ phase: z.string(), journey: z.boolean().default(false) }),
  z.object({ stop: z.literal(true) }),
]);
export type ProbeOrder = z.input<typeof order>;

const stopping = new AbortController();
let phase = "set-up";
let journeys: ((label: string) => void)[] = [];
let finished: Promise<unknown> = Promise.resolve();

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const parsed = order.parse(JSON.parse(line));
    if ("start" in parsed) {
      finished = start(parsed.start);
      finished.catch((error: unknown) => {
        process.stderr.write(`probes: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(70);
      });
    } else if ("phase" in parsed) {
      phase = parsed.phase;
      if (parsed.journey) for (const journey of journeys) journey(phase);
    } else stopping.abort();
  })
  .on("close", () => stopping.abort());

stopping.signal.addEventListener("abort", () => {
  // A probe that does not let go (a browser that hangs) must not keep the drill from ending.
  setTimeout(() => process.exit(0), 8_000).unref();
  void finished.finally(() => process.exit(0));
});

async function start(settings: z.infer<typeof startOrder>): Promise<void> {
  const clock = createRunClock(settings.run, BigInt(settings.epochMonoNs));
  const resolver = createResolver(settings.endpoints.service.dnsServer);
  const replication = await replicationOf(settings);
  const lag = new EvidenceFile(join(settings.runFolder, "lag.ndjson"), clock.header("dr-drill/lag@1"));
  const work: Promise<void>[] = [];
  for (const path of settings.probeFiles) {
    const probe = ((await import(pathToFileURL(path).href)) as { default: Probe }).default;
    const file = new EvidenceFile(join(settings.runFolder, "probes", `${probe.name}.ndjson`), {
      ...clock.header("dr-drill/probe@1"),
      probe: probe.name,
      title: probe.title,
      kind: probe.kind,
      vantage: settings.vantage,
      intervalMs: probe.every === "once-a-phase" ? null : probe.every.intervalMs,
      timeoutMs: probe.timeoutMs,
      ...(probe.persona === undefined ? {} : { persona: probe.persona }),
    });
    const host: ProbeHost = {
      us: () => clock.us(),
      phase: () => phase,
      context: (signal): ProbeContext => ({
        endpoints: settings.endpoints,
        signal,
        phase,
        idPrefix: `${settings.run}.${probe.name.charAt(0)}.`,
        keepFile: async (name, bytes) => {
          mkdirSync(join(settings.runFolder, "screenshots"), { recursive: true });
          writeFileSync(join(settings.runFolder, "screenshots", name), bytes);
          return `screenshots/${name}`;
        },
        resolve: probe.kind === "dns" ? resolver.fresh : resolver.cached,
        replication: () => replication(signal),
      }),
      write: (line) => {
        file.append(line);
        // A look that failed has not seen that no standby streams.
        if (probe.kind === "replication" && line.detail !== undefined) lag.append(lagOf(line, clock));
      },
    };
    if (probe.every === "once-a-phase") work.push(journeyLoop(probe, host));
    else work.push(runProbe(probe, host, stopping.signal));
  }
  process.stdout.write('{"started":true}\n');
  await Promise.all(work);
}

/** A journey runs when it is called for, one at a time, on a browser that is kept open. */
async function journeyLoop(probe: Probe, host: ProbeHost): Promise<void> {
  await using opened = await openProbe(probe, host, stopping.signal);
  let chain: Promise<void> = Promise.resolve();
  journeys.push(() => {
    chain = chain.then(() =>
      observeOnce(probe, (context) => opened.observe(context), host, host.us(), stopping.signal),
    );
  });
  await new Promise<void>((resolve) => stopping.signal.addEventListener("abort", () => resolve()));
  journeys = [];
  await chain;
}

async function replicationOf(
  settings: z.infer<typeof startOrder>,
): Promise<(signal: AbortSignal) => Promise<Replication>> {
  if (settings.environmentFile !== null) {
    const loaded = (await import(pathToFileURL(settings.environmentFile).href)) as {
      default?: { replication?: (endpoints: typeof settings.endpoints, signal: AbortSignal) => Promise<Replication> };
    };
    const own = loaded.default?.replication;
    if (own) return (signal) => own(settings.endpoints, signal);
  }
  const { replicationUrl } = settings.endpoints;
  return async (signal) => {
    if (replicationUrl === undefined) throw new Error("the environment has no way to see the replication");
    const answer = await fetch(replicationUrl, { signal });
    return replicationSchema.parse(await answer.json());
  };
}

function lagOf(line: ProbeLine, clock: RunClock) {
  const { detail } = line;
  const number = (name: string): number | null => (typeof detail?.[name] === "number" ? detail[name] : null);
  const computedAtMs = number("computedAtMs");
  return {
    us: line.endUs,
    lagMs: number("lagMs"),
    lagBytes: number("lagBytes"),
    computedUs: computedAtMs === null ? null : clock.fromWallMs(computedAtMs),
    protected: detail?.["protected"] === true,
  };
}
