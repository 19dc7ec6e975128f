/** How a drill is played against the liar: rates, waits, probes. Durations in microseconds unless the name says otherwise. */
import { drillSchema } from "../../model/drill.ts";
import type { Drill } from "../../model/drill.ts";
import type { Manifest } from "../../model/files.ts";
import type { RunClock } from "../../run/clock.ts";
import { regionNames, second } from "../liar/script.ts";

/** A client's own network is down then, whatever the service does. */
export interface Blind {
  readonly fromUs: number;
  readonly untilUs: number;
}

export const isBlind = (blind: Blind | null | undefined, us: number): boolean =>
  blind !== null && blind !== undefined && us >= blind.fromUs && us < blind.untilUs;

export interface Vantage {
  readonly name: string;
  readonly blind?: Blind;
}

/** How the second witness writes. */
export interface WitnessDrive {
  readonly ratePerMinute: number;
  /** After the load; +∞: it lives, and never writes. */
  readonly startsAfterUs: number;
  readonly blind: Blind | null;
}

export interface DriveOptions {
  readonly run: string;
  readonly ratePerMinute: number;
  readonly writeEvery: number;
  readonly timeoutMs: number;
  readonly loadStartUs: number;
  /** From the start of the load to the command of the fault. */
  readonly baselineUs: number;
  readonly detectionDeadlineUs: number;
  /** From the end of the failover (without one: from the fault) to the failback, or the end of the load. */
  readonly watchUs: number;
  readonly settleUs: number;
  readonly failover: boolean;
  readonly failback: boolean;
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** An arrival that finds none free is dropped. */
  readonly vus: number;
  /** What reads ask for: the payment promised last, or the one asked for last, promised or not. */
  readonly readsAskFor: "acknowledged" | "sent";
  readonly vantages: readonly Vantage[];
  /** The probes' process stands still then (SIGSTOP). */
  readonly probesPaused: { readonly fromUs: number; readonly untilUs: number } | null;
  /** Nobody asks for the replication any more from then on. */
  readonly lagEndsUs: number;
  /** How far the harness's wall clock is off, ms. */
  readonly wallErrorMs: (us: number) => number;
  /** The load's own end: k6 was ended by this signal and its ledger has no end. */
  readonly loadKilledUs: number | null;
  readonly loadBlind: Blind | null;
  /** The load asks once more for what it was not promised, with the same id, so long after it heard so; null: never. */
  readonly retriesAfterUs: number | null;
  readonly witness: WitnessDrive;
  /** So long the second witness keeps an address; the load asks every time. */
  readonly dnsTtlSeconds: number;
  readonly objectives: Readonly<Record<string, unknown>>;
}

/** As many as the real one writes, and beginning a little after the load. */
export const plainWitness: WitnessDrive = { ratePerMinute: 300, startsAfterUs: 30_000, blind: null };

export const plainDrive: DriveOptions = {
  run: "selftest",
  ratePerMinute: 1_800,
  writeEvery: 3,
  timeoutMs: 2_000,
  loadStartUs: second / 2,
  baselineUs: 5 * second,
  detectionDeadlineUs: 5 * second,
  watchUs: 8 * second,
  settleUs: second,
  failover: true,
  failback: true,
  probeIntervalMs: 100,
  probeTimeoutMs: 500,
  vus: Number.POSITIVE_INFINITY,
  readsAskFor: "acknowledged",
  vantages: [{ name: "outside" }],
  probesPaused: null,
  lagEndsUs: Number.POSITIVE_INFINITY,
  wallErrorMs: () => 0,
  loadKilledUs: null,
  loadBlind: null,
  retriesAfterUs: null,
  witness: plainWitness,
  dnsTtlSeconds: 0,
  objectives: {},
};

export function drillOf(options: DriveOptions, actions: readonly { name: string; actionId: string }[]): Drill {
  const failover = { closeFlow: "CloseFlow", fence: "Fence", promote: "Promote", route: "Route", scale: "ScaleOut" };
  const customers = options.vantages.map(({ name }) => probeName(name));
  return drillSchema.parse({
    name: "selftest",
    title: "A planted defect",
    load: { profile: "selftest" },
    probes: [...customers, "primary", "secondary", "dns", "fence", "checkout"],
    steadyState: { baselineMs: Math.floor(options.baselineUs / 1000) - 500 },
    fault: {
      description: "the liar loses its primary Region",
      actions: Object.fromEntries(actions.map(({ name, actionId }) => [name, { actionId }])),
      maxDurationMs: 3_600_000,
    },
    detection: { alarms: ["primary-health"] },
    failover: options.failover
      ? {
          document: "failover.yaml",
          movements: { ...failover, openFlow: "OpenFlow", verify: "Verify" },
          deadlineMs: 300_000,
        }
      : null,
    failback: options.failback
      ? { document: "failback.yaml", movements: { salvage: "Salvage", rebuild: "Rebuild" }, deadlineMs: 300_000 }
      : null,
    objectives: {
      arrivalDeadlineMs: 1_000,
      hold: { windowMs: 4_000, binMs: 1_000, p99Ms: 500 },
      ...options.objectives,
    },
  });
}

/** The file of the first vantage is the customer probe's own. */
export const probeName = (vantage: string): string => (vantage === "outside" ? "customer" : `customer-${vantage}`);

export function manifestOf(options: DriveOptions, drill: Drill, clock: RunClock): Manifest {
  return {
    schema: "dr-drill/manifest@1",
    run: options.run,
    seed: options.run,
    startedAt: new Date(Number(clock.epochWallNs / 1_000_000n)).toISOString(),
    epochMonoNs: String(clock.epochMonoNs),
    host: clock.host,
    drill,
    drillFile: "selftest.drill.ts",
    drillHash: "selftest",
    environment: {
      name: "liar",
      title: "A system that lies to a script",
      primaryRegion: regionNames[0],
      secondaryRegion: regionNames[1],
      facts: {},
    },
    load: {
      profile: "selftest",
      ratePerMinute: options.ratePerMinute,
      writeEvery: options.writeEvery,
      vus: Number.isFinite(options.vus) ? options.vus : 1_000,
      timeoutMs: options.timeoutMs,
      connectionPolicy: "a fresh connection per transaction",
      dnsTtlSeconds: options.dnsTtlSeconds,
      bodyBytes: 100,
    },
    witness: { ratePerMinute: options.witness.ratePerMinute, timeoutMs: options.timeoutMs },
    git: null,
    tools: {},
  };
}
