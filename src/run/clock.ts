/**
 * The run's clock. Every time in the evidence is whole microseconds since the run's epoch on the host's monotonic clock, so that
 * a step of the wall clock moves nothing; wall anchors are kept beside it for source-stamped events and for other hosts.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export interface RunClock {
  readonly run: string;
  readonly host: string;
  readonly epochMonoNs: bigint;
  /** Wall clock at the epoch, ns since the Unix epoch. */
  readonly epochWallNs: bigint;
  us(): number;
  /** A wall time that a source states (ms since the Unix epoch) on our axis; valid for sources on a synchronised clock. */
  fromWallMs(wallMs: number): number;
  /** The common header fields of an evidence file, anchored now. */
  header(schema: string): Record<string, unknown>;
}

/** CLOCK_MONOTONIC and the wall clock read together; the tightest of a few tries. */
function anchor(): { monoNs: bigint; wallNs: bigint } {
  let best = { monoNs: 0n, wallNs: 0n, spanNs: 1n << 62n };
  for (let i = 0; i < 5; i += 1) {
    const before = process.hrtime.bigint();
    const wallMs = performance.timeOrigin + performance.now();
    const coarseMs = Date.now();
    const after = process.hrtime.bigint();
    // performance.now() is monotonic since process start and ignores later steps of the wall clock: follow Date.now() when they part.
    const wallNs = Math.abs(wallMs - coarseMs) < 50 ? BigInt(Math.round(wallMs * 1e6)) : BigInt(coarseMs) * 1_000_000n;
    if (after - before < best.spanNs) best = { monoNs: (before + after) / 2n, wallNs, spanNs: after - before };
  }
  return best;
}

/** Identifies one boot of one machine: files with the same value share a monotonic clock. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return hostname();
  }
}

export function createRunClock(run: string, epochMonoNs?: bigint): RunClock {
  const now = anchor();
  const epoch = epochMonoNs ?? now.monoNs;
  const epochWallNs = now.wallNs - (now.monoNs - epoch);
  const host = bootId();
  return {
    run,
    host,
    epochMonoNs: epoch,
    epochWallNs,
    us: () => Number((process.hrtime.bigint() - epoch) / 1000n),
    fromWallMs: (wallMs) => Math.round(wallMs * 1000 - Number(epochWallNs / 1000n)),
    header: (schema) => {
      const { monoNs, wallNs } = anchor();
      return {
        schema,
        run,
        host,
        epochMonoNs: String(epoch),
        monoNs: String(monoNs),
        wallNs: String(wallNs),
      };
    },
  };
}
