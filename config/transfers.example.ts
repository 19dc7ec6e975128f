import { fileURLToPath } from "node:url";
import { defineEnvironment, type ExportLine } from "#harness";
import { minorOf, sha256 } from "./transfers/facade.ts";

/**
 * The worked example of docs/measuring.md: a service that we do not own and whose API is not docs/system-contract.md. A facade translates
 * what customers do; `finalRead` translates what is read back. Alarms and replication lag are read as in aws.example.ts.
 */
const address = (name: string, fallback: string): string => process.env[name] ?? fallback;
const regions = {
  "us-east-1": address("TRANSFERS_PRIMARY_URL", "https://use1.transfers.example.com"),
  "eu-west-1": address("TRANSFERS_SECONDARY_URL", "https://euw1.transfers.example.com"),
};
const service = {
  aws: { region: "us-east-1", fisRoleArn: "arn:aws:iam::111122223333:role/dr-drill-fis" },
  service: { url: address("TRANSFERS_URL", "https://transfers.example.com"), ttlSeconds: 60 },
  primary: { name: "us-east-1", url: regions["us-east-1"] },
  secondary: { name: "eu-west-1", url: regions["eu-west-1"] },
  facts: { "measured through": "a facade of ours on the load's host: config/transfers/facade.ts" },
};

/** A page of their ledger, as of the moment that the first page names. */
interface Page {
  readonly asOf: string;
  readonly total: number;
  readonly next: string | null;
  readonly items: readonly {
    readonly clientRef: string;
    readonly debtor: string;
    readonly creditor: string;
    readonly amount: string;
    readonly attachment: string;
    readonly bookedIn: string;
    readonly restored?: boolean;
  }[];
}
const mostPages = 100_000;

async function page(base: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Page> {
  const url = new URL("/ledger/transfers", base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`the ledger answered ${answer.status}`);
  return (await answer.json()) as Page;
}

/** The request's body is made again of what is stored, so that a changed byte shows wherever it is. */
function paymentOf({ clientRef: id, debtor, creditor, amount, attachment: reference }: Page["items"][number]) {
  const payment = { id, from: Number(debtor), to: Number(creditor), amountMinor: minorOf(amount) };
  return { ...payment, bodyHash: sha256(JSON.stringify({ ...payment, currency: "USD", reference })) };
}

async function* survivors(
  _endpoints: unknown,
  reading: { readonly region: { readonly name: string }; readonly run: string },
  signal: AbortSignal,
): AsyncGenerator<ExportLine> {
  const base = Object.entries(regions).find(([name]) => name === reading.region.name)?.[1];
  if (base === undefined) throw new Error(`there is no Region ${reading.region.name}`);
  const clientRefPrefix = `${reading.run}.`;
  let current = await page(base, { clientRefPrefix }, signal);
  const { asOf, total } = current;
  // Their ledger shows no debit and credit legs, and no write epoch: what needs them becomes NOT_MEASURABLE.
  yield { export: "payments@1", region: reading.region.name, epoch: 0, lsn: asOf, lacks: ["postings"] };
  for (let pages = 1; ; pages += 1) {
    for (const item of current.items) {
      yield {
        ...paymentOf(item),
        region: item.bookedIn,
        epoch: 0,
        replayed: item.restored === true,
      };
    }
    if (current.next === null) break;
    if (pages >= mostPages) throw new Error(`the ledger has more than ${mostPages} pages`);
    current = await page(base, { clientRefPrefix, asOf, after: current.next }, signal);
  }
  // Their count, not ours: a page that was lost on the way would make the reading incomplete, and the harness would say so.
  yield { end: true, payments: total, accounts: 0 };
}

export default defineEnvironment({
  name: "transfers",
  title: "Transfers API of a bank we do not own, us-east-1 → eu-west-1",
  bringUp: {
    command: [
      process.execPath,
      "--import",
      "tsx/esm",
      fileURLToPath(new URL("transfers/facade.ts", import.meta.url)),
      JSON.stringify(service),
    ],
  },
  blastRadius: { regions: ["us-east-1"] },
  finalRead: survivors,
});
