/** balance: do the accounts add up, in total and one by one? It can never replace the set check: a whole transfer lost keeps the total. */
import type { Reading } from "../../evidence/evidence.ts";
import { namesItsAccounts } from "../../evidence/survivor-scan.ts";
import { cite, citedAtMost, notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import { point } from "../interval.ts";
import { needBefore } from "../needs.ts";

interface Sums {
  /** Accounts that do not add up, and where they stand. */
  readonly wrong: { readonly id: number; readonly line: number }[];
  /** Sum of all balances minus sum of all openings: 0 when money was neither made nor lost. */
  readonly difference: number;
  /** The payments' rows could be added up by account, because every row names its accounts. */
  readonly recomputed: boolean;
}

export function accountSums(reading: Reading): Sums {
  const recomputed = reading.foreign.every(({ value }) => namesItsAccounts(value));
  const seen = new Set<number>();
  const wrong: Sums["wrong"] = [];
  let difference = 0;
  for (const { value, line } of reading.accounts) {
    const { id, opening, balance, posted } = value;
    difference += balance - opening;
    const ofRows = reading.posted[id] ?? 0;
    if (seen.has(id) || balance !== opening + posted || (recomputed && posted !== ofRows)) wrong.push({ id, line });
    seen.add(id);
  }
  return { wrong, difference, recomputed };
}

/** Accounts that one reading has and another has not, or with another opening. */
function changedAccounts(readings: readonly Reading[]): number {
  const [first, ...others] = readings.filter(({ accounts }) => accounts.length > 0);
  if (first === undefined) return 0;
  const openings = new Map(first.accounts.map(({ value }) => [value.id, value.opening]));
  let changed = 0;
  for (const other of others) {
    const here = new Map(other.accounts.map(({ value }) => [value.id, value.opening]));
    for (const [id, opening] of openings) if (here.get(id) !== opening) changed += 1;
    for (const id of here.keys()) if (!openings.has(id)) changed += 1;
  }
  return changed;
}

export const balance: Check = {
  id: "balance",
  title: "Accounts that do not add up",
  objective: () => ({ op: "<=", limit: 0, unit: "count" }),
  measure: (facts) => {
    // All readings must have the same accounts with the same openings, the one from before the replay too.
    needBefore(facts.evidence);
    const readings = facts.finalReadings().filter(({ accounts }) => accounts.length > 0);
    const [reading] = readings;
    if (reading === undefined) return notMeasurable("the system's export has no accounts", "count");
    // Nothing was under way when either was taken: an account that is wrong in one of them was wrong.
    const sums = readings.map((one) => ({ file: one.file, ...accountSums(one) }));
    const wrong = new Set(sums.flatMap((one) => one.wrong.map(({ id }) => id)));
    const difference = sums.map((one) => one.difference).find((off) => off !== 0) ?? 0;
    const recomputed = sums.every((one) => one.recomputed);
    const changed = changedAccounts(facts.evidence.readings);
    const count = wrong.size + changed + (difference === 0 ? 0 : 1);
    const checked = recomputed
      ? "each equals its opening plus its payments"
      : "each equals its opening plus what it says was posted (rows of others name no accounts)";
    const parts = [
      wrong.size > 0 ? `${plural(wrong.size, "account")} with a balance that its opening and payments do not give` : "",
      difference !== 0 ? `the sum of all balances is off by ${difference} minor units` : "",
      changed > 0 ? `${plural(changed, "account")} came, went or changed opening between readings` : "",
    ].filter((part) => part !== "");
    const reason =
      count === 0
        ? `${plural(reading.accounts.length, "account")}: ${checked}, and the total is unchanged`
        : parts.join("; ");
    return {
      measured: point(count),
      unit: "count",
      reason,
      evidence: sums
        .flatMap((one) =>
          cite(
            one.file,
            one.wrong.map(({ line }) => line),
          ),
        )
        .slice(0, citedAtMost),
    };
  },
};
