import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isCorrupt, isDoubleEffect, isSound, isTorn, Presence } from "./presence.ts";
import type { Condition } from "./presence.ts";
import { isRefused } from "./refused.ts";

const sound: Condition = {
  otherBody: false,
  otherFields: false,
  debits: 1,
  credits: 1,
  balanced: true,
  region: 1,
  epoch: 1,
  replayed: false,
};

test("torn, corrupt, twice in effect: each alone makes a row unsound, and is not taken for another", () => {
  const cases: readonly (readonly [Partial<Condition>, boolean, boolean, boolean])[] = [
    [{}, false, false, false],
    [{ debits: 0 }, true, false, false],
    [{ credits: 0 }, true, false, false],
    [{ debits: 0, credits: 0 }, true, false, false],
    [{ balanced: false }, true, false, false],
    [{ otherBody: true }, false, true, false],
    [{ otherFields: true }, false, true, false],
    [{ debits: 2 }, false, false, true],
    [{ credits: 2 }, false, false, true],
    [{ debits: 2, credits: 2 }, false, false, true],
    [{ region: 0, epoch: 9, replayed: true }, false, false, false],
  ];
  for (const [change, torn, corrupt, double] of cases) {
    const row = { ...sound, ...change };
    const found = [isTorn(row), isCorrupt(row), isDoubleEffect(row), isSound(row)];
    assert.deepEqual(found, [torn, corrupt, double, !(torn || corrupt || double)], JSON.stringify(change));
  }
});

test("a condition comes back as it was put in, under a number of its own, the same each time", () => {
  const condition = fc.record({
    flags: fc.nat(15),
    debits: fc.nat(99),
    credits: fc.nat(99),
    region: fc.nat(9),
    epoch: fc.oneof(fc.nat(3), fc.nat(99_999)),
  });
  fc.assert(
    fc.property(fc.array(condition, { minLength: 1, maxLength: 30 }), (given) => {
      const presence = new Presence(1);
      const number = ({ flags, debits, credits, region, epoch }: (typeof given)[number]): number =>
        presence.conditionNumber(flags, debits, credits, region, epoch);
      const numbers = given.map(number);
      for (const [index, one] of given.entries()) {
        const { flags, debits, credits, region, epoch } = one;
        assert.deepEqual(presence.conditions[numbers[index] ?? -1], {
          otherBody: (flags & 1) !== 0,
          otherFields: (flags & 2) !== 0,
          balanced: (flags & 4) === 0,
          replayed: (flags & 8) !== 0,
          debits,
          credits,
          region,
          epoch,
        });
        assert.equal(number(one), numbers[index]);
      }
      const distinct = new Set(given.map((one) => JSON.stringify(Object.values(one))));
      assert.equal(presence.conditions.length, distinct.size);
    }),
  );
});

test("no two different conditions share a number", () => {
  const presence = new Presence(1);
  const counts = [0, 1, 2, 3, 50, 75, 99];
  let different = 0;
  for (let flags = 0; flags < 16; flags += 1)
    for (const debits of counts)
      for (const credits of counts)
        for (let region = 0; region < 10; region += 1)
          for (const epoch of [0, 1, 2, 10, 99]) {
            assert.equal(presence.conditionNumber(flags, debits, credits, region, epoch), different);
            different += 1;
          }
  assert.equal(presence.conditions.length, different);
});

test("the first row, and the first beyond what was expected", () => {
  const presence = new Presence(4);
  assert.deepEqual([presence.size, presence.rows, presence.phantoms, presence.doubles], [0, 0, [], []]);
  const number = presence.conditionNumber(1, 0, 0, 0, 0);
  assert.equal(presence.conditions[number]?.otherBody, true);
  presence.put(0, number, 2);
  assert.deepEqual([presence.size, presence.has(0), presence.has(1)], [1, true, false]);
  presence.put(1, number, 3);
  assert.equal(presence.size, 2);
  presence.put(1024, number, 4);
  assert.deepEqual([presence.size, presence.has(1023), presence.condition(1024)?.otherBody], [1025, false, true]);
});

