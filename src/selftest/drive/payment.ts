/** One payment of a drill against the liar, as both clients make it: the promise, the request, the answer and their two rows in the ledger. */
import { createHash } from "node:crypto";
import { formatIntent, formatOutcome } from "../../model/ledger.ts";
import type { Reply } from "../liar/liar.ts";
import { writeAnswer } from "./answers.ts";
import type { Row } from "./ledger-rows.ts";

export const accounts = 50;

interface Made {
  readonly id: string;
  readonly seq: number;
  readonly us: number;
  readonly reference: string;
  readonly timeoutMs: number;
  readonly random: () => number;
  readonly offer: (body: string, us: number) => Reply;
}

export interface Paid {
  /** As in the ledger. */
  readonly hash: string;
  /** Of the answer. */
  readonly endUs: number;
  readonly ack: number;
  /** Asks for the same once more, with the same id. */
  readonly again: (us: number) => Paid;
}

export function pay(made: Made, rows: Row[]): Paid {
  const { id, seq, random } = made;
  const payment = {
    amountMinor: 100 + Math.floor(random() * 99_900),
    from: 1 + Math.floor((random() * accounts) / 2),
    to: 1 + Math.floor(((1 + random()) * accounts) / 2),
  };
  const body = JSON.stringify({ id, ...payment, currency: "USD", reference: made.reference });
  const fullHash = createHash("sha256").update(body).digest("hex");
  const hash = fullHash.slice(0, 16);
  const attemptAt = (us: number, attempt: number): Paid => {
    rows.push({ us, line: formatIntent({ seq, us, ...payment, attempt, hash }) });
    const { endUs, ...answer } = writeAnswer(made.offer(body, us), us, made.timeoutMs, { id, hash: fullHash, attempt });
    rows.push({ us: endUs, line: formatOutcome({ seq, us: endUs, ...answer }) });
    return { hash, endUs, ack: answer.ack, again: (laterUs) => attemptAt(laterUs, attempt + 1) };
  };
  return attemptAt(made.us, 1);
}
