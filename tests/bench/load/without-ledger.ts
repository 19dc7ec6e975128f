/**
 * The same load without its ledger, for the benchmark: load/transactions.ts with functions in the ledger's place that do nothing. What a
 * read asks for, which the ledger knows from the writes before it, is one payment that the benchmark made: the same request, the same answer.
 */
import { transactionWith } from "../../../load/transaction.ts";

export { options } from "../../../load/options.ts";

const recent = __ENV["BENCH_RECENT"] ?? "";

export default transactionWith({
  begin: () => true,
  nowUs: () => 0,
  intent: () => {},
  outcome: () => {},
  read: () => {},
  recent: () => recent,
});
