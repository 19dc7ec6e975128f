/** The run before this one, of the same drill in the same environment: its report's history goes on in ours. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { manifestSchema, type Manifest } from "../model/files.ts";

const mostFolders = 500;

/** Path of the newest earlier run's folder that holds `what`, or null. */
export function previousRunWith(runFolder: string, manifest: Manifest, what: string): string | null {
  const reports = dirname(runFolder);
  const name = manifest.drillFile;
  let best: { readonly folder: string; readonly startedAt: string } | null = null;
  for (const entry of readdirSync(reports).toSorted().reverse().slice(0, mostFolders)) {
    const folder = join(reports, entry);
    if (entry === basename(runFolder) || !existsSync(join(folder, what))) continue;
    const other = readManifest(folder);
    if (other === null || other.drillFile !== name || other.environment.name !== manifest.environment.name) continue;
    if (other.startedAt >= manifest.startedAt || (best && other.startedAt <= best.startedAt)) continue;
    best = { folder, startedAt: other.startedAt };
  }
  return best?.folder ?? null;
}

function readManifest(folder: string): Manifest | null {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
  } catch {
    return null;
  }
}

/** Which run of this drill this is, by the history of the one before: the number under Allure's trend. */
export function runNumber(previousReport: string | null): number {
  if (previousReport === null) return 1;
  try {
    const trend = z
      .array(z.object({ buildOrder: z.number().optional() }))
      .parse(JSON.parse(readFileSync(join(previousReport, "history", "history-trend.json"), "utf8")));
    return (trend[0]?.buildOrder ?? 0) + 1;
  } catch {
    return 1;
  }
}
