/**
 * The fixed layouts of src/model/ledger.ts, as byte offsets. A line that fits its layout exactly is read without JSON.parse: every byte
 * that is not a value is compared, so that what is read by offset is what JSON.parse would have read (ledger-scan.test.ts tries each byte).
 */
import { formatIntent, formatMark, formatOutcome, formatRead, formatSurvivor } from "../model/ledger.ts";

export interface Layout {
  /** Length of the line, newline included. */
  readonly length: number;
  /** Offsets of the first byte of each value, in the order of the layout. */
  readonly at: readonly number[];
  readonly widths: readonly number[];
  /** A line of this layout. */
  readonly sample: DataView;
}

/** Derived from a line that the formatter itself made, so that layout and formatter cannot drift apart. */
function layoutOf(text: string): Layout {
  const at: number[] = [];
  const widths: number[] = [];
  // A value stands after `":` up to the next `,` or `}`; a text value between its quotes. The first one, the kind, is fixed.
  for (const match of [...text.matchAll(/":(?:"([^"]*)"|([^,}]*))/g)].slice(1)) {
    const value = match[1] ?? match[2] ?? "";
    at.push(match.index + match[0].length - value.length - (match[1] === undefined ? 0 : 1));
    widths.push(value.length);
  }
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return { length: bytes.length, at, widths, sample: new DataView(bytes.buffer) };
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
