/** What the benchmark plants is what the judge finds; how fast, `npm run bench` tells. */
import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { differences } from "./answers.ts";
import { askJudge } from "./judged.ts";
import { writeLargeRun } from "./large-run.ts";

for (const seed of [1, 4]) {
  test(`20,000 records, seed ${seed}: the judge finds what was planted, number by number`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "dr-drill-planted-"));
    try {
      const { planted, records, cutUs } = await writeLargeRun(folder, { records: 20_000, seed, writesPerSecond: 20 });
      const { answers, fault } = await askJudge(folder);
      deepEqual(differences(answers, planted), []);
      deepEqual(records, 20_000);
      ok(fault.lo <= cutUs && cutUs <= fault.hi, `the fault at ${cutUs} is not within ${fault.lo} and ${fault.hi}`);
      const { attempted, lost, salvaged, recovered, undecided, failed, duplicated, residual } = planted;
      for (const some of [lost, salvaged, recovered, undecided, failed, duplicated, residual])
        ok(some !== undefined && some > 0, "nothing of one kind was planted: the test would prove nothing about it");
      deepEqual(attempted, 10_000);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("answers that differ are told, with both numbers", () => {
  const lost = { lost: 3 } as Parameters<typeof differences>[0];
  deepEqual(differences(lost, { lost: 3 }), []);
  deepEqual(differences(lost, { lost: 4 }), ["lost: 3 and 4"]);
});
