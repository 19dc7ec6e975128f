/** The liar over real HTTP on loopback, for real clients: an answer leaves when its time has come, and a silence is kept. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Liar, LiarRequest } from "./liar.ts";

export interface ServedLiar extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

export async function serveLiar(
  liar: Liar,
  options: { readonly us: () => number; readonly via: LiarRequest["via"]; readonly host?: string },
): Promise<ServedLiar> {
  const timers = new Set<NodeJS.Timeout>();
  const later = (us: number, act: () => void): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        act();
      },
      Math.max(0, (us - options.us()) / 1000),
    );
    timers.add(timer);
  };

  function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const method = request.method === "POST" ? "POST" : "GET";
    const path = request.url ?? "/";
    // Whoever hangs up is noticed by the socket; the liar itself waits for ever.
    const asked = {
      method,
      path,
      body,
      via: options.via,
      atUs: options.us(),
      patienceUs: Number.POSITIVE_INFINITY,
    } as const;
    const reply = liar.handle(asked);
    if (reply.kind === "silence") return;
    later(reply.atUs, () => {
      if (reply.kind !== "answer") request.socket.destroy();
      else response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(reply.body);
    });
  }

  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => (body += text));
    request.on("error", () => {});
    request.on("end", () => answer(request, response, body));
  });
  await listen(server, options.host ?? "127.0.0.1");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export async function listen(server: ReturnType<typeof createServer>, host = "127.0.0.1"): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: 0, host, backlog: 4_096 }, () => resolve());
  });
}
