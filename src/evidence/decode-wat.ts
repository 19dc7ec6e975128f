/**
 * The program that makes numbers of a ledger's and a reading's lines, as WebAssembly text: sixteen bytes are compared and eight digits read
 * at a time, which JavaScript cannot. Offsets and templates come from the layouts. `decode.wasm` is this, assembled; decode-wat.test.ts
 * assembles it again and compares. A line that does not fit its layout to the byte is left to JSON.parse.
 */
import { blanks, numbers } from "./decode-wat-numbers.ts";
import { layouts, maskAt, memoryMap, tailBytes } from "./decode-memory.ts";
import type { LayoutName } from "./decode-memory.ts";
import type { Layout } from "./layout.ts";
import { columnsBefore, intent, outcome, read } from "./sink.ts";

const { intent: intentLayout, outcome: outcomeLayout, read: readLayout, row: survivorLayout } = layouts;
/** Bytes that are compared at a time. */
const step = 16;

/** 1 when the line at $at has the template's bytes wherever the mask says so. */
function fits(name: LayoutName): string {
  const { length } = layouts[name];
  const base = memoryMap[name];
  const places = Array.from({ length: Math.ceil(length / step) }, (_, n) => Math.min(n * step, length - step));
  const differences = places.map(
    (place) =>
      `(v128.and (v128.xor (v128.load offset=${place} (local.get $at)) (v128.load offset=${base + place} (i32.const 0))) (v128.load offset=${base + maskAt + place} (i32.const 0)))`,
  );
  return `(i32.eqz (v128.any_true ${differences.reduce((all, one) => `(v128.or ${all} ${one})`)}))`;
}

/** A value's last eight characters, and the up to eight before them with blanks where others begin; a short one has only the last. */
function wordsOf({ at, widths }: Layout, index: number): { readonly low: string; readonly high: string | null } {
  const [start = 0, width = 0] = [at[index], widths[index]];
  const end = start + width;
  const word = (before: number): string => `(i64.load offset=${end - before} (local.get $at))`;
  if (width <= 8) return { low: withBlanks(word(8), 8 - width), high: null };
  return { low: word(8), high: withBlanks(word(16), 16 - width) };
}

/** The number in a layout's n-th value; negative when it is none. */
function numberIn(layout: Layout, index: number): string {
  const { low, high } = wordsOf(layout, index);
  return high === null ? `(call $upTo8 ${low})` : `(call $upTo16 ${high} ${low})`;
}

/**
 * Sets a local to the number in a layout's n-th value. Of those that grow from line to line only the last eight digits are read, as long
 * as those before are the same as in the line before; they are kept at `kept`, what they stand for behind them.
 */
function setNumber(layout: Layout, index: number, local: string, kept?: number): string {
  const { low, high } = wordsOf(layout, index);
  if (kept === undefined || high === null) return `(local.set ${local} ${numberIn(layout, index)})`;
  return `(local.set $high ${high})
        (if (i64.eq (local.get $high) (i64.load offset=${kept} (i32.const 0)))
          (then
            (local.set ${local} (call $digits8 ${low}))
            (br_if $not (i64.lt_s (local.get ${local}) (i64.const 0)))
            (local.set ${local} (i64.add (local.get ${local}) (i64.load offset=${kept + 8} (i32.const 0)))))
          (else
            (local.set ${local} (call $upTo16 (local.get $high) ${low}))
            (br_if $not (i64.lt_s (local.get ${local}) (i64.const 0)))
            (if (i64.ne (local.get $high) ${blanks}) (then
              (i64.store offset=${kept} (i32.const 0) (local.get $high))
              (i64.store offset=${kept + 8} (i32.const 0) (i64.sub (local.get ${local}) (call $digits8 ${low})))))))`;
}

/** Blanks in the place of the first `count` bytes, which are not the number's. */
function withBlanks(word: string, count: number): string {
  if (count === 0) return word;
  const ours = (1n << BigInt(8 * count)) - 1n;
  const all = (1n << 64n) - 1n;
  return `(i64.or (i64.and ${word} (i64.const 0x${(all ^ ours).toString(16)})) (i64.const 0x${(0x2020_2020_2020_2020n & ours).toString(16)}))`;
}

type Column = keyof typeof columnsBefore;

/** Into the n-th place of a column, as columnsIn (sink.ts) lays it out. */
function store(name: Column, value: string): string {
  const width = name === "kind" ? 1 : columnsBefore[name] < columnsBefore.from ? 8 : 4;
  const place = `(i32.add (i32.add (local.get $out) (i32.mul (local.get $most) (i32.const ${columnsBefore[name]}))) (i32.mul (local.get $n) (i32.const ${width})))`;
  if (width === 1) return `(i32.store8 ${place} ${value})`;
  return width === 8
    ? `(f64.store ${place} (f64.convert_i64_s ${value}))`
    : `(i32.store ${place} (i32.wrap_i64 ${value}))`;
}

