/** Something on the way that means well: it offers some writes twice and hands back the second answer, over real sockets. */
import { createServer, request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listen } from "../liar/serve.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Every `every`-th POST is offered twice. */
export async function replayingProxy(
  target: string,
  every: number,
): Promise<AsyncDisposable & { readonly url: string }> {
  let posts = 0;
  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await text(incoming);
    const { method = "GET", url = "/" } = incoming;
    const first = await forward(new URL(url, target), method, body);
    const again = method === "POST" && (posts += 1) % every === 0;
    const { status, headers, body: said } = again ? await forward(new URL(url, target), method, body) : first;
    outgoing.writeHead(status, headers).end(said);
  }
  // A connection that the service breaks is broken to the client, too.
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function forward(url: URL, method: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent: false }, (response) => {
      text(response).then(
        (said) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: said }),
        reject,
      );
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function text(message: IncomingMessage): Promise<string> {
  let all = "";
  message.setEncoding("utf8");
  for await (const part of message) all += part as string;
  return all;
}
