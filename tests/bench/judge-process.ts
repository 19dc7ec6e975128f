/** Judges one run folder with the harness's own code and answers what DuckDB is asked too; its own process, so that its memory is its own. */
import { factsOf } from "../../src/analysis/facts.ts";
import { duplicates } from "../../src/analysis/findings/integrity.ts";
import { rpoAmount, rpoTime } from "../../src/analysis/findings/recovery-point.ts";
import { lossTable } from "../../src/analysis/loss-table.ts";
import { loadEvidence } from "../../src/evidence/load.ts";
import { listDigest } from "./answers.ts";
import type { Answers } from "./answers.ts";
import { measured } from "./measured.ts";

async function answer(folder: string): Promise<Answers> {
  const evidence = await loadEvidence(folder, { checkSeal: false });
  const { manifest, drill } = evidence;
  if (manifest === null || drill === null) throw new Error("there is no manifest");
  const { primaryRegion: primary, secondaryRegion: secondary } = manifest.environment;
  const facts = factsOf(evidence, drill, { primary, secondary });
  const { transactions, lost, undecided } = lossTable(facts);
  const age = rpoTime.measure(facts).measured;
  const amount = rpoAmount.measure(facts).measured;
  if (age === null || amount === null) throw new Error("the loss could not be measured");
  return {
    attempted: transactions.attempted,
    acknowledged: transactions.acknowledged,
    failed: transactions.failed,
    unknown: transactions.unknown,
    lost: transactions.lost,
    lostMinor: transactions.lostMinor,
    recovered: transactions.recovered,
    undecided: transactions.undecided,
    undecidedMinor: undecided.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    salvaged: transactions.salvaged,
    residual: transactions.residual,
    residualMinor: transactions.residualMinor,
    duplicated: duplicates.measure(facts).measured?.lo ?? -1,
    firstLostAckUs: lost[0]?.ackedUs ?? 0,
    lastLostAckUs: lost.at(-1)?.ackedUs ?? 0,
    rpoLoMs: age.lo,
    rpoHiMs: age.hi ?? -1,
    lostList: listDigest(lost.map(({ seq, ackedUs: us, amountMinor }) => ({ seq, us, amountMinor }))),
  };
}

await measured(() => answer(process.argv[2] ?? ""));
