/** Asks the harness's own code what DuckDB is asked too: everything from the files on, except the SEAL, which has no counterpart there. */
import { factsOf } from "../../src/analysis/facts.ts";
import { duplicates } from "../../src/analysis/findings/integrity.ts";
import { rpoAmount, rpoTime } from "../../src/analysis/findings/recovery-point.ts";
import { lossTable } from "../../src/analysis/loss-table.ts";
import { loadEvidence } from "../../src/evidence/load.ts";
import { listDigest } from "./answers.ts";
import type { Answers } from "./answers.ts";
import type { FaultTime } from "./duckdb-questions.ts";

export async function askJudge(folder: string): Promise<{ readonly answers: Answers; readonly fault: FaultTime }> {
  const evidence = await loadEvidence(folder, { checkSeal: false });
  const { manifest, drill } = evidence;
  if (manifest === null || drill === null) throw new Error("there is no manifest");
  const { primaryRegion: primary, secondaryRegion: secondary } = manifest.environment;
  const facts = factsOf(evidence, drill, { primary, secondary });
  const { transactions, lost, undecided } = lossTable(facts);
  const age = rpoTime.measure(facts).measured;
  const amount = rpoAmount.measure(facts).measured;
  const fault = facts.fault().effective;
  if (age === null || amount === null || fault === null) throw new Error("the loss could not be measured");
  const answers = {
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
  return { answers, fault: { lo: fault.lo, hi: fault.hi } };
}
