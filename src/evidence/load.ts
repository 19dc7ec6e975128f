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
import type { LoadedNdjson, NdjsonKind } from "./load-ndjson.ts";
import { loadSelftest, selftestFile } from "./load-selftest.ts";
import { unreadFile } from "./problems.ts";
import { because } from "./regular-file.ts";
import { evidenceFiles, verifySeal } from "./seal.ts";

const singles = ["journal.ndjson", "lag.ndjson", "clock.ndjson", "resources.ndjson"];
/** Folders with files that are kept as they are: pictures that a probe took. */
const kept = /^(screenshots|probes\/files)\//;

/** Each of these files has one writer, which looks at its clock and appends at once: no line is older than the one before it. */
const notBefore = (us: number, beforeUs: number): string | null =>
  us >= beforeUs
    ? null
    : `its time, ${us} µs, is before that of the line before it, ${beforeUs} µs: it was put here later`;
const inOrder = (line: { readonly us: number }, before: { readonly us: number }): string | null =>
  notBefore(line.us, before.us);

const journalKind = {
  header: journalHeader,
  line: runEventSchema,
  follows: (event, before) =>
    event.seq === before.seq + 1
      ? inOrder(event, before)
      : `event ${event.seq} after event ${before.seq}: lines are missing or out of order`,
} satisfies NdjsonKind<typeof journalHeader, typeof runEventSchema>;
const probeKind = {
  header: probeHeader,
  line: probeLine,
  named: ({ probe }) => probe,
  // An observation is written down when it is over; another that was begun later may be over before it.
  follows: ({ endUs }, before) => notBefore(endUs, before.endUs),
} satisfies NdjsonKind<typeof probeHeader, typeof probeLine>;

export interface LoadOptions {
  /** false: the SEAL is not checked, and the evidence says so (state "missing"); for measuring the judge's own speed. */
  readonly checkSeal?: boolean;
}

export async function loadEvidence(folder: string, options: LoadOptions = {}): Promise<Evidence> {
  const names = await evidenceFiles(folder).catch((error: unknown) => {
    throw unavailable(`there is no run folder at ${folder}: ${because(error)}`);
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
  const read = reading(reports);
  const { manifest } = await read("manifest.json", { manifest: null }, () => loadManifest(folder, names));
  const run = manifest?.run ?? null;
  const selftest = names.includes(selftestFile)
    ? await read(selftestFile, { record: null }, () => loadSelftest(folder))
    : null;
  const small = async <HeaderSchema extends z.ZodType<Header>, LineSchema extends z.ZodType>(
    file: string,
    kind: NdjsonKind<HeaderSchema, LineSchema>,
  ): Promise<Omit<LoadedNdjson<z.infer<HeaderSchema>, z.infer<LineSchema>>, "report">> => {
    const nothing = { header: null, lines: [] };
    if (!names.includes(file)) return nothing;
    const loaded = await read(file, nothing, () => loadNdjson(join(folder, file), file, run, kind));
    if (loaded.header !== null) headers.set(file, loaded.header);
    return loaded;
  };
  const journal = await small("journal.ndjson", journalKind);
  const lag = await small("lag.ndjson", { header: lagHeader, line: lagLine, follows: inOrder });
  const clock = await small("clock.ndjson", { header: clockHeader, line: clockLine, follows: inOrder });
  const resources = await small("resources.ndjson", { header: resourceHeader, line: resourceLine, follows: inOrder });
  const probes: ProbeEvidence[] = [];
  for (const file of inFolder(names, "probes")) {
    const { header, lines } = await small(file, probeKind);
    if (header === null) continue;
    lines.sort((a, b) => a.value.schedUs - b.value.schedUs);
    probes.push({ file, header, lines });
  }
  const ledgers: LedgerEvidence[] = [];
  for (const file of inFolder(names, "ledger")) {
    const { ledger } = await read(file, { ledger: null }, () => loadLedger(folder, file, run, ledgers, decoder));
    if (ledger === null) continue;
    ledgers.push(ledger);
    headers.set(file, ledger.header);
  }
  const arrivals = new Map(ledgers.map((ledger) => [ledger.header.witness, ledger.arrivals]));
  const readings: Reading[] = [];
  for (const file of inFolder(names, "survivors")) {
    const loaded = await read(file, { reading: null, header: null }, () =>
      loadReading(folder, file, run, arrivals, decoder),
    );
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

/** Reads file after file and collects what is told of each: one whose reading throws is one that has that problem, and of which nothing is known. */
const reading =
  (reports: FileReport[]) =>
  async <Nothing extends object, Loaded extends { readonly report: FileReport }>(
    file: string,
    nothing: Nothing,
    load: () => Promise<Loaded>,
  ): Promise<Loaded | Nothing> => {
    try {
      const loaded = await load();
      reports.push(loaded.report);
      return loaded;
    } catch (error) {
      reports.push(unreadFile(file, `it cannot be read: ${because(error)}`));
      return nothing;
    }
  };

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
    if (!names.includes(file)) gone.push(unreadFile(file, "missing"));
  }
  if (inFolder(names, "ledger").length === 0)
    gone.push(unreadFile("ledger/", "missing: there is no ledger of any witness"));
  return gone;
}
