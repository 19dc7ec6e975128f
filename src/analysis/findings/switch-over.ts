/** splitBrain and fenceBreach: did the old writer go on after the new one had begun? (docs/measuring.md §6) */
import type { Citation } from "../../evidence/citation.ts";
import { acknowledged } from "../classify.ts";
import { clockErrorUs } from "../clock-error.ts";
import { cite, citedAtMost, disputed, notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import { answeredBy, regionNamed, writersOf } from "../epochs.ts";
import type { IsWriter, Writer } from "../epochs.ts";
import type { Facts } from "../facts.ts";
import { recordGaps } from "../gaps.ts";
import { toMs } from "../interval.ts";
import { ackAnswer, ackedUs, ackOf } from "../loss.ts";
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
    const writers = facts.writers();
    if (writers.length === 0) return notMeasurable("the system's answers state no write epoch", "ms");
    if (writers.length === 1) return notMeasurable(noPromotion, "ms");
    let [definite, byEpoch] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let worst: Clash | null = null;
    for (const clash of clashesOf(writers, facts)) {
      definite = Math.max(definite, clash.definite);
      if (clash.older.epoch < clash.newer.epoch) byEpoch = Math.max(byEpoch, clash.definite);
      if (worst === null || clash.possible > worst.possible) worst = clash;
    }
    // Writers that are further apart than the clocks are uncertain did not overlap.
    const errorUs = clockErrorUs(facts.evidence);
    const lo = Math.max(0, definite - errorUs);
    const possible = worst?.possible ?? Number.NEGATIVE_INFINITY;
    const measured = toMs({ lo, hi: Math.max(lo, possible + errorUs) });
    const reason =
      worst === null || (measured.hi ?? 0) === 0
        ? `the last acknowledgement of each epoch (${named(writers)}) came before the next epoch's first write was sent`
        : `an older writer acknowledged what was sent up to ${measured.lo} ms after a newer one had acknowledged (at most ${measured.hi ?? 0} ms)${conflicts(facts, worst)}`;
    const evidence = facts.evidence.ledgers.map(({ file }) => ({ file }));
    const found = { measured, unit: "ms", reason, evidence, clockErrorIn: true } as const;
    if (byEpoch - errorUs > 0) return found;
    // One epoch in two Regions is two writers, unless no witness knows both of them: then one of the two is wrong.
    const seenByOne = (): boolean =>
      facts
        .witnesses()
        .some((one) => [...clashesOf(writersOf([one]), facts)].some((clash) => clash.definite > errorUs));
    const alone =
      lo === 0 || seenByOne() ? [] : ["no witness alone was answered by both writers while both were at work"];
    return disputed(found, [...(facts.agreement()?.epochs ?? []), ...alone]);
  },
};

interface Clash {
  readonly older: Writer;
  readonly newer: Writer;
  /** How long the older one certainly, and at most, went on after the newer one had begun; below 0 it did not. */
  readonly definite: number;
  readonly possible: number;
}

/**
 * Any older writer with any newer one, not only with its neighbour; of two with one epoch, one in each Region of the environment, the
 * secondary's is the newer, for it took over. A third Region with the epoch of another is `residency`'s.
 */
function* clashesOf(writers: readonly Writer[], { primary, secondary }: Facts): Generator<Clash> {
  for (const older of writers) {
    for (const newer of writers) {
      const tookOver = older.epoch === newer.epoch && older.region === primary && newer.region === secondary;
      if (older.epoch >= newer.epoch && !tookOver) continue;
      const definite = older.lastSentUs - newer.firstAckUs;
      yield { older, newer, definite, possible: older.lastAckUs - newer.firstSentUs };
    }
  }
}

/** By their epochs; by their Regions, too, where one epoch has several. */
function named(writers: readonly Writer[]): string {
  const shared = new Set(writers.map(({ epoch }) => epoch)).size < writers.length;
  return writers.map(({ epoch, region }) => (shared ? `${epoch} in ${region || "?"}` : `${epoch}`)).join(", ");
}

const namedAtMost = 8;

