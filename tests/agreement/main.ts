/**
 * `npm run agreement -- --drills 10`: does the instrument agree with the disks? Runs that many regional drills, each with a fault at a
 * random phase, and compares what each reports as lost with what is on the old primary's volume and not on the new one, id by id.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { summarise } from "../../src/analysis/summary.ts";
import { loadEvidence } from "../../src/evidence/load.ts";
import { diskTruth } from "../drills/disk-truth.ts";
import { drillCommand, finding, readVerdictFile, reportsFolder } from "../drills/drill-command.ts";

const { values } = parseArgs({ options: { drills: { type: "string", default: "10" } } });
const drills = Number(values.drills);
let agreed = 0;
for (let n = 1; n <= drills; n += 1) {
  using reports = reportsFolder();
  const volumes = mkdtempSync(join(tmpdir(), "dr-drill-volumes-"));
  try {
    const args = ["run", "tests/fixtures/random-phase.drill.ts", "--reports", reports.path, "--no-report"];
    const result = await drillCommand(args, { DRILL_LAB_KEEP: volumes });
    const verdict = readVerdictFile(reports.run());
    const reported = summarise(await loadEvidence(reports.run()), verdict)
      .lost.map((write) => write.id)
      .toSorted();
    const truth = diskTruth(reports.run(), volumes);
    const same = JSON.stringify(reported) === JSON.stringify(truth.lost) && truth.neverThere.length === 0;
    if (same) agreed += 1;
    const rto = finding(verdict, "rto").measured;
    process.stdout.write(
      `drill ${n}: exit ${result.exitCode} · ${truth.acknowledged} acknowledged · reported lost ${reported.length} · on disk ${truth.lost.length} · RTO ${rto?.lo}–${rto?.hi} ms · ${same ? "agree, id by id" : `DISAGREE: reported ${reported.join(" ")}; disk ${truth.lost.join(" ")}; nowhere ${truth.neverThere.join(" ")}`}\n`,
    );
  } finally {
    rmSync(volumes, { recursive: true, force: true });
  }
}
process.stdout.write(`${agreed} of ${drills} agree\n`);
process.exit(agreed === drills ? 0 : 1);
