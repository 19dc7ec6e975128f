import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { argv } from "node:process";
import { test } from "node:test";
import { verdictSchemaText } from "./verdict-schema.ts";

const file = new URL("../../reports/verdict.schema.json", import.meta.url);

test("reports/verdict.schema.json is current", async () => {
  // To write it anew: node --import tsx src/analysis/verdict-schema.test.ts --write
  if (argv.includes("--write")) await writeFile(file, verdictSchemaText());
  assert.deepEqual(JSON.parse(await readFile(file, "utf8")), JSON.parse(verdictSchemaText()));
});
