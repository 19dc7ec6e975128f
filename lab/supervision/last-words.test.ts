import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lastWordsIn } from "./last-words.ts";

test("the last lines of a log, and no words once the log was cleared away with the lab", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-words-"));
  const log = join(folder, "links.log");
  writeFileSync(log, `${Array.from({ length: 20 }, (_, n) => `line ${n}`).join("\n")}\n`);
  assert.equal(lastWordsIn(log), "line 12 | line 13 | line 14 | line 15 | line 16 | line 17 | line 18 | line 19");
  rmSync(folder, { recursive: true });
  assert.equal(lastWordsIn(log), "");
});
