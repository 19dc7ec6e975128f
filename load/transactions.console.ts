/**
 * The same load for a k6 as it comes from its makers (v0.57 or later), which cannot hold our ledger: the rows go out through
 * `--console-output <file> --log-format raw`. Weaker than k6/x/ledger: times have a resolution of 1 ms and follow the wall clock, for which
 * the verdict widens every duration; nothing is forced to the disk; what is in flight at the end stays without an outcome (unknown).
 */
import { consoleLedger } from "./console-ledger.ts";
import { transactionWith } from "./transaction.ts";

export { options } from "./options.ts";
export default transactionWith(consoleLedger);

export function handleSummary(data: {
  metrics: Record<string, { values: Record<string, number> } | undefined>;
}): Record<string, string> {
  const file = __ENV["DRILL_SUMMARY"] ?? "stdout";
  return { [file]: JSON.stringify({ droppedIterations: data.metrics["dropped_iterations"]?.values["count"] ?? 0 }) };
}
