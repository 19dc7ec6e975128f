/** Everything about a running lab, with addresses and pids: for `drill lab status`, and for whoever looks around. */
import { regions } from "./layout.ts";
import type { Layout } from "./layout.ts";
import type { RegionName } from "./machinery.ts";
import type { Databases } from "./machinery/databases.ts";
import type { LinksControl } from "./machinery/links-control.ts";
import type { NameService } from "./machinery/name-service.ts";
import type { RegionService } from "./machinery/service.ts";
import type { DnsProfile } from "./profile.ts";
import type { Guardian } from "./supervision/guardian-client.ts";

export interface StatusParts {
  readonly layout: Layout;
  readonly folder: string;
  readonly profile: DnsProfile;
  readonly guardian: Guardian;
  readonly links: LinksControl;
  readonly names: NameService;
  readonly services: Readonly<Record<RegionName, RegionService>>;
  readonly databases: Databases;
}

export async function status(parts: StatusParts): Promise<object> {
  const { layout, folder, profile, guardian, links, names, services, databases } = parts;
  return {
    folder,
    profile: profile.title,
    writer: databases.writer.name,
    processes: {
      main: process.pid,
      guardian: guardian.pid,
      links: links.child.pid,
      dns: names.child.pid,
      ...Object.fromEntries(regions.map((region) => [`balancer/${region}`, services[region].balancer.pid])),
    },
    regions: regions.map((region) => ({
      region,
      frontDoor: layout.frontDoors[region],
      balancer: layout.balancers[region],
      customersCut: links.customersCut(region),
      flow: services[region].flow,
      routingControl: names.routingControl(region),
      desiredCount: services[region].desiredCount,
      runningCount: services[region].runningCount,
      tasks: services[region].tasks.map(({ number, arn, address, child, ready }) => ({
        number,
        arn,
        address,
        pid: child.pid,
        ready,
      })),
    })),
    databases: await Promise.all(
      databases.list.map(async (instance) => ({
        ...(await databases.status(instance)),
        address: instance.address,
        pid: instance.pid,
        volume: instance.volume,
      })),
    ),
    links: layout.links.map((link) => ({ ...link, held: links.isHeld(link.name) })),
    dns: layout.dns,
    linksControl: layout.linksControl,
    controlPlane: layout.controlPlane,
    alarms: names.alarms(),
  };
}
