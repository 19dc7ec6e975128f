/**
 * The script of the example run: when each thing happens, and what the clients see. Everything is a function of the options and
 * the seed, so that two calls write the same bytes. Times are seconds since the run's epoch until they are written.
 */

export interface ExampleOptions {
  /** Name of the run; part of every header. */
  readonly run?: string;
  readonly ratePerMinute?: number;
  /** Acknowledged writes that the standby had not received when the Region died: the newest ones. */
  readonly lost?: number;
  /** How many of the lost are salvaged and replayed by the failback (the oldest first); all of them unless said. */
  readonly salvaged?: number;
  /** Writes that are stored twice in the final reading (the oldest ones). */
  readonly duplicated?: number;
  /** Writes whose stored body is not the one that was sent (the oldest after the duplicated ones). */
  readonly corrupted?: number;
  /** Writes with a debit and no credit (the oldest after the corrupted ones). */
  readonly torn?: number;
  /** Length of the outage, seconds from the cut; Infinity: never restored. */
  readonly outageSeconds?: number;
  /** The fault's actions report success and nothing happens. */
  readonly harmless?: boolean;
  /** false: the drill has no failover runbook (use with outageSeconds: Infinity). */
  readonly failover?: boolean;
  readonly droppedIterations?: number;
  /** Writes that the old primary acknowledges after the promotion (split brain). */
  readonly oldPrimaryAcks?: number;
  /** Writes of the fence probe that the old primary accepts after the promotion. */
  readonly fenceAccepts?: number;
  /** Overrides of the drill's objectives. */
  readonly objectives?: Readonly<Record<string, unknown>>;
}

export interface Script {
  readonly run: string;
  readonly ratePerMinute: number;
  readonly lost: number;
  readonly salvaged: number;
  readonly duplicated: number;
  readonly corrupted: number;
  readonly torn: number;
  readonly harmless: boolean;
  readonly failover: boolean;
  readonly droppedIterations: number;
  readonly oldPrimaryAcks: number;
  readonly fenceAccepts: number;
  readonly objectives: Readonly<Record<string, unknown>>;
  /** When things happen, seconds since the epoch. */
  readonly at: {
    readonly loadStart: number;
    readonly steady: number;
    readonly command: number;
    readonly cut: number;
    readonly detected: number;
    readonly decided: number;
    readonly promoted: number;
    readonly restored: number;
    readonly failback: number;
    readonly protected: number;
    readonly loadStop: number;
    readonly finalReads: number;
    readonly end: number;
  };
}

export const primaryRegion = "us-east-1";
export const secondaryRegion = "eu-west-1";
export const regions = [primaryRegion, secondaryRegion] as const;
export const writeEvery = 6;
export const timeoutSeconds = 5;
/** Wall clock at the run's epoch, ms: a fixed day, so that the files are always the same. */
export const epochWallMs = 1_790_000_000_000;
export const epochMonoNs = 5_000_000_000_000n;
export const host = "0f6f9f0e-5c7b-4d1c-9a58-example00001";

export function scriptOf(options: ExampleOptions): Script {
  const cut = 20.05;
  const outage = options.outageSeconds ?? 16.4;
  const failover = options.failover ?? true;
  const returns = failover && Number.isFinite(outage) && !(options.harmless ?? false);
  const restored = (options.harmless ?? false) ? cut : cut + outage;
  const afterRestored = Number.isFinite(restored) ? restored + 30 : cut + 60;
  const failback = returns ? afterRestored : Number.POSITIVE_INFINITY;
  const isProtected = returns ? afterRestored + 14 : Number.POSITIVE_INFINITY;
  const loadStop = (returns ? isProtected : afterRestored) + 6;
  const lost = options.harmless === true ? 0 : (options.lost ?? 7);
  return {
    run: options.run ?? "example-run",
    ratePerMinute: options.ratePerMinute ?? 10_000,
    lost,
    salvaged: returns ? (options.salvaged ?? lost) : 0,
    duplicated: options.duplicated ?? 0,
    corrupted: options.corrupted ?? 0,
    torn: options.torn ?? 0,
    harmless: options.harmless ?? false,
    failover,
    droppedIterations: options.droppedIterations ?? 0,
    oldPrimaryAcks: options.oldPrimaryAcks ?? 0,
    fenceAccepts: options.fenceAccepts ?? 0,
    objectives: options.objectives ?? {},
    at: {
      loadStart: 2,
      steady: 5,
      command: 20,
      cut,
      detected: cut + 5.1,
      decided: cut + 5.3,
      promoted: cut + 9.2,
      restored,
      failback,
      protected: isProtected,
      loadStop,
      // The last timeouts are over by then.
      finalReads: loadStop + 6,
      end: loadStop + 8,
    },
  };
}

/** mulberry32: small, seedable, good enough to spread latencies. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const microseconds = (seconds: number): number => Math.round(seconds * 1e6);
