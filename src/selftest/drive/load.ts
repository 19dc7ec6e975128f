/**
 * The load of a drill against the liar: an open model that keeps its ledger as our k6 does, row by row in the same format and in the
 * order of writing. What an answer means is decided as in load/transaction.ts.
 */
import { createHash } from "node:crypto";
import { elsewhere, formatIntent, formatMark, formatOutcome, formatRead } from "../../model/ledger.ts";
import type { Outcome } from "../../model/ledger.ts";
import type { Liar, Reply } from "../liar/liar.ts";
import { regionNames } from "../liar/script.ts";
import { randomOf } from "../random.ts";
import type { DriveOptions } from "./options.ts";
import type { Client } from "./traffic.ts";

/** Where the numbers in the rows point; the last stands for any Region that the environment does not name. */
export const ledgerRegions = [...regionNames, elsewhere] as const;

export interface PlayedLoad extends Client {
  /** The ledger's rows, without header. */
  readonly rows: () => string;
  readonly dropped: () => number;
}

interface Row {
  readonly us: number;
  readonly line: string;
}

type Answer = Pick<Outcome, "status" | "errorCode" | "ack" | "region" | "epoch"> & { readonly endUs: number };

const accounts = 50;
/** k6's error codes. */
const errors = { timeout: 1050, refused: 1212, reset: 1220 } as const;

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
    const ask = { atUs: us, patienceUs: timeoutMs * 1000, via: "name" } as const;
    const of = turn === 0 || turn === 1 ? null : recent.at(us);
    if (turn !== 0) {
      const path = of === null ? `/v1/accounts/${1 + (seq % accounts)}` : `/v1/payments/${options.run}.k.${of.seq}`;
      const answer = readAnswer(liar.handle({ ...ask, method: "GET", path }), us, timeoutMs, of);
      rows.push({ us: answer.endUs, line: formatRead({ seq, us, ...answer, of: of?.seq ?? -1 }) });
      return answer.endUs;
    }
    const payment = {
      amountMinor: 100 + Math.floor(random() * 99_900),
      from: 1 + Math.floor((random() * accounts) / 2),
      to: 1 + Math.floor(((1 + random()) * accounts) / 2),
    };
    const id = `${options.run}.k.${seq}`;
    const body = JSON.stringify({ id, ...payment, currency: "USD", reference: "x".repeat(20) });
    const fullHash = createHash("sha256").update(body).digest("hex");
    const hash = fullHash.slice(0, 16);
    rows.push({ us, line: formatIntent({ seq, us, ...payment, attempt: 1, hash }) });
    const reply = liar.handle({ ...ask, method: "POST", path: "/v1/payments", body });
    const { lsn, endUs, ...answer } = writeAnswer(reply, us, timeoutMs, { id, hash: fullHash });
    rows.push({ us: endUs, line: formatOutcome({ seq, us: endUs, ...answer, lsn }) });
    recent.sent({ seq, hash, endUs: answer.ack === 1 ? endUs : null });
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
      rows.sort((a, b) => a.us - b.us);
      // A killed k6 writes nothing any more: what it heard too late to write down is lost with it.
      if (killedUs !== null) return text(rows.filter(({ us }) => us < killedUs));
      const doneUs = Math.max(stopUs, rows[rows.length - 1]?.us ?? 0) + 100;
      const out = rows.filter(({ us }) => us > stopUs).length;
      const stop = { us: stopUs, line: formatMark({ mark: "stop", us: stopUs, n: out }) };
      const at = rows.findIndex(({ us }) => us > stopUs);
      rows.splice(at < 0 ? rows.length : at, 0, stop);
      const drop = formatMark({ mark: "drop", us: doneUs, n: dropped });
      return text(rows) + drop + formatMark({ mark: "done", us: doneUs, n: seq });
    },
  };
  return client;
}

const text = (rows: readonly Row[]): string => rows.map(({ line }) => line).join("");

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

const noRegion = { region: 0, epoch: 0 } as const;

function lostReply(reply: Reply, sentUs: number, timeoutMs: number): (Answer & { ack: 0 }) | null {
  if (reply.kind === "answer") return null;
  const errorCode = reply.kind === "silence" ? errors.timeout : errors[reply.kind];
  const endUs = reply.kind === "silence" ? sentUs + timeoutMs * 1000 : reply.atUs;
  return { status: 0, errorCode, ack: 0, ...noRegion, endUs };
}

const regionNumber = (name: string | undefined): number => {
  if (name === undefined || name === "") return 0;
  const known = ledgerRegions.findIndex((region) => region === name);
  return known < 0 ? ledgerRegions.length : known + 1;
};

function parsed(body: string): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Record<string, unknown>;
}

function writeAnswer(
  reply: Reply,
  sentUs: number,
  timeoutMs: number,
  asked: { readonly id: string; readonly hash: string },
): Answer & { readonly lsn: number } {
  const lost = lostReply(reply, sentUs, timeoutMs);
  if (lost !== null || reply.kind !== "answer")
    return { ...(lost ?? { status: 0, errorCode: 0, ack: 0, ...noRegion, endUs: sentUs }), lsn: 0 };
  const { status, headers, atUs: endUs } = reply;
  const offeredAgain = Number(headers["x-attempt"] ?? "1") > 1;
  if (status === 200 || status === 201) {
    const said = parsed(reply.body);
    const committed = said["committed"] === true || said["replay"] === true;
    if (said["id"] === asked.id && said["hash"] === asked.hash && committed) {
      const region = regionNumber(String(said["region"]));
      return {
        status,
        errorCode: 0,
        ack: offeredAgain || said["replay"] === true ? 3 : 1,
        region,
        epoch: Number(said["epoch"]),
        lsn: Number(said["lsn"]),
        endUs,
      };
    }
  }
  const ack = offeredAgain ? 4 : status >= 400 && headers["x-not-executed"] !== undefined ? 2 : 0;
  const region = regionNumber(headers["x-region"]);
  return { status, errorCode: 0, ack, region, epoch: Number(headers["x-epoch"] ?? 0), lsn: 0, endUs };
}

function readAnswer(
  reply: Reply,
  sentUs: number,
  timeoutMs: number,
  of: Sent | null,
): Answer & { readonly ack: 0 | 1 | 2 } {
  const lost = lostReply(reply, sentUs, timeoutMs);
  if (lost !== null || reply.kind !== "answer")
    return lost ?? { status: 0, errorCode: 0, ack: 0, ...noRegion, endUs: sentUs };
  const { status, headers, atUs: endUs } = reply;
  const said = status === 200 ? parsed(reply.body) : {};
  const isRight =
    of === null ? typeof said["balanceMinor"] === "number" : String(said["hash"]).slice(0, 16) === of.hash;
  const ack = status === 200 && isRight ? 1 : status === 404 ? 2 : 0;
  return {
    status,
    errorCode: 0,
    ack,
    region: regionNumber(headers["x-region"]),
    epoch: Number(headers["x-epoch"] ?? 0),
    endUs,
  };
}
