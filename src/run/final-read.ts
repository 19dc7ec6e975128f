/**
 * A final read: the system's ordered export at one snapshot, kept as survivors/<reading>.ndjson in the ledger's own layout. It comes from
 * GET /v1/export, or line by line from the environment's own `finalRead`, and is checked the same way: every id is read, and a reading
 * without its end line is none.
 */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { z } from "zod";
import { exportAccount, exportEnd, exportHeader, exportRow, type ExportLack } from "../model/export.ts";
import { regionNumber, formatSurvivor } from "../model/ledger.ts";
import type { RunClock } from "./clock.ts";
import { EvidenceFile } from "./evidence-file.ts";

const silenceMs = 10_000;
const batchCharacters = 64 * 1024;

export interface FinalReading {
  readonly reading: "before-replay" | "final" | "final-again";
  /** The Region that is read, by its own address. */
  readonly url: string;
  readonly run: string;
  readonly regions: readonly string[];
}

export interface FinalReadOptions extends FinalReading {
  readonly clock: RunClock;
  readonly signal: AbortSignal;
  /** Instead of GET /v1/export. */
  readonly lines?: (signal: AbortSignal) => AsyncIterable<unknown>;
  /** A source that says nothing for so long has broken off; default 10 s. */
  readonly silenceMs?: number;
}

export async function readSurvivors(path: string, options: FinalReadOptions): Promise<{ payments: number }> {
  const startedUs = options.clock.us();
  const limitMs = options.silenceMs ?? silenceMs;
  // A Region that is cut off takes the request and never answers: silence ends the reading, its length does not.
  const silent = new AbortController();
  const watchdog = setTimeout(() => silent.abort(new Error(`silent for ${limitMs / 1000} s`)), limitMs);
  const signal = AbortSignal.any([options.signal, silent.signal]);
  const lines =
    options.lines === undefined ? exportLines(options.url, signal) : untilAborted(options.lines(signal), signal);
  let file: EvidenceFile | undefined;
  let lacks: readonly ExportLack[] = [];
  let number = 0;
  const counted = { payments: 0, accounts: 0 };
  let batch = "";
  try {
    for await (const value of lines) {
      watchdog.refresh();
      number += 1;
      if (!file) {
        const head = checked(exportHeader, value, number);
        lacks = head.lacks ?? [];
        file = new EvidenceFile(path, {
          ...options.clock.header("dr-drill/survivors@1"),
          reading: options.reading,
          region: head.region,
          regions: options.regions,
          startedUs,
          epoch: head.epoch,
          lsn: head.lsn,
          ...(lacks.length === 0 ? {} : { lacks }),
        });
        continue;
      }
      if (has(value, "end")) {
        const end = checked(exportEnd, value, number);
        for (const kind of ["payments", "accounts"] as const)
          if (end[kind] !== counted[kind])
            throw new Error(`the export promised ${end[kind]} ${kind} and gave ${counted[kind]}`);
        file.appendText(batch);
        file.append({ k: "end", endedUs: options.clock.us(), payments: end.payments, accounts: end.accounts });
        return { payments: counted.payments };
      }
      if (has(value, "account")) {
        const account = checked(exportAccount, value, number);
        counted.accounts += 1;
        batch += `${JSON.stringify({ k: "a", id: account.account, opening: account.opening, balance: account.balance, posted: account.posted })}\n`;
      } else {
        counted.payments += 1;
        batch += survivorLine(checked(exportRow, withoutLack(value, lacks), number), options);
      }
      if (batch.length > batchCharacters) {
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

async function* exportLines(url: string, signal: AbortSignal): AsyncGenerator {
  const response = await fetch(new URL("/v1/export", url), { signal, headers: { connection: "close" } });
  if (!response.ok || !response.body) throw new Error(`the export answered ${response.status}`);
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) yield JSON.parse(line);
}

/** Ends the wait for a source that ignores its signal, too. */
async function* untilAborted(lines: AsyncIterable<unknown>, signal: AbortSignal): AsyncGenerator {
  const iterator = lines[Symbol.asyncIterator]();
  let giveUp: (reason: unknown) => void = () => {};
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        giveUp = reject;
        if (signal.aborted) onAbort();
        else iterator.next().then(resolve, reject);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not waited for: a source that hangs does not come back from this either.
    void iterator.return?.().catch(() => {});
  }
}

const has = (value: unknown, key: string): boolean => typeof value === "object" && value !== null && key in value;

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, number: number): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`line ${number} of the export: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}`);
}

/** What the export's header says it lacks gets a value that accuses nobody; the judge does not look at it (analysis/findings/integrity.ts). */
function withoutLack(value: unknown, lacks: readonly ExportLack[]): unknown {
  if (lacks.length === 0) return value;
  const content = lacks.includes("content") ? { bodyHash: "0".repeat(16) } : {};
  const postings = lacks.includes("postings") ? { debits: 1, credits: 1, debited: 0, credited: 0 } : {};
  return { ...(value as object), ...content, ...postings };
}

/** Ids of the witnesses are `<run>.<witness letter>.<seq>`; anything else is foreign. */
function ownId(run: string, id: string): { witness: string; seq: number } | null {
  if (!id.startsWith(`${run}.`)) return null;
  const match = /^([kt])\.(\d{1,10})$/.exec(id.slice(run.length + 1));
  return match?.[1] !== undefined && match[2] !== undefined ? { witness: match[1], seq: Number(match[2]) } : null;
}

function survivorLine(row: z.output<typeof exportRow>, options: FinalReading): string {
  const { id, amountMinor, from, to } = row;
  const own = ownId(options.run, id);
  if (!own) {
    // Its accounts are named so that each account's sum can be recomputed.
    return `${JSON.stringify({ k: "f", id, amt: amountMinor, ours: id.startsWith(`${options.run}.`), from, to })}\n`;
  }
  return formatSurvivor({
    witness: own.witness,
    seq: own.seq,
    hash: row.bodyHash.slice(0, 16),
    amountMinor,
    from,
    to,
    region: regionNumber(row.region, options.regions),
    epoch: row.epoch,
    replayed: row.replayed,
    debits: row.debits,
    credits: row.credits,
    net: row.credited - row.debited,
  });
}
