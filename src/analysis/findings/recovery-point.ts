/** rpo.time, rpo.count, rpo.amount: what was acknowledged and lost when the fault struck, before any replay; residual: what stayed lost. */
import { cite, disputed, plural, spoken } from "../check.ts";
import type { Check, Measurement } from "../check.ts";
import { effectiveAt, faultIfKnown } from "../facts.ts";
import type { Facts } from "../facts.ts";
import type { Witness } from "../witness.ts";
import { recordGaps } from "../gaps.ts";
import { gap, toMs } from "../interval.ts";
import type { Interval } from "../interval.ts";
import { ackOf, sumMinor } from "../loss.ts";
import { needBefore, needFinal, needJournal, needLedgers, needProbes } from "../needs.ts";
import { recoveryPoint } from "../recovery-point.ts";
import type { RecoveryPoint, WitnessWrites } from "../recovery-point.ts";
import { Unmeasured } from "../unmeasured.ts";
import type { Citation } from "../../evidence/citation.ts";

function witnessesWith(facts: Facts): readonly Witness[] {
  const witnesses = facts.witnesses();
  if (witnesses.length === 0) throw new Unmeasured("there is no ledger");
  if (witnesses.every(({ outcomes }) => outcomes.counts.acknowledged === 0))
    throw new Unmeasured("no write was ever acknowledged: nothing was promised that could be lost");
  return witnesses;
}

/** Before any replay, or in the end. */
type When = "before" | "final";

const lostBy =
  (when: When) =>
  (witness: Witness): WitnessWrites => ({
    arrivals: witness.ledger.arrivals,
    outcomes: witness.outcomes,
    lost: witness[when].lost,
  });

/** The acknowledgements of lost writes, oldest first. */
function promises(witnesses: readonly Witness[], when: When): Citation[] {
  return witnesses.flatMap((witness) => {
    const { ledger, outcomes } = witness;
    return cite(
      ledger.file,
      witness[when].lost.map((seq) => ackOf(ledger.arrivals, outcomes, seq).line),
    );
  });
}

/** Two witnesses that place the loss at different times: one of their ledgers has gaps, so neither the time nor the count can be believed. */
const agreed = (facts: Facts, measurement: Measurement): Measurement =>
  // Whose promise it was, the old writer's or the new one's, its epoch and Region tell.
  disputed(measurement, [...(facts.agreement()?.loss ?? []), ...(facts.agreement()?.epochs ?? [])]);

const total = (witnesses: readonly Witness[], of: (witness: Witness) => number): number =>
  witnesses.reduce((sum, witness) => sum + of(witness), 0);

/** Undecided writes that were sent before the fault: they may have been applied and then lost. */
function undecidedBefore(facts: Facts, { ledger, before }: Witness): readonly number[] {
  const until = faultIfKnown(facts)?.hi ?? Number.POSITIVE_INFINITY;
  return before.undecided.filter((seq) => ledger.arrivals.sentUs(seq) <= until);
}

export const rpoTime: Check = {
  id: "rpo.time",
  title: "Data loss in time, before replay: age of the oldest acknowledged write that was lost",
  objective: ({ objectives }) => ({ op: "<", limit: objectives.rpoMs, unit: "ms" }),
  doubts: recordGaps,
  measure: (facts) => {
    needJournal(facts.evidence);
    needLedgers(facts.evidence);
    needBefore(facts.evidence);
    needProbes(facts.evidence, ["inside-primary"]);
    const witnesses = witnessesWith(facts);
    const fault = effectiveAt(facts);
    const loss = recoveryPoint(witnesses.map(lostBy("before")), fault);
    const { interval, lost, tail, holes } = loss;
    const measured = toMs(interval);
    const reason =
      lost === 0
        ? `nothing acknowledged was lost; what was written up to ${spoken({ lo: measured.hi ?? measured.lo, hi: measured.hi })} before the fault could have been lost without our having written just then`
        : `${reach(loss)}, ${plural(lost, "acknowledged write")} lost${tail > 0 ? `, ${tail} of them acknowledged after the fault took effect` : ""}${holes > 0 ? `; the loss is scattered: ${plural(holes, "later write")} survived` : ""}`;
    const evidence = promises(witnesses, "before");
    return agreed(facts, { measured, unit: "ms", reason: `${reason}; ${atRisk(facts, fault.lo, measured)}`, evidence });
  },
};

/** From where to where the loss reaches, seen from the fault. */
function reach({ interval, age, after, lost, tail }: RecoveryPoint): string {
  if (tail === 0) return `${spoken(toMs(interval))} before the fault`;
  const behind = `${spoken(toMs(after))} after`;
  return tail === lost ? `${behind} the fault` : `from ${spoken(toMs(age))} before the fault to ${behind} it`;
}

const lagWatchedUs = 60_000_000;
/** A source that computed its figure longer ago shows the past: Aurora's freezes when its primary is gone. */
const oldestLagUs = 10_000_000;

