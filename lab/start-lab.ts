/**
 * Brings the whole lab up, in the order in which things need each other: a slot, the guardian (before anything it must guard), then
 * everything else side by side, and at last the control plane. `await using lab = await startLab(…)` ends it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startControlPlane } from "./aws/server.ts";
import { extraRoutes } from "./control-plane.ts";
import { endpoints } from "./endpoints.ts";
import { cacheFolder } from "./host/folders.ts";
import { startTimeOf } from "./host/processes.ts";
import { guardianFile, releaseSlot, takeSlot } from "./host/slots.ts";
import type { Slot } from "./host/slots.ts";
import { customersLink, databaseNames, regions } from "./layout.ts";
import type { Address } from "./layout.ts";
import type { RegionName } from "./machinery.ts";
import { LiveMachinery } from "./machinery-live.ts";
import { Databases } from "./machinery/databases.ts";
import { jobs as startJobs } from "./machinery/jobs.ts";
import { LinksControl } from "./machinery/links-control.ts";
import { NameService } from "./machinery/name-service.ts";
import { readReplication, watchReplication } from "./machinery/replication.ts";
import { RegionService } from "./machinery/service.ts";
import { within } from "./poll.ts";
import { findPostgres } from "./postgres/binaries.ts";
import { copyVolume, ensureTemplate } from "./postgres/template.ts";
import type { DnsProfile } from "./profile.ts";
import { smokeTest } from "./smoke.ts";
import { status } from "./status.ts";
import { bundle } from "./supervision/bundle.ts";
import { volumesFolder } from "./supervision/clear-away.ts";
import { Guardian } from "./supervision/guardian-client.ts";
import { truthLog } from "./truth.ts";
import type { TruthLog } from "./truth.ts";

export interface LabOptions {
  readonly profile: DnsProfile;
  readonly portBase: number | null;
  readonly keep: string | null;
  /** A claim that ends with the lab, even when the lab is killed. */
  readonly stateFile: string | null;
}

export interface StartedLab extends AsyncDisposable {
  readonly endpoints: Readonly<Record<string, unknown>>;
  readonly controlUrl: string;
  readonly machinery: LiveMachinery;
  /** Resolves with a sentence when a part died that the lab cannot live without. */
  readonly broken: Promise<string>;
}

/** Tasks at the start: two in the serving Region, one kept warm in the other. */
const tasksAtStart: Readonly<Record<RegionName, number>> = { "us-east-1": 2, "eu-west-1": 1 };
const closeControlWithinMs = 3_000;

export async function startLab(options: LabOptions): Promise<StartedLab> {
  const cache = cacheFolder();
  const slot = await takeSlot(options.portBase);
  let guardian: Guardian | null = null;
  try {
    const bundles = await bundle(cache);
    const truth = truthLog();
    const files = [slot.lockFile, ...(options.stateFile === null ? [] : [options.stateFile])];
    guardian = new Guardian({
      belongings: { folder: slot.folder, root: slot.root, files, keep: options.keep },
      bundle: bundles.guardian,
      log: join(slot.folder, "logs", "guardian.log"),
      onLeaseRanOut: (lease, healed) => truth.record("lease-ran-out", { lease, healed }),
      onStarted: (pid) =>
        writeFileSync(guardianFile(slot.folder), JSON.stringify({ pid, startTime: startTimeOf(pid) })),
    });
    return await assemble({ options, slot, guardian, bundles, truth, cache });
  } catch (error) {
    if (guardian) await guardian[Symbol.asyncDispose]();
    else releaseSlot(slot);
    throw error;
  }
}

interface Materials {
  readonly options: LabOptions;
  readonly slot: Slot;
  readonly guardian: Guardian;
  readonly bundles: Awaited<ReturnType<typeof bundle>>;
  readonly truth: TruthLog;
  readonly cache: string;
}

async function assemble({ options, slot, guardian, bundles, truth, cache }: Materials): Promise<StartedLab> {
  const { layout, folder } = slot;
  let closing = false;
  let endpointOf: (region: RegionName, address: Address) => Promise<void> = () => Promise.resolve();
  let linkChanged: (link: string, held: boolean) => void = () => undefined;

  // The processes that need no database start while the volumes are copied.
  const common = { layout, folder, guardian, truth };
  const links = new LinksControl({
    ...common,
    bundle: bundles.links,
    onChange: (link, held) => linkChanged(link, held),
  });
  const names = new NameService({ ...common, bundle: bundles.dns, profile: options.profile });
  const binaries = await findPostgres(cache, folder);
  const template = ensureTemplate(binaries, cache, folder);
  const jobs = startJobs({ bundle: bundles.job, folder, guardian });
  const databases = new Databases({
    ...common,
    jobs,
    binaries,
    password: template.password,
    onCrash: (database, how, lastWords) => closing || truth.record("database-crashed", { database, how, lastWords }),
    onEndpoint: (region, address) => endpointOf(region, address),
  });
  await Promise.all(databaseNames.map((name) => copyVolume(template.data, join(volumesFolder(folder), name))));
  const databasesUp = databases.startAll();
  // Awaited below; a failure before that must not be an unhandled one.
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
      reachable: () => !closing && !links.customersCut(region),
    });
  const services = { "us-east-1": service("us-east-1", "open"), "eu-west-1": service("eu-west-1", "closed") };
  endpointOf = (region, address) => services[region].setDatabase(address);
  linkChanged = (link, held) => {
    const region = regions.find((candidate) => customersLink(candidate) === link);
    if (region === undefined || held) return;
    services[region]
      .reachableAgain()
      .catch((error: unknown) => truth.record("task-not-told", { region, error: String(error) }));
  };

  const machinery = new LiveMachinery({ layout, truth, guardian, links, names, services, databases, jobs });
  const infrastructure = [links.child, names.child, ...regions.map((region) => services[region].balancer)];
  const broken = Promise.race(
    infrastructure.map(async (child) => `the lab's ${child.role} ended (${await child.exited}): ${child.lastWords()}`),
  );
  await Promise.all([
    links.child.ready(),
    names.child.ready(),
    databasesUp,
    ...regions.map((region) => services[region].ready()),
  ]);
  await names.startChecks();
  const stopWatching = watchReplication(databases, truth);
  await smokeTest(layout);

  const control = await startControlPlane({
    machinery,
    ...layout.controlPlane,
    extraRoutes: extraRoutes({
      events: () => truth.events(),
      status: () => status({ layout, folder, guardian, links, names, services, databases, profile: options.profile }),
      alarms: () => machinery.alarms(),
      replication: () => readReplication(databases),
    }),
  });
  truth.record("lab-ready", { base: layout.base });
  return {
    endpoints: endpoints(layout, options.profile, binaries.version),
    controlUrl: control.url,
    machinery,
    broken,
    async [Symbol.asyncDispose]() {
      closing = true;
      stopWatching();
      // Should it not close in time, it ends with this process.
      await within(
        "the control plane's end",
        closeControlWithinMs,
        Promise.resolve(control[Symbol.asyncDispose]()),
      ).catch(() => undefined);
      await guardian[Symbol.asyncDispose]();
    },
  };
}
