/** What the judge and DuckDB are both asked about a run, and what was planted in it: the three must agree number by number. */
import { createHash } from "node:crypto";

export interface Answers {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Before replay. */
  readonly lost: number;
  readonly lostMinor: number;
  readonly recovered: number;
  readonly undecided: number;
  readonly undecidedMinor: number;
  readonly salvaged: number;
  readonly residual: number;
  readonly residualMinor: number;
  /** Payments, not rows: stored more than once, or stored once and posted more than once. */
  readonly duplicated: number;
  /** When the oldest and the newest of the broken promises were made. */
  readonly firstLostAckUs: number;
  readonly lastLostAckUs: number;
  /** RPO in time, ms: an interval. Not planted but derived, so that only judge and DuckDB are compared on it. */
  readonly rpoLoMs: number;
  readonly rpoHiMs: number;
  /** Each lost payment, oldest promise first: the SHA-256 of its lines "seq acknowledgedUs amountMinor". */
  readonly lostList: string;
}

/** The answers that differ, in words. */
export function differences(one: Answers, other: Partial<Answers>): string[] {
  return Object.entries(other).flatMap(([name, value]) => {
    const given = one[name as keyof Answers];
    return given === value ? [] : [`${name}: ${given} and ${value}`];
  });
}

export function listDigest(
  lost: Iterable<{ readonly seq: number; readonly us: number; readonly amountMinor: number }>,
): string {
  const hash = createHash("sha256");
  for (const { seq, us, amountMinor } of lost) hash.update(`${seq} ${us} ${amountMinor}\n`);
  return hash.digest("hex");
}
