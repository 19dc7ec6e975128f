/** What a finding's evidence must be: there, whole and unaltered. Otherwise the finding is INCONCLUSIVE, with the first thing that is wrong. */
import type { Evidence, FileReport } from "../evidence/evidence.ts";
import { readingTroubles } from "./reading-order.ts";
import { NotExposed, Unmeasured } from "./unmeasured.ts";

/** One sentence on what is wrong with a file; null when it is sound. A torn last line is no harm: what it would have said is unknown. */
export function complaint(evidence: Evidence, report: FileReport): string | null {
  const sealed = evidence.seal.problems[evidence.seal.files.indexOf(report.file)];
  if (sealed !== undefined) return sealed;
  const [first] = report.problems;
  if (first === undefined) return null;
  const where = first.line === null ? report.file : `${report.file} line ${first.line}`;
  const more = report.brokenLines > 1 ? ` (and ${report.brokenLines - 1} more)` : "";
  return `${where}: ${first.message}${more}`;
}

function need(evidence: Evidence, matches: (file: string) => boolean): void {
  for (const report of evidence.files) {
    if (!matches(report.file)) continue;
    const wrong = complaint(evidence, report);
    if (wrong !== null) throw new Unmeasured(wrong);
  }
  const gone = evidence.seal.files.findIndex(matches);
  if (gone >= 0) throw new Unmeasured(evidence.seal.problems[gone] ?? "a sealed file is gone");
}

export const needJournal = (evidence: Evidence): void =>
  need(evidence, (file) => file === "journal.ndjson" || file === "manifest.json");
export const needLedgers = (evidence: Evidence): void =>
  need(evidence, (file) => file.startsWith("ledger/") || file === "manifest.json");
export const needLag = (evidence: Evidence): void => need(evidence, (file) => file === "lag.ndjson");
export const needClock = (evidence: Evidence): void => need(evidence, (file) => file === "clock.ndjson");
export const needResources = (evidence: Evidence): void => need(evidence, (file) => file === "resources.ndjson");

/** Those of these kinds; and where there is none of a kind, those that are gone or cannot be read: one of them may have been it. */
export function needProbes(evidence: Evidence, kinds: readonly string[]): void {
  const kindOf = new Map(evidence.probes.map(({ file, header }) => [file, header.kind]));
  const present = new Set<string>(kindOf.values());
  const allThere = kinds.every((kind) => present.has(kind));
  need(evidence, (file) => {
    const kind = kindOf.get(file);
    return kind === undefined ? !allThere && isProbe(file) : kinds.includes(kind);
  });
}

const isProbe = (file: string): boolean => file.startsWith("probes/") && file.endsWith(".ndjson");

/** Both readings of the end, when there are two: the later one counts, and it must not have lost its way. */
export function needFinal(evidence: Evidence): void {
  if (evidence.manifest?.environment.lacks?.includes("export") === true)
    throw new NotExposed("the system has no export, says its environment: nobody can read back what is stored");
  need(evidence, (file) => file === "survivors/final.ndjson" || file === "survivors/final-again.ndjson");
  if (!evidence.readings.some(({ header }) => header.reading !== "before-replay"))
    throw new Unmeasured("there is no final reading");
  const [trouble] = readingTroubles(evidence);
  if (trouble !== undefined) throw new Unmeasured(trouble);
}

/** A reading from before the replay, and the final one, which speaks of later writes and marks what was replayed. */
export function needBefore(evidence: Evidence): void {
  need(evidence, (file) => file === "survivors/before-replay.ndjson");
  needFinal(evidence);
}
