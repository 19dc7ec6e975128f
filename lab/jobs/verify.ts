/** payments-verify: one synthetic payment through a Region's front door as a customer would make it, read back, and seen on both accounts. */
import { createHash, randomBytes } from "node:crypto";

export interface VerifyWork {
  readonly url: string;
  readonly region: string;
}

const eachWithinMs = 5_000;
const [fromAccount, toAccount] = [999, 1_000];
const amountMinor = 1;

interface Receipt {
  readonly hash: string;
  readonly region: string;
  readonly amountMinor: number;
}

interface AccountAnswer {
  readonly balanceMinor: number;
  readonly recent: readonly { readonly id: string; readonly amountMinor: number; readonly direction: string }[];
}

async function call(url: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(eachWithinMs) });
  return { status: response.status, body: await response.json() };
}

const shows = (account: Partial<AccountAnswer>, id: string, direction: string): boolean =>
  (account.recent ?? []).some(
    (entry) => entry.id === id && entry.amountMinor === amountMinor && entry.direction === direction,
  );

export async function verify(work: VerifyWork): Promise<Readonly<Record<string, unknown>>> {
  const startedAt = performance.now();
  const id = `verify-${Date.now().toString(36)}-${randomBytes(6).toString("hex")}`;
  const done = (ok: boolean, reason: string | null): Readonly<Record<string, unknown>> => ({
    ok,
    id,
    tookMs: Math.round(performance.now() - startedAt),
    ...(reason === null ? {} : { reason }),
  });
  const text = JSON.stringify({
    id,
    from: fromAccount,
    to: toAccount,
    amountMinor,
    currency: "USD",
    reference: "verification",
  });
  const hash = createHash("sha256").update(text).digest("hex");
  try {
    const headers = { "content-type": "application/json" };
    const made = await call(`${work.url}/v1/payments`, { method: "POST", headers, body: text });
    const receipt = made.body as Partial<Receipt>;
    if (made.status !== 201) return done(false, `the payment was answered with ${made.status}`);
    if (receipt.region !== work.region)
      return done(false, `the payment was served by ${receipt.region}, not ${work.region}`);
    const read = (await call(`${work.url}/v1/payments/${id}`)).body as Partial<Receipt>;
    if (read.hash !== hash || receipt.hash !== hash || read.amountMinor !== amountMinor)
      return done(false, "the payment read back is not the payment made");
    const from = (await call(`${work.url}/v1/accounts/${fromAccount}`)).body as Partial<AccountAnswer>;
    const to = (await call(`${work.url}/v1/accounts/${toAccount}`)).body as Partial<AccountAnswer>;
    if (!shows(from, id, "out") || !shows(to, id, "in")) return done(false, "the payment is not on both accounts");
    return done(true, null);
  } catch (error) {
    return done(false, error instanceof Error ? error.message : String(error));
  }
}
