/**
 * A slot is a block of a hundred ports and a folder, owned by one lab. Slots of dead labs are taken over: what they left is cleared away
 * first, unless their guardian is just doing it.
 */
import { mkdirSync, readFileSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { blockSize, firstPort, layout, portCeiling, tcpAddresses } from "../layout.ts";
import type { Layout } from "../layout.ts";
import { LabError } from "../lab-error.ts";
import { clearAway } from "../supervision/clear-away.ts";
import { claim, claimOf, ownerIsAlive, readClaim, releaseClaim } from "./claims.ts";
import { ensureTemporaryRoot, temporaryRoot } from "./folders.ts";
import { firstRefusal, holdPort } from "./ports.ts";
import type { Refusal } from "./ports.ts";
import { isAlive, processesInside } from "./processes.ts";
import type { ProcessId } from "./processes.ts";

export interface Slot {
  readonly layout: Layout;
  readonly folder: string;
  readonly root: string;
  readonly lockFile: string;
  /** Lets go of the claim on its ports. */
  readonly close: () => void;
}

const slotCount = Math.floor((portCeiling - firstPort) / blockSize);

/** Beside the lab's folder: who clears it away when its owner dies. Written by start-lab.ts. */
export const guardianFile = (folder: string): string => join(folder, "guardian.json");

function guardianAtWork(folder: string): boolean {
  try {
    return isAlive(JSON.parse(readFileSync(guardianFile(folder), "utf8")) as ProcessId);
  } catch {
    return false;
  }
}

function explain(refusal: Refusal, explicit: boolean): LabError {
  const { host, port } = refusal.address;
  if (refusal.code === "EADDRNOTAVAIL" && host !== "127.0.0.1")
    return new LabError(
      `this machine has no address ${host}, which the lab needs for a Region; add it with: sudo ifconfig lo0 alias 127.0.1.1 && sudo ifconfig lo0 alias 127.0.2.1`,
    );
  if (refusal.code === "EADDRINUSE" && explicit)
    return new LabError(
      `port ${port} (${refusal.protocol}, ${host}) is taken; stop what listens there, choose another --port-base, or leave it out and a free block is found`,
    );
  return new LabError(`cannot listen on ${host}:${port} (${refusal.protocol}): ${refusal.code}`);
}

/** null: owned by a live lab, or being cleared away. */
async function acquire(base: number): Promise<Slot | Refusal | null> {
  const claimed = claimFolder(base);
  if (claimed === null) return null;
  const { leftovers, ...places } = claimed;
  const { folder, root } = places;
  if (leftovers) await clearAway({ folder, root: join(root, "none"), files: [], keep: null }, processesInside(folder));
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  mkdirSync(join(folder, "logs"), { recursive: true });
  // 0711 like the folder above: a database that runs as another user must get through to its volume.
  mkdirSync(join(folder, "volumes"), { recursive: true, mode: 0o711 });
  const where = layout(base);
  const held = await holdPort(where.claim);
  const refusal = "code" in held ? held : await firstRefusal(tcpAddresses(where), [where.dns]);
  const slot = { layout: where, ...places, close: (): void => void ("code" in held || held.close()) };
  if (refusal === null) return slot;
  releaseSlot(slot);
  return refusal;
}

const claimAttempts = 20;

function claimFolder(base: number): (Omit<Slot, "layout" | "close"> & { readonly leftovers: boolean }) | null {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const root = ensureTemporaryRoot();
      const folder = join(root, String(base));
      const lockFile = join(root, `${base}.lock`);
      let leftovers = false;
      if (guardianAtWork(folder)) return null;
      const other = claim(lockFile, claimOf({ folder }), () => (leftovers = true));
      return other ? null : { root, folder, lockFile, leftovers };
    } catch (error) {
      // The last lab of this temp folder has just left, and took the folder with it.
      const gone = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!gone || attempt === claimAttempts) throw error;
    }
  }
}

/** For a slot that nothing was started in, or whose guardian has done it already. */
export function releaseSlot(slot: Slot): void {
  slot.close();
  if (readClaim(slot.lockFile)?.pid !== process.pid) return;
  rmSync(slot.folder, { recursive: true, force: true });
  releaseClaim(slot.lockFile);
  try {
    rmdirSync(slot.root);
  } catch {
    // Another lab lives there.
  }
}

async function explicitSlot(base: number): Promise<Slot> {
  if (!Number.isInteger(base) || base < 1_024 || base + blockSize > portCeiling)
    throw new LabError(`--port-base must be a whole number from 1024 to ${portCeiling - blockSize}, not ${base}`, 64);
  const lockFile = join(temporaryRoot(), `${base}.lock`);
  // A lab that has just died may still be cleared away by its guardian: that is worth a moment.
  let slot = await acquire(base);
  for (let attempt = 0; !slot && attempt < 100; attempt += 1) {
    const owner = readClaim(lockFile);
    if (owner && ownerIsAlive(owner)) break;
    await sleep(100);
    slot = await acquire(base);
  }
  if (!slot) throw new LabError(`another lab owns the ports from ${base} on (${lockFile}); choose another --port-base`);
  if ("code" in slot) throw explain(slot, true);
  return slot;
}

export async function takeSlot(portBase: number | null): Promise<Slot> {
  if (portBase !== null) return explicitSlot(portBase);
  for (let number = 0; number < slotCount; number += 1) {
    const slot = await acquire(firstPort + number * blockSize);
    if (!slot) continue;
    if (!("code" in slot)) return slot;
    if (slot.code !== "EADDRINUSE") throw explain(slot, false);
  }
  throw new LabError(
    `all ${slotCount} blocks of ports from ${firstPort} to ${portCeiling} are in use; stop a lab, or what listens there`,
  );
}
