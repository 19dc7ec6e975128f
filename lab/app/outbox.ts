/** The background job: dispatches the outbox while its Region takes part (flow open) and its database is the writer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "./ledger.ts";

const everyMs = 250;
const batch = 200;

export function startOutboxWorker(options: {
  readonly ledger: Ledger;
  readonly worker: string;
  readonly flow: () => "open" | "closed";
}): void {
  const turn = async (): Promise<void> => {
    if (options.flow() !== "open") return;
    // In order of what can be true: a standby, a fenced or an absent database all answer with an error, and then is not our turn.
    await options.ledger.dispatch(options.worker, batch).catch(() => 0);
  };
  const forever = async (): Promise<never> => {
    for (;;) {
      await turn();
      await sleep(everyMs);
    }
  };
  void forever();
}
