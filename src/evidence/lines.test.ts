import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { eachLine, eachStretch, longestLine } from "./lines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const buffers = (chunkBytes: number): [Buffer, Buffer] => [
  Buffer.alloc(longestLine + chunkBytes),
  Buffer.alloc(longestLine + chunkBytes),
];
const line = fc.string({ unit: fc.constantFrom("a", "b", "\r", "é"), maxLength: 40 });

test("however a file falls into chunks: whole lines in order, then what stands after the last newline", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lines");
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 30 }),
      line,
      fc.integer({ min: 1, max: 64 }),
      async (lines, tail, size) => {
        const text = lines.map((each) => `${each}\n`).join("") + tail;
        await writeFile(path, text);
        const stretches: string[] = [];
        const take = (bytes: Buffer, start: number, end: number): void => {
          assert.equal(bytes[end - 1], 0x0a, "a stretch ends with its last line");
          stretches.push(bytes.toString("utf8", start, end));
        };
        const read = await eachStretch(path, take, buffers(size));
        assert.deepEqual([read.bytes, read.tail.toString("utf8")], [Buffer.byteLength(text), tail]);
        assert.equal(stretches.join(""), text.slice(0, text.length - tail.length));
      },
    ),
  );
});

test("lines are numbered from 1, and a line without end is none", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lines");
  await writeFile(path, "one\n\nthree\nfour");
  const seen: [string, number][] = [];
  const { lines, tail, bytes } = await eachLine(path, (text, number) => seen.push([text, number]));
  assert.deepEqual(seen, [
    ["one", 1],
    ["", 2],
    ["three", 3],
  ]);
  assert.deepEqual({ lines, tail, bytes }, { lines: 3, tail: "four", bytes: 15 });
});

test("a line of more than a megabyte is refused, not kept; one that was never finished is a torn one", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lines");
  for (const long of ["x".repeat((1 << 20) + 1), "\0".repeat(3 << 20)]) {
    const seen: string[] = [];
    await writeFile(path, `one\n${long}`);
    const { lines, tail, bytes } = await eachLine(path, (text) => seen.push(text));
    assert.deepEqual([seen, lines, bytes, tail === ""], [["one"], 1, 4 + long.length, false]);
    await writeFile(path, `one\n${long}\ntwo\n`);
    await assert.rejects(
      eachStretch(path, () => {}, buffers(1 << 16)),
      /a line of more than 1048576 bytes/,
    );
  }
});
