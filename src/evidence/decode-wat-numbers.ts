/** Part of decode-wat.ts: whole numbers as the fixed layouts write them, blanks in front, eight characters at a time. */

const i64 = (byte: number): string => `(i64.const 0x${byte.toString(16).padStart(2, "0").repeat(8)})`;
export const blanks = i64(0x20);

/** Eight digits, the first in the lowest byte, as a number: neighbours are joined, then pairs, then fours. */
function joined(local: string): string {
  const join = (factor: number, shift: number): string =>
    `(i64.shr_u (i64.mul (local.get ${local}) (i64.const ${factor})) (i64.const ${shift}))`;
  return `
    (local.set ${local} (i64.and ${join(2561, 8)} (i64.const 0x00ff00ff00ff00ff)))
    (local.set ${local} (i64.and ${join(6_553_601, 16)} (i64.const 0x0000ffff0000ffff)))
    ${join(42_949_672_960_001, 32)}`;
}

/** Functions for eight and sixteen characters as one and two words. */
export const numbers = `
  ;; Eight characters that are all digits; else -1.
  (func $digits8 (param $word i64) (result i64)
    (local.set $word (i64.xor (local.get $word) ${i64(0x30)}))
    (if (i64.ne (i64.and (i64.or (local.get $word) (i64.add (local.get $word) ${i64(0x06)})) ${i64(0xf0)}) (i64.const 0))
      (then (return (i64.const -1))))
    ${joined("$word")})

  ;; Blanks, then digits as JSON has them; else -1.
  (func $upTo8 (param $word i64) (result i64)
    (local $blank i64) (local $digits i64) (local $first i64)
    (local.set $word (i64.xor (local.get $word) ${i64(0x30)}))
    (local.set $blank (i64.and (local.get $word) ${i64(0x10)}))
    (local.set $digits (i64.and (local.get $word) ${i64(0x0f)}))
    (if (i64.ne (i64.const 0)
        (i64.or (i64.or
          (i64.and (local.get $word) ${i64(0xe0)})
          (i64.and (local.get $digits) (i64.mul (i64.shr_u (local.get $blank) (i64.const 4)) (i64.const 15))))
        (i64.or
          (i64.and (i64.add (local.get $digits) ${i64(0x06)}) ${i64(0x10)})
          ;; a blank behind what is none
          (i64.and (i64.shr_u (local.get $blank) (i64.const 8)) (i64.xor (local.get $blank) (i64.const -1))))))
      (then (return (i64.const -1))))
    (local.set $first (i64.ctz (i64.xor (local.get $blank) ${i64(0x10)})))
    (if (i64.eq (local.get $first) (i64.const 64)) (then (return (i64.const -1))))
    ;; a nought in front of other digits
    (if (i64.lt_u (local.get $first) (i64.const 60))
      (then (if (i64.eqz (i64.and (i64.shr_u (local.get $digits) (i64.sub (local.get $first) (i64.const 4))) (i64.const 0xff)))
        (then (return (i64.const -1))))))
    ${joined("$digits")})

  (func $upTo16 (param $high i64) (param $low i64) (result i64)
    (if (i64.eq (local.get $high) ${blanks}) (then (return (call $upTo8 (local.get $low)))))
    (local.set $high (call $upTo8 (local.get $high)))
    (local.set $low (call $digits8 (local.get $low)))
    (if (i32.or (i64.le_s (local.get $high) (i64.const 0)) (i64.lt_s (local.get $low) (i64.const 0)))
      (then (return (i64.const -1))))
    (i64.add (i64.mul (local.get $high) (i64.const 100000000)) (local.get $low)))`;
