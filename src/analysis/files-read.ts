/** Where to look for oneself when a finding has no line that stands out: "none of 227 rows" rests on all of them. */
import type { Citation } from "../evidence/citation.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { FindingId } from "../model/verdict.ts";

const ledgers = ({ ledgers: all }: Evidence): readonly string[] => all.map(({ file }) => file);
const final = ({ readings }: Evidence): readonly string[] =>
  readings.filter(({ header }) => header.reading !== "before-replay").map(({ file }) => file);
const readings = ({ readings: all }: Evidence): readonly string[] => all.map(({ file }) => file);
const oldPrimary = ({ probes }: Evidence): readonly string[] =>
  probes.filter(({ header }) => header.kind === "fence" || header.kind === "inside-primary").map(({ file }) => file);
const only = (file: string) => (): readonly string[] => [file];

const read: Partial<Record<FindingId, readonly ((evidence: Evidence) => readonly string[])[]>> = {
  "rpo.time": [ledgers, readings],
  "rpo.count": [ledgers, readings],
  "rpo.amount": [ledgers, readings],
  residual: [ledgers, final],
  duplicates: [ledgers, final],
  corrupt: [ledgers, final],
  torn: [ledgers, final],
  phantom: [ledgers, final],
  balance: [readings],
  fenceBreach: [oldPrimary, ledgers],
  staleReads: [ledgers, readings],
  availability: [ledgers],
  clocks: [only("clock.ndjson")],
  "evidence.intact": [only("SEAL")],
};

export const filesRead = (id: FindingId, evidence: Evidence): Citation[] =>
  (read[id] ?? []).flatMap((of) => of(evidence)).map((file) => ({ file }));
