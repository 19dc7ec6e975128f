/** load.delivered: was the load what the drill promised, and in time? Without it no other number means anything (docs/measuring.md §7). */
import { citedAtMost, plural } from "../check.ts";
import type { Check } from "../check.ts";
import { loadOf } from "../facts.ts";
import type { Facts } from "../facts.ts";
import { longestBaselineMs } from "../canary.ts";
import { gate } from "./gate.ts";
import { needJournal, needResources } from "../needs.ts";
import { offeredAgain } from "../repeats.ts";
import { good } from "../service.ts";
import { longestSilence } from "../silence.ts";

const delivered = 0.99;
/** An arrival that was sent later than this after it was due was held up by the generator itself. */
const lateUs = 500_000;
const mostOfMachine = 0.8;
const shortestSpellUs = 10_000_000;

const percent = (ratio: number): string => `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;

export const loadDelivered: Check = {
  id: "load.delivered",
  title: "The load was what the drill promised",
  objective: () => null,
  measure: (facts) => {
    needJournal(facts.evidence);
    const { ledger } = loadOf(facts);
    const schedule = facts.schedule();
    const wrong: string[] = [];
    const promised = facts.evidence.manifest?.load.ratePerMinute;
    if (promised !== undefined && promised !== ledger.header.ratePerMinute)
      wrong.push(`the ledger says ${ledger.header.ratePerMinute} a minute, the manifest ${promised}`);
    if (schedule.end === 0) wrong.push("nothing was sent");
    if (schedule.dropped > 0) wrong.push(`k6 could not start ${plural(schedule.dropped, "iteration")} (no free VU)`);
    if (schedule.starved > 0)
      wrong.push(
        `${plural(schedule.starved, "arrival")} found no port or file descriptor left on the load generator's machine`,
      );
    wrong.push(...overworked(facts));
    if (schedule.untraced > 0) wrong.push(`${plural(schedule.untraced, "arrival")} left no trace`);
    const punctual = sentInTime(facts);
    if (punctual < delivered)
      wrong.push(
        `only ${percent(punctual)} of the arrivals were sent within ${lateUs / 1000} ms of when they were due`,
      );
    const before = beforeFault(facts);
    if (before.writes === 0) wrong.push("no write was due in the baseline before the fault");
    else if (before.acknowledged / before.writes < delivered)
      wrong.push(
        `only ${percent(before.acknowledged / before.writes)} of the writes due in the baseline before the fault were acknowledged in time`,
      );
    const { goodRatio } = facts.drill.steadyState;
    if (before.all > 0 && before.good / before.all < goodRatio)
      wrong.push(
        `the baseline was not healthy: ${percent(before.good / before.all)} of the arrivals before the fault were served well, ${percent(goodRatio)} needed`,
      );
    const repeated = facts.witnesses().flatMap(offeredAgain);
    if (repeated.length > 0)
      wrong.push(
        `${plural(repeated.length, "write")} reached the service more often than it was sent: something on the way repeats requests`,
      );
    const died = loadDied(facts);
    if (died !== null) wrong.push(died);
    const right = `${schedule.end} arrivals due, all sent, none dropped; ${percent(punctual)} within ${lateUs / 1000} ms; ${before.acknowledged} of ${before.writes} writes acknowledged in time before the fault${facts.evidence.manifest?.cores === undefined ? "; how much of its machine k6 used was not recorded" : ""}`;
    return gate(wrong, right, [{ file: ledger.file }, ...repeated.slice(0, citedAtMost)]);
  },
};

function sentInTime(facts: Facts): number {
  const { arrivals, schedule } = facts.service();
  let inTime = 0;
  for (let seq = 0; seq < schedule.end; seq++)
    if (arrivals.isKnown(seq) && arrivals.sentUs(seq) - schedule.dueUs(seq) <= lateUs) inTime += 1;
  return schedule.end === 0 ? 0 : inTime / schedule.end;
}

/**
 * Spells in which k6 itself used more than its share of the machine: what it then measured is its own slowness, too. Over 10 s at least,
 * from the baseline on: while its virtual users are being made, it may use all there is.
 */
function overworked({ evidence, fault, drill, schedule }: Facts): string[] {
  const cores = evidence.manifest?.cores;
  if (cores === undefined) return [];
  needResources(evidence);
  const own = evidence.resources.map(({ value }) => value).filter(({ group }) => group === "load");
  const { effective, commanded } = fault();
  const baselineUs = 1000 * Math.min(longestBaselineMs, drill.steadyState.baselineMs);
  const fromUs = (effective?.lo ?? commanded?.lo ?? Number.NEGATIVE_INFINITY) - baselineUs;
  const { t0Us, observedUntilUs } = schedule();
  const unseenUs = longestSilence(
    own.map(({ us }) => us),
    { fromUs: Math.max(t0Us, fromUs), untilUs: observedUntilUs },
  );
  if (unseenUs > shortestSpellUs)
    return [`nobody saw for ${(unseenUs / 1e6).toFixed(1)} s how much of its machine k6 used`];
  let worst = { share: 0, us: 0 };
  for (const [index, sample] of own.entries()) {
    if (sample.us < fromUs) continue;
    const later = own.slice(index + 1).find(({ us }) => us - sample.us >= shortestSpellUs);
    if (later === undefined) break;
    const share = (later.cpuSeconds - sample.cpuSeconds) / (((later.us - sample.us) / 1e6) * cores);
    if (share > worst.share) worst = { share, us: sample.us };
  }
  if (worst.share <= mostOfMachine) return [];
  const { share, us } = worst;
  return [
    `k6 used ${percent(share)} of its machine's ${plural(cores, "processor")} from ${(us / 1e6).toFixed(0)} s on, more than ${percent(mostOfMachine)}: it measured its own slowness, too`,
  ];
}

/** Arrivals due in the last minute before the fault (or the drill's own, shorter baseline) whose time was up before it. */
function beforeFault(facts: Facts): { writes: number; acknowledged: number; all: number; good: number } {
  const { verdicts, schedule, isWrite } = facts.service();
  const { effective, commanded } = facts.fault();
  const untilUs =
    (effective?.lo ?? commanded?.lo ?? schedule.observedUntilUs) - facts.objectives.arrivalDeadlineMs * 1000;
  const fromUs = untilUs - 1000 * Math.min(longestBaselineMs, facts.drill.steadyState.baselineMs);
  const found = { writes: 0, acknowledged: 0, all: 0, good: 0 };
  for (let seq = 0; seq < verdicts.length; seq++) {
    const due = schedule.dueUs(seq);
    if (due < fromUs || due > untilUs) continue;
    const isGood = verdicts[seq] === good;
    found.all += 1;
    if (isGood) found.good += 1;
    if (!isWrite(seq)) continue;
    found.writes += 1;
    if (isGood) found.acknowledged += 1;
  }
  return found;
}

/** The load must live until the final reads; one that ended before says nothing about what came after. */
function loadDied(facts: Facts): string | null {
  const exit = facts.evidence.journal.find(({ value }) => value.type === "k6.exit")?.value;
  if (exit?.type !== "k6.exit") return "the journal does not tell how k6 ended";
  if (exit.signal !== null) return `k6 was ended by ${exit.signal}`;
  return exit.code === 0 ? null : `k6 ended with exit code ${exit.code ?? "unknown"}`;
}