type Field = readonly [index: number, column: Column, local: string, kept?: number];

/** Reads values into locals, leaves the block $not when one of them is no number, and stores them. */
function take(layout: Layout, fields: readonly Field[]): string {
  const values = fields.map(([index, , local, kept]) => setNumber(layout, index, local, kept));
  const signs = fields.map(([, , local]) => `(local.get ${local})`).reduce((all, one) => `(i64.or ${all} ${one})`);
  const stores = fields.map(([, column, local]) => store(column, `(local.get ${local})`));
  return [...values, `(br_if $not (i64.lt_s ${signs} (i64.const 0)))`, ...stores].join("\n        ");
}

/** Sixteen lower-case hex digits: as values of four bits, two to a byte, the first in the highest place. */
function takeHash({ at }: Layout, index: number): string {
  const every = (byte: number): string => `(i8x16.splat (i32.const ${byte}))`;
  const lane = (n: number): string => `(i64.extend_i32_s (i32x4.extract_lane ${n} (local.get $hash)))`;
  return `(local.set $hash (v128.load offset=${at[index] ?? 0} (local.get $at)))
        (local.set $hash (i8x16.sub (i8x16.sub (local.get $hash) ${every(0x30)})
          (v128.and (i8x16.gt_u (local.get $hash) ${every(0x39)}) ${every(0x27)})))
        ;; a to f are 10 to 15; any other character but 0 to 9 is more, or less than 0
        (br_if $not (v128.any_true (i8x16.gt_u (local.get $hash) ${every(15)})))
        (br_if $not (v128.any_true (v128.and (i8x16.gt_u (v128.load offset=${at[index] ?? 0} (local.get $at)) ${every(0x39)}) (i8x16.lt_u (local.get $hash) ${every(10)}))))
        (local.set $hash (i8x16.narrow_i16x8_u
          (v128.or (v128.and (i16x8.shl (local.get $hash) (i32.const 4)) (i16x8.splat (i32.const 0xf0))) (i16x8.shr_u (local.get $hash) (i32.const 8)))
          (local.get $hash)))
        (local.set $hash (i8x16.shuffle 3 2 1 0 7 6 5 4 3 2 1 0 7 6 5 4 (local.get $hash) (local.get $hash)))
        ${store("hashHigh", lane(0))}
        ${store("hashLow", lane(1))}`;
}

/** The answer from st to ep, 40 bytes: read anew only when they are not those of the last one (kept at `kept`, its key behind it). */
function takeAnswer(layout: Layout, st: number, kept: number): string {
  const start = layout.at[st] ?? 0;
  const same = [0, 16, 24].map(
    (place) =>
      `(v128.xor (v128.load offset=${start + place} (local.get $at)) (v128.load offset=${kept + place} (i32.const 0)))`,
  );
  const field = (index: number): string => numberIn(layout, st + index);
  const sum = (low: string, factor: number, high: string): string =>
    `(i64.add ${low} (i64.mul (i64.const ${factor}) ${high}))`;
  return `(if (v128.any_true (v128.or (v128.or ${same[0]} ${same[1]}) ${same[2]}))
          (then
            (local.set $a ${field(0)}) (local.set $b ${field(1)}) (local.set $c ${field(2)}) (local.set $d ${field(3)}) (local.set $e ${field(4)})
            (br_if $not (i64.lt_s (i64.or (i64.or (i64.or (local.get $a) (local.get $b)) (i64.or (local.get $c) (local.get $d))) (local.get $e)) (i64.const 0)))
            (br_if $not (i64.gt_s (local.get $c) (i64.const 4)))
            (v128.store offset=${kept} (i32.const 0) (v128.load offset=${start} (local.get $at)))
            (v128.store offset=${kept + 16} (i32.const 0) (v128.load offset=${start + 16} (local.get $at)))
            (v128.store offset=${kept + 24} (i32.const 0) (v128.load offset=${start + 24} (local.get $at)))
            (i64.store offset=${kept + 48} (i32.const 0)
              ${sum("(local.get $a)", 1000, sum("(local.get $b)", 10_000, sum("(local.get $c)", 10, sum("(local.get $d)", 10, "(local.get $e)"))))})))
        ${store("answer", `(i64.load offset=${kept + 48} (i32.const 0))`)}`;
}

const kindAt = 6;
const letters = { intent, outcome, read } as const;
const safe = String(Number.MAX_SAFE_INTEGER);

/** One kind of record: into the columns, or out of $not with nothing taken. */
function record(name: "intent" | "outcome" | "read", body: string): string {
  return `
      (if (i32.eq (local.get $kind) (i32.const ${letters[name]})) (then
        (br_if $not (i32.gt_u (i32.add (local.get $at) (i32.const ${layouts[name].length})) (local.get $end)))
        (br_if $not (i32.eqz ${fits(name)}))
        ${body}
        ${store("kind", "(local.get $kind)")}
        (local.set $at (i32.add (local.get $at) (i32.const ${layouts[name].length})))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $more)))`;
}

