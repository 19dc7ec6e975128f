/**
 * One write of the second witness: one attempt on a fresh connection, to the address that the environment's DNS gives. What the answer
 * means is decided as docs/system-contract.md says: acknowledged only if it echoes id and hash and says that it is committed.
 */
import { regionNumber, type Outcome } from "../model/ledger.ts";
import { httpRequest, type HttpAnswer } from "../probes/http-request.ts";
import type { Answer as NameAnswer } from "../probes/resolver.ts";
import { errorCode, statusCode, timeoutCode } from "./error-code.ts";
import type { Payment } from "./payment.ts";

export type WriteAnswer = Omit<Outcome, "seq" | "us">;

export interface Service {
  readonly url: string;
  readonly resolve: (hostname: string) => Promise<NameAnswer>;
  readonly timeoutMs: number;
  /** Region names in the order of their numbers in the rows. */
  readonly regions: readonly string[];
}

/** Never rejects: whatever happens is an outcome, and it comes within the timeout. */
export async function writeOnce(service: Service, payment: Payment): Promise<WriteAnswer> {
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // A name server that does not answer is not to be aborted, so the wait for it is given up beside it.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      timeout.abort();
      reject(new Error("timeout"));
    }, service.timeoutMs);
  });
  const request = httpRequest({ resolve: service.resolve, signal: timeout.signal }, `${service.url}/v1/payments`, {
    method: "POST",
    body: payment.body,
  });
  try {
    return understood(await Promise.race([request, late]), payment, service.regions);
  } catch (error) {
    const code = timeout.signal.aborted ? timeoutCode : errorCode(error);
    return { status: 0, errorCode: code, ack: 0, region: 0, epoch: 0, lsn: 0 };
  } finally {
    clearTimeout(timer);
    // After a timeout the request ends, too, with nobody left to hear of it.
    request.catch(() => {});
  }
}

function understood(answer: HttpAnswer, payment: Payment, regions: readonly string[]): WriteAnswer {
  const { status, headers } = answer;
  // Nobody here sends a write twice: if the service says that it was offered this one more often, something on the way did.
  const again = Number(headers["x-attempt"]) > 1;
  const said = status >= 200 && status < 300 ? parsed(answer.body) : {};
  const committed = said["committed"] === true || (status === 200 && said["replay"] === true);
  if (committed && said["id"] === payment.id && said["hash"] === payment.hash) {
    // Region and epoch of the promise itself: a replayed answer tells those of the first time.
    return {
      status,
      errorCode: 0,
      ack: again || said["replay"] === true ? 3 : 1,
      region: regionNumber(said["region"], regions),
      epoch: fitting(said["epoch"], 99_999),
      lsn: fitting(said["lsn"], Number.MAX_SAFE_INTEGER),
    };
  }
  const refused = status >= 400 && (headers["x-not-executed"] ?? "") !== "";
  return {
    status,
    errorCode: statusCode(status),
    ack: again ? 4 : refused ? 2 : 0,
    region: regionNumber(headers["x-region"], regions),
    epoch: fitting(headers["x-epoch"], 99_999),
    lsn: 0,
  };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What the system under drill says must fit the row; a value that does not is as good as none. */
function fitting(value: unknown, limit: number): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= limit ? number : 0;
}
