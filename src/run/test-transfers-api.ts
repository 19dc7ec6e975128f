/** For tests: a service with an API of its own, as config/transfers.example.ts imagines it; it keeps what it books in memory. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Transfer {
  readonly clientRef: string;
  readonly debtor: string;
  readonly creditor: string;
  readonly amount: string;
  readonly remittance: string;
  readonly attachment: string;
}

export interface TransfersApi extends AsyncDisposable {
  readonly url: string;
  /** In the order of booking. */
  readonly booked: (Transfer & { readonly bookedIn: string })[];
  /** What the next transfers meet instead of being booked and answered. */
  mood: "fine" | "queue" | "reject" | "hang up after booking";
  /** Pages of the ledger that were served. */
  pages: number;
}

const datacenter = "us-east-1";
const pageSize = 100;

export async function startTransfersApi(): Promise<TransfersApi> {
  const server = createServer((request, response) => void respond(request, response));
  const send = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json", "x-datacenter": datacenter });
    response.end(JSON.stringify(body));
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://transfers");
    if (request.method === "POST")
      return book(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Transfer, response);
    if (url.pathname === "/status") return send(response, 200, { accepting: true });
    if (url.pathname === "/ledger/transfers") return ledger(url.searchParams, response);
    if (url.pathname.endsWith("/balance")) return send(response, 200, { balance: "1024.07" });
    const found = api.booked.find(({ clientRef }) => url.pathname === `/transfers/${clientRef}`);
    send(response, found === undefined ? 404 : 200, found ?? {});
  }

  function book(transfer: Transfer, response: ServerResponse): void {
    if (api.mood === "reject") return send(response, 422, { reason: "limit" });
    if (api.mood === "queue") return send(response, 202, { ...transfer, state: "QUEUED" });
    const bookedIn = datacenter;
    api.booked.push({ ...transfer, bookedIn });
    if (api.mood === "hang up after booking") response.destroy();
    else send(response, 201, { ...transfer, state: "BOOKED", bookedIn });
  }

  /** Later bookings do not show: asOf is how many there were. */
  function ledger(query: URLSearchParams, response: ServerResponse): void {
    api.pages += 1;
    const asOf = Number(query.get("asOf") ?? api.booked.length);
    const all = api.booked
      .slice(0, asOf)
      .filter(({ clientRef }) => clientRef.startsWith(query.get("clientRefPrefix") ?? ""))
      .toSorted((a, b) => (a.clientRef < b.clientRef ? -1 : 1));
    const after = query.get("after") ?? "";
    const items = all.filter(({ clientRef }) => clientRef > after).slice(0, pageSize);
    const last = items[items.length - 1]?.clientRef ?? null;
    const next = last !== null && last !== all[all.length - 1]?.clientRef ? last : null;
    send(response, 200, { asOf: String(asOf), total: all.length, next, items });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api: TransfersApi = {
    url: `http://127.0.0.1:${port}`,
    booked: [],
    mood: "fine",
    pages: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return api;
}
