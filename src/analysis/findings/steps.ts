/** The recovery's steps against their budgets, and how long it took to be protected again and to fail back (docs/measuring.md §5). */
import type { Movement } from "../../model/drill.ts";
import { notMeasurable, spoken, spokenMs } from "../check.ts";
import type { Check, Measurement } from "../check.ts";
import { commandedSince, effectiveAt } from "../facts.ts";
import type { Facts } from "../facts.ts";
import { between, latest, toMs } from "../interval.ts";
import type { Interval, Objective } from "../interval.ts";
import { needJournal, needLag, needProbes } from "../needs.ts";
import { decided, detected, movement, routed } from "../clock-table.ts";
import { alarmsSilent, failbackAt, protectedAt, reached } from "../recovery-clocks.ts";
import type { Clock } from "../recovery-clocks.ts";
import { restorationLines, trustedRestoration } from "./recovery-time.ts";

const budget = (limit: number | undefined): Objective | null =>
  limit === undefined ? null : { op: "<", limit, unit: "ms" };

/** A budget is judged only if the drill says which step of the runbook it is about. */
const budgetOf = (facts: Facts, name: Movement, limit: number | undefined): Objective | null =>
  facts.drill.failover?.movements[name] === undefined ? null : budget(limit);

/** From one instant to another; an end that never came is right-censored where its own observer looked last. */
function span(from: Clock, to: Clock, what: string): Measurement {
  if (from.at === null) return { measured: null, unit: "ms", reason: from.reason };
  if (to.at === null) {
    if (to.soughtUntilUs === null) return { measured: null, unit: "ms", reason: to.reason };
    const measured = toMs({ lo: Math.max(0, to.soughtUntilUs - from.at.hi), hi: null });
    return {
      measured,
      unit: "ms",
      reason: `${to.reason}; ${spoken(measured)} had passed when it was last looked for`,
      evidence: to.evidence,
    };
  }
  return spanOf(between(from.at, to.at), what, [...from.evidence, ...to.evidence]);
}

