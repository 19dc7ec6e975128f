/**
 * The two ends of a ledger that a stock k6 writes by console output: it appends rows to a file that has its header already, and
 * what only the end can tell (load/transactions.console.ts) is added here.
 */
import { createReadStream, existsSync } from "node:fs";
import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { ledgerHeader, type LedgerHeader } from "../model/files.ts";
import { formatMark } from "../model/ledger.ts";
import type { LoadOptions } from "./load-options.ts";

export const summaryFile = (ledger: string): string => `${ledger}.summary.json`;

const summarySchema = z.object({ droppedIterations: z.number() });

export async function startConsoleLedger(options: LoadOptions): Promise<void> {
  const header: LedgerHeader = ledgerHeader.parse({
    ...options.clock.header("dr-drill/ledger@1"),
    witness: "k",
    idPrefix: options.idPrefix,
    ratePerMinute: options.ratePerMinute,
    regions: options.regions,
    tool: `k6 ${options.k6.version} with the console writer`,
    // Date.now(), in load/console-ledger.ts.
    wallStepUs: 1_000,
  });
  await writeFile(options.ledgerFile, `${JSON.stringify(header)}\n`, { flag: "wx", mode: 0o600 });
}

/** Adds the last marks, unless k6 was cut short: then the ledger stays without an end, and a reader sees that it was. */
export async function finishConsoleLedger(options: LoadOptions, stoppedUs: number | null): Promise<void> {
  const summary = summaryFile(options.ledgerFile);
  if (!existsSync(summary)) return;
  const { droppedIterations } = summarySchema.parse(JSON.parse(await readFile(summary, "utf8")));
  await rm(summary);
  const { begun, unanswered } = await countRows(options.ledgerFile);
  const us = options.clock.us();
  const stop = stoppedUs === null ? "" : formatMark({ mark: "stop", us: stoppedUs, n: unanswered });
  const rest = formatMark({ mark: "drop", us, n: droppedIterations }) + formatMark({ mark: "done", us, n: begun });
  await appendFile(options.ledgerFile, stop + rest);
}

async function countRows(file: string): Promise<{ readonly begun: number; readonly unanswered: number }> {
  const counts = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const kind = line.slice(0, 8);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const of = (kind: string): number => counts.get(`{"k":"${kind}"`) ?? 0;
  return { begun: of("i") + of("r"), unanswered: of("i") - of("o") };
}
