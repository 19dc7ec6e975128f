/**
 * The links' process. On its own, because a busy event loop elsewhere would add delay that no network has, and because a crash of the
 * harness must neither heal nor cut anything. Controlled over HTTP on loopback so that the guardian can heal without the main process.
 *
 * GET /state · POST /hold {links, up?, down?} · POST /heal {links} · POST /reset {links} · POST /delay {links, delayMs}
 */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Address, LinkSpec } from "../layout.ts";
import { inside } from "../supervision/inside.ts";
import { Link } from "./link.ts";

export interface LinksConfiguration {
  readonly control: Address;
  readonly links: readonly LinkSpec[];
}

/** Told to the main process whenever a hold changed, whoever asked for it. */
export interface LinksChanged {
  readonly linksChanged: readonly { readonly name: string; readonly up: boolean; readonly down: boolean }[];
  /** CLOCK_MONOTONIC at which the change took effect. */
  readonly monoNs: string;
}

interface Order {
  readonly links: readonly string[];
  readonly up?: boolean;
  readonly down?: boolean;
  readonly delayMs?: number;
}

async function body(request: IncomingMessage): Promise<Order> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Order;
}

function apply(verb: string, links: readonly Link[], order: Order): boolean {
  if (verb === "/hold") for (const link of links) link.setHold({ up: order.up ?? true, down: order.down ?? true });
  else if (verb === "/heal") for (const link of links) link.setHold({ up: false, down: false });
  else if (verb === "/reset") for (const link of links) link.reset();
  else if (verb === "/delay") for (const link of links) link.delayMs = order.delayMs ?? link.spec.delayMs;
  else return false;
  return true;
}

inside(async (given, { tell }) => {
  const { control, links: specs } = given as LinksConfiguration;
  const links = await Promise.all(specs.map((spec) => Link.open(spec)));
  const state = (): object[] =>
    links.map(({ spec, delayMs, hold, connections }) => ({ ...spec, delayMs, hold, connections }));
  const obey = (verb: string, order: Order): readonly [number, object] => {
    const meant = links.filter((link) => order.links.includes(link.spec.name));
    if (meant.length !== order.links.length) return [404, { error: `no such link among ${order.links.join(", ")}` }];
    if (!apply(verb, meant, order)) return [404, { error: "no such verb" }];
    const monoNs = process.hrtime.bigint().toString();
    tell({
      linksChanged: meant.map(({ spec, hold }) => ({ name: spec.name, ...hold })),
      monoNs,
    } satisfies LinksChanged);
    return [200, { monoNs }];
  };
  const server = createServer((request, response) => {
    const answer = ([status, value]: readonly [number, object]): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (request.method === "GET") answer([200, { links: state() }]);
    else
      body(request)
        .then((order) => answer(obey(request.url ?? "", order)))
        .catch((error: unknown) => answer([400, { error: String(error) }]));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(control.port, control.host, resolve);
  });
  return () => undefined;
});
