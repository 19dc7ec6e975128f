/** A run's clock that stands where it is put. */
import type { RunClock } from "../../run/clock.ts";

export interface VirtualClock extends RunClock {
  set(us: number): void;
}

const epochMonoNs = 5_000_000_000_000n;
const host = "self-test";

export function virtualClock(run: string, epochWallMs: number): VirtualClock {
  const epochWallNs = BigInt(epochWallMs) * 1_000_000n;
  let now = 0;
  return {
    run,
    host,
    epochMonoNs,
    epochWallNs,
    us: () => now,
    set: (us) => void (now = us),
    fromWallMs: (wallMs) => Math.round((wallMs - epochWallMs) * 1000),
    header: (schema) => ({
      schema,
      run,
      host,
      epochMonoNs: String(epochMonoNs),
      monoNs: String(epochMonoNs),
      wallNs: String(epochWallNs),
    }),
  };
}
