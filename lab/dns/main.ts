/**
 * The authoritative name server of the service, with its health checkers: answers A for one name over UDP by the failover record,
 * the routing controls and what the checkers believe. Also the source of the alarms on the Regions' health.
 */
import { createSocket } from "node:dgram";
import { decode, encode, AUTHORITATIVE_ANSWER } from "dns-packet";
import type { Answer, Packet } from "dns-packet";
import type { Address } from "../layout.ts";
import type { RegionName } from "../machinery.ts";
import { inside } from "../supervision/inside.ts";
import { startCheckers } from "./checker.ts";
import type { Checkers } from "./checker.ts";
import { choose } from "./health.ts";

export interface DnsConfiguration {
  readonly listen: Address;
  readonly name: string;
  readonly ttlSeconds: number;
  readonly checkIntervalMs: number;
  readonly failureThreshold: number;
  /** In order of preference. */
  readonly regions: readonly {
    readonly region: RegionName;
    readonly address: Address;
    readonly control: "On" | "Off";
  }[];
}
export type DnsOrder =
  | { readonly controls: readonly { readonly region: RegionName; readonly state: "On" | "Off" }[] }
  | { readonly startChecks: true };
export type DnsSaid =
  | {
      readonly health: {
        readonly region: RegionName;
        readonly healthy: boolean;
        readonly atMs: number;
        readonly monoNs: string;
      };
    }
  | { readonly answers: { readonly region: RegionName | null; readonly monoNs: string } };

const refused = 5;
const nameError = 3;

function soa(name: string): Answer {
  const zone = name.split(".").slice(1).join(".");
  const data = { mname: `ns.${zone}`, rname: `lab.${zone}`, serial: 1, refresh: 60, retry: 60, expire: 60, minimum: 1 };
  return { type: "SOA", name: zone, ttl: 1, data };
}

/** The reply to one query: A of our name, an empty answer for its other types, "no such name" in our zone, else refused. */
function reply(query: Packet, configuration: DnsConfiguration, address: string | null): Packet {
  const question = query.questions?.[0];
  const base = {
    type: "response" as const,
    ...(query.id === undefined ? {} : { id: query.id }),
    questions: query.questions ?? [],
  };
  const asked = question?.name.toLowerCase() ?? "";
  const zone = configuration.name.slice(configuration.name.indexOf("."));
  if (!question || !`.${asked}`.endsWith(zone)) return { ...base, flags: refused };
  if (asked !== configuration.name)
    return { ...base, flags: AUTHORITATIVE_ANSWER | nameError, authorities: [soa(configuration.name)] };
  if (question.type !== "A" || address === null)
    return { ...base, flags: AUTHORITATIVE_ANSWER, authorities: [soa(configuration.name)] };
  // The name goes back as it was asked, in its upper and lower case letters: some resolvers check that.
  const answer: Answer = { type: "A", name: question.name, ttl: configuration.ttlSeconds, data: address };
  return { ...base, flags: AUTHORITATIVE_ANSWER, answers: [answer] };
}

inside(async (given, { tell }) => {
  const configuration = given as DnsConfiguration;
  const controls = new Map(configuration.regions.map(({ region, control }) => [region, control]));
  const checkers = new Map<RegionName, Checkers>();
  let lastAnswer: RegionName | null | undefined;
  const current = (): RegionName | null => {
    const region = choose(
      configuration.regions.map((entry) => ({
        region: entry.region,
        control: controls.get(entry.region) ?? "Off",
        healthy: checkers.get(entry.region)?.healthy() ?? null,
      })),
    );
    if (region !== lastAnswer) {
      lastAnswer = region;
      tell({ answers: { region, monoNs: process.hrtime.bigint().toString() } } satisfies DnsSaid);
    }
    return region;
  };

  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    let packet: Packet;
    try {
      packet = decode(bytes);
    } catch {
      return; // Not DNS.
    }
    if (packet.type !== "query") return;
    const region = current();
    const address = configuration.regions.find((entry) => entry.region === region)?.address.host ?? null;
    socket.send(encode(reply(packet, configuration, address)), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(configuration.listen.port, configuration.listen.host, resolve);
  });

  const start = (region: RegionName, address: Address): Checkers =>
    startCheckers({
      address,
      intervalMs: configuration.checkIntervalMs,
      threshold: configuration.failureThreshold,
      onChange: (healthy) => {
        tell({
          health: { region, healthy, atMs: Date.now(), monoNs: process.hrtime.bigint().toString() },
        } satisfies DnsSaid);
        current();
      },
    });
  return (message) => {
    const order = message as DnsOrder;
    if ("controls" in order) for (const { region, state } of order.controls) controls.set(region, state);
    else if (checkers.size === 0)
      for (const { region, address } of configuration.regions) checkers.set(region, start(region, address));
    current();
  };
});
