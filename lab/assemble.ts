/** Starts every process of a lab, side by side as far as they don't need each other, and waits until each says that it serves. */
import { join } from "node:path";
import { customersLink, databaseNames, regions } from "./layout.ts";
import type { Address, Layout } from "./layout.ts";
import type { RegionName } from "./machinery.ts";
import type { Parts } from "./machinery-live.ts";
import { Databases } from "./machinery/databases.ts";
import { jobs as startJobs } from "./machinery/jobs.ts";
import { LinksControl } from "./machinery/links-control.ts";
import { NameService } from "./machinery/name-service.ts";
import { RegionService } from "./machinery/service.ts";
import { findPostgres } from "./postgres/binaries.ts";
import { copyVolume, ensureTemplate } from "./postgres/template.ts";
import type { DnsProfile } from "./profile.ts";
import type { ChildEntry } from "./supervision/bundle.ts";
import { volumesFolder } from "./supervision/clear-away.ts";
import type { Guardian } from "./supervision/guardian-client.ts";
import type { TruthLog } from "./truth.ts";

export interface Materials {
  readonly layout: Layout;
  readonly folder: string;
  readonly profile: DnsProfile;
  readonly guardian: Guardian;
  readonly bundles: Readonly<Record<ChildEntry, string>>;
  readonly truth: TruthLog;
  readonly cache: string;
  /** Aborted when the lab ends: what dies from then on is not replaced. */
  readonly closing: AbortSignal;
}

export interface LabParts extends Parts {
  readonly folder: string;
  readonly profile: DnsProfile;
  readonly postgresVersion: string;
}

/** Tasks at the start: two in the serving Region, one kept warm in the other. */
const tasksAtStart: Readonly<Record<RegionName, number>> = { "us-east-1": 2, "eu-west-1": 1 };

export async function assemble(materials: Materials): Promise<LabParts> {
  const { layout, folder, profile, guardian, bundles, truth, cache, closing } = materials;
  const common = { layout, folder, guardian, truth };
  // Links and databases report to services that are made after them.
  let endpointMoved: (region: RegionName, address: Address) => Promise<void> = () => Promise.resolve();
  let linkChanged: (link: string, held: boolean) => void = () => undefined;

  const links = new LinksControl({
    ...common,
    bundle: bundles.links,
    onChange: (link, held) => linkChanged(link, held),
  });
  const names = new NameService({ ...common, bundle: bundles.dns, profile });
  const binaries = await findPostgres(cache, folder);
  const template = ensureTemplate(binaries, cache, folder);
  const databases = new Databases({
    ...common,
    binaries,
    password: template.password,
    onCrash: (database, how, lastWords) => {
      if (!closing.aborted) truth.record("database-crashed", { database, how, lastWords });
    },
    onEndpoint: (region, address) => endpointMoved(region, address),
  });
  await Promise.all(databaseNames.map((name) => copyVolume(template.data, join(volumesFolder(folder), name))));
  const databasesUp = databases.startAll();
  // Awaited below; a failure before that must not count as one that nobody handles.
  databasesUp.catch(() => undefined);

  const service = (region: RegionName, flow: "open" | "closed"): RegionService =>
    new RegionService({
      ...common,
      region,
      flow,
      bundles,
      password: template.password,
      database: databases.endpoint(region),
      desiredCount: tasksAtStart[region],
      reachable: () => !closing.aborted && !links.customersCut(region),
    });
  const services = { "us-east-1": service("us-east-1", "open"), "eu-west-1": service("eu-west-1", "closed") };
  endpointMoved = (region, address) => services[region].setDatabase(address);
  linkChanged = (link, held) => {
    const region = regions.find((candidate) => customersLink(candidate) === link);
    if (region !== undefined && !held) void services[region].reachableAgain();
  };
  await Promise.all([
    links.child.ready(),
    names.child.ready(),
    databasesUp,
    ...regions.map((region) => services[region].ready()),
  ]);
  const jobs = startJobs({ bundle: bundles.job, folder, guardian });
  const postgresVersion = binaries.version;
  return {
    ...common,
    profile,
    links,
    names,
    services,
    databases,
    jobs,
    isolation: binaries.isolation,
    postgresVersion,
  };
}
