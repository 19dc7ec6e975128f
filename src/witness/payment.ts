/**
 * The second witness's payments. They follow from the run's seed and their own number, like those of the load, but share no code with
 * load/payment.ts: two instruments that are to check each other must not make the same mistake.
 */
import { createHash } from "node:crypto";

export interface Payment {
  readonly id: string;
  readonly amountMinor: number;
  /** Accounts 1 … 1000; the two differ. */
  readonly from: number;
  readonly to: number;
  readonly body: string;
  /** sha256 of the body's bytes, hex. */
  readonly hash: string;
}

const accounts = 1_000;
const largestAmountMinor = 100_000;

export function paymentOf(given: {
  readonly seed: string;
  readonly idPrefix: string;
  readonly bodyBytes: number;
  readonly seq: number;
}): Payment {
  const { seed, idPrefix, bodyBytes, seq } = given;
  const drawn = createHash("sha256").update(`${seed} second witness ${seq}`).digest();
  const id = `${idPrefix}${seq}`;
  const from = 1 + (drawn.readUInt32BE(0) % accounts);
  // Any of the others, counted on from the payer.
  const to = 1 + ((from + (drawn.readUInt32BE(4) % (accounts - 1))) % accounts);
  const amountMinor = 1 + (drawn.readUInt32BE(8) % largestAmountMinor);
  const data = `{"id":"${id}","from":${from},"to":${to},"amountMinor":${amountMinor},"currency":"USD","reference":"`;
  const body = `${data}${paddingOf(drawn, Math.max(0, bodyBytes - data.length - 2))}"}`;
  return { id, amountMinor, from, to, body, hash: createHash("sha256").update(body).digest("hex") };
}

/** Text that nothing on the way makes small by compressing it, and that no two payments share. */
function paddingOf(drawn: Buffer, length: number): string {
  let made = "";
  for (let part = 0; made.length < length; part += 1)
    made += createHash("sha256").update(drawn).update(String(part)).digest("hex");
  return made.slice(0, length);
}
