/**
 * Numbers as the fixed layouts write them: blanks, then a whole number without a sign, as JSON has it. Four characters are read at a
 * time; one by one they would take longer than everything else together. Every function gives -1 for what is no such number.
 */

const blanks = 0x2020_2020;
const nought = 0x30;

/** Four digits, the first in the lowest byte. */
function digits4(word: number): number {
  const digits = word ^ 0x3030_3030;
  // A digit has no high nibble, not even with 6 added to it.
  if (((digits | (digits + 0x0606_0606)) & 0xf0f0_f0f0) !== 0) return -1;
  const pairs = Math.imul(digits, 10) + (digits >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

/** Blanks, then at least one digit, and no nought in front of others. */
function upTo4(word: number): number {
  const others = word ^ blanks;
  if (others === 0) return -1;
  const blankBits = (31 - Math.clz32(others & -others)) & 24;
  if (((word >>> blankBits) & 0xff) === nought && blankBits !== 24) return -1;
  return digits4(word | (0x1010_1010 & ~(-1 << blankBits)));
}

function upTo8(high: number, low: number): number {
  if (high === blanks) return upTo4(low);
  const first = upTo4(high);
  const last = digits4(low);
  // 0 in front of other digits is no number.
  return first > 0 && last >= 0 ? first * 10_000 + last : -1;
}

function upTo12(high: number, middle: number, low: number): number {
  if (high === blanks) return upTo8(middle, low);
  const first = upTo4(high);
  const next = digits4(middle);
  const last = digits4(low);
  return first > 0 && next >= 0 && last >= 0 ? (first * 10_000 + next) * 10_000 + last : -1;
}

function upTo16(highest: number, high: number, middle: number, low: number): number {
  if (highest === blanks) return upTo12(high, middle, low);
  const first = upTo4(highest);
  const last = full12(high, middle, low);
  return first > 0 && last >= 0 ? first * 1e12 + last : -1;
}

/** Twelve digits. */
function full12(high: number, middle: number, low: number): number {
  const first = digits4(high);
  const next = digits4(middle);
  const last = digits4(low);
  return first >= 0 && next >= 0 && last >= 0 ? (first * 10_000 + next) * 10_000 + last : -1;
}

/** The word in which a number begins: what stands before the number does not count. */
const lastTwo = (word: number): number => (word & 0xffff_0000) | 0x2020;
const lastOne = (word: number): number => (word & 0xff00_0000) | 0x20_2020;

/** A number of six characters; the two bytes in front of them must be there. */
export const natural6 = (view: DataView, at: number): number =>
  upTo8(lastTwo(view.getInt32(at - 2, true)), view.getInt32(at + 2, true));

/** Of ten characters; the two bytes in front of them must be there. */
export const natural10 = (view: DataView, at: number): number =>
  upTo12(lastTwo(view.getInt32(at - 2, true)), view.getInt32(at + 2, true), view.getInt32(at + 6, true));

/** Of thirteen characters; the three bytes in front of them must be there. */
export const natural13 = (view: DataView, at: number): number =>
  upTo16(
    lastOne(view.getInt32(at - 3, true)),
    view.getInt32(at + 1, true),
    view.getInt32(at + 5, true),
    view.getInt32(at + 9, true),
  );

/** Of sixteen characters. */
export const natural16 = (view: DataView, at: number): number =>
  upTo16(
    view.getInt32(at, true),
    view.getInt32(at + 4, true),
    view.getInt32(at + 8, true),
    view.getInt32(at + 12, true),
  );

/** Two lower-case hex digits by their two bytes; -1 for all others. */
const hexPairs = new Int16Array(0x1_0000).fill(-1);
for (let value = 0; value < 256; value++) {
  const text = value.toString(16).padStart(2, "0");
  hexPairs[text.charCodeAt(0) | (text.charCodeAt(1) << 8)] = value;
}

/** Sixteen lower-case hex digits as two numbers of 32 bits (signed: others would cost an allocation each). False when they are not. */
export function hash16(view: DataView, at: number, into: Int32Array): boolean {
  const a = hexPairs[view.getUint16(at, true)] ?? -1;
  const b = hexPairs[view.getUint16(at + 2, true)] ?? -1;
  const c = hexPairs[view.getUint16(at + 4, true)] ?? -1;
  const d = hexPairs[view.getUint16(at + 6, true)] ?? -1;
  const e = hexPairs[view.getUint16(at + 8, true)] ?? -1;
  const f = hexPairs[view.getUint16(at + 10, true)] ?? -1;
  const g = hexPairs[view.getUint16(at + 12, true)] ?? -1;
  const h = hexPairs[view.getUint16(at + 14, true)] ?? -1;
  into[0] = (a << 24) | (b << 16) | (c << 8) | d;
  into[1] = (e << 24) | (f << 16) | (g << 8) | h;
  return (a | b | c | d | e | f | g | h) >= 0;
}
