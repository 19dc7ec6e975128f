/** What an answer of the liar means to a client that keeps a ledger; decided as in load/transaction.ts and src/witness/write.ts. */
import { elsewhere, regionNumber } from "../../model/ledger.ts";
import type { Outcome } from "../../model/ledger.ts";
import { statusCode } from "../../witness/error-code.ts";
import type { Reply } from "../liar/liar.ts";
import { regionNames } from "../liar/script.ts";

/** Where the numbers in the rows point; the last stands for any Region that the environment does not name. */
export const ledgerRegions = [...regionNames, elsewhere] as const;

type Answer = Pick<Outcome, "status" | "errorCode" | "ack" | "region" | "epoch"> & { readonly endUs: number };

/** k6's error codes. */
const errors = { timeout: 1050, refused: 1212, reset: 1220 } as const;
const noRegion = { region: 0, epoch: 0 } as const;

function lostReply(reply: Reply, sentUs: number, timeoutMs: number): (Answer & { ack: 0 }) | null {
  if (reply.kind === "answer") return null;
  const errorCode = reply.kind === "silence" ? errors.timeout : errors[reply.kind];
  const endUs = reply.kind === "silence" ? sentUs + timeoutMs * 1000 : reply.atUs;
  return { status: 0, errorCode, ack: 0, ...noRegion, endUs };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Record<string, unknown>;
}

export function writeAnswer(
  reply: Reply,
  sentUs: number,
  timeoutMs: number,
  asked: { readonly id: string; readonly hash: string; readonly attempt: number },
): Answer & { readonly lsn: number } {
  const lost = lostReply(reply, sentUs, timeoutMs);
  if (lost !== null || reply.kind !== "answer")
    return { ...(lost ?? { status: 0, errorCode: 0, ack: 0, ...noRegion, endUs: sentUs }), lsn: 0 };
  const { status, headers, atUs: endUs } = reply;
  const offeredAgain = Number(headers["x-attempt"] ?? "1") > asked.attempt;
  if (status === 200 || status === 201) {
    const said = parsed(reply.body);
    const committed = said["committed"] === true || said["replay"] === true;
    if (said["id"] === asked.id && said["hash"] === asked.hash && committed) {
      const region = regionNumber(said["region"], ledgerRegions);
      return {
        status,
        errorCode: 0,
        ack: offeredAgain || (said["replay"] === true && asked.attempt === 1) ? 3 : 1,
        region,
        epoch: Number(said["epoch"]),
        lsn: Number(said["lsn"]),
        endUs,
      };
    }
  }
  const ack = offeredAgain ? 4 : status >= 400 && headers["x-not-executed"] !== undefined ? 2 : 0;
  const region = regionNumber(headers["x-region"], ledgerRegions);
  return { status, errorCode: statusCode(status), ack, region, epoch: Number(headers["x-epoch"] ?? 0), lsn: 0, endUs };
}

export function readAnswer(
  reply: Reply,
  sentUs: number,
  timeoutMs: number,
  of: { readonly hash: string } | null,
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
    errorCode: statusCode(status),
    ack,
    region: regionNumber(headers["x-region"], ledgerRegions),
    epoch: Number(headers["x-epoch"] ?? 0),
    endUs,
  };
}