const firstAttempt = 0x3120;
const minusOne = 0x312d;
/** Where the leading digits of growing numbers are kept. */
const grown = {
  seq: memoryMap.grown,
  us: memoryMap.grown + 16,
  end: memoryMap.grown + 32,
  lsn: memoryMap.grown + 48,
} as const;
const ofEnd = (readLayout.at[8] ?? 0) + (readLayout.widths[8] ?? 0);

export const wat = (): string => `(module
  (import "decode" "memory" (memory 1 65536 shared))
  ;; Where the first line begins that was not taken.
  (global $next (export "next") (mut i32) (i32.const 0))
${numbers}

  (func (export "ledger") (param $at i32) (param $end i32) (param $out i32) (param $most i32) (result i32)
    (local $n i32) (local $kind i32) (local $hash v128) (local $high i64) (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $e i64)
    (block $not (loop $more
      (br_if $not (i32.ge_u (local.get $n) (local.get $most)))
      (br_if $not (i32.ge_u (i32.add (local.get $at) (i32.const ${kindAt})) (local.get $end)))
      (local.set $kind (i32.load8_u offset=${kindAt} (local.get $at)))
${record(
  "intent",
  `${take(intentLayout, [
    [0, "seq", "$a", grown.seq],
    [1, "us", "$b", grown.us],
    [2, "amount", "$c"],
    [3, "from", "$d"],
    [4, "to", "$e"],
  ])}
        ;; the first attempt, nearly always
        (if (i32.ne (i32.load16_u offset=${intentLayout.at[5] ?? 0} (local.get $at)) (i32.const ${firstAttempt})) (then
          (br_if $not (i64.lt_s ${numberIn(intentLayout, 5)} (i64.const 0)))))
        ${takeHash(intentLayout, 6)}`,
)}
${record(
  "outcome",
  `${take(outcomeLayout, [
    [0, "seq", "$a", grown.seq],
    [1, "us", "$b", grown.us],
  ])}
        ${setNumber(outcomeLayout, 7, "$c", grown.lsn)}
        (br_if $not (i64.gt_s (local.get $c) (i64.const ${safe})))
        ${takeAnswer(outcomeLayout, 2, memoryMap.answers)}`,
)}
${record(
  "read",
  `${take(readLayout, [
    [0, "seq", "$a", grown.seq],
    [1, "us", "$b", grown.us],
    [2, "endUs", "$c", grown.end],
  ])}
        (local.set $d ${numberIn(readLayout, 8)})
        (if (i64.lt_s (local.get $d) (i64.const 0)) (then
          ;; only blanks and -1 are a number all the same
          (br_if $not (i32.ne (i32.load16_u offset=${ofEnd - 2} (local.get $at)) (i32.const ${minusOne})))
          (br_if $not (i64.ne (i64.load offset=${ofEnd - 10} (local.get $at)) ${blanks}))))
        ${store("amount", "(local.get $d)")}
        ${takeAnswer(readLayout, 3, memoryMap.answers + 64)}`,
)}))
    (global.set $next (local.get $at))
    (local.get $n))

  ;; Rows of one witness, whose letter is given, and with the tail at ${memoryMap.tail}.
  (func (export "rows") (param $at i32) (param $end i32) (param $out i32) (param $most i32) (param $letter i32) (result i32)
    (local $n i32) (local $hash v128) (local $high i64) (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (block $not (loop $more
      (br_if $not (i32.ge_u (local.get $n) (local.get $most)))
      (br_if $not (i32.gt_u (i32.add (local.get $at) (i32.const ${survivorLayout.length})) (local.get $end)))
      (br_if $not (i32.ne (i32.load8_u offset=${survivorLayout.at[0] ?? 0} (local.get $at)) (local.get $letter)))
      (br_if $not (i32.eqz ${fits("row")}))
      (br_if $not (v128.any_true ${[0, 16, 32, 40]
        .map(
          (place) =>
            `(v128.xor (v128.load offset=${survivorLayout.length - tailBytes + place} (local.get $at)) (v128.load offset=${memoryMap.tail + place} (i32.const 0)))`,
        )
        .reduce((all, one) => `(v128.or ${all} ${one})`)}))
        ${take(survivorLayout, [
          [1, "seq", "$a", grown.seq],
          [3, "amount", "$b"],
          [4, "from", "$c"],
          [5, "to", "$d"],
        ])}
        ${takeHash(survivorLayout, 2)}
      (local.set $at (i32.add (local.get $at) (i32.const ${survivorLayout.length})))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $more)))
    (global.set $next (local.get $at))
    (local.get $n)))
`;
