/** G11: what the second witness adds to the belief in the load's own ledger, or takes from it. */
import { plural } from "../check.ts";
import type { Facts } from "../facts.ts";
import type { Witness } from "../witness.ts";
import { missingWitness } from "../gaps.ts";
import { offeredAgain } from "../repeats.ts";
import { untimed } from "../schedule.ts";
import { Unmeasured } from "../unmeasured.ts";

export interface SecondWitness {
  /** Why the record cannot be believed. */
  readonly wrong: readonly string[];
  /** To be disclosed. */
  readonly note: string;
}

export function secondWitness(facts: Facts): SecondWitness {
  const promised = facts.evidence.manifest?.witness;
  const second = facts.second();
  if (second === null) {
    const missing = missingWitness(facts);
    const alone = "no second witness wrote beside the load: nothing but its own ledger tells what was acknowledged";
    return missing === null ? { wrong: [], note: alone } : { wrong: [missing], note: "" };
  }
  const { ledger, outcomes } = second;
  const { ratePerMinute } = ledger.header;
  const wrong: string[] = [];
  if (promised !== undefined && promised.ratePerMinute !== ratePerMinute)
    wrong.push(`${ledger.file} says ${ratePerMinute} a minute, the manifest ${promised.ratePerMinute}`);
  const left = leftOut(second);
  if (left > 0) wrong.push(`the second witness was held up and left out ${plural(left, "write")}`);
  const { starved = 0, untraced = 0 } = facts.secondService()?.schedule ?? {};
  if (untraced > 0) wrong.push(`${plural(untraced, "write")} of the second witness left no trace`);
  if (starved > 0)
    wrong.push(
      `${plural(starved, "write")} of the second witness found no port or file descriptor left on its machine`,
    );
  const again = offeredAgain(second).length;
  if (again > 0)
    wrong.push(`${plural(again, "write")} of the second witness reached the service more often than it was sent`);
  const { acknowledged, attempted } = outcomes.counts;
  const said = `the second witness (${acknowledged} of ${plural(attempted, "write")} acknowledged)`;
  try {
    const agreement = facts.agreement();
    if (agreement === null) return { wrong, note: `${said} has no load to be compared with` };
    const apart = [...agreement.loss, ...agreement.epochs, ...agreement.outages];
    wrong.push(...apart.map((contradiction) => `the witnesses disagree: ${contradiction}`));
    return {
      wrong,
      note:
        apart.length === 0
          ? `${said} agrees with the load on losses${untimed(facts.schedule()) === null ? ", epochs and outages" : " and epochs"}`
          : "",
    };
  } catch (error) {
    if (!(error instanceof Unmeasured)) throw error;
    return { wrong: [...wrong, `${said} could not be compared with the load: ${error.message}`], note: "" };
  }
}

const leftOut = ({ ledger }: Witness): number =>
  Math.max(0, ...ledger.marks.map(({ value }) => (value.mark === "drop" ? value.n : 0)));
