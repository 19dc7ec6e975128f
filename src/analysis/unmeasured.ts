/** Thrown when evidence that a finding needs is not there; becomes an INCONCLUSIVE finding with this message. */
export class Unmeasured extends Error {}
