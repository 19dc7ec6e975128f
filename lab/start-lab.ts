/**
 * Brings the whole lab up, in the order in which things need each other: a slot, the guardian (before anything it must guard), then
 * everything else side by side, and at last the control plane. `await using lab = await startLab(…)` ends it.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assemble } from "./assemble.ts";
import type { LabParts } from "./assemble.ts";
import { startControlPlane } from "./aws/server.ts";
import { extraRoutes } from "./control-plane.ts";
import { endpoints } from "./endpoints.ts";
import { cacheFolder } from "./host/folders.ts";
import { startTimeOf } from "./host/processes.ts";
import { guardianFile, releaseSlot, takeSlot } from "./host/slots.ts";
import { regions } from "./layout.ts";
import { LabError } from "./lab-error.ts";
import { LiveMachinery } from "./machinery-live.ts";
import { readReplication, watchReplication } from "./machinery/replication.ts";
import { within } from "./poll.ts";
import type { DnsProfile } from "./profile.ts";
import { smokeTest } from "./smoke.ts";
import { status } from "./status.ts";
import { bundle } from "./supervision/bundle.ts";
import { Guardian } from "./supervision/guardian-client.ts";
import { truthLog } from "./truth.ts";

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
  /** For tests that look behind the machinery. */
  readonly parts: LabParts;
  /** Resolves with a sentence when a part died that the lab cannot live without. */
  readonly broken: Promise<string>;
}

const closeControlWithinMs = 3_000;

/** Somebody else's program may take a port in the moment between our look and our listening: then the next block is tried. */
const slotAttempts = 4;

export async function startLab(options: LabOptions): Promise<StartedLab> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startInOneSlot(options);
    } catch (error) {
      const taken = error instanceof Error && /EADDRINUSE|Address already in use/.test(error.message);
      if (!taken || options.portBase !== null || attempt === slotAttempts) throw error;
    }
  }
}

/** Found out now, and not when the drill is over. */
function ensureKeepFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new LabError(
      `--keep ${folder}: cannot write there (${error instanceof Error ? error.message : String(error)}); give another folder`,
    );
  }
}

/** What is undone in reverse when the lab ends, or when it could not be brought up. */
type Undo = () => void | Promise<void>;

async function startInOneSlot(options: LabOptions): Promise<StartedLab> {
  const cache = cacheFolder();
  if (options.keep !== null) ensureKeepFolder(options.keep);
  const slot = await takeSlot(options.portBase);
  const undo: Undo[] = [() => releaseSlot(slot)];
  const end = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const bundles = await bundle(cache);
    const truth = truthLog();
    const files = [slot.lockFile, ...(options.stateFile === null ? [] : [options.stateFile])];
    const guardian = new Guardian({
      belongings: { folder: slot.folder, root: slot.root, files, keep: options.keep },
      bundle: bundles.guardian,
      log: join(slot.folder, "logs", "guardian.log"),
      onLeaseRanOut: (lease, healed) => truth.record("lease-ran-out", { lease, healed }),
      onStarted: (pid) =>
        writeFileSync(guardianFile(slot.folder), JSON.stringify({ pid, startTime: startTimeOf(pid) })),
    });
    // From here on the guardian ends everything, the slot included.
    undo.push(() => guardian[Symbol.asyncDispose]());
    const closing = new AbortController();
    undo.push(() => closing.abort());
    const { profile } = options;
    const { layout, folder } = slot;
    const parts = await assemble({ layout, folder, profile, guardian, bundles, truth, cache, closing: closing.signal });
    return { ...(await serve(parts, undo)), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Everything runs; the loops that watch it and the control plane make it a lab. */
async function serve(parts: LabParts, undo: Undo[]): Promise<Omit<StartedLab, typeof Symbol.asyncDispose>> {
  const { layout, truth, databases, links, names, services, profile, postgresVersion } = parts;
  await names.startChecks();
  undo.push(watchReplication(databases, truth));
  await smokeTest(layout);
  const machinery = new LiveMachinery(parts);
  const control = await startControlPlane({
    machinery,
    ...layout.controlPlane,
    extraRoutes: extraRoutes({
      events: () => truth.events(),
      status: () => status(parts),
      alarms: () => machinery.alarms(),
      replication: () => readReplication(databases),
    }),
  });
  // Should it not close in time, it ends with this process.
  undo.push(() =>
    within("the end", closeControlWithinMs, Promise.resolve(control[Symbol.asyncDispose]())).catch(() => undefined),
  );
  truth.record("lab-ready", { base: layout.base });
  const vital = [links.child, names.child, ...regions.map((region) => services[region].balancer)];
  return {
    endpoints: endpoints(layout, profile, postgresVersion),
    controlUrl: control.url,
    machinery,
    parts,
    broken: Promise.race(
      vital.map(async (child) => `the lab's ${child.role} ended (${await child.exited}): ${child.lastWords()}`),
    ),
  };
}
