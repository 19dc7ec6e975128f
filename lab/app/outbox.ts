/**
 * The task's background work: once a second it looks what its database is (so that the epoch it states is never old), and while its
 * Region takes part (flow open) and the database is the writer, it dispatches the outbox.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "./ledger.ts";

const everyMs = 250;
const lookEveryTurns = 4;
const batch = 200;

export function startOutboxWorker(options: {
  readonly ledger: Ledger;
  readonly worker: string;
  readonly flow: () => "open" | "closed";
}): void {
  const { ledger, worker, flow } = options;
  const forever = async (): Promise<never> => {
    let writable = false;
    for (let turn = 0; ; turn += 1) {
      if (turn % lookEveryTurns === 0)
        writable = await ledger.state().then(
          (state) => state.writable,
          () => false,
        );
      // A database that has just ceased to be the writer refuses, and then it is not our turn.
      if (writable && flow() === "open") await ledger.dispatch(worker, batch).catch(() => 0);
      await sleep(everyMs);
    }
  };
  void forever();
}
