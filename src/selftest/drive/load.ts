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
import type { Paid } from "./payment.ts";
import type { Client } from "./traffic.ts";

export interface PlayedLoad extends Client {
  /** The ledger's rows, without header. */
  readonly rows: () => string;
  readonly dropped: () => number;
  readonly arrivals: readonly PlayedArrival[];
  /** Asks for the second time. */
  readonly retries: Client;
}

/** What became of one arrival, from the client's side; the truth log is completed by it. */
export interface PlayedArrival {
  readonly dueUs: number;
  readonly sentUs: number;
  /** The payment that a read asked for; null: none. */
  readonly of: string | null;
  /** Of the answer, or of the waiting for it. */
  endUs: number;
  /** null: neither, or there was no answer. */
  said: "right" | "absent" | null;
}

export function playLoad(liar: Liar, options: DriveOptions, until: { readonly stopUs: number }): PlayedLoad {
  const { ratePerMinute, writeEvery, timeoutMs, loadStartUs, vus } = options;
  const stopUs = Math.min(until.stopUs, options.loadKilledUs ?? Number.POSITIVE_INFINITY);
  const periodUs = 60e6 / ratePerMinute;
  const random = randomOf(liar.script.seed + 3);
  const rows: Row[] = [{ us: 0, line: formatMark({ mark: "open", us: loadStartUs, n: 0 }) }];
  const recent = recentPromise(options.readsAskFor);
  const arrivals: PlayedArrival[] = [];
  const retries = retrying();
  let [slot, seq, retried, dropped] = [0, 0, 0, 0];
  let inFlight: number[] = [];

  function send(us: number, dueUs: number): number {
    const turn = seq % writeEvery;
    const offer = (request: LiarRequest): Reply =>
      isBlind(options.loadBlind, request.atUs) ? { kind: "silence" } : liar.handle(request);
    const ask = { patienceUs: timeoutMs * 1000, via: "name" } as const;
    const of = turn === 0 || turn === 1 ? null : recent.at(us);
    if (turn !== 0) {
      const path = of === null ? `/v1/accounts/${1 + (seq % accounts)}` : `/v1/payments/${options.run}.k.${of.seq}`;
      const answer = readAnswer(offer({ ...ask, atUs: us, method: "GET", path }), us, timeoutMs, of);
      rows.push({ us: answer.endUs, line: formatRead({ seq, us, ...answer, of: of?.seq ?? -1 }) });
      const asked = of === null ? null : `${options.run}.k.${of.seq}`;
      arrivals.push({ dueUs, sentUs: us, of: asked, endUs: answer.endUs, said: readSaid[answer.ack] });
      return answer.endUs;
    }
    const reference = "x".repeat(20);
    const post = (body: string, atUs: number): Reply =>
      offer({ ...ask, atUs, method: "POST", path: "/v1/payments", body });
    const paid = pay({ id: `${options.run}.k.${seq}`, seq, us, reference, timeoutMs, random, offer: post }, rows);
    recent.sent({ seq, hash: paid.hash, endUs: paid.ack === 1 ? paid.endUs : null });
    const isPromised = isPromise(paid);
    arrivals.push({ dueUs, sentUs: us, of: null, endUs: paid.endUs, said: isPromised ? "right" : null });
    if (options.retriesAfterUs !== null && !isPromised) askAgain(paid, paid.endUs + options.retriesAfterUs);
    return paid.endUs;
  }

  function askAgain(first: Paid, us: number): void {
    const [of, arrival] = [seq, arrivals.at(-1)];
    // A second time that would end too late for the final reading is not begun.
    if (us + timeoutMs * 1000 >= stopUs) return;
    retries.add(us, () => {
      const { ack, endUs, hash } = first.again(us);
      retried += 1;
      if (!isPromise({ ack }) || arrival === undefined) return;
      Object.assign(arrival, { endUs, said: "right" });
      recent.sent({ seq: of, hash, endUs });
    });
  }

  const client: PlayedLoad = {
    nextUs: loadStartUs,
    act: () => {
      const dueUs = client.nextUs;
      inFlight = Number.isFinite(vus) ? inFlight.filter((endUs) => endUs > dueUs) : [];
      if (inFlight.length >= vus) {
        dropped += 1;
        const us = Math.round(dueUs) + 50_000;
        rows.push({ us, line: formatMark({ mark: "drop", us, n: dropped }) });
      } else {
        inFlight.push(send(Math.round(dueUs + 400 * random()), dueUs));
        seq += 1;
      }
      slot += 1;
      const nextUs = loadStartUs + slot * periodUs;
      client.nextUs = nextUs >= stopUs ? Number.POSITIVE_INFINITY : nextUs;
    },
    dropped: () => dropped,
    arrivals,
    retries: retries.client,
    rows: () => {
      const killedUs = options.loadKilledUs;
      // A killed k6 writes nothing any more: what it heard too late to write down is lost with it.
      return killedUs === null
        ? closedLedger(rows, { stopUs, dropped, done: seq + retried })
        : textOf(rows.filter(({ us }) => us < killedUs));
    },
  };
  return client;
}

const readSaid = [null, "right", "absent"] as const;
const isPromise = ({ ack }: Pick<Paid, "ack">): boolean => ack === 1 || ack === 3;

/** What is to be done later, in the order of time. */
function retrying(): { readonly client: Client; readonly add: (us: number, act: () => void) => void } {
  const waiting: { readonly us: number; readonly act: () => void }[] = [];
  const client: Client = {
    nextUs: Number.POSITIVE_INFINITY,
    act: () => {
      const next = waiting.shift();
      client.nextUs = waiting[0]?.us ?? Number.POSITIVE_INFINITY;
      next?.act();
    },
  };
  const add = (us: number, act: () => void): void => {
    waiting.push({ us, act });
    waiting.sort((a, b) => a.us - b.us);
    client.nextUs = waiting[0]?.us ?? us;
  };
  return { client, add };
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
