/**
 * A stock k6 cannot be told a name server. For it, and only when the environment names one, connections go through here: each is
 * opened to the address that the service's name has at that moment (kept for the record's TTL), which is what our own k6 does
 * inside. When the service cannot be reached the connection is reset, so that k6 sees a failed request and never an answer of ours.
 */
import { connect, createServer, type Socket } from "node:net";
import type { Endpoints } from "../model/environment.ts";
import { unavailable } from "../model/user-error.ts";
import { createResolver } from "../probes/resolver.ts";

export interface Forwarder extends AsyncDisposable {
  readonly url: string;
  readonly hostHeader: string;
}

/** null when the service needs none. */
export async function startForwarder(service: Endpoints["service"]): Promise<Forwarder | null> {
  if (service.dnsServer === undefined) return null;
  const target = new URL(service.url);
  if (target.protocol !== "http:") {
    throw unavailable(
      `a stock k6 cannot reach ${service.url} through the name server ${service.dnsServer}; install Go 1.21 or later so that our k6 can be built, or set K6_BIN`,
    );
  }
  const resolver = createResolver(service.dnsServer);
  const port = target.port === "" ? 80 : Number(target.port);
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    keep(client);
    forward(client).catch(() => client.resetAndDestroy());
  });
  async function forward(client: Socket): Promise<void> {
    const { address } = await resolver.cached(target.hostname);
    if (client.destroyed) return;
    const upstream = connect({ host: address, port, noDelay: true });
    keep(upstream);
    upstream.once("error", () => client.resetAndDestroy());
    client.once("close", () => upstream.destroy());
    client.pipe(upstream).pipe(client);
    client.resume();
  }
  function keep(socket: Socket): void {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0, backlog: 4_096 }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the forwarder has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    hostHeader: target.host,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
