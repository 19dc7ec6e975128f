/** "Ready" is said only after a stranger would agree: the name resolves, and both Regions answer as they should at the start. */
import { Resolver } from "node:dns/promises";
import { serviceName } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { RegionName } from "./machinery.ts";
import { poll } from "./poll.ts";

const deadlineMs = 15_000;

async function health(layout: Layout, region: RegionName): Promise<number> {
  const { host, port } = layout.frontDoors[region];
  const response = await fetch(`http://${host}:${port}/health`, {
    signal: AbortSignal.timeout(2_000),
    headers: { connection: "close" },
  });
  await response.body?.cancel();
  return response.status;
}

export async function smokeTest(layout: Layout): Promise<void> {
  const expect = (region: RegionName, status: number): Promise<true> =>
    poll(
      `${region} answering /health with ${status}`,
      () =>
        health(layout, region).then(
          (seen) => (seen === status ? true : undefined),
          () => undefined,
        ),
      { everyMs: 25, deadlineMs },
    );
  const resolver = new Resolver({ timeout: 1_000, tries: 3 });
  resolver.setServers([`${layout.dns.host}:${layout.dns.port}`]);
  const [addresses] = await Promise.all([
    resolver.resolve4(serviceName),
    expect("us-east-1", 200),
    expect("eu-west-1", 503),
  ]);
  const wanted = layout.frontDoors["us-east-1"].host;
  if (addresses[0] !== wanted)
    throw new Error(`${serviceName} resolves to ${addresses.join(", ")} instead of ${wanted}`);
}