test("how many rows a seq has, the condition of the first, all further ones and all unsound ones by line", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(15)), { maxLength: 60 }), (rows) => {
      const presence = new Presence(1);
      rows.forEach(([seq, flags], line) => presence.put(seq, presence.conditionNumber(flags, 1, 1, 1, 1), line));
      const first = new Map<number, number>();
      const later: number[] = [];
      rows.forEach(([seq], line) => (first.has(seq) ? later.push(line) : first.set(seq, line)));
      assert.equal(presence.rows, rows.length);
      assert.equal(presence.size, Math.max(0, ...rows.map(([seq]) => seq + 1)));
      for (const seq of [...first.keys(), 3001, 99_999]) {
        const lines = rows.flatMap(([other], line) => (other === seq ? [line] : []));
        assert.equal(presence.has(seq), lines.length > 0);
        const flags = rows[lines[0] ?? -1]?.[1];
        assert.equal(presence.condition(seq)?.replayed, flags === undefined ? undefined : (flags & 8) !== 0);
      }
      assert.deepEqual(
        presence.doubles.map(({ seq, line }) => [seq, line]),
        later.map((line) => [rows[line]?.[0], line]),
      );
      assert.deepEqual(
        presence.unsound.map(({ seq, line }) => [seq, line]),
        rows.flatMap(([seq, flags], line) => ((flags & 7) === 0 ? [] : [[seq, line]])),
      );
    }),
  );
});

test("a seq of which any row is not a replay has an original, in whatever order its rows come", () => {
  for (const flags of [
    [8, 0],
    [0, 8],
    [8, 8, 0],
  ]) {
    const presence = new Presence(4);
    flags.forEach((flag, line) => presence.put(1, presence.conditionNumber(flag, 1, 1, 1, 1), line));
    presence.put(2, presence.conditionNumber(8, 1, 1, 1, 1), 9);
    presence.put(2, presence.conditionNumber(8, 1, 1, 1, 1), 10);
    assert.deepEqual(
      [0, 1, 2].map((seq) => presence.hasOriginal(seq)),
      [false, true, false],
      flags.join(),
    );
  }
});

test("rows that are put in together are as rows put in one by one, in consecutive lines", () => {
  const [one, all] = [new Presence(4), new Presence(4)];
  const seqs = [3, 0, 3, 1500];
  for (const presence of [one, all]) presence.conditionNumber(0, 1, 1, 1, 1);
  const torn = all.conditionNumber(0, 0, 1, 1, 1);
  assert.equal(one.conditionNumber(0, 0, 1, 1, 1), torn);
  all.putAll(Float64Array.from([...seqs, 7]), seqs.length, torn, 20);
  seqs.forEach((seq, n) => one.put(seq, torn, 20 + n));
  assert.deepEqual([all.rows, all.size, all.doubles, all.unsound], [one.rows, one.size, one.doubles, one.unsound]);
  assert.deepEqual([all.has(7), all.has(1500)], [false, true]);
});

test("of a seq with very many rows none is forgotten", () => {
  const presence = new Presence(4);
  const number = presence.conditionNumber(0, 1, 1, 1, 1);
  for (let line = 0; line < 600; line += 1) presence.put(2, number, line);
  assert.deepEqual([presence.has(2), presence.doubles.length, presence.rows], [true, 599, 600]);
});

test("more different conditions than there are numbers are refused, not mixed up", () => {
  const presence = new Presence(1);
  for (let epoch = 0; epoch < 65_536; epoch += 1) presence.conditionNumber(0, 1, 1, 1, epoch);
  presence.put(0, 65_535, 2);
  assert.equal(presence.condition(0)?.epoch, 65_535);
  assert.ok(isRefused(presence.conditionNumber(0, 1, 1, 1, 65_536)));
  assert.equal(presence.conditions.length, 65_536, "of what is refused nothing is kept");
  assert.equal(presence.conditionNumber(0, 1, 1, 1, 65_535), 65_535);
});
