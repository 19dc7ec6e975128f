/** What a load is started with. */
import type { Endpoints } from "../model/environment.ts";
import type { RunClock } from "../run/clock.ts";

export interface LoadOptions {
  readonly k6: { readonly path: string; readonly kind: "ledger" | "console"; readonly version: string };
  readonly clock: RunClock;
  /** Must not exist yet; its folder is made. */
  readonly ledgerFile: string;
  readonly logFile: string;
  readonly service: Endpoints["service"];
  /** Region names in the order of their numbers in the rows. */
  readonly regions: readonly string[];
  /** A payment's id is idPrefix + seq. */
  readonly idPrefix: string;
  readonly seed: string;
  readonly ratePerMinute: number;
  readonly writeEvery: number;
  readonly bodyBytes: number;
  readonly timeoutMs: number;
  readonly vus: number;
  /** Of these k6 gets only what it may need: PATH, TMPDIR, certificates. */
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the wait for the first request; a load that has started is ended by stop(). */
  readonly signal: AbortSignal;
  readonly startWithinMs?: number;
}
