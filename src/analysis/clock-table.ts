/** The clocks C0 to C14 of docs/measuring.md §5, each as an interval on the run's axis, or null when it was not reached or not seen. */
import type { Movement } from "../model/drill.ts";
import type { Facts } from "./facts.ts";
import { commandedSince, recoverySince } from "./facts.ts";
import type { Interval } from "./interval.ts";
import { needProbes } from "./needs.ts";
import { onceFor } from "./once.ts";
import { decidedAt, detectedAt, failbackAt, movementTimes, protectedAt, routedAt } from "./recovery-clocks.ts";
import type { Clock, StepTimes } from "./recovery-clocks.ts";
import { good } from "./service.ts";

export type ClockId =
  | "C0"
  | "C1"
  | "C2"
  | "C3"
  | "C4"
  | "C5"
  | "C6"
  | "C7"
  | "C8"
  | "C9"
  | "C10"
  | "C11"
  | "C12"
  | "C13"
  | "C14";

export interface ClockRow {
  readonly id: ClockId;
  readonly name: string;
  readonly at: Interval | null;
}

export const detected = (facts: Facts): Clock => detectedAt(facts.evidence, facts.drill, commandedSince(facts));
export const decided = (facts: Facts): Clock => decidedAt(facts.evidence, commandedSince(facts));
export const movement = (facts: Facts, name: Movement): StepTimes =>
  movementTimes(facts.evidence, facts.drill, "failover", name);
export function routed(facts: Facts): Clock {
  needProbes(facts.evidence, ["dns"]);
  return routedAt(facts.evidence, facts.secondary, commandedSince(facts));
}

/** Read once: several findings and every report look at it. */
export const clockTable = onceFor((facts: Facts): readonly ClockRow[] => {
  const restored = (): Interval | null => {
    const { at } = facts.restoration();
    return at.hi === null ? null : at;
  };
  const rows: [ClockId, string, () => Interval | null][] = [
    ["C0", "fault commanded", () => facts.fault().commanded],
    ["C1", "fault effective", () => facts.fault().effective],
    ["C2", "first customer failure", () => facts.restoration().firstFailure],
    ["C3", "detected", () => detected(facts).at],
    ["C4", "decided", () => decided(facts).at],
    ["C5", "promoted", () => movement(facts, "promote").end.at],
    ["C6", "old primary fenced", () => movement(facts, "fence").end.at],
    ["C7", "route changed", () => movement(facts, "route").end.at],
    ["C8", "route observed", () => routed(facts).at],
    ["C9", "capacity at target", () => movement(facts, "scale").end.at],
    ["C10", "first success from the new Region", () => firstFromSecondary(facts)],
    ["C11", "service restored", restored],
    ["C12", "data verified", () => movement(facts, "verify").end.at],
    ["C13", "protected again", () => protectedAt(facts.evidence, commandedSince(facts)).at],
    ["C14", "failback complete", () => failbackAt(facts.evidence).complete.at],
  ];
  return rows.map(([id, name, at]) => ({ id, name, at: attempted(at) }));
});

/** A clock that cannot be read is shown as missing; the finding that needs it says why. */
function attempted(at: () => Interval | null): Interval | null {
  try {
    return at();
  } catch {
    return null;
  }
}

function firstFromSecondary(facts: Facts): Interval | null {
  const { verdicts, arrivals, sentUs, doneUs } = facts.service();
  const number = (facts.load()?.ledger.header.regions.indexOf(facts.secondary) ?? -1) + 1;
  if (number === 0) return null;
  const since = recoverySince(facts);
  let first: Interval | null = null;
  for (let seq = 0; seq < verdicts.length; seq++) {
    if (verdicts[seq] !== good || arrivals.answers[arrivals.answerOf(seq)]?.region !== number || sentUs(seq) < since)
      continue;
    const done = doneUs(seq);
    if (first === null || done < (first.hi ?? done)) first = { lo: sentUs(seq), hi: done };
  }
  return first;
}
