/** What the customers of a drill truly got, arrival by arrival: what the load was told, and what the liar knows of the reads that found nothing. */
import type { Objectives } from "../../model/drill.ts";
import type { PlayedArrival } from "../drive/load.ts";
import { answer, disclosed, limit } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Played } from "./played.ts";

/** null: nobody can say what some of the reads should have been told. */
function goodness({ truth, vanished, returned, drive }: Played): ((arrival: PlayedArrival) => boolean) | null {
  const { staleReads, residual } = truth;
  // What came back in the end was not there to be found, or was: that depends on when one looks.
  if (returned.size > 0) return null;
  const isGone = vanished.size + residual.length > 0;
  // Found by one read and not by the next, before any promise: right for some, and time travel for others.
  const isOdd = staleReads.some(({ payment, sentUs }) => sentUs < (payment.ackedUs ?? Number.POSITIVE_INFINITY));
  if (staleReads.length > 0 && (isGone || isOdd)) return null;
  const stale = new Set(staleReads.map(({ payment, sentUs }) => `${payment.id} ${sentUs}`));
  const { arrivalDeadlineMs = 0 } = drive.objectives as { readonly arrivalDeadlineMs?: number };
  return ({ dueUs, endUs, said, of, sentUs }) => {
    if (endUs > dueUs + arrivalDeadlineMs * 1000) return false;
    return said === "right" || (said === "absent" && !stale.has(`${of} ${sentUs}`));
  };
}

/** Not all of what was due is on record, or what is does not say what was due. */
const isIncomplete = ({ drive }: Played): boolean => Number.isFinite(drive.vus) || drive.loadKilledUs !== null;

/** When the first arrival was due that the fault kept from being served well; null: none was, or nobody can say. */
export function firstFailureUs(played: Played): number | null {
  const { truth, troubles, arrivals, history } = played;
  const { faultUs } = truth.moments;
  const isGood = goodness(played);
  if (isGood === null || isIncomplete(played) || history.isUneven || history.script.fault.share !== undefined)
    return null;
  // Whoever was served badly already may have been kept waiting by either.
  if (troubles.some(({ fromUs, isStray }) => isStray !== true && fromUs <= faultUs)) return null;
  const bad = arrivals.filter((arrival) => arrival.endUs >= faultUs && !isGood(arrival));
  return bad.length === 0 ? null : Math.min(...bad.map(({ dueUs }) => dueUs));
}

export function availabilityAnswer(played: Played, objectives: Objectives): Answer {
  const isGood = goodness(played);
  const { length } = played.arrivals;
  if (isGood === null || isIncomplete(played) || length === 0) return { isBroken: null };
  const value = played.arrivals.filter(isGood).length / length;
  const least = objectives.availability;
  return least === undefined ? disclosed(value) : answer(limit(least, value, false), value);
}
