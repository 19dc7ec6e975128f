/**
 * Numbers as the fixed layouts write them: blanks, then a whole number without a sign, as JSON has it. Four characters are one word of
 * 32 bits, the first in its lowest byte; one by one they would take longer than everything else together. Callers read the words
 * themselves, because every look into a DataView is checked again in each function. -1 is the answer to what is no such number.
 */

const blanks = 0x2020_2020;
const nought = 0x30;

/** Four digits. */
function digits4(word: number): number {
  const digits = word ^ 0x3030_3030;
  // A digit has no high nibble, not even with 6 added to it.
  if (((digits | (digits + 0x0606_0606)) & 0xf0f0_f0f0) !== 0) return -1;
  const pairs = Math.imul(digits, 10) + (digits >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

/** Blanks, then at least one digit, and no nought in front of others; the others below are as this, of more words. */
function upTo4(word: number): number {
  const others = word ^ blanks;
  if (others === 0) return -1;
  const blankBits = (31 - Math.clz32(others & -others)) & 24;
  if (((word >>> blankBits) & 0xff) === nought && blankBits !== 24) return -1;
  return digits4(word | (0x1010_1010 & ~(-1 << blankBits)));
}

export function upTo8(high: number, low: number): number {
  if (high === blanks) return upTo4(low);
  const first = upTo4(high);
  const last = digits4(low);
  // 0 in front of other digits is no number.
  return first > 0 && last >= 0 ? first * 10_000 + last : -1;
}

export function upTo12(high: number, middle: number, low: number): number {
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

/** The word in which a number of six or ten characters begins, two bytes before it: what stands there does not count. */
export const lastTwo = (word: number): number => (word & 0xffff_0000) | 0x2020;
/** Of a number of thirteen characters, three bytes before it. */
const lastOne = (word: number): number => (word & 0xff00_0000) | 0x20_2020;

/*
 * Numbers that change little from line to line: the eight bytes with their leading digits are compared with those of the last such number,
 * and only the digits after them are read. Bytes of a number are ASCII, and therefore never NaN or nought as a float: what equals them has
 * their bytes. One class for each width, so that the numbers of one that are small are small in memory, too.
 */

/** Of ten characters; the two bytes in front of it must be the same in all lines. */
export class Growing10 {
  #leading = Number.NaN;
  /** The number that the leading digits stand for. */
  #base = 0;

  at(view: DataView, at: number): number {
    const leading = view.getFloat64(at - 2, true);
    const low = view.getInt32(at + 6, true);
    const last = digits4(low);
    if (last >= 0 && leading === this.#leading) return this.#base + last;
    const number = upTo12(lastTwo(view.getInt32(at - 2, true)), view.getInt32(at + 2, true), low);
    if (number >= 1e4) {
      this.#leading = leading;
      this.#base = number - last;
    }
    return number;
  }
}

/** Of thirteen characters; three bytes in front of it must be there. */
export class Growing13 {
  #leading = Number.NaN;
  #base = Number.NaN;

  at(view: DataView, at: number): number {
    const leading = view.getFloat64(at, true);
    const digit = view.getUint8(at + 8) - nought;
    const low = view.getInt32(at + 9, true);
    const last = digits4(low);
    if (last >= 0 && digit >= 0 && digit <= 9 && leading === this.#leading) return this.#base + digit * 10_000 + last;
    const first = lastOne(view.getInt32(at - 3, true));
    const number = upTo16(first, view.getInt32(at + 1, true), view.getInt32(at + 5, true), low);
    if (number >= 1e5) {
      this.#leading = leading;
      this.#base = number - digit * 10_000 - last;
    }
    return number;
  }
}

/** Of sixteen characters. */
export class Growing16 {
  #leading = Number.NaN;
  #base = Number.NaN;

  at(view: DataView, at: number): number {
    const leading = view.getFloat64(at, true);
    const middle = view.getInt32(at + 8, true);
    const low = view.getInt32(at + 12, true);
    const next = digits4(middle);
    const last = digits4(low);
    if (next >= 0 && last >= 0 && leading === this.#leading) return this.#base + next * 10_000 + last;
    const number = upTo16(view.getInt32(at, true), view.getInt32(at + 4, true), middle, low);
    if (number >= 1e8) {
      this.#leading = leading;
      this.#base = number - next * 10_000 - last;
    }
    return number;
  }
}

/** Two lower-case hex digits by their two bytes; -1 for all others. */
const hexPairs = new Int16Array(0x1_0000).fill(-1);
for (let value = 0; value < 256; value++) {
  const text = value.toString(16).padStart(2, "0");
  hexPairs[text.charCodeAt(0) | (text.charCodeAt(1) << 8)] = value;
}

/** Sixteen lower-case hex digits as two numbers of 32 bits, with a sign, into the n-th place. False when they are none. */
export function hash16(
  view: DataView,
  at: number,
  into: { readonly hashHigh: Int32Array; readonly hashLow: Int32Array },
  n: number,
): boolean {
  const a = hexPairs[view.getUint16(at, true)] ?? -1;
  const b = hexPairs[view.getUint16(at + 2, true)] ?? -1;
  const c = hexPairs[view.getUint16(at + 4, true)] ?? -1;
  const d = hexPairs[view.getUint16(at + 6, true)] ?? -1;
  const e = hexPairs[view.getUint16(at + 8, true)] ?? -1;
  const f = hexPairs[view.getUint16(at + 10, true)] ?? -1;
  const g = hexPairs[view.getUint16(at + 12, true)] ?? -1;
  const h = hexPairs[view.getUint16(at + 14, true)] ?? -1;
  into.hashHigh[n] = (a << 24) | (b << 16) | (c << 8) | d;
  into.hashLow[n] = (e << 24) | (f << 16) | (g << 8) | h;
  return (a | b | c | d | e | f | g | h) >= 0;
}
