/** The load, recorded by k6/x/ledger: `k6 run --out ledger`, with the k6 that load/k6 builds. */
import * as ledger from "k6/x/ledger";
import { transactionWith } from "./transaction.ts";

export { options } from "./options.ts";
export default transactionWith(ledger);
