/**
 * Where everything in one lab listens: a pure function of the port block's base (lab/README.md, "Addresses").
 * Regions differ by address, not by port, so that DNS alone can move a client from one to the other.
 */
import type { DatabaseName, RegionName } from "./machinery.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const regions = ["us-east-1", "eu-west-1"] as const satisfies readonly RegionName[];
export const databaseNames = [
  "payments-use1a",
  "payments-use1b",
  "payments-euw1",
] as const satisfies readonly DatabaseName[];

export const regionOf: Readonly<Record<DatabaseName, RegionName>> = {
  "payments-use1a": "us-east-1",
  "payments-use1b": "us-east-1",
  "payments-euw1": "eu-west-1",
};

export const instanceOf: Readonly<Record<DatabaseName, string>> = {
  "payments-use1a": "i-use1a",
  "payments-use1b": "i-use1b",
  "payments-euw1": "i-euw1",
};

export const serviceName = "pay.lab.internal";
export const firstPort = 20_000;
export const blockSize = 100;
/** Above this begins the ephemeral range, where clients' outgoing connections could take a dead server's port. */
export const portCeiling = 32_768;
export const maxTasksPerRegion = 10;
/** One way; the round trip between the Regions is twice this. */
export const interRegionDelayMs = 40;

export interface LinkSpec {
  readonly name: string;
  readonly listen: Address;
  readonly target: Address;
  readonly delayMs: number;
}

export interface Layout {
  readonly base: number;
  /** Held as long as the block is owned, so that labs in other temp folders, which see no lock file of ours, leave it alone. */
  readonly claim: Address;
  readonly controlPlane: Address;
  readonly dns: Address;
  readonly linksControl: Address;
  readonly frontDoors: Readonly<Record<RegionName, Address>>;
  readonly balancers: Readonly<Record<RegionName, Address>>;
  readonly databases: Readonly<Record<DatabaseName, Address>>;
  /** Where a fenced database listens instead: its own port stays shut. */
  readonly fenced: Readonly<Record<DatabaseName, Address>>;
  readonly links: readonly LinkSpec[];
  readonly tasks: Readonly<Record<RegionName, readonly Address[]>>;
}

const loopback = (port: number): Address => ({ host: "127.0.0.1", port });

export function layout(base: number): Layout {
  const databases = {
    "payments-use1a": loopback(base + 11),
    "payments-use1b": loopback(base + 12),
    "payments-euw1": loopback(base + 13),
  };
  const balancers = { "us-east-1": loopback(base + 35), "eu-west-1": loopback(base + 36) };
  const frontDoors = {
    "us-east-1": { host: "127.0.1.1", port: base },
    "eu-west-1": { host: "127.0.2.1", port: base },
  };
  const between = (port: number, from: RegionName, database: DatabaseName): LinkSpec => ({
    name: betweenLink(from, database),
    listen: loopback(port),
    target: databases[database],
    delayMs: interRegionDelayMs,
  });
  return {
    base,
    claim: loopback(base + blockSize - 1),
    controlPlane: loopback(base + 1),
    dns: loopback(base + 2),
    linksControl: loopback(base + 10),
    frontDoors,
    balancers,
    databases,
    fenced: {
      "payments-use1a": loopback(base + 21),
      "payments-use1b": loopback(base + 22),
      "payments-euw1": loopback(base + 23),
    },
    links: [
      ...regions.map((region) => ({
        name: customersLink(region),
        listen: frontDoors[region],
        target: balancers[region],
        delayMs: 0,
      })),
      between(base + 31, "eu-west-1", "payments-use1a"),
      between(base + 32, "eu-west-1", "payments-use1b"),
      between(base + 33, "us-east-1", "payments-euw1"),
    ],
    tasks: {
      "us-east-1": Array.from({ length: maxTasksPerRegion }, (_, index) => loopback(base + 40 + index)),
      "eu-west-1": Array.from({ length: maxTasksPerRegion }, (_, index) => loopback(base + 50 + index)),
    },
  };
}

export const customersLink = (region: RegionName): string => `customers/${region}`;
const betweenLink = (from: RegionName, database: DatabaseName): string => `${from}/${database}`;

/** The links that carry traffic between two Regions, whichever side opened the connection. */
export function linksBetween(a: RegionName, b: RegionName): readonly string[] {
  const across = (from: RegionName, to: RegionName): readonly string[] =>
    databaseNames.filter((database) => regionOf[database] === to).map((database) => betweenLink(from, database));
  return a === b ? [] : [...across(a, b), ...across(b, a)];
}

/** How somebody in `from` reaches a database: directly at home, through the link abroad. */
export function databaseAddress(where: Layout, database: DatabaseName, from: RegionName): Address {
  if (regionOf[database] === from) return where.databases[database];
  const link = where.links.find((candidate) => candidate.name === betweenLink(from, database));
  if (!link) throw new Error(`there is no link from ${from} to ${database}`);
  return link.listen;
}

/** Every TCP port that the lab will want, to be probed before anything starts. */
export function tcpAddresses(where: Layout): readonly Address[] {
  return [
    ...Object.values(where.frontDoors),
    where.controlPlane,
    where.linksControl,
    ...Object.values(where.databases),
    ...Object.values(where.fenced),
    ...Object.values(where.balancers),
    ...where.links.map((link) => link.listen).filter((address) => address.host === "127.0.0.1"),
    ...Object.values(where.tasks).flat(),
  ];
}
