/** What the probes of the example run saw: one file each, plus replication lag, clock and resources. */
import type { ProbeHeader, ProbeLine } from "../model/files.ts";
import { epochWallMs, microseconds, primaryRegion, randomOf, regions, secondaryRegion } from "./example-script.ts";
import type { Script } from "./example-script.ts";

export interface ExampleProbe {
  readonly probe: string;
  readonly title: string;
  readonly kind: ProbeHeader["kind"];
  readonly intervalMs: number | null;
  readonly timeoutMs: number;
  readonly lines: readonly ProbeLine[];
}

const addresses = ["127.0.1.1", "127.0.2.1"] as const;

interface Seen {
  readonly ok: boolean;
  readonly region: 1 | 2;
  readonly epoch: number;
  readonly latency: number;
}

/** Periodic observations from the start of the load until it stops. */
function series(
  script: Script,
  intervalMs: number,
  timeoutMs: number,
  see: (seconds: number, jitter: number) => Seen,
): ProbeLine[] {
  const random = randomOf(intervalMs + timeoutMs);
  const lines: ProbeLine[] = [];
  for (let n = 0; ; n++) {
    const scheduled = 1 + (n * intervalMs) / 1000;
    if (scheduled > script.at.end) return lines;
    const seen = see(scheduled, random());
    const startUs = microseconds(scheduled + 0.0005);
    const base = { schedUs: microseconds(scheduled), startUs };
    if (!seen.ok) {
      lines.push({ ...base, endUs: startUs + timeoutMs * 1000, ok: false, error: `no answer within ${timeoutMs} ms` });
      continue;
    }
    const region = regions[seen.region - 1] ?? primaryRegion;
    const ip = addresses[seen.region - 1] ?? addresses[0];
    lines.push({
      ...base,
      endUs: startUs + microseconds(seen.latency),
      ok: true,
      status: 200,
      ip,
      region,
      epoch: seen.epoch,
    });
  }
}

function journey(script: Script): ProbeLine[] {
  const { at, run } = script;
  const look = (seconds: number, phase: string, ok: boolean, region: string, name: string): ProbeLine => ({
    schedUs: microseconds(seconds),
    startUs: microseconds(seconds + 0.01),
    endUs: microseconds(seconds + (ok ? 1.1 : 8)),
    ok,
    phase,
    ...(ok
      ? { region, detail: { status: "committed", id: `${run}.c.journey-${name}` } }
      : { error: "the page did not answer within 8000 ms" }),
    files: [`screenshots/checkout-${phase}.png`],
  });
  const lines = [look(at.steady + 3, "steady", true, primaryRegion, "before")];
  if (!script.harmless) lines.push(look(at.cut + 1.5, "fault", false, primaryRegion, "during"));
  if (Number.isFinite(at.restored)) {
    lines.push(look(at.restored + 3, "restored", true, script.harmless ? primaryRegion : secondaryRegion, "after"));
  }
  return lines;
}

