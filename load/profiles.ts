/**
 * Load profiles by name: plain data, read by the harness. A drill names one as `load: { profile: "peak" }`.
 * All are open models: arrivals come at the rate whatever the system does, and none is held back or sent again.
 */
export interface LoadProfile {
  readonly name: string;
  readonly title: string;
  /** Transactions, reads and writes together. */
  readonly ratePerMinute: number;
  /** Every n-th transaction is a write; 6 is read:write 5:1. */
  readonly writeEvery: number;
  /** Size of a write's request body. */
  readonly bodyBytes: number;
  /** A request without a whole answer by then is given up, and its outcome is unknown. */
  readonly timeoutMs: number;
}

export const profiles = {
  peak: {
    name: "peak",
    title: "10,000 transactions a minute of 5 KB, read:write 5:1",
    ratePerMinute: 10_000,
    writeEvery: 6,
    bodyBytes: 5_000,
    timeoutMs: 2_000,
  },
  "peak-writes": {
    name: "peak-writes",
    title: "10,000 writes and 50,000 reads a minute, 5 KB",
    ratePerMinute: 60_000,
    writeEvery: 6,
    bodyBytes: 5_000,
    timeoutMs: 2_000,
  },
} as const satisfies Record<string, LoadProfile>;
