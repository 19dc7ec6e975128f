/** The facts of the run that a reader needs to weigh the verdict: where, with which clients, with which tools. */
import { formatCount, formatLimitDuration, formatMoney } from "./format.ts";
import type { ReportInput } from "./input.ts";

export type Facts = Readonly<Record<string, string>>;

export function placeFacts({ manifest }: ReportInput): Facts {
  const { environment } = manifest;
  return {
    environment: `${environment.title} (${environment.name})`,
    "primary Region": environment.primaryRegion,
    "secondary Region": environment.secondaryRegion,
    ...environment.facts,
    "DNS TTL": `${manifest.load.dnsTtlSeconds} s`,
  };
}

export function loadFacts({ manifest: { load } }: ReportInput): Facts {
  return {
    profile: load.profile,
    rate: `${formatCount(load.ratePerMinute)} transactions/min`,
    "read : write": `${load.writeEvery - 1} : 1`,
    "request body": `${formatCount(load.bodyBytes)} bytes`,
    "virtual users": formatCount(load.vus),
    "client timeout": formatLimitDuration(load.timeoutMs),
    "connection policy": load.connectionPolicy,
  };
}

/** What became of the writes; empty when the ledger could not be read. */
export function writeFacts({ writes }: ReportInput): Facts {
  if (!writes) return {};
  return {
    attempted: formatCount(writes.attempted),
    acknowledged: formatCount(writes.acknowledged),
    "failed, not applied": formatCount(writes.failed),
    "unknown to the client": `${formatCount(writes.unknown)}, of which ${formatCount(writes.recovered)} were applied`,
    "lost before replay": `${formatCount(writes.lost)} (${formatMoney(writes.lostAmountMinor)})`,
    "missing at the final read": formatCount(writes.residual),
  };
}

export function toolFacts({ manifest }: ReportInput): Facts {
  const { git } = manifest;
  return {
    ...(git ? { git: `${git.commit.slice(0, 12)}${git.dirty ? " with uncommitted changes" : ""}` } : {}),
    drill: `${manifest.drillFile} (${manifest.drillHash.replace(/^sha256:/, "").slice(0, 12)})`,
    seed: manifest.seed,
    ...manifest.tools,
  };
}

/** For Allure's environment.properties: one flat list, keys that say their group. */
export function environmentFacts(input: ReportInput): Record<string, string> {
  const prefixed = (prefix: string, facts: Facts): [string, string][] =>
    Object.entries(facts).map(([name, value]) => [`${prefix}${name}`, value]);
  return Object.fromEntries([
    ["run", input.verdict.run],
    ["started", input.manifest.startedAt],
    ...prefixed("", placeFacts(input)),
    ...prefixed("load: ", loadFacts(input)),
    ...prefixed("tool: ", toolFacts(input)),
  ]);
}
