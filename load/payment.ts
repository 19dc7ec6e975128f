/** The payments that the load makes: every one follows from the run's seed and its own number, so that a run can be told again. */

export interface Payment {
  readonly amountMinor: number;
  readonly from: number;
  readonly to: number;
}

export const accounts = 1_000;
const largestAmountMinor = 100_000;

/** FNV-1a: any text as a 32-bit seed. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** murmur3's finaliser: neighbouring numbers come out unrelated. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Accounts are 1 … 1000, and the two of a payment differ. */
export function paymentOf(seed: number, seq: number): Payment {
  const first = mix(seed ^ Math.imul(seq + 1, 0x9e3779b1));
  const second = mix(first ^ seed);
  const from = 1 + (first % accounts);
  const to = 1 + ((from + (second % (accounts - 1))) % accounts);
  return { amountMinor: 1 + (mix(second) % largestAmountMinor), from, to };
}

/** The body of a write, exactly `bytes` long (longer only if its data alone are); `padding` must be ASCII and at least that long. */
export function paymentBody(id: string, payment: Payment, padding: string, bytes: number): string {
  const data = `{"id":"${id}","from":${payment.from},"to":${payment.to},"amountMinor":${payment.amountMinor},"currency":"USD","reference":"`;
  return `${data}${padding.slice(0, Math.max(0, bytes - data.length - 2))}"}`;
}
