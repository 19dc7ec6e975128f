/**
 * The second witness of a drill against the liar: a few writes a second beside the load, with ids and a ledger of its own, as src/witness
 * keeps it. It keeps the address that it was given for the name's TTL.
 */
import { formatMark } from "../../model/ledger.ts";
import type { Liar, Reply } from "../liar/liar.ts";
import { randomOf } from "../random.ts";
import { closedLedger } from "./ledger-rows.ts";
import type { Row } from "./ledger-rows.ts";
import { isBlind } from "./options.ts";
import type { DriveOptions } from "./options.ts";
import { pay } from "./payment.ts";
import type { Client } from "./traffic.ts";

export interface PlayedWitness extends Client {
  /** The ledger's rows, without header. */
  readonly rows: () => string;
}

export function playSecondWitness(
  liar: Liar,
  options: DriveOptions,
  until: { readonly stopUs: number },
): PlayedWitness {
  const { timeoutMs, witness, dnsTtlSeconds } = options;
  const { stopUs } = until;
  const periodUs = 60e6 / witness.ratePerMinute;
  const firstUs = Math.min(stopUs, options.loadStartUs + witness.startsAfterUs);
  const random = randomOf(liar.script.seed + 5);
  const rows: Row[] = [{ us: firstUs, line: formatMark({ mark: "open", us: firstUs, n: 0 }) }];
  let seq = 0;
  let resolvedUs = Number.NEGATIVE_INFINITY;

  function offer(us: number, body: string): Reply {
    if (isBlind(witness.blind, us)) return { kind: "silence" };
    if (us >= resolvedUs + dnsTtlSeconds * 1e6) resolvedUs = us;
    const ask = { method: "POST", path: "/v1/payments", via: "name", body } as const;
    return liar.handle({ ...ask, atUs: us, resolvedUs, random, patienceUs: timeoutMs * 1000 });
  }

  function send(us: number): void {
    const id = `${options.run}.t.${seq}`;
    const reference = "the second witness's";
    pay({ id, seq, us, reference, timeoutMs, random, offer: (body) => offer(us, body) }, rows);
  }

  const at = (us: number): number => (us >= stopUs ? Number.POSITIVE_INFINITY : us);
  const client: PlayedWitness = {
    nextUs: at(firstUs),
    act: () => {
      send(Math.round(client.nextUs + 1_500 * random()));
      seq += 1;
      client.nextUs = at(firstUs + seq * periodUs);
    },
    rows: () => closedLedger(rows, { stopUs, dropped: 0, done: seq }),
  };
  return client;
}
