import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NumberColumn, TimeColumn } from "./columns.ts";

const writes = fc.array(
  fc.tuple(
    fc.nat(5000),
    fc.oneof(
      fc.nat(),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      fc.constantFrom(0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 2_147_483_648),
    ),
  ),
);

for (const [name, make] of [
  ["numbers", (capacity: number) => new NumberColumn(capacity)],
  ["times", (capacity: number) => new TimeColumn(capacity)],
] as const) {
  test(`a column of ${name} gives back what was put in, however large, also after it has grown`, () => {
    fc.assert(
      fc.property(writes, writes, (before, after) => {
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
