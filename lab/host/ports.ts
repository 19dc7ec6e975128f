/** Finds out whether addresses can be listened on, before anything is started that would only half come up. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Server } from "node:net";
import type { Address } from "../layout.ts";

export type Refusal = { readonly address: Address; readonly protocol: "TCP" | "UDP"; readonly code: string };

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

/** Listens there and answers nobody, until it is closed or this process ends. */
export function holdPort(address: Address): Promise<Server | Refusal> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error) => resolve({ address, protocol: "TCP", code: codeOf(error) }));
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => resolve(server.unref()));
  });
}

async function tryTcp(address: Address): Promise<Refusal | null> {
  const held = await holdPort(address);
  if ("code" in held) return held;
  await new Promise((resolve) => held.close(resolve));
  return null;
}

function tryUdp(address: Address): Promise<Refusal | null> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", (error) => resolve({ address, protocol: "UDP", code: codeOf(error) }));
    socket.bind(address.port, address.host, () => socket.close(() => resolve(null)));
  });
}

/** The first address that is refused, if any. */
export async function firstRefusal(tcp: readonly Address[], udp: readonly Address[]): Promise<Refusal | null> {
  const answers = await Promise.all([...tcp.map(tryTcp), ...udp.map(tryUdp)]);
  return answers.find((answer) => answer !== null) ?? null;
}
