/**
 * How the load goes, from the growing ledger: for the progress line and the run's own gates, not for the verdict. Rows are read by
 * their fixed places (src/model/ledger.ts), and each is read once.
 */
import { open, type FileHandle } from "node:fs/promises";

export interface LoadTally {
  /** Requests begun: intents of writes, and reads that have ended. */
  readonly sent: number;
  /** Right answers: acknowledged writes, reads with the right content. */
  readonly ok: number;
  /** Wrong, refused or no answers, except: */
  readonly failed: number;
  /** Writes of which nobody can say whether they were done. */
  readonly unknown: number;
  readonly dropped: number;
  /** Region that gave the newest good answer; null before the first. */
  readonly region: string | null;
  /** Of the answers since the last poll, good or not; null when there was none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Time of the newest row, µs on the run's axis. */
  readonly us: number;
}

export interface LedgerTail extends AsyncDisposable {
  /** Reads what is new. One call at a time. */
  poll(): Promise<LoadTally>;
}

interface Counts {
  sent: number;
  ok: number;
  failed: number;
  unknown: number;
  dropped: number;
  region: number;
  us: number;
}

const newline = 10;
const chunkBytes = 1 << 20;
/** Per poll; a reader that is further behind catches up at the next. */
const mostChunks = 64;
/** More writes than this without an outcome are not waited for; their latencies stay unknown. */
const mostInFlight = 100_000;

export function tailLedger(file: string, regions: readonly string[]): LedgerTail {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const counts: Counts = { sent: 0, ok: 0, failed: 0, unknown: 0, dropped: 0, region: 0, us: 0 };
  const sentUs = new Map<number, number>();
  let handle: FileHandle | null = null;
  let position = 0;

  async function readNew(source: FileHandle, latenciesUs: number[]): Promise<void> {
    for (let i = 0; i < mostChunks; i += 1) {
      const { bytesRead } = await source.read(chunk, 0, chunkBytes, position);
      const end = chunk.subarray(0, bytesRead).lastIndexOf(newline) + 1;
      if (end === 0) return;
      for (let start = 0; start < end; start = chunk.indexOf(newline, start) + 1) {
        countRow(chunk, start, counts, sentUs, latenciesUs);
      }
      position += end;
    }
  }

  async function poll(): Promise<LoadTally> {
    const latenciesUs: number[] = [];
    handle ??= await open(file, "r").catch(() => null);
    if (handle !== null) await readNew(handle, latenciesUs);
    latenciesUs.sort((a, b) => a - b);
    const { region, ...rest } = counts;
    return {
      ...rest,
      region: regions[region - 1] ?? null,
      p50Ms: percentile(latenciesUs, 0.5),
      p99Ms: percentile(latenciesUs, 0.99),
    };
  }

  return {
    poll,
    [Symbol.asyncDispose]: async () => {
      await handle?.close();
      handle = null;
    },
  };
}

const percentile = (sortedUs: readonly number[], share: number): number | null => {
  const value = sortedUs[Math.min(sortedUs.length - 1, Math.floor(sortedUs.length * share))];
  return value === undefined ? null : value / 1000;
};

/** Places are counted from the start of the row: `{"k":"i","seq":` is 15 long, and so on. */
function countRow(at: Buffer, start: number, counts: Counts, sentUs: Map<number, number>, latenciesUs: number[]): void {
  const number = (from: number, to: number): number => integer(at, start + from, start + to);
  if (at[start + 2] !== letter.k) return; // the header
  const kind = at[start + 6];
  if (kind === letter.i) {
    counts.sent += 1;
    counts.us = number(31, 44);
    if (sentUs.size < mostInFlight) sentUs.set(number(15, 25), counts.us);
  } else if (kind === letter.o) {
    const seq = number(15, 25);
    const status = number(50, 53);
    const ack = number(71, 72);
    counts.us = number(31, 44);
    if (ack === 1 || ack === 3) good(counts, number(78, 79));
    else if (ack === 2 || (status >= 400 && status < 500)) counts.failed += 1;
    else counts.unknown += 1;
    const sent = sentUs.get(seq);
    if (sent === undefined) return;
    latenciesUs.push(counts.us - sent);
    sentUs.delete(seq);
  } else if (kind === letter.r) {
    counts.sent += 1;
    counts.us = number(51, 64);
    latenciesUs.push(counts.us - number(31, 44));
    if (number(91, 92) === 1) good(counts, number(98, 99));
    else counts.failed += 1;
  } else if (kind === letter.m && at[start + 14] === letter.d && at[start + 15] === letter.r) {
    counts.dropped = number(43, 53);
  }
}

const letter = { k: 0x6b, i: 0x69, o: 0x6f, r: 0x72, m: 0x6d, d: 0x64 } as const;

function good(counts: Counts, region: number): void {
  counts.ok += 1;
  if (region > 0) counts.region = region;
}

function integer(at: Buffer, from: number, to: number): number {
  let value = 0;
  let sign = 1;
  for (let i = from; i < to; i += 1) {
    const byte = at[i] ?? 0;
    if (byte === 0x2d) sign = -1;
    else if (byte !== 0x20) value = value * 10 + byte - 0x30;
  }
  return sign * value;
}
