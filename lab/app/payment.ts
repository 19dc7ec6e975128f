/** A payment as a client offers it: what is checked before anything is written. */
import { createHash } from "node:crypto";

export interface Payment {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly amountMinor: number;
  readonly currency: string;
}

export const longestBodyBytes = 64 * 1024;
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/;

/** The hash everywhere: sha256 of the raw bytes of the request's body. */
export const hashOf = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

const isAccount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 2_147_483_647;

/** The payment, or the sentence that says what is wrong with it. */
export function parsePayment(body: Uint8Array): Payment | string {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8"));
  } catch {
    return "the body is not JSON";
  }
  if (typeof value !== "object" || value === null) return "the body is not an object";
  const { id, from, to, amountMinor, currency } = value as Record<string, unknown>;
  if (typeof id !== "string" || !idPattern.test(id))
    return "id must be 1 to 100 letters, digits, dots, dashes, colons or underscores";
  if (!isAccount(from) || !isAccount(to)) return "from and to must be account numbers";
  if (from === to) return "from and to must differ";
  if (typeof amountMinor !== "number" || !Number.isSafeInteger(amountMinor) || amountMinor <= 0)
    return "amountMinor must be a positive whole number";
  if (typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency)) return "currency must be three capital letters";
  return { id, from, to, amountMinor, currency };
}
