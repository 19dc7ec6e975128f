/** A customer for the lab's own tests: makes payments over HTTP and reads the ledger back, with nothing but the public contract. */
export interface Receipt {
  readonly status: number;
  readonly notExecuted: boolean;
  readonly attempt: string | null;
  readonly region: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Reading {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payments: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly accounts: readonly Readonly<Record<string, unknown>>[];
  readonly end: Readonly<Record<string, unknown>>;
}

export const paymentBody = (id: string, amountMinor = 100, from = 1, to = 2): string =>
  JSON.stringify({ id, from, to, amountMinor, currency: "USD", reference: "x".repeat(4_800) });

export async function pay(url: string, body: string, timeoutMs = 5_000): Promise<Receipt> {
  const response = await fetch(`${url}/v1/payments`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  return {
    status: response.status,
    notExecuted: response.headers.get("x-not-executed") === "true",
    attempt: response.headers.get("x-attempt"),
    region: response.headers.get("x-region"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

export async function readExport(url: string, after = ""): Promise<Reading> {
  const response = await fetch(`${url}/v1/export?after=${encodeURIComponent(after)}`, {
    signal: AbortSignal.timeout(20_000),
  });
  const lines = (await response.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const [header = {}, ...rest] = lines;
  return {
    header,
    payments: new Map(rest.filter((line) => "id" in line).map((line) => [String(line["id"]), line])),
    accounts: rest.filter((line) => "account" in line),
    end: rest.find((line) => "end" in line) ?? {},
  };
}