/** G3: without a lag before the fault nothing was at risk, and a small RPO says little. The lag is the system's own estimate: never the RPO. */
function atRisk(facts: Facts, untilUs: number, loss: Interval): string {
  const near = facts.evidence.lag
    .map(({ value }) => value)
    .filter(({ us }) => us <= untilUs && us > untilUs - lagWatchedUs);
  const fresh = near.filter(({ us, computedUs }) => computedUs === null || us - computedUs <= oldestLagUs);
  const lags = fresh.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));
  const newest = lags.at(-1);
  if (newest === undefined) {
    const why =
      near.length === 0 ? "was not watched" : "was not stated, or only with figures computed more than 10 s before";
    return `replication lag ${why} in the minute before, so how much was at risk is not known`;
  }
  const most = Math.max(...lags);
  if (most === 0) return "replication lag was 0 in the minute before: nothing was at risk, so this says little";
  const { ratePerMinute, writeEvery } = facts.evidence.manifest?.load ?? { ratePerMinute: 0, writeEvery: 1 };
  const writes = Math.round(((newest / 60_000) * ratePerMinute) / writeEvery);
  const [first, last] = [fresh[0]?.us ?? 0, fresh.at(-1)?.us ?? 0];
  const slackMs = (2 * (last - first)) / 1000 / Math.max(1, fresh.length - 1);
  const apart = gap(loss, { lo: newest, hi: most }) > slackMs;
  return `replication lag in the minute before: up to ${most} ms, at last ${newest} ms (about ${plural(writes, "write")} at risk)${apart ? ", which does not fit the loss" : ""}`;
}

export const rpoCount: Check = {
  id: "rpo.count",
  title: "Data loss in transactions, before replay",
  objective: ({ objectives }) =>
    objectives.rpoCount === undefined ? null : { op: "<=", limit: objectives.rpoCount, unit: "count" },
  doubts: recordGaps,
  measure: (facts) => {
    needLedgers(facts.evidence);
    needBefore(facts.evidence);
    const witnesses = witnessesWith(facts);
    const lost = total(witnesses, ({ before }) => before.lost.length);
    const undecided = total(witnesses, (witness) => undecidedBefore(facts, witness).length);
    const later = total(witnesses, ({ brokenLater }) => brokenLater.length);
    const measured = { lo: lost, hi: lost + undecided };
    const reason = `${lost} of ${total(witnesses, ({ outcomes }) => outcomes.counts.acknowledged)} acknowledged writes lost; ${undecided} more were under way at the fault, never acknowledged, and are not there${later > 0 ? `; ${plural(later, "promise")} more, of a writer that took over later, ${later === 1 ? "was" : "were"} broken, too` : ""}`;
    const evidence = promises(witnesses, "before");
    return agreed(facts, { measured, judged: point(lost), unit: "count", reason, evidence });
  },
};

export const rpoAmount: Check = {
  id: "rpo.amount",
  title: "Data loss in money, before replay",
  objective: ({ objectives }) =>
    objectives.rpoAmountMinor === undefined ? null : { op: "<=", limit: objectives.rpoAmountMinor, unit: "minor" },
  doubts: recordGaps,
  measure: (facts) => {
    needLedgers(facts.evidence);
    needBefore(facts.evidence);
    const witnesses = witnessesWith(facts);
    const lost = total(witnesses, ({ ledger, before }) => sumMinor(ledger.arrivals, before.lost));
    const undecided = total(witnesses, (witness) => sumMinor(witness.ledger.arrivals, undecidedBefore(facts, witness)));
    const accounts = new Set<number>();
    let largest = 0;
    for (const { ledger, before } of witnesses) {
      for (const seq of before.lost) {
        accounts.add(ledger.arrivals.from(seq)).add(ledger.arrivals.to(seq));
        largest = Math.max(largest, ledger.arrivals.amountMinor(seq));
      }
    }
    const reason = `${lost} minor units in lost acknowledged writes (${plural(accounts.size, "account")} affected, the largest loss ${largest}); ${undecided} more in undecided ones`;
    const measured = { lo: lost, hi: lost + undecided };
    const evidence = promises(witnesses, "before");
    return agreed(facts, { measured, judged: point(lost), unit: "minor", reason, evidence });
  },
};

const point = (value: number): Interval => ({ lo: value, hi: value });

export const residual: Check = {
  id: "residual",
  title: "Acknowledged writes still missing after reconciliation",
  objective: ({ objectives }) => ({ op: "<=", limit: objectives.residual, unit: "count" }),
  doubts: recordGaps,
  measure: (facts) => {
    needLedgers(facts.evidence);
    needFinal(facts.evidence);
    const witnesses = witnessesWith(facts);
    const missing = total(witnesses, ({ final }) => final.lost.length);
    const brought = total(witnesses, ({ before, presentFinal }) => before.lost.filter(presentFinal).length);
    const minor = total(witnesses, ({ ledger, final }) => sumMinor(ledger.arrivals, final.lost));
    const vanished = total(witnesses, (witness) => vanishedSince(facts, witness));
    const back = brought > 0 ? `; ${plural(brought, "lost one")} replayed` : "";
    const late = vanished > 0 ? `; ${vanished} were there in the first final reading and gone in the second` : "";
    const reason =
      missing === 0
        ? `all ${total(witnesses, ({ outcomes }) => outcomes.counts.acknowledged)} acknowledged writes are there${back}`
        : `${plural(missing, "acknowledged write")} missing for good, ${minor} minor units${ageAfter(facts, witnesses)}${back}${late}`;
    return { measured: point(missing), unit: "count", reason, evidence: promises(witnesses, "final") };
  },
};

/** RPO in time after reconciliation: how far back what is missing for good reaches, where the time of the fault is known. */
function ageAfter(facts: Facts, witnesses: readonly Witness[]): string {
  const effective = faultIfKnown(facts);
  if (effective === null) return "";
  const missing = recoveryPoint(witnesses.map(lostBy("final")), effective);
  return `, ${reach(missing)}`;
}

/** Flutter: acknowledged writes that the first final reading had and the last has not. */
function vanishedSince(facts: Facts, { ledger, final }: Witness): number {
  const [, first] = facts.finalReadings();
  const presence = first?.presence.get(ledger.header.witness);
  return presence === undefined ? 0 : final.lost.filter((seq) => presence.has(seq)).length;
}
