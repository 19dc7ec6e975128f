/** What really happened in a drill, from the liar's own books. Read by the comparison only, never by a judge. */
import type { StaleRead } from "./contract.ts";
import type { StepTime } from "./control.ts";
import type { Liar } from "./liar.ts";
import { regionNames } from "./script.ts";
import type { Moments, Payment } from "./script.ts";

export interface Truth {
  readonly moments: Moments;
  /** When the failover was ordered. */
  readonly decidedUs: number;
  readonly attempted: number;
  readonly acknowledged: readonly Payment[];
  /** Acknowledged by the old primary, and not there before anything was replayed: what the new one breaks, the fault did not take. */
  readonly lost: readonly Payment[];
  /** Acknowledged, and not there in the end. */
  readonly residual: readonly Payment[];
  /** Never answered, and there in the end. */
  readonly recovered: readonly Payment[];
  /** Answered "not executed", and there in the end. */
  readonly refusedYetThere: readonly Payment[];
  readonly lostMinor: number;
  readonly residualMinor: number;
  /** Acknowledged by the old primary after the promotion. */
  readonly acceptedByOld: readonly Payment[];
  /** Writes of the fence probe; `Unheard`: those that it gave up on before they were answered. */
  readonly acceptedFromFence: number;
  readonly acceptedUnheard: number;
  readonly steps: Readonly<Record<"failover" | "failback", ReadonlyMap<string, StepTime>>>;
  readonly inserted: number;
  /** Of payments that were promised, or found by a read, and are not lost: what is lost is rightly not found. */
  readonly staleReads: readonly StaleRead[];
  /** Stored or served where they may not be. */
  readonly outside: readonly Payment[];
  /** How old the oldest lost payment was when the fault struck, µs; 0 without one. */
  readonly lossAgeUs: number;
}

/** When the system stood by it: by its commit, or by its word alone. */
export const promisedUs = ({ committedUs, ackedUs }: Payment): number =>
  committedUs === Number.POSITIVE_INFINITY ? (ackedUs ?? committedUs) : committedUs;

const minor = (payments: readonly Payment[]): number => payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

export const isNamed = (region: string): boolean => regionNames.some((name) => name === region);

/** A replayed payment is stored anew. */
function isOutside({ storedRegion, servedBy, replayed, on, ackedUs }: Payment, serving: 0 | 1): boolean {
  return (on[serving] && !replayed && !isNamed(storedRegion)) || (ackedUs !== null && !isNamed(servedBy));
}

/** After the promotion, and not by the primary that a failback made the writer again. */
function isByOld(payment: Payment, { promotedUs, switchedUs }: Moments): boolean {
  const us = promisedUs(payment);
  return payment.region === 0 && us >= promotedUs && us < switchedUs;
}

/** What a witness asked for, the load or the second one: probes, too, pay. */
export const isWitnessed = ({ id }: Pick<Payment, "id">): boolean => id.includes(".k.") || id.includes(".t.");

export function truthOf(liar: Liar, decidedUs: number): Truth {
  const moments = liar.control.moments();
  const serving = moments.promotedUs < Number.POSITIVE_INFINITY ? 1 : 0;
  const asked = [...liar.volume.payments.values()].filter(isWitnessed);
  const acknowledged = asked.filter(({ ackedUs }) => ackedUs !== null);
  // What it promised again after a switch back is no part of what the fault took.
  const lost = acknowledged.filter(
    (payment) => payment.lost && payment.region === 0 && promisedUs(payment) < moments.switchedUs,
  );
  const residual = acknowledged.filter(({ on }) => !on[serving]);
  const there = asked.filter(({ on, ackedUs }) => on[serving] && ackedUs === null);
  return {
    moments,
    decidedUs,
    attempted: asked.length,
    acknowledged,
    lost,
    residual,
    recovered: there.filter(({ refused }) => !refused),
    refusedYetThere: there.filter(({ refused }) => refused),
    lostMinor: minor(lost),
    residualMinor: minor(residual),
    acceptedByOld: acknowledged.filter((one) => isByOld(one, moments)),
    acceptedFromFence: liar.fenceAccepted(),
    acceptedUnheard: liar.fenceUnheard(),
    steps: { failover: liar.control.stepTimes("failover"), failback: liar.control.stepTimes("failback") },
    inserted: liar.volume.inserted.length,
    staleReads: liar.staleReads().filter(({ payment }) => !payment.lost),
    outside: asked.filter((payment) => isOutside(payment, serving)),
    lossAgeUs: Math.max(0, ...lost.map(({ committedUs }) => moments.faultUs - committedUs)),
  };
}
