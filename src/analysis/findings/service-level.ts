/** availability and functional: what the drill cost its customers as a whole, and whether the application works after it. */
import type { Citation } from "../../evidence/citation.ts";
import { notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import type { Facts } from "../facts.ts";
import { point } from "../interval.ts";
import { needJournal, needLedgers, needProbes } from "../needs.ts";
import { bad, good } from "../service.ts";
import { Unmeasured } from "../unmeasured.ts";
import { trustedRestoration } from "./recovery-time.ts";
import { movement } from "../clock-table.ts";

/** The reference system promises 99.99 % (52.56 min a year). */
const promisedAvailability = 0.9999;
const daysOfBudget = 30;

export interface Tally {
  readonly good: number;
  readonly bad: number;
  /** Of the bad ones: those that the load generator itself never sent. */
  readonly unsent: number;
}

export function arrivalsTally(facts: Facts): Tally {
  const { verdicts, schedule } = facts.service();
  let [goods, bads] = [0, schedule.dropped];
  for (const verdict of verdicts) {
    if (verdict === good) goods += 1;
    else if (verdict === bad) bads += 1;
  }
  return {
    good: goods,
    bad: bads,
    unsent: schedule.dropped + schedule.starved + schedule.untraced + schedule.unanswered,
  };
}

const millionth = (ratio: number, round: (value: number) => number): number => round(ratio * 1e6) / 1e6;

export const availability: Check = {
  id: "availability",
  title: "Share of due arrivals that were served well, over the whole drill",
  objective: ({ objectives }) =>
    objectives.availability === undefined ? null : { op: ">=", limit: objectives.availability, unit: "ratio" },
  measure: (facts) => {
    needLedgers(facts.evidence);
    if (!facts.schedule().complete)
      throw new Unmeasured("the ledger was cut short: nobody knows how the rest was served");
    const { good: goods, bad: bads, unsent } = arrivalsTally(facts);
    const all = goods + bads;
    if (all === 0) throw new Unmeasured("the load sent nothing");
    // What was never sent the system might have served well.
    const [least, most] = [goods / all, Math.min(1, (goods + unsent) / all)];
    const rate = facts.load()?.ledger.header.ratePerMinute ?? 0;
    const budget = (1 - promisedAvailability) * rate * 60 * 24 * daysOfBudget;
    const spent = `${((100 * bads) / budget).toFixed(1)} % of what ${promisedAvailability * 100} % allows in ${daysOfBudget} days at this rate`;
    const reason = `${goods} of ${all} due arrivals were right and in time; ${bads} were not${unsent === 0 ? "" : `, ${unsent} of them never sent or not on record`}: ${spent}`;
    return { measured: { lo: millionth(least, Math.floor), hi: millionth(most, Math.ceil) }, unit: "ratio", reason };
  },
};

interface Proof {
  readonly what: string;
  readonly ok: boolean;
  readonly evidence: Citation;
}

export const functional: Check = {
  id: "functional",
  title: "The application works after the recovery",
  objective: () => ({ op: ">=", limit: 1, unit: "ratio" }),
  measure: (facts) => {
    needJournal(facts.evidence);
    needProbes(facts.evidence, ["journey"]);
    const proofs = [...verification(facts), ...journeys(facts)];
    if (proofs.length === 0)
      return notMeasurable("the drill has neither a journey probe nor a verification step", "ratio");
    const passed = proofs.filter(({ ok }) => ok).length;
    const failures = proofs.filter(({ ok }) => !ok).map(({ what }) => what);
    const reason =
      failures.length === 0
        ? `passed: ${proofs.map(({ what }) => what).join("; ")}`
        : `failed: ${failures.join("; ")} (${passed} of ${proofs.length} passed)`;
    return {
      measured: point(millionth(passed / proofs.length, Math.floor)),
      unit: "ratio",
      reason,
      evidence: proofs.map(({ evidence }) => evidence),
    };
  },
};

function verification(facts: Facts): Proof[] {
  const name = facts.drill.failover?.movements.verify;
  if (name === undefined) return [];
  const { end, outcome } = movement(facts, "verify");
  // A verification that the runbook never came to, or did not carry through, has found nothing wrong.
  if (end.at === null && outcome !== "failed") throw new Unmeasured(end.reason);
  const [evidence = { file: "journal.ndjson" }] = end.evidence;
  return [{ what: `the runbook's ${name}`, ok: end.at !== null, evidence }];
}

/** A customer's journeys after service was restored; those before the fault must have worked, or they prove nothing. */
function journeys(facts: Facts): Proof[] {
  const probes = facts.evidence.probes.filter(({ header }) => header.kind === "journey");
  if (probes.length === 0) return [];
  const { effective, commanded } = facts.fault();
  const faultUs = effective?.lo ?? commanded?.lo ?? Number.POSITIVE_INFINITY;
  const { at, reads, writes } = trustedRestoration(facts);
  const { hi } = at;
  // An observation that was cut off, or too short for a whole window, does not show that the application would not have worked.
  const isDown = [reads, writes].some((held) => held !== null && held.at.hi === null && held.seemsBack !== true);
  if (hi === null && (!isDown || !facts.schedule().complete))
    throw new Unmeasured("service was not watched for long enough to tell whether it was restored");
  return probes.flatMap(({ header, lines, file }): Proof[] => {
    const before = lines.filter(({ value }) => value.endUs <= faultUs);
    if (!before.some(({ value }) => value.ok))
      throw new Unmeasured(`${header.probe}: the journey did not work before the fault either, or was not made`);
    const after = hi === null ? [] : lines.filter(({ value }) => value.startUs >= hi);
    if (hi !== null && after.length === 0)
      throw new Unmeasured(`${header.probe}: no journey was made after service was restored`);
    if (hi === null) return [{ what: `${header.probe}: service was not restored`, ok: false, evidence: { file } }];
    return after.map(({ value, line }) => ({
      what: `${header.probe} ${plural(Math.round((value.startUs - hi) / 1e6), "second")} after service was restored${value.ok ? "" : ` (${value.error ?? "not ok"})`}`,
      ok: value.ok,
      evidence: { file, line },
    }));
  });
}
