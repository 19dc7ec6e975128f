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
  // Not 0: that would be a nought in front.
  const before = upTo4(high);
  const last = digits4(low);
  return before <= 0 || last < 0 ? -1 : before * 10_000 + last;
}

function upTo12(high: number, middle: number, low: number): number {
  if (high === blanks) return upTo8(middle, low);
  const before = upTo8(high, middle);
  const last = digits4(low);
  return before <= 0 || last < 0 ? -1 : before * 10_000 + last;
}

function upTo16(first: number, high: number, middle: number, low: number): number {
  if (first === blanks) return upTo12(high, middle, low);
  const before = upTo12(first, high, middle);
  const last = digits4(low);
  return before <= 0 || last < 0 ? -1 : before * 10_000 + last;
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
const hexPair = (view: DataView, at: number): number => hexPairs[view.getUint16(at, true)] ?? -1;

/** Eight lower-case hex digits? */
export const isHex8 = (view: DataView, at: number): boolean =>
  (hexPair(view, at) | hexPair(view, at + 2) | hexPair(view, at + 4) | hexPair(view, at + 6)) >= 0;

/** Eight hex digits, the first the highest, as a signed number of 32 bits: one of 53 would cost an allocation. */
export const hex8 = (view: DataView, at: number): number =>
  (hexPair(view, at) << 24) | (hexPair(view, at + 2) << 16) | (hexPair(view, at + 4) << 8) | hexPair(view, at + 6);
