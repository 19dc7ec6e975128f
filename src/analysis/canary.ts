/** What the canary inside the primary Region is worth: one that fails without a fault, too, tells little of when the fault came. */
import type { ProbeEvidence } from "../evidence/evidence.ts";
import type { Drill } from "../model/drill.ts";

/** The baseline before the fault that is looked at, at most. */
export const longestBaselineMs = 60_000;

/** Why its failure proves little; null: it may be believed. One failure alone is noise (failsAlone). */
export function unsteady(
  { header, lines }: ProbeEvidence,
  { baselineMs, goodRatio }: Drill["steadyState"],
  faultUs: number,
): string | null {
  const fromUs = faultUs - 1000 * Math.min(longestBaselineMs, baselineMs);
  const looks = lines.filter(({ value }) => value.startUs >= fromUs && value.endUs <= faultUs);
  const failed = looks.filter(({ value }) => !value.ok).length;
  if (looks.length === 0) return `${header.probe} did not look in the baseline before the fault`;
  if (failed <= Math.max(1, looks.length * (1 - goodRatio) + 1e-9)) return null;
  return `${header.probe} failed ${failed} of ${looks.length} times in the baseline before the fault, so its failure proves little`;
}

/** It has failed once and been right again at its next look, without a fault. */
export function failsAlone({ lines }: ProbeEvidence, untilUs: number): boolean {
  const before = lines.filter(({ value }) => value.endUs <= untilUs).map(({ value }) => value.ok);
  return before.some((ok, index) => !ok && before[index - 1] !== false && before[index + 1] === true);
}
