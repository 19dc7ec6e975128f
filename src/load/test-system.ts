/** For tests: a service that keeps the contract of docs/system-contract.md in memory, and a name server that points at it. */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import packet from "dns-packet";

export interface TestSystem extends AsyncDisposable {
  readonly port: number;
  /** Committed writes: id → hash of the body. */
  readonly committed: ReadonlyMap<string, string>;
  readonly requests: {
    count: number;
    accounts: number;
    idempotencyKeys: number;
    bodyBytes: Set<number>;
    hosts: Set<string>;
  };
  /** Answers wait this long. */
  delayMs: number;
  /** Finds none of the payments that it has committed. */
  forgets: boolean;
  /** What the next writes are answered with instead of being done. */
  refuse: { readonly status: number; readonly notExecuted: boolean } | null;
}

export async function startTestSystem(): Promise<TestSystem> {
  const committed = new Map<string, string>();
  const requests = {
    count: 0,
    accounts: 0,
    idempotencyKeys: 0,
    bodyBytes: new Set<number>(),
    hosts: new Set<string>(),
  };
  const server = createServer((request, response) => {
    requests.count += 1;
    requests.hosts.add(request.headers.host ?? "");
    if (request.headers["idempotency-key"] !== undefined) requests.idempotencyKeys += 1;
    void respond(request, response);
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await body(request).catch(() => null);
    if (bytes === null) return; // the client has gone
    if (request.method === "POST") requests.bodyBytes.add(bytes.length);
    answer(request, response, bytes);
  }

  function answer(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
    const send = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      setTimeout(() => {
        response.writeHead(status, {
          "content-type": "application/json",
          "x-region": "us-east-1",
          "x-epoch": "3",
          ...headers,
        });
        response.end(JSON.stringify(value));
      }, system.delayMs);
    };
    const path = request.url ?? "";
    if (request.method === "POST") {
      if (system.refuse) {
        send(system.refuse.status, { error: "refused" }, system.refuse.notExecuted ? { "x-not-executed": "true" } : {});
        return;
      }
      const { id } = JSON.parse(bytes.toString()) as { id: string };
      const hash = createHash("sha256").update(bytes).digest("hex");
      const isReplay = committed.get(id) === hash;
      committed.set(id, hash);
      const promise = { id, hash, region: "us-east-1", epoch: 3, lsn: 50_000_000 + committed.size };
      if (isReplay) send(200, { ...promise, replay: true });
      else send(201, { ...promise, committed: true });
    } else if (path.startsWith("/v1/accounts/")) {
      requests.accounts += 1;
      send(200, { id: Number(path.slice("/v1/accounts/".length)), balanceMinor: 5, recent: [] });
    } else {
      const id = path.slice("/v1/payments/".length);
      const hash = system.forgets ? undefined : committed.get(id);
      if (hash === undefined) send(404, { error: "not-found" });
      else send(200, { id, hash, from: 1, to: 2, amountMinor: 3, region: "us-east-1", epoch: 3 });
    }
  }

  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const system: TestSystem = {
    port: address.port,
    committed,
    requests,
    delayMs: 0,
    forgets: false,
    refuse: null,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return system;
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Every name is 127.0.0.1 here. */
export async function startNameServer(): Promise<
  AsyncDisposable & { readonly address: string; readonly asked: Set<string> }
> {
  const asked = new Set<string>();
  const socket = createSocket("udp4", (message, from) => {
    const query = packet.decode(message);
    const question = query.questions?.[0];
    if (!question) return;
    asked.add(question.name);
    const answers =
      question.type === "A" ? [{ type: "A" as const, name: question.name, ttl: 1, data: "127.0.0.1" }] : [];
    socket.send(
      packet.encode({ type: "response", id: query.id ?? 0, questions: [question], answers }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: async () => await new Promise<void>((resolve) => socket.close(() => resolve())),
  };
}
