import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NumberColumn, SmallNumberColumn, TimeColumn } from "./columns.ts";

const writesUpTo = (largest: number) =>
  fc.array(
    fc.tuple(
      fc.nat(5000),
      fc.oneof(
        fc.nat(70_000),
        fc.integer({ min: 0, max: largest }),
        fc.constantFrom(
          ...[0, 0xffff, 0x1_0000, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 2_147_483_648].filter(
            (edge) => edge <= largest,
          ),
        ),
      ),
    ),
  );

for (const [name, largest, make] of [
  ["numbers", Number.MAX_SAFE_INTEGER, (capacity: number) => new NumberColumn(capacity)],
  ["small numbers", 0xffff_ffff, (capacity: number) => new SmallNumberColumn(capacity)],
  ["times", 9_999_999_999_999, (capacity: number) => new TimeColumn(capacity)],
] as const) {
  test(`a column of ${name} gives back what was put in, however large, also after it has grown`, () => {
    fc.assert(
      fc.property(writesUpTo(largest), writesUpTo(largest), (before, after) => {
        const column = make(6000);
        const plain = new Map<number, number>();
        const put = ([index, value]: readonly [number, number]): void => {
          column.set(index, value);
          plain.set(index, value);
        };
        before.forEach(put);
        column.reserve(20_000);
        after.forEach(put);
        for (const [index, value] of plain) assert.equal(column.get(index), value);
      }),
    );
  });
}