/** Accounts to which both writers posted while both may have been at work: theirs are the balances that cannot both be right. */
function conflicts(facts: Facts, { older, newer }: Clash): string {
  const posted = { older: new Set<number>(), newer: new Set<number>() };
  for (const { ledger, outcomes } of facts.witnesses()) {
    const { arrivals, header } = ledger;
    const sides = arrivals.answers.map(({ epoch, region }) => {
      const is = (writer: Writer): boolean =>
        writer.epoch === epoch && writer.region === regionNamed(header.regions, region);
      return is(older) ? posted.older : is(newer) ? posted.newer : null;
    });
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      if (ackedUs(arrivals, outcomes, seq) < newer.firstSentUs || arrivals.sentUs(seq) > older.lastAckUs) continue;
      sides[ackAnswer(arrivals, outcomes, seq)]?.add(arrivals.from(seq)).add(arrivals.to(seq));
    }
  }
  const both = [...posted.older].filter((account) => posted.newer.has(account)).sort((a, b) => a - b);
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
    const switched = facts.switchOver();
    const promotedUs = Math.min(
      movement(facts, "promote").end.at?.hi ?? Number.POSITIVE_INFINITY,
      switched?.newUs ?? Number.POSITIVE_INFINITY,
    );
    if (switched === null || promotedUs === Number.POSITIVE_INFINITY) return notMeasurable(noPromotion, "count");
    const errorUs = clockErrorUs(facts.evidence);
    const { isOld, newEpoch } = switched;
    const byLoad = oldAcks(facts, isOld, promotedUs + errorUs);
    const byProbe = fenceProbe(facts, isOld, promotedUs);
    const seemed = canaryOpen(facts, isOld, promotedUs);
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
      oldAcks(facts, isOld, nearUs - errorUs, "ended").count +
      fenceProbe(facts, isOld, nearUs, "ended").accepted.length;
    const doubtful = seemed.open.length > 0 && near === 0 ? 1 : near - proven;
    const tried = `${plural(byProbe.attempts, "write")} tried on it, ${seemed.observations} times asked whether it serves`;
    const counts = { byProbe: byProbe.accepted.length, byLoad: byLoad.count, near, said: seemed.open.length };
    const reason = `${breachesInWords(counts)} (${tried})`;
    const found = {
      measured: { lo: proven, hi: proven + doubtful },
      unit: "count",
      reason,
      evidence: [...byLoad.cited, ...byProbe.accepted, ...seemed.open].slice(0, citedAtMost),
    } as const;
    // What only its Region tells from the new writer's, in the same epoch, is in doubt where the witnesses name different Regions.
    const isOlder: IsWriter = (region, epoch) => epoch < newEpoch && isOld(region, epoch);
    const sure = byProbe.accepted.length > 0 || oldAcks(facts, isOlder, promotedUs + errorUs).count > 0;
    return proven === 0 || sure ? found : disputed(found, facts.agreement()?.epochs ?? []);
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

/** Load writes that came after an instant and were acknowledged by the old writer. */
function oldAcks(facts: Facts, isOld: IsWriter, afterUs: number, by: By = "begun"): Breaches {
  let count = 0;
  const cited: Citation[] = [];
  for (const { ledger, outcomes } of facts.witnesses()) {
    const { arrivals, file } = ledger;
    const byOld = answeredBy(ledger, isOld);
    for (let seq = 0; seq < outcomes.of.length; seq++) {
      if (outcomes.of[seq] !== acknowledged) continue;
      const us = by === "begun" ? arrivals.sentUs(seq) : ackedUs(arrivals, outcomes, seq);
      if (us <= afterUs || byOld[ackAnswer(arrivals, outcomes, seq)] !== true) continue;
      count += 1;
      if (cited.length < citedAtMost) cited.push({ file, line: ackOf(arrivals, outcomes, seq).line });
    }
  }
  return { count, cited };
}

function fenceProbe(
  facts: Facts,
  isOld: IsWriter,
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
      // What is accepted in a later epoch is the failback's doing: the Region is primary again.
      const byOld = value.epoch === undefined || isOld(value.region ?? facts.primary, value.epoch);
      if (value.detail["accepted"] === true && byOld) taken.push(line);
    }
    accepted.push(...taken.map((line) => ({ file, line })));
  }
  return { attempts, accepted };
}

function canaryOpen(
  facts: Facts,
  isOld: IsWriter,
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
          .filter(
            ({ value: { ok, region, epoch } }) => ok && epoch !== undefined && isOld(region ?? facts.primary, epoch),
          )
          .map(({ line }) => line),
      ),
    );
  }
  return { observations, open };
}
