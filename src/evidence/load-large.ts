/** Reads the files that can have millions of lines: ledgers and final readings. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ledgerHeader, survivorsHeader } from "../model/files.ts";
import type { LedgerHeader, SurvivorsHeader } from "../model/files.ts";
import { Arrivals } from "./arrivals.ts";
import type { FileReport, LedgerEvidence, Reading } from "./evidence.ts";
import type { Decoder } from "./decoder.ts";
import { ledgerLineBytes, ledgerTaker } from "./ledger-scan.ts";
import type { LedgerRows } from "./ledger-scan.ts";
import { isNamedOtherwise, parseHeader } from "./load-ndjson.ts";
import { newProblems } from "./problems.ts";
import { readingTaker } from "./survivor-scan.ts";
import type { ReadingRows } from "./survivor-scan.ts";

export async function loadLedger(
  folder: string,
  file: string,
  run: string | null,
  others: readonly LedgerEvidence[],
  decoder: Decoder,
): Promise<{ readonly ledger: LedgerEvidence | null; readonly report: FileReport }> {
  const path = join(folder, file);
  const problems = newProblems();
  // Room for as many seqs as there can be lines: memory is only used for those that come.
  const arrivals = new Arrivals(Math.ceil((await stat(path)).size / ledgerLineBytes));
  const rows: LedgerRows = { arrivals, marks: [], lastUs: 0 };
  let header: LedgerHeader | null = null;
  const taker = ledgerTaker(rows, problems);
  const { lines, bytes, tail } = await decoder.decode(path, "ledger", {
    ...taker,
    text: (text, line) => {
      if (line === 1) {
        header = parseHeader(text, ledgerHeader, run, problems);
        arrivals.regions = header?.regions.length ?? arrivals.regions;
      } else taker.text(text, line);
    },
  });
  if (lines === 0) problems.file("there is no header line");
  const uncounted = miscounted(rows);
  if (uncounted !== null) problems.file(uncounted);
  const report = () => problems.report({ file, bytes, lines, tail });
  const found = header as LedgerHeader | null;
  if (found === null) return { ledger: null, report: report() };
  const claims = (other: LedgerHeader): boolean => other.witness === found.witness || other.idPrefix === found.idPrefix;
  if (!basename(file).startsWith(found.witness))
    problems.file(`its header says that it is witness "${found.witness}"'s, with whose letter its name should begin`);
  else if (others.some(({ header: other }) => claims(other)))
    problems.file(`a second ledger of witness "${found.witness}" or of its payments`);
  else return { ledger: { file, header: found, arrivals, marks: rows.marks, lastUs: rows.lastUs }, report: report() };
  return { ledger: null, report: report() };
}

/** A line that is gone hides what it said, and leaves no gap that could be seen: but whoever closed the ledger had counted its requests. */
function miscounted({ arrivals, marks }: LedgerRows): string | null {
  const done = marks.findLast(({ value }) => value.mark === "done")?.value;
  if (done === undefined) return null;
  const retries = arrivals.extras.filter(({ kind }) => kind === "intent").length;
  const missing = done.n - (arrivals.writes + arrivals.reads + retries);
  if (missing === 0) return null;
  return missing > 0
    ? `${missing} of the ${done.n} requests that its end mark counts are not in it`
    : `it has ${-missing} requests more than its end mark counts`;
}

export async function loadReading(
  folder: string,
  file: string,
  run: string | null,
  arrivals: ReadonlyMap<string, Arrivals>,
  decoder: Decoder,
): Promise<{ readonly reading: Reading | null; readonly header: SurvivorsHeader | null; readonly report: FileReport }> {
  const problems = newProblems();
  const rows: ReadingRows = {
    regions: 9,
    arrivals,
    presence: new Map(),
    foreign: [],
    accounts: [],
    posted: new Float64Array(1024),
    payments: 0,
    footer: null,
  };
  let header: SurvivorsHeader | null = null;
  const taker = readingTaker(rows, problems);
  const { lines, bytes, tail } = await decoder.decode(join(folder, file), "reading", {
    ...taker,
    text: (text, line) => {
      if (line === 1) {
        header = parseHeader(text, survivorsHeader, run, problems);
        rows.regions = header?.regions.length ?? rows.regions;
      } else taker.text(text, line);
    },
  });
  if (lines === 0) problems.file("there is no header line");
  let found = header as SurvivorsHeader | null;
  if (found !== null && isNamedOtherwise(file, found.reading, problems)) found = null;
  const { footer, accounts } = rows;
  // The postcondition of a final read (docs/measuring.md §8): what arrived is what the reader counted.
  if (footer === null) problems.file("it has no end line: the reading broke off");
  else if (footer.payments !== rows.payments)
    problems.file(`its end line promises ${footer.payments} payments, and it has ${rows.payments}`);
  else if (footer.accounts !== accounts.length)
    problems.file(`its end line promises ${footer.accounts} accounts, and it has ${accounts.length}`);
  else if (found !== null && footer.endedUs < found.startedUs) problems.file("it ended before it began");
  const report = problems.report({ file, bytes, lines, tail });
  if (found === null || footer === null) return { reading: null, header: found, report };
  const { presence, foreign, posted, payments } = rows;
  return {
    reading: { file, header: found, presence, foreign, accounts, posted, endedUs: footer.endedUs, payments },
    header: found,
    report,
  };
}
