/** The wall clock beside the run's axis. */
import type { Citation } from "../evidence/citation.ts";
import type { Evidence, Header } from "../evidence/evidence.ts";

/** Both clocks read together: µs on the run's axis, and by how much the wall clock was ahead of it. */
export interface ClockPair {
  readonly us: number;
  readonly offsetUs: number;
  readonly cited: Citation;
}

/** All of a run: by clock.ndjson once a second, by every writer when it opened its file. In the order of time. */
export function clockPairs(evidence: Evidence): readonly ClockPair[] {
  const pairs = evidence.clock.map(({ value: { us, wallNs }, line }): ClockPair => {
    return { us, offsetUs: Number(BigInt(wallNs) / 1000n) - us, cited: { file: "clock.ndjson", line } };
  });
  for (const [file, header] of evidence.headers) {
    const us = Number((BigInt(header.monoNs) - BigInt(header.epochMonoNs)) / 1000n);
    pairs.push({ us, offsetUs: anchorUs(header), cited: { file, line: 1 } });
  }
  return pairs.sort((a, b) => a.us - b.us);
}

const anchorUs = ({ wallNs, monoNs, epochMonoNs }: Header): number =>
  Number((BigInt(wallNs) - BigInt(monoNs) + BigInt(epochMonoNs)) / 1000n);

/** Wall clock at the run's epoch, ms since the Unix epoch, by the anchor that the journal's writer took; null: there is no journal. */
export function epochWallMs({ headers }: Pick<Evidence, "headers">): number | null {
  const anchor = headers.get("journal.ndjson");
  return anchor === undefined ? null : anchorUs(anchor) / 1000;
}
