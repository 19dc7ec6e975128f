/** The true durations of a drill, from the liar's own books: when what happened that the clocks of docs/measuring.md §5 are about. */
import type { Objectives } from "../../model/drill.ts";
import { answer, disclosed, limit, never } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Played } from "./played.ts";
import { firstFailureUs } from "./customers.ts";

/** When the fault took effect; null: it never did, or only in part, so that each would say something else. */
export function faultUs({ truth, history }: Played): number | null {
  const us = truth.moments.faultUs;
  return us === never || history.script.fault.share !== undefined ? null : us;
}

/** When customers were served again and stayed so while they were watched; +∞: not; null: nobody can say. */
export function restoredUs(played: Played): number | null {
  const { history, truth, troubles, course, returned } = played;
  // Reads of what was lost and came back were answered wrongly, or rightly: that depends on when one looks.
  if (history.isUneven || returned.size > 0 || truth.moments.faultUs === never) return null;
  const watchedUntilUs = Math.min(course.failbackUs, course.loadStopUs);
  const flaps = troubles.filter(({ fromUs, isStray }) => fromUs < watchedUntilUs && isStray !== true);
  const back = Math.max(truth.moments.restoredUs, ...flaps.map(({ untilUs }) => untilUs));
  // What begins as the watching ends may have been seen by few arrivals or none.
  const isNear = (us: number): boolean => Math.abs(us - watchedUntilUs) < 1_500_000;
  if (flaps.some(({ fromUs }) => isNear(fromUs)) || isNear(back)) return null;
  return back < watchedUntilUs ? back : never;
}

/** From when on a standby streamed again and stayed; null: replication was never lost. */
export function protectedUs({ truth }: Played): number | null {
  const { faultUs: from, rebuiltUs, faultEndsUs, promotedUs } = truth.moments;
  return from === never ? null : Math.min(rebuiltUs, promotedUs === never ? faultEndsUs : never);
}

/** ms; null: not known when it began. What is over before it begins took no time. */
function took(fromUs: number | null, toUs: number | null): number | null {
  if (fromUs === null || fromUs === never || toUs === null) return null;
  return Math.max(0, toUs - fromUs) / 1000;
}

export function timeAnswers(played: Played, objectives: Objectives): (readonly [string, Answer])[] {
  const { truth, course, drive } = played;
  const [fault, restored] = [faultUs(played), restoredUs(played)];
  const { alarmUs, promotedUs, routedUs } = truth.moments;
  const { decidedUs } = course;
  const { steps: budgets } = objectives;
  const within = (value: number | null, most: number): Answer => answer(limit(value, most, true), value);
  /** Without a failover, or a failback, there is no objective for it. */
  const onlyWith = (planned: boolean, value: number | null, most: number): Answer =>
    planned ? within(value, most) : disclosed(value);
  const { failover, failback } = drive;
  const stepEndUs = (step: string): number => truth.steps.failover.get(step)?.endUs ?? never;
  /** A step that began before its clock is never shorter than its own run time. */
  const step = (name: string, fromUs: number | null, toUs: number): number | null => {
    const times = truth.steps.failover.get(name);
    const whole = took(fromUs, toUs);
    return whole === null || times === undefined ? whole : Math.max(whole, (times.endUs - times.startUs) / 1000);
  };
  // A promotion that failed is no clock: then it goes from the decision.
  const moverUs = promotedUs === never ? decidedUs : promotedUs;
  const rto = took(fault, restored);
  const exposed = restored === never ? null : took(restored, protectedUs(played));
  const back = Math.max(...[...truth.steps.failback.values()].map(({ endUs }) => endUs));
  return [
    ["rto", within(rto, objectives.rtoMs)],
    ["rto.customer", disclosed(took(firstFailureUs(played), restored))],
    ["rto.fromDetection", disclosed(took(alarmUs, restored))],
    ["rto.fromDecision", disclosed(took(decidedUs, restored))],
    ["step.detect", within(took(fault, alarmUs), budgets.detectMs)],
    ["step.decide", disclosed(took(alarmUs, decidedUs))],
    ["step.promote", onlyWith(failover, step("Promote", decidedUs, stepEndUs("Promote")), budgets.promoteMs)],
    ["step.fence", disclosed(step("Fence", decidedUs, stepEndUs("Fence")))],
    ["step.route", onlyWith(failover, step("Route", moverUs, routedUs), budgets.routeMs)],
    ["step.scale", onlyWith(failover, step("ScaleOut", moverUs, stepEndUs("ScaleOut")), budgets.scaleMs)],
    ["step.verify", onlyWith(failover, step("Verify", restored, stepEndUs("Verify")), budgets.verifyMs)],
    ["protected", onlyWith(failback, exposed, budgets.protectedMs)],
    ["failback", onlyWith(failback, took(course.failbackUs, back), budgets.failbackMs)],
  ];
}
