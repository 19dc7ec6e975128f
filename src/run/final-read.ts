/**
 * A final read: the system's ordered export at one snapshot, kept as survivors/<reading>.ndjson in the ledger's own layout.
 * Every id is read; a response without its end line is not a reading.
 */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { z } from "zod";
import { formatSurvivor } from "../model/ledger.ts";
import type { RunClock } from "./clock.ts";
import { EvidenceFile } from "./evidence-file.ts";

const exportHeader = z.object({
  export: z.literal("payments@1"),
  region: z.string(),
  epoch: z.number(),
  lsn: z.coerce.string(),
});
const exportRow = z.object({
  id: z.string(),
  bodyHash: z.string(),
  from: z.number(),
  to: z.number(),
  amountMinor: z.number(),
  region: z.string(),
  epoch: z.number(),
  replayed: z.boolean(),
  debits: z.number(),
  credits: z.number(),
  debited: z.number(),
  credited: z.number(),
});
const exportAccount = z.object({ account: z.number(), opening: z.number(), balance: z.number(), posted: z.number() });
const exportEnd = z.object({ end: z.literal(true), payments: z.number(), accounts: z.number() });

const silenceMs = 10_000;

export interface FinalReading {
  readonly reading: "before-replay" | "final" | "final-again";
  readonly url: string;
  readonly run: string;
  readonly regions: readonly string[];
}

/** Ids of the witnesses are `<run>.<witness letter>.<seq>`; anything else is foreign. */
function ownId(run: string, id: string): { witness: string; seq: number } | null {
  if (!id.startsWith(`${run}.`)) return null;
  const match = /^([kt])\.(\d{1,10})$/.exec(id.slice(run.length + 1));
  return match?.[1] !== undefined && match[2] !== undefined ? { witness: match[1], seq: Number(match[2]) } : null;
}

export async function readSurvivors(
  path: string,
  options: FinalReading & { readonly clock: RunClock; readonly signal: AbortSignal },
): Promise<{ payments: number }> {
  const startedUs = options.clock.us();
  // A Region that is cut off takes the request and never answers: silence ends the reading, its length does not.
  const silent = new AbortController();
  const watchdog = setTimeout(() => silent.abort(new Error(`silent for ${silenceMs / 1000} s`)), silenceMs);
  const response = await fetch(new URL("/v1/export", options.url), {
    signal: AbortSignal.any([options.signal, silent.signal]),
    headers: { connection: "close" },
  }).catch((error: unknown) => {
    clearTimeout(watchdog);
    throw error;
  });
  if (!response.ok || !response.body) throw new Error(`the export answered ${response.status}`);
  const lines = createInterface({ input: Readable.fromWeb(response.body) });
  let file: EvidenceFile | undefined;
  let counted = 0;
  let batch = "";
  try {
    for await (const line of lines) {
      watchdog.refresh();
      const value: unknown = JSON.parse(line);
      if (!file) {
        const head = exportHeader.parse(value);
        file = new EvidenceFile(path, {
          ...options.clock.header("dr-drill/survivors@1"),
          reading: options.reading,
          region: head.region,
          regions: options.regions,
          startedUs,
          epoch: head.epoch,
          lsn: head.lsn,
        });
        continue;
      }
      if (typeof value === "object" && value !== null && "end" in value) {
        const end = exportEnd.parse(value);
        if (end.payments !== counted)
          throw new Error(`the export promised ${end.payments} payments and gave ${counted}`);
        file.appendText(batch);
        file.append({ k: "end", endedUs: options.clock.us(), payments: end.payments, accounts: end.accounts });
        return { payments: counted };
      }
      if (typeof value === "object" && value !== null && "account" in value) {
        const account = exportAccount.parse(value);
        batch += `${JSON.stringify({ k: "a", id: account.account, opening: account.opening, balance: account.balance, posted: account.posted })}\n`;
      } else {
        counted += 1;
        batch += survivorLine(exportRow.parse(value), options);
      }
      if (batch.length > 64 * 1024) {
        file.appendText(batch);
        batch = "";
      }
    }
    throw new Error("the export broke off before its end line");
  } finally {
    clearTimeout(watchdog);
    file?.[Symbol.dispose]();
  }
}

function survivorLine(row: z.infer<typeof exportRow>, options: FinalReading): string {
  const own = ownId(options.run, row.id);
  if (!own) {
    return `${JSON.stringify({ k: "f", id: row.id, amt: row.amountMinor, ours: row.id.startsWith(`${options.run}.`) })}\n`;
  }
  return formatSurvivor({
    witness: own.witness,
    seq: own.seq,
    hash: row.bodyHash.slice(0, 16),
    amountMinor: row.amountMinor,
    from: row.from,
    to: row.to,
    region: options.regions.indexOf(row.region) + 1,
    epoch: row.epoch,
    replayed: row.replayed,
    debits: row.debits,
    credits: row.credits,
    net: row.credited - row.debited,
  });
}
