/** Thrown when evidence that a finding needs is not there; becomes an INCONCLUSIVE finding with this message. */
export class Unmeasured extends Error {}

/** The system under drill has no way to tell, and its environment says so; becomes NOT_MEASURABLE. */
export class NotExposed extends Unmeasured {}

/** For what can also be said without it: null when it is not measured. */
export function ifMeasured<Value>(measure: () => Value): Value | null {
  try {
    return measure();
  } catch (error) {
    if (error instanceof Unmeasured) return null;
    throw error;
  }
}