function spanOf(interval: Interval, what: string, evidence: Measurement["evidence"]): Measurement {
  const measured = toMs(interval);
  return {
    measured,
    unit: "ms",
    reason: `${spoken(measured)} ${what}`,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** From an instant to the end of a movement, and never less than the movement's own run time (it may have begun before that instant). */
function movementSpan(facts: Facts, from: Clock, name: Movement, end: Clock | null, what: string): Measurement {
  needJournal(facts.evidence);
  const times = movement(facts, name);
  if (facts.drill.failover?.movements[name] === undefined) return notMeasurable(times.end.reason, "ms");
  const isOpen = times.outcome === "failed" || times.outcome === "unfinished";
  const last = isOpen ? times.end : (end ?? times.end);
  const whole = span(from, last, what);
  if (
    whole.measured === null ||
    times.start.at === null ||
    times.end.at === null ||
    from.at === null ||
    last.at === null
  )
    return whole;
  return spanOf(latest(between(from.at, last.at), between(times.start.at, times.end.at)), what, whole.evidence);
}

export const stepDetect: Check = {
  id: "step.detect",
  title: "Detect: the fault taking effect → alarm",
  objective: ({ objectives }) => budget(objectives.steps.detectMs),
  measure: (facts) => {
    needJournal(facts.evidence);
    const effective = effectiveAt(facts);
    const fault = reached(effective, facts.fault().evidence);
    const alarm = detected(facts);
    const silent = alarmsSilent(facts.evidence);
    if (silent !== null && alarm.at === null) return notHeard(silent, effective.hi);
    const isEarly = alarm.at !== null && alarm.at.hi < effective.lo;
    const what = `from the fault taking effect to the alarm${isEarly ? ", which fired before it" : ""}`;
    return span(fault, alarm, what);
  },
};

/** Nobody was told, or nobody heard: what was not asked for may have fired. */
function notHeard(
  { heardUs, reason, line }: NonNullable<ReturnType<typeof alarmsSilent>>,
  faultUs: number,
): Measurement {
  if (heardUs === null) return notMeasurable(reason, "ms");
  const measured = toMs({ lo: Math.max(0, heardUs - faultUs), hi: null });
  return {
    measured,
    unit: "ms",
    reason: `${reason}; until then, ${spokenMs(measured.lo)} after the fault, none had fired`,
    evidence: [{ file: "journal.ndjson", line }],
  };
}

export const stepDecide: Check = {
  id: "step.decide",
  title: "Decide: alarm → decision",
  objective: () => null,
  measure: (facts) => {
    needJournal(facts.evidence);
    if (facts.drill.failover === null) return notMeasurable("the drill has no failover", "ms");
    return span(detected(facts), decided(facts), "from the alarm to the decision");
  },
};

export const stepPromote: Check = {
  id: "step.promote",
  title: "Promote: decision → the standby is the primary",
  objective: (facts) => budgetOf(facts, "promote", facts.objectives.steps.promoteMs),
  measure: (facts) =>
    movementSpan(facts, decided(facts), "promote", null, "from the decision to the end of the promotion"),
};

export const stepFence: Check = {
  id: "step.fence",
  title: "Fence: decision → the old primary can no longer write",
  objective: () => null,
  measure: (facts) => movementSpan(facts, decided(facts), "fence", null, "from the decision to the end of the fencing"),
};

/** Whoever routes and scales waits for the promotion, if there is one. */
function promotedOrDecided(facts: Facts): Clock {
  const { end } = movement(facts, "promote");
  return end.at === null ? decided(facts) : end;
}

export const stepRoute: Check = {
  id: "step.route",
  title: "Route: promoted → the name answers with the new Region",
  objective: (facts) => budgetOf(facts, "route", facts.objectives.steps.routeMs),
  measure: (facts) => {
    const { journal, probes } = facts.evidence;
    needProbes(facts.evidence, ["dns"]);
    const isWatched =
      probes.some(({ header }) => header.kind === "dns") || journal.some(({ value }) => value.type === "dns.answer");
    if (!isWatched) return notMeasurable("nobody asked the name server (a probe of kind dns)", "ms");
    return movementSpan(
      facts,
      promotedOrDecided(facts),
      "route",
      routed(facts),
      "from the promotion to the name server's first answer with the new Region",
    );
  },
};

export const stepScale: Check = {
  id: "step.scale",
  title: "Scale: promoted → capacity at target",
  objective: (facts) => budgetOf(facts, "scale", facts.objectives.steps.scaleMs),
  measure: (facts) =>
    movementSpan(facts, promotedOrDecided(facts), "scale", null, "from the promotion to capacity at target"),
};

const notRestored: Measurement = { measured: null, unit: "ms", reason: "service was not restored" };

/** null: it was not. */
function restoredAt(facts: Facts): Clock | null {
  const restored = trustedRestoration(facts);
  const { lo, hi } = restored.at;
  return hi === null ? null : reached({ lo, hi }, restorationLines(facts, restored));
}

export const stepVerify: Check = {
  id: "step.verify",
  title: "Verify: service restored → data verified",
  objective: (facts) => budgetOf(facts, "verify", facts.objectives.steps.verifyMs),
  measure: (facts) => {
    const from = restoredAt(facts);
    if (from === null) return notRestored;
    return movementSpan(
      facts,
      from,
      "verify",
      null,
      "from service restored to the end of the verification (at least its own run time)",
    );
  },
};

export const protectedAgain: Check = {
  id: "protected",
  title: "Exposed: service restored → a standby streams again",
  objective: (facts) => (facts.drill.failback === null ? null : budget(facts.objectives.steps.protectedMs)),
  measure: (facts) => {
    needLag(facts.evidence);
    const from = restoredAt(facts);
    if (from === null) return notRestored;
    const to = protectedAt(facts.evidence, commandedSince(facts));
    // Not known to have been lost, it is not known to have come back.
    if (to.at === null && (facts.drill.failback === null || to.soughtUntilUs === null))
      return notMeasurable(to.reason, "ms");
    return span(from, to, "from service restored to a streaming standby");
  },
};

export const failback: Check = {
  id: "failback",
  title: "Failback: its begin → complete",
  objective: (facts) => (facts.drill.failback === null ? null : budget(facts.objectives.steps.failbackMs)),
  measure: (facts) => {
    needJournal(facts.evidence);
    if (facts.drill.failback === null) return notMeasurable("the drill has no failback", "ms");
    const { started, complete } = failbackAt(facts.evidence);
    return span(started, complete, "from the begin of the failback to its end");
  },
};
