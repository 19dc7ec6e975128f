/** splitBrain and fenceBreach: did the old writer go on after the new one had begun? (measurement.md §7) */
import type { Citation } from "../../evidence/citation.ts";
import { acknowledged } from "../classify.ts";
import { clockErrorUs } from "../clock-error.ts";
import { cite, citedAtMost, disputed, notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import { epochsOf } from "../epochs.ts";
import type { Epoch } from "../epochs.ts";
import type { Facts } from "../facts.ts";
import { recordGaps } from "../gaps.ts";
import { toMs } from "../interval.ts";
import { ackOf } from "../loss.ts";
import { needJournal, needLedgers, needProbes } from "../needs.ts";
import { movement } from "../clock-table.ts";

const noPromotion = "no write was acknowledged in a second epoch: nothing was promoted";

export const splitBrain: Check = {
  id: "splitBrain",
  title: "Time in which two writers acknowledged",
  objective: ({ drill }) => (drill.failover === null ? null : { op: "<=", limit: 0, unit: "ms" }),
  doubts: recordGaps,
  measure: (facts) => {
    needLedgers(facts.evidence);
    const epochs = epochsOf(facts.witnesses());
    if (epochs.length === 0) return notMeasurable("the system's answers state no write epoch", "ms");
    if (epochs.length === 1) return notMeasurable(noPromotion, "ms");
    let [definite, possible] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    // A clash between any older and any newer epoch is one, not only between neighbours.
    for (const [index, newer] of epochs.entries()) {
      for (const older of epochs.slice(0, index)) {
        definite = Math.max(definite, older.lastSentUs - newer.firstAckUs);
        possible = Math.max(possible, older.lastAckUs - newer.firstSentUs);
      }
    }
    // Writers that are further apart than the clocks are uncertain did not overlap.
    const errorUs = clockErrorUs(facts.evidence);
    const lo = Math.max(0, definite - errorUs);
    const measured = toMs({ lo, hi: Math.max(lo, possible + errorUs) });
    const reason =
      (measured.hi ?? 0) === 0
        ? `the last acknowledgement of each epoch (${epochs.map(({ epoch }) => epoch).join(", ")}) came before the next epoch's first write was sent`
        : `an older writer acknowledged what was sent up to ${measured.lo} ms after a newer one had acknowledged (at most ${measured.hi ?? 0} ms)${conflicts(facts, epochs)}`;
    const evidence = facts.evidence.ledgers.map(({ file }) => ({ file }));
    const found = { measured, unit: "ms", reason, evidence, clockErrorIn: true } as const;
    return measured.lo > 0 ? found : disputed(found, facts.agreement()?.epochs ?? []);
  },
};

const namedAtMost = 8;

/** Accounts to which both writers posted while both may have been at work: theirs are the balances that cannot both be right. */
function conflicts(facts: Facts, epochs: readonly Epoch[]): string {
  const fromUs = Math.min(...epochs.slice(1).map(({ firstSentUs }) => firstSentUs));
  const untilUs = Math.max(...epochs.slice(0, -1).map(({ lastAckUs }) => lastAckUs));
  const writers = new Map<number, Set<number>>();
  for (const { ledger, outcomes } of facts.witnesses()) {
    const { arrivals } = ledger;
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      const ack = ackOf(arrivals, outcomes, seq);
      if (ack.us < fromUs || arrivals.sentUs(seq) > untilUs) continue;
      const epoch = arrivals.answers[ack.answer]?.epoch ?? 0;
      for (const account of [arrivals.from(seq), arrivals.to(seq)])
        writers.set(account, (writers.get(account) ?? new Set()).add(epoch));
    }
  }
  const both = [...writers]
    .filter(([, of]) => of.size > 1)
    .map(([account]) => account)
    .sort((a, b) => a - b);
  if (both.length === 0) return "; no account was posted to by both meanwhile";
  const more = both.length > namedAtMost ? `, and ${both.length - namedAtMost} more` : "";
  return `; ${plural(both.length, "account")} posted to by both meanwhile: ${both.slice(0, namedAtMost).join(", ")}${more}`;
}

