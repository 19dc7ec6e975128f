/** What an answer said; the same few combinations come again and again, so arrivals hold a number and this is looked up. */
export interface Answer {
  readonly status: number;
  readonly errorCode: number;
  readonly ack: number;
  readonly region: number;
  readonly epoch: number;
}

/** An answer as one number, of which nothing is lost; its fields are no wider than in the ledger's layout. */
export const answerKey = (status: number, errorCode: number, ack: number, region: number, epoch: number): number =>
  status + 1e3 * (errorCode + 1e4 * (ack + 10 * (region + 10 * epoch)));

export function answerOfKey(key: number): Answer {
  const [status, rest] = [key % 1e3, Math.floor(key / 1e3)];
  const [errorCode, more] = [rest % 1e4, Math.floor(rest / 1e4)];
  return { status, errorCode, ack: more % 10, region: Math.floor(more / 10) % 10, epoch: Math.floor(more / 100) };
}
