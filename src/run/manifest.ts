/** manifest.json: what was going to be done, by what, and what would count as a pass; written before anything happens. */
import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Endpoints } from "../model/environment.ts";
import type { Manifest } from "../model/files.ts";
import type { RunClock } from "./clock.ts";
import type { RunSettings } from "./context.ts";
import { witnessPlan } from "./with-witness.ts";

export const connectionPolicy = "a fresh connection per transaction (noVUConnectionReuse), one attempt, no retry";

export function writeManifest(settings: RunSettings, clock: RunClock, endpoints: Endpoints): Manifest {
  const { environment, profile } = settings;
  const manifest: Manifest = {
    schema: "dr-drill/manifest@1",
    run: settings.run,
    seed: settings.run,
    startedAt: new Date(Number(clock.epochWallNs / 1_000_000n)).toISOString(),
    epochMonoNs: String(clock.epochMonoNs),
    host: clock.host,
    drill: settings.drill,
    drillFile: relativeTo(settings.root, settings.drillFile),
    drillHash: settings.drillHash,
    environment: {
      name: environment.name,
      title: environment.title,
      primaryRegion: endpoints.primary.name,
      secondaryRegion: endpoints.secondary.name,
      ...(environment.finalRead === null ? { lacks: ["export"] } : {}),
      facts: endpoints.facts,
    },
    load: {
      profile: profile.name,
      ratePerMinute: settings.ratePerMinute,
      writeEvery: profile.writeEvery,
      vus: settings.vus,
      timeoutMs: profile.timeoutMs,
      connectionPolicy,
      dnsTtlSeconds: endpoints.service.ttlSeconds,
      bodyBytes: profile.bodyBytes,
    },
    witness: witnessPlan(settings),
    // Where the machine does not tell what each process uses (resources.ts), a share of it would mean nothing.
    ...(process.platform === "linux" ? { cores: availableParallelism() } : {}),
    git: gitState(settings.root),
    tools: settings.tools,
  };
  mkdirSync(settings.runFolder, { recursive: true });
  const descriptor = openSync(join(settings.runFolder, "manifest.json"), "wx", 0o600);
  writeSync(descriptor, `${JSON.stringify(manifest, null, 2)}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  return manifest;
}

function relativeTo(root: string, file: string): string {
  return file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file.slice(file.lastIndexOf("/") + 1);
}

function gitState(root: string): Manifest["git"] {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return { commit: git("rev-parse", "HEAD"), dirty: git("status", "--porcelain", "--untracked-files=no") !== "" };
  } catch {
    return null;
  }
}