export const fenceBreach: Check = {
  id: "fenceBreach",
  title: "Writes that the old primary accepted after the promotion",
  objective: ({ drill }) => (drill.failover === null ? null : { op: "<=", limit: 0, unit: "count" }),
  doubts: recordGaps,
  measure: (facts) => {
    needJournal(facts.evidence);
    needLedgers(facts.evidence);
    needProbes(facts.evidence, ["fence", "inside-primary"]);
    const epochs = epochsOf(facts.witnesses());
    const old = epochs[0];
    const promotedUs = Math.min(
      movement(facts, "promote").end.at?.hi ?? Number.POSITIVE_INFINITY,
      epochs[1]?.firstAckUs ?? Number.POSITIVE_INFINITY,
    );
    if (old === undefined || promotedUs === Number.POSITIVE_INFINITY) return notMeasurable(noPromotion, "count");
    const errorUs = clockErrorUs(facts.evidence);
    const byLoad = oldAcks(facts, old.epoch, promotedUs + errorUs);
    const byProbe = fenceProbe(facts, old.epoch, promotedUs);
    const seemed = canaryOpen(facts, old.epoch, promotedUs);
    if (byProbe.attempts === 0 && seemed.observations === 0) {
      return notMeasurable(
        "no probe tried the old primary after the promotion (kind fence or inside-primary)",
        "count",
      );
    }
    const proven = byLoad.count + byProbe.accepted.length;
    // Begun before the promotion is known to be over and answered after it may have been over: accepted on one side of it or the other.
    const nearUs = Math.min(movement(facts, "promote").end.at?.lo ?? promotedUs, promotedUs);
    const near =
      oldAcks(facts, old.epoch, nearUs - errorUs, "ended").count +
      fenceProbe(facts, old.epoch, nearUs, "ended").accepted.length;
    const doubtful = seemed.open.length > 0 && near === 0 ? 1 : near - proven;
    const tried = `${plural(byProbe.attempts, "write")} tried on it, ${seemed.observations} times asked whether it serves`;
    const counts = { byProbe: byProbe.accepted.length, byLoad: byLoad.count, near, said: seemed.open.length };
    const reason = `${breachesInWords(counts)} (${tried})`;
    return {
      measured: { lo: proven, hi: proven + doubtful },
      unit: "count",
      reason,
      evidence: [...byLoad.cited, ...byProbe.accepted, ...seemed.open].slice(0, citedAtMost),
    };
  },
};

function breachesInWords(counts: {
  readonly byProbe: number;
  readonly byLoad: number;
  readonly near: number;
  readonly said: number;
}): string {
  const { byProbe, byLoad, near, said } = counts;
  if (byProbe + byLoad > 0) return `${byProbe} accepted of the fence probe's, ${byLoad} of the load's`;
  if (near > 0) return `${plural(near, "write")} accepted at about the time of the promotion, before it or after it`;
  if (said > 0) return `it accepted none, but said ${plural(said, "time")} that it serves customers in the old epoch`;
  return "it accepted none";
}

interface Breaches {
  readonly count: number;
  readonly cited: readonly Citation[];
}

/** Whether a write came after an instant: by when it was begun, which is certain, or by when it had ended, which is possible. */
type By = "begun" | "ended";

/** Load writes that came after an instant and were acknowledged in the old epoch. */
function oldAcks(facts: Facts, epoch: number, afterUs: number, by: By = "begun"): Breaches {
  let count = 0;
  const cited: Citation[] = [];
  for (const { ledger, outcomes } of facts.witnesses()) {
    const { arrivals, file } = ledger;
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      const ack = ackOf(arrivals, outcomes, seq);
      if ((by === "begun" ? arrivals.sentUs(seq) : ack.us) <= afterUs) continue;
      if (arrivals.answers[ack.answer]?.epoch !== epoch) continue;
      count += 1;
      if (cited.length < citedAtMost) cited.push({ file, line: ack.line });
    }
  }
  return { count, cited };
}

/** An accepted write in a later epoch is the failback's doing: the Region is primary again. */
const isOld = (epoch: number | undefined, old: number): boolean => epoch === undefined || epoch <= old;

function fenceProbe(
  facts: Facts,
  old: number,
  afterUs: number,
  by: By = "begun",
): { readonly attempts: number; readonly accepted: Citation[] } {
  let attempts = 0;
  const accepted: Citation[] = [];
  for (const { header, lines, file } of facts.evidence.probes) {
    if (header.kind !== "fence") continue;
    const taken: number[] = [];
    for (const { value, line } of lines) {
      if ((by === "begun" ? value.startUs : value.endUs) <= afterUs || value.detail?.["attempted"] !== true) continue;
      attempts += 1;
      if (value.detail["accepted"] === true && isOld(value.epoch, old)) taken.push(line);
    }
    accepted.push(...taken.map((line) => ({ file, line })));
  }
  return { attempts, accepted };
}

function canaryOpen(
  facts: Facts,
  old: number,
  afterUs: number,
): { readonly observations: number; readonly open: Citation[] } {
  let observations = 0;
  const open: Citation[] = [];
  for (const { header, lines, file } of facts.evidence.probes) {
    if (header.kind !== "inside-primary") continue;
    const after = lines.filter(({ value }) => value.startUs > afterUs);
    observations += after.length;
    open.push(
      ...cite(
        file,
        after
          .filter(({ value }) => value.ok && value.epoch !== undefined && value.epoch <= old)
          .map(({ line }) => line),
      ),
    );
  }
  return { observations, open };
}
