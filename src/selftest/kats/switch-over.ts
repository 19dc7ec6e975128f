/** KATs 13 and 15: two writers at once, and reads that lag behind. */
import { lying } from "../case.ts";
import type { Kat, Outcome } from "../case.ts";
import { counts, equal, finding, holds, says, statusIs, verdictIs } from "../compare.ts";
import { second } from "../liar/script.ts";
import { lossClaims } from "./loss.ts";

/** From the first write of the new writer to the last of the old one. */
function overlapMs({ truth }: Outcome): number {
  const old = truth.acceptedByOld.map(({ committedUs }) => committedUs);
  const fresh = truth.acknowledged.filter(({ region }) => region === 1).map(({ committedUs }) => committedUs);
  return Math.max(0, Math.max(...old) - Math.min(...fresh)) / 1000;
}

const oldWriter: Kat = {
  id: 13,
  title: "the old primary still accepts after the promotion: overlap, tail, breach",
  variants: [
    lying(
      "some customers for 2 s, and 3 of the fence probe's",
      { script: { oldWriter: { afterUs: 300_000, lastsUs: 2 * second, share: 0.4 }, fenceAccepts: 3 } },
      (outcome) => {
        const { acceptedByOld, acceptedFromFence } = outcome.truth;
        const accepted = acceptedByOld.length + acceptedFromFence;
        const { measured } = finding(outcome, "splitBrain");
        return {
          reported: `${finding(outcome, "fenceBreach").measured?.lo} accepted, overlap ${measured?.lo} to ${measured?.hi} ms`,
          claims: [
            equal("the fence probe's", 3, acceptedFromFence),
            counts(outcome, "fenceBreach", accepted),
            holds(outcome, "splitBrain", overlapMs(outcome), 100),
            says(outcome, "rpo.time", new RegExp(`, ${acceptedByOld.length} of them acknowledged after the fault`)),
            ...lossClaims(outcome),
            statusIs(outcome, "splitBrain", "FAIL"),
            statusIs(outcome, "fenceBreach", "FAIL"),
            verdictIs(outcome, "FAIL"),
          ],
        };
      },
    ),
  ],
};

/** One write a second, a read every 20 ms that asks for the last one. */
const watching = { ratePerMinute: 3_000, writeEvery: 50, baselineUs: 8 * second };

const staleness: Kat = {
  id: 15,
  title: "reads that do not see what was promised g ms ago; none when it was merely under way",
  variants: [
    lying(
      "700 ms behind",
      {
        script: {
          stale: ({ faultUs }) => ({ fromUs: faultUs - 7 * second, untilUs: faultUs - second, byUs: 700_000 }),
        },
        drive: watching,
      },
      (outcome) => {
        const { reason } = finding(outcome, "staleReads");
        const oldestMs = Number(/up to (\d+) ms/.exec(reason)?.[1] ?? "0");
        const within = oldestMs <= 700 && oldestMs >= 700 - 60 ? "640 to 700" : String(oldestMs);
        return {
          reported: `${finding(outcome, "staleReads").measured?.lo} stale, up to ${oldestMs} ms`,
          claims: [
            counts(outcome, "staleReads", outcome.truth.staleReads.length),
            equal("stale by, ms", "640 to 700", within),
            statusIs(outcome, "staleReads", "FAIL"),
            verdictIs(outcome, "FAIL"),
          ],
        };
      },
    ),
    lying(
      "concurrent only",
      // A write every 15 ms and two reads behind it: most of them ask for what is just being written.
      { drive: { ratePerMinute: 12_000, readsAskFor: "sent" } },
      (outcome) => ({
        reported: `${finding(outcome, "staleReads").measured?.lo} stale, ${outcome.verdict}`,
        claims: [
          equal("the liar was stale", 0, outcome.truth.staleReads.length),
          counts(outcome, "staleReads", 0),
          verdictIs(outcome, "PASS"),
        ],
      }),
    ),
  ],
};

export const switchOverKats: readonly Kat[] = [oldWriter, staleness];
