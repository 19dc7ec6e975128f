/**
 * A Region's endpoint: a TCP load balancer in front of its tasks. A target is healthy while its process answers GET /live; whether
 * the Region can serve customers is another question, which /health answers and DNS asks. A refused target is skipped for the next
 * before a byte was sent; with no healthy target every target is tried (fail open), and a client that nobody takes is reset.
 */
import { get } from "node:http";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import type { Address } from "../layout.ts";
import { inside } from "../supervision/inside.ts";

export interface BalancerConfiguration {
  readonly listen: Address;
  readonly targets: readonly Address[];
}
export interface BalancerOrder {
  readonly targets: readonly Address[];
}

const checkIntervalMs = 1_000;
const checkTimeoutMs = 1_000;
const unhealthyAfter = 2;

interface Target {
  readonly address: Address;
  failures: number;
}

function check(target: Target): void {
  const { host, port } = target.address;
  const call = get({ host, port, path: "/live", timeout: checkTimeoutMs, agent: false }, (response) => {
    response.resume();
    target.failures = response.statusCode === 200 ? 0 : target.failures + 1;
  });
  call.on("timeout", () => call.destroy(new Error("timeout")));
  call.on("error", () => (target.failures += 1));
}

/** Joins two sockets; the end or the reset of one is the other's. */
function join(client: Socket, target: Socket): void {
  client.pipe(target);
  target.pipe(client);
  client.on("error", () => target.resetAndDestroy());
  target.on("error", () => client.resetAndDestroy());
}

function offer(client: Socket, candidates: readonly Target[]): void {
  const [first, ...rest] = candidates;
  if (!first) {
    client.resetAndDestroy();
    return;
  }
  const target = connect({ ...first.address, allowHalfOpen: true, noDelay: true });
  const refused = (): void => {
    first.failures += 1;
    offer(client, rest);
  };
  target.once("error", refused);
  target.once("connect", () => {
    target.off("error", refused);
    if (client.destroyed) target.destroy();
    else join(client, target);
  });
}

inside(async (given) => {
  const { listen, targets: addresses } = given as BalancerConfiguration;
  let targets: Target[] = addresses.map((address) => ({ address, failures: 0 }));
  let turn = 0;
  const candidates = (): Target[] => {
    const healthy = targets.filter((target) => target.failures < unhealthyAfter);
    const usable = healthy.length > 0 ? healthy : targets;
    turn += 1;
    const start = usable.length === 0 ? 0 : turn % usable.length;
    return [...usable.slice(start), ...usable.slice(0, start)];
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
    client.on("error", () => undefined);
    offer(client, candidates());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: listen.host, port: listen.port, backlog: 4_096 }, resolve);
  });
  setInterval(() => targets.forEach(check), checkIntervalMs);
  return (order) => {
    const known = new Map(targets.map((target) => [target.address.port, target]));
    targets = (order as BalancerOrder).targets.map((address) => known.get(address.port) ?? { address, failures: 0 });
  };
});