export function exampleProbes(script: Script): ExampleProbe[] {
  const { cut, restored, promoted } = script.at;
  const down = (seconds: number): boolean => !script.harmless && seconds >= cut && seconds < restored;
  const customer = (seconds: number, jitter: number): Seen => {
    const moved = !script.harmless && seconds >= restored;
    return {
      ok: !down(seconds),
      region: moved ? 2 : 1,
      epoch: moved ? 2 : 1,
      latency: (moved ? 0.1 : 0.01) + 0.02 * jitter,
    };
  };
  const insidePrimary = (seconds: number, jitter: number): Seen => {
    return { ok: script.harmless || seconds < cut, region: 1, epoch: 1, latency: 0.004 + 0.004 * jitter };
  };
  const insideSecondary = (seconds: number, jitter: number): Seen => {
    const serves = script.failover && !script.harmless && seconds >= promoted + 4.4;
    return { ok: serves, region: 2, epoch: 2, latency: 0.09 + 0.01 * jitter };
  };
  const dns = (seconds: number, jitter: number): Seen => {
    const moved = script.failover && !script.harmless && seconds >= promoted + 4.9;
    return { ok: true, region: moved ? 2 : 1, epoch: moved ? 2 : 1, latency: 0.001 + 0.002 * jitter };
  };
  const periodic = (
    probe: string,
    title: string,
    kind: ProbeHeader["kind"],
    intervalMs: number,
    timeoutMs: number,
    see: typeof dns,
  ): ExampleProbe => {
    return { probe, title, kind, intervalMs, timeoutMs, lines: series(script, intervalMs, timeoutMs, see) };
  };
  return [
    periodic("customer", "HTTP from outside both Regions, through DNS", "customer", 100, 1000, customer),
    periodic("primary", "The primary Region by its fixed address", "inside-primary", 100, 250, insidePrimary),
    periodic("secondary", "The secondary Region by its fixed address", "inside-secondary", 100, 1000, insideSecondary),
    periodic("dns", "DNS answers for the service's name", "dns", 200, 1000, dns),
    {
      probe: "fence",
      title: "Writes to the old primary after the failover has begun",
      kind: "fence",
      intervalMs: 500,
      timeoutMs: 1000,
      lines: fence(script),
    },
    {
      probe: "checkout",
      title: "A customer pays in a browser",
      kind: "journey",
      intervalMs: null,
      timeoutMs: 20_000,
      lines: journey(script),
    },
  ];
}

/** Tries to write to the old primary once the failover has begun: it is not there, except for what the script says it accepts. */
function fence(script: Script): ProbeLine[] {
  const { decided, promoted, end } = script.at;
  const lines: ProbeLine[] = [];
  let accepted = 0;
  for (let seconds = 1.2; seconds < end; seconds += 0.5) {
    const schedUs = microseconds(seconds);
    const base = { schedUs, startUs: schedUs + 300, endUs: schedUs + 4000 };
    const attempted = script.failover && !script.harmless && seconds >= decided;
    if (attempted && seconds > promoted + 1 && accepted < script.fenceAccepts) {
      accepted += 1;
      lines.push({
        ...base,
        ok: false,
        status: 201,
        region: primaryRegion,
        epoch: 1,
        detail: { attempted: true, accepted: true },
      });
    } else lines.push({ ...base, ok: true, detail: attempted ? { attempted, accepted: false } : { attempted } });
  }
  return lines;
}

/** Lag samples twice a second: unknown between the cut and the rebuilt standby. */
export function exampleLag(script: Script): Readonly<Record<string, unknown>>[] {
  const random = randomOf(4711);
  const lines = [];
  for (let seconds = 1; seconds < script.at.end; seconds += 0.5) {
    const us = microseconds(seconds);
    const cut = !script.harmless && seconds >= script.at.cut;
    const rebuilt = seconds >= script.at.protected;
    const known = !cut || rebuilt;
    lines.push({
      us,
      lagMs: known ? Math.round(110 + 120 * random()) : null,
      lagBytes: known ? Math.round(20_000 * random()) : null,
      computedUs: known ? us - 40_000 : microseconds(script.at.cut) - 30_000,
      protected: known,
    });
  }
  return lines;
}

export function exampleClock(script: Script): Readonly<Record<string, unknown>>[] {
  const lines = [];
  for (let seconds = 0; seconds <= script.at.end; seconds++) {
    const us = microseconds(seconds) + 137;
    lines.push({ us, wallNs: String(BigInt(epochWallMs) * 1_000_000n + BigInt(us) * 1000n), loopLagMs: 1.5 });
  }
  return lines;
}

export function exampleResources(script: Script): Readonly<Record<string, unknown>>[] {
  const lines = [];
  const groups = [
    ["harness", 0.06, 120],
    ["load", 0.35, 260],
    ["probes", 0.08, 180],
    ["system", 0.6, 700],
  ] as const;
  for (let seconds = 1; seconds <= script.at.end; seconds++) {
    for (const [group, cpuPerSecond, mebibytes] of groups) {
      lines.push({
        us: microseconds(seconds),
        group,
        cpuSeconds: Math.round(seconds * cpuPerSecond * 100) / 100,
        rssBytes: mebibytes * 1_048_576,
        processes: group === "system" ? 24 : 1,
      });
    }
  }
  return lines;
}
