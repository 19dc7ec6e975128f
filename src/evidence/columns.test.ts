import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NearColumn, NumberColumn, SmallNumberColumn, TimeColumn } from "./columns.ts";

const writesUpTo = (largest: number, lastIndex: number) =>
  fc.array(
    fc.tuple(
      fc.nat(lastIndex),
      fc.oneof(
        fc.nat(300),
        fc.nat(70_000),
        fc.integer({ min: 0, max: largest }),
        fc.constantFrom(
          ...[
            0, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 2_147_483_648,
          ].filter((edge) => edge <= largest),
        ),
      ),
    ),
  );

for (const [name, largest, make] of [
  ["numbers", Number.MAX_SAFE_INTEGER, (capacity: number) => new NumberColumn(capacity)],
  ["small numbers", 0xffff_ffff, (capacity: number) => new SmallNumberColumn(capacity, 2)],
  ["numbers that are small at first", 0xffff_ffff, (capacity: number) => new SmallNumberColumn(capacity, 1)],
  ["lines", Number.MAX_SAFE_INTEGER - 0x8000, (capacity: number) => new NearColumn(capacity)],
  ["times", 9_999_999_999_999, (capacity: number) => new TimeColumn(capacity)],
] as const) {
  test(`a column of ${name} gives back what was put in, however large, also after it has grown`, () => {
    fc.assert(
      fc.property(writesUpTo(largest, 5_999), writesUpTo(largest, 19_999), (before, after) => {
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

test("what was never put in is 0, also beyond the end", () => {
  for (const column of [new NumberColumn(4), new SmallNumberColumn(4, 1), new SmallNumberColumn(4, 2)])
    assert.deepEqual([column.get(0), column.get(99)], [0, 0]);
});

test("what stands last when a column grows is not left behind", () => {
  for (const make of [
    () => new NumberColumn(4),
    () => new SmallNumberColumn(4, 1),
    () => new SmallNumberColumn(4, 2),
    () => new NearColumn(4),
    () => new TimeColumn(4),
  ]) {
    const column = make();
    column.set(0, 5);
    column.reserve(8);
    assert.equal(column.get(0), 5);
    column.set(1, 6);
    column.reserve(16);
    assert.deepEqual([column.get(0), column.get(1)], [5, 6]);
  }
});

test("at the edges of what two bytes hold, lines are told apart from those kept aside", () => {
  for (const away of [-0x8001, -0x8000, -1, 0, 0x7ffe, 0x7fff, 0x8000]) {
    const column = new NearColumn(4);
    column.set(0, 100_000);
    column.set(1, 100_000 + away);
    assert.equal(column.get(1), 100_000 + away, String(away));
  }
});

test("instants of one block may be half an hour apart and come in any order", () => {
  const column = new TimeColumn(2_000);
  const instants = [5_000_000_000_000, 4_998_200_000_000, 5_001_800_000_000];
  instants.forEach((us, index) => column.set(index, us));
  column.set(1_024, 7);
  assert.deepEqual(
    [0, 1, 2, 1_024].map((index) => column.get(index)),
    [...instants, 7],
  );
});
