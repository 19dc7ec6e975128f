/**
 * The fixed layouts of src/model/ledger.ts, as byte offsets. A line that fits its layout exactly is read without JSON.parse;
 * `fits` compares every byte that is not a value, so that what is read by offset is what JSON.parse would have read.
 */
import { formatIntent, formatMark, formatOutcome, formatRead, formatSurvivor } from "../model/ledger.ts";

export interface Layout {
  /** Length of the line, newline included. */
  readonly length: number;
  /** Offsets of the first byte of each value, in the order of the layout. */
  readonly at: readonly number[];
  readonly widths: readonly number[];
  /** Every byte that is the same in all lines: offsets and values, four at a time where four are together. */
  readonly wordAt: Int32Array;
  readonly words: Int32Array;
  readonly byteAt: Int32Array;
  readonly bytes: Int32Array;
}

/** Derived from a line that the formatter itself made, so that layout and formatter cannot drift apart. */
function layoutOf(sample: string): Layout {
  const line = Buffer.from(sample, "latin1");
  const at: number[] = [];
  const widths: number[] = [];
  const fixed = new Uint8Array(line.length).fill(1);
  // A value stands after `":` up to the next `,` or `}`; a text value between its quotes. The first one, the kind, is fixed.
  const values = /":(?:"([^"]*)"|([^,}]*))/g;
  let first = true;
  for (const match of sample.matchAll(values)) {
    const text = match[1] ?? match[2] ?? "";
    const start = match.index + match[0].length - text.length - (match[1] === undefined ? 0 : 1);
    if (first) {
      first = false;
      continue;
    }
    at.push(start);
    widths.push(text.length);
    fixed.fill(0, start, start + text.length);
  }
  const wordAt: number[] = [];
  const words: number[] = [];
  const byteAt: number[] = [];
  const bytes: number[] = [];
  for (let offset = 0; offset < line.length;) {
    if (fixed[offset] === 0) offset += 1;
    else if (offset + 4 <= line.length && fixed.subarray(offset, offset + 4).every((value) => value === 1)) {
      wordAt.push(offset);
      words.push(line.readInt32LE(offset));
      offset += 4;
    } else {
      byteAt.push(offset);
      bytes.push(line[offset] ?? 0);
      offset += 1;
    }
  }
  return {
    length: line.length,
    at,
    widths,
    wordAt: Int32Array.from(wordAt),
    words: Int32Array.from(words),
    byteAt: Int32Array.from(byteAt),
    bytes: Int32Array.from(bytes),
  };
}

const hash = "0123456789abcdef";
const zero = {
  seq: 0,
  us: 0,
  amountMinor: 0,
  from: 0,
  to: 0,
  status: 0,
  errorCode: 0,
  ack: 0,
  region: 0,
  epoch: 0,
} as const;

export const intentLayout = layoutOf(formatIntent({ ...zero, attempt: 1, hash }));
export const outcomeLayout = layoutOf(formatOutcome({ ...zero, lsn: 0 }));
export const readLayout = layoutOf(formatRead({ ...zero, endUs: 0, of: 0 }));
export const markLayout = layoutOf(formatMark({ mark: "open", us: 0, n: 0 }));
export const survivorLayout = layoutOf(
  formatSurvivor({ ...zero, witness: "k", hash, replayed: false, debits: 0, credits: 0, net: 0 }),
);

/** `start` is where the line begins in `bytes`; the caller has made sure that `layout.length` bytes are there. */
export function fits(layout: Layout, bytes: Uint8Array, view: DataView, start: number): boolean {
  const { wordAt, words, byteAt, bytes: expected } = layout;
  for (let n = 0; n < words.length; n++) {
    if (view.getInt32(start + (wordAt[n] ?? 0), true) !== words[n]) return false;
  }
  for (let n = 0; n < expected.length; n++) {
    if (bytes[start + (byteAt[n] ?? 0)] !== expected[n]) return false;
  }
  return true;
}

/** NaN when the bytes are not spaces followed by a whole number as JSON writes it. */
export function integerAt(bytes: Uint8Array, start: number, width: number): number {
  const end = start + width;
  let at = start;
  while (at < end && bytes[at] === 0x20) at += 1;
  const negative = at < end && bytes[at] === 0x2d;
  if (negative) at += 1;
  if (at === end) return Number.NaN;
  if (bytes[at] === 0x30 && (at + 1 < end || negative)) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

const hexDigit = new Int8Array(256).fill(-1);
for (let n = 0; n < 16; n++) hexDigit["0123456789abcdef".charCodeAt(n)] = n;

/** Eight lower-case hex digits as an unsigned number; -1 when they are not. */
export function hexAt(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let at = start; at < start + 8; at++) {
    const digit = hexDigit[bytes[at] ?? 0] ?? -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
