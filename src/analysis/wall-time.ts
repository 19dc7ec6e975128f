import type { Evidence } from "../evidence/evidence.ts";

/** Wall clock at the run's epoch, ms since the Unix epoch, by the anchor that the journal's writer took; null: there is no journal. */
export function epochWallMs({ headers }: Pick<Evidence, "headers">): number | null {
  const anchor = headers.get("journal.ndjson");
  if (anchor === undefined) return null;
  const sinceEpochNs = BigInt(anchor.monoNs) - BigInt(anchor.epochMonoNs);
  return Number((BigInt(anchor.wallNs) - sinceEpochNs) / 1000n) / 1000;
}
