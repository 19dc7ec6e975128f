import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { test } from "node:test";
import assembler from "wabt";
import { wat } from "./decode-wat.ts";

const file = new URL("./decode.wasm", import.meta.url);
const features = { threads: true, simd: true };

test("decode.wasm is what decode-wat.ts says", async () => {
  const wabt = await assembler();
  const module = wabt.parseWat("decode.wat", wat(), features);
  const { buffer } = module.toBinary({});
  // To write it anew: node --import tsx src/evidence/decode-wat.test.ts --write
  if (argv.includes("--write")) await writeFile(file, buffer);
  assert.deepEqual(Buffer.from(buffer), await readFile(file));
});
