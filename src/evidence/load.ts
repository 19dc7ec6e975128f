/**
 * Reads a run folder. Nothing is judged here, and nothing that is wrong with a file throws: it becomes part of the evidence, so that
 * the judge can say what could not be measured and why. Throws only if the folder itself is not there.
 */
import { basename, join } from "node:path";
import type { z } from "zod";
import { drillSchema } from "../model/drill.ts";
import {
  clockHeader,
  clockLine,
  lagHeader,
  lagLine,
  probeHeader,
  probeLine,
  resourceHeader,
  resourceLine,
} from "../model/files.ts";
import { journalHeader, runEventSchema } from "../model/journal.ts";
import { unavailable } from "../model/user-error.ts";
import type { Evidence, FileReport, Header, LedgerEvidence, ProbeEvidence, Reading } from "./evidence.ts";
import { areWorthAThread, inItsOwnThread, inThisThread } from "./decoder.ts";
import { loadLedger, loadReading } from "./load-large.ts";
import { giveBack } from "./memory-use.ts";
import { loadManifest } from "./load-manifest.ts";
import { loadNdjson } from "./load-ndjson.ts";
import { loadSelftest, selftestFile } from "./load-selftest.ts";
import { missingFile } from "./problems.ts";
import { evidenceFiles, verifySeal } from "./seal.ts";

const singles = ["journal.ndjson", "lag.ndjson", "clock.ndjson", "resources.ndjson"];
/** Folders with files that are kept as they are: pictures that a probe took. */
const kept = /^(screenshots|probes\/files)\//;

export interface LoadOptions {
  /** false: the SEAL is not checked, and the evidence says so (state "missing"); for measuring the judge's own speed. */
  readonly checkSeal?: boolean;
}

export async function loadEvidence(folder: string, options: LoadOptions = {}): Promise<Evidence> {
  const names = await evidenceFiles(folder).catch((error: unknown) => {
    throw unavailable(`there is no run folder at ${folder}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const seal =
    (options.checkSeal ?? true)
      ? await verifySeal(folder)
      : ({ state: "missing", problems: ["the SEAL was not checked"], files: [] } as const);
  const large = [...inFolder(names, "ledger"), ...inFolder(names, "survivors")];
  const areLarge = await areWorthAThread(large.map((name) => join(folder, name)));
  await using decoder = areLarge ? inItsOwnThread() : inThisThread();
  const reports: FileReport[] = [];
  const headers = new Map<string, Header>();
  const { manifest, report } = await loadManifest(folder, names);
  reports.push(report);
  const selftest = await loadSelftest(folder, names);
  if (selftest !== null) reports.push(selftest.report);
  const small = smallFiles(folder, names, reports, headers, manifest?.run ?? null);
  const journal = await small("journal.ndjson", journalHeader, runEventSchema, (event, before) =>
    event.seq === before.seq + 1
      ? null
      : `event ${event.seq} after event ${before.seq}: lines are missing or out of order`,
  );
  const lag = await small("lag.ndjson", lagHeader, lagLine);
  const clock = await small("clock.ndjson", clockHeader, clockLine);
  const resources = await small("resources.ndjson", resourceHeader, resourceLine);
  const probes: ProbeEvidence[] = [];
  for (const file of inFolder(names, "probes")) {
    const { header, lines } = await small(file, probeHeader, probeLine);
    if (header === null) continue;
    lines.sort((a, b) => a.value.schedUs - b.value.schedUs);
    probes.push({ file, header, lines });
  }
  const ledgers: LedgerEvidence[] = [];
  for (const file of inFolder(names, "ledger")) {
    const loaded = await loadLedger(folder, file, manifest?.run ?? null, ledgers, decoder);
    reports.push(loaded.report);
    if (loaded.ledger === null) continue;
    ledgers.push(loaded.ledger);
    headers.set(file, loaded.ledger.header);
  }
  const arrivals = new Map(ledgers.map((ledger) => [ledger.header.witness, ledger.arrivals]));
  const readings: Reading[] = [];
  for (const file of inFolder(names, "survivors")) {
    const loaded = await loadReading(folder, file, manifest?.run ?? null, arrivals, decoder);
    reports.push(loaded.report);
    if (loaded.header !== null) headers.set(file, loaded.header);
    if (loaded.reading !== null) readings.push(loaded.reading);
  }
  for (const ledger of ledgers) ledger.arrivals.forgetHashes();
  if (areLarge) giveBack();
  const drill = manifest === null ? null : (drillSchema.safeParse(manifest.drill).data ?? null);
  const files = [...reports, ...expected(names, drill?.probes ?? [])].sort((a, b) => (a.file < b.file ? -1 : 1));
  return {
    manifest,
    drill,
    journal: journal.lines,
    ledgers,
    probes,
    readings,
    lag: lag.lines,
    clock: clock.lines,
    resources: resources.lines,
    selftest: selftest?.record ?? null,
    headers,
    files,
    foreignFiles: names.filter((name) => !isKnown(name)),
    seal,
  };
}

function smallFiles(
  folder: string,
  names: readonly string[],
  reports: FileReport[],
  headers: Map<string, Header>,
  run: string | null,
) {
  return async <HeaderSchema extends z.ZodType<Header>, LineSchema extends z.ZodType>(
    file: string,
    header: HeaderSchema,
    line: LineSchema,
    follows?: (value: z.infer<LineSchema>, before: z.infer<LineSchema>) => string | null,
  ) => {
    if (!names.includes(file)) return { header: null, lines: [] };
    const loaded = await loadNdjson(join(folder, file), file, run, header, line, follows);
    reports.push(loaded.report);
    if (loaded.header !== null) headers.set(file, loaded.header);
    return loaded;
  };
}

const inFolder = (names: readonly string[], folder: string): string[] =>
  names.filter(
    (name) =>
      name.startsWith(`${folder}/`) && name.endsWith(".ndjson") && basename(name) === name.slice(folder.length + 1),
  );

function isKnown(name: string): boolean {
  return (
    name === "manifest.json" ||
    name === selftestFile ||
    singles.includes(name) ||
    kept.test(name) ||
    ["probes", "ledger", "survivors"].some((folder) => inFolder([name], folder).length > 0)
  );
}

/** What a run folder must have and this one has not. */
function expected(names: readonly string[], probes: readonly string[]): FileReport[] {
  const gone: FileReport[] = [];
  for (const file of [
    "journal.ndjson",
    "clock.ndjson",
    "survivors/final.ndjson",
    ...probes.map((probe) => `probes/${probe}.ndjson`),
  ]) {
    if (!names.includes(file)) gone.push(missingFile(file, "missing"));
  }
  if (inFolder(names, "ledger").length === 0)
    gone.push(missingFile("ledger/", "missing: there is no ledger of any witness"));
  return gone;
}
