/** The load of a drill against the liar: an open model that keeps its ledger as our k6 does. */
import { formatMark, formatRead } from "../../model/ledger.ts";
import type { Liar, LiarRequest, Reply } from "../liar/liar.ts";
import { randomOf } from "../random.ts";
import { readAnswer } from "./answers.ts";
import { closedLedger, textOf } from "./ledger-rows.ts";
import type { Row } from "./ledger-rows.ts";
import { isBlind } from "./options.ts";
import type { DriveOptions } from "./options.ts";
import { accounts, pay } from "./payment.ts";
import type { Client } from "./traffic.ts";

export interface PlayedLoad extends Client {
  /** The ledger's rows, without header. */
  readonly rows: () => string;
  readonly dropped: () => number;
}

export function playLoad(liar: Liar, options: DriveOptions, until: { readonly stopUs: number }): PlayedLoad {
  const { ratePerMinute, writeEvery, timeoutMs, loadStartUs, vus } = options;
  const stopUs = Math.min(until.stopUs, options.loadKilledUs ?? Number.POSITIVE_INFINITY);
  const periodUs = 60e6 / ratePerMinute;
  const random = randomOf(liar.script.seed + 3);
  const rows: Row[] = [{ us: 0, line: formatMark({ mark: "open", us: loadStartUs, n: 0 }) }];
  const recent = recentPromise(options.readsAskFor);
  let [slot, seq, dropped] = [0, 0, 0];
  let inFlight: number[] = [];

  function send(us: number): number {
    const turn = seq % writeEvery;
    const offer = (request: LiarRequest): Reply =>
      isBlind(options.loadBlind, us) ? { kind: "silence" } : liar.handle(request);
    const ask = { atUs: us, patienceUs: timeoutMs * 1000, via: "name" } as const;
    const of = turn === 0 || turn === 1 ? null : recent.at(us);
    if (turn !== 0) {
      const path = of === null ? `/v1/accounts/${1 + (seq % accounts)}` : `/v1/payments/${options.run}.k.${of.seq}`;
      const answer = readAnswer(offer({ ...ask, method: "GET", path }), us, timeoutMs, of);
      rows.push({ us: answer.endUs, line: formatRead({ seq, us, ...answer, of: of?.seq ?? -1 }) });
      return answer.endUs;
    }
    const { hash, endUs, ack } = pay(
      {
        id: `${options.run}.k.${seq}`,
        seq,
        us,
        reference: "x".repeat(20),
        timeoutMs,
        random,
        offer: (body) => offer({ ...ask, method: "POST", path: "/v1/payments", body }),
      },
      rows,
    );
    recent.sent({ seq, hash, endUs: ack === 1 ? endUs : null });
    return endUs;
  }

  const client: PlayedLoad = {
    nextUs: loadStartUs,
    act: () => {
      const dueUs = client.nextUs;
      inFlight = Number.isFinite(vus) ? inFlight.filter((endUs) => endUs > dueUs) : [];
      if (inFlight.length >= vus) {
        dropped += 1;
        rows.push({
          us: dueUs + 50_000,
          line: formatMark({ mark: "drop", us: Math.round(dueUs) + 50_000, n: dropped }),
        });
      } else {
        inFlight.push(send(Math.round(dueUs + 400 * random())));
        seq += 1;
      }
      slot += 1;
      const nextUs = loadStartUs + slot * periodUs;
      client.nextUs = nextUs >= stopUs ? Number.POSITIVE_INFINITY : nextUs;
    },
    dropped: () => dropped,
    rows: () => {
      const killedUs = options.loadKilledUs;
      // A killed k6 writes nothing any more: what it heard too late to write down is lost with it.
      return killedUs === null
        ? closedLedger(rows, { stopUs, dropped, done: seq })
        : textOf(rows.filter(({ us }) => us < killedUs));
    },
  };
  return client;
}

interface Sent {
  readonly seq: number;
  readonly hash: string;
  /** When its promise came; null: none came. */
  readonly endUs: number | null;
}

/** The write that was promised last, as `recent()` of k6/x/ledger tells it, or asked for last. */
function recentPromise(which: DriveOptions["readsAskFor"]): {
  readonly sent: (write: Sent) => void;
  readonly at: (us: number) => Sent | null;
} {
  let waiting: Sent[] = [];
  let newest: Sent | null = null;
  return {
    sent: (write) => {
      if (which === "sent") newest = write;
      else if (write.endUs !== null) waiting.push(write);
    },
    at: (us) => {
      for (const write of waiting) if ((write.endUs ?? us) < us) newest = write;
      waiting = waiting.filter(({ endUs }) => (endUs ?? us) >= us);
      return newest;
    },
  };
}
