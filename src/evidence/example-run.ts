/**
 * Writes a complete, plausible run folder from a script: a Region is cut off, the standby is promoted, some acknowledged writes are
 * missing and salvaged. Tests of the judge and of the report use it; it is not evidence of anything. The same options give the same bytes.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Drill } from "../model/drill.ts";
import { drillSchema } from "../model/drill.ts";
import type { Manifest } from "../model/files.ts";
import { formatSurvivor } from "../model/ledger.ts";
import type { Survivor } from "../model/ledger.ts";
import { exampleJournal } from "./example-journal.ts";
import { exampleLoad, exampleSurvivors } from "./example-load.ts";
import type { ExamplePayment } from "./example-load.ts";
import { exampleClock, exampleLag, exampleProbes, exampleResources } from "./example-probes.ts";
import {
  epochMonoNs,
  epochWallMs,
  host,
  microseconds,
  primaryRegion,
  regions,
  scriptOf,
  secondaryRegion,
  timeoutSeconds,
  writeEvery,
} from "./example-script.ts";
import type { ExampleOptions, Script } from "./example-script.ts";
import { seal } from "./seal.ts";

export type { ExampleOptions } from "./example-script.ts";

const accounts = 100;
const openingMinor = 10_000_000;

/** Writes the run folder, SEAL included. */
export async function writeExampleRun(folder: string, options: ExampleOptions = {}): Promise<void> {
  const script = scriptOf(options);
  const { payments, lines } = exampleLoad(script);
  const files = new Map<string, string | Uint8Array>();
  files.set("manifest.json", `${JSON.stringify(manifestOf(script), null, 2)}\n`);
  files.set(
    "journal.ndjson",
    ndjson(
      script,
      "journal",
      { argv: ["run", drillName(script)] },
      exampleJournal(script).map(({ us, wallMs, event }, seq) => ({ seq, us, wallMs, ...event })),
    ),
  );
  const ledgerHeader = {
    witness: "k",
    idPrefix: `${script.run}.k.`,
    ratePerMinute: script.ratePerMinute,
    regions,
    tool: "example",
  };
  files.set("ledger/k.ndjson", headerLine(script, "ledger", ledgerHeader) + lines.join(""));
  for (const { probe, title, kind, intervalMs, timeoutMs, lines: observations } of exampleProbes(script)) {
    // As they are written down: each when it is over.
    const seen = observations.toSorted((a, b) => a.endUs - b.endUs);
    files.set(
      `probes/${probe}.ndjson`,
      ndjson(script, "probe", { probe, title, kind, vantage: "outside", intervalMs, timeoutMs }, seen),
    );
    for (const file of seen.flatMap((line) => line.files ?? [])) files.set(file, onePixel);
  }
  files.set("lag.ndjson", ndjson(script, "lag", {}, exampleLag(script)));
  files.set("clock.ndjson", ndjson(script, "clock", {}, exampleClock(script)));
  files.set("resources.ndjson", ndjson(script, "resources", {}, exampleResources(script)));
  const returns = Number.isFinite(script.at.restored) && !script.harmless;
  if (returns) files.set("survivors/before-replay.ndjson", survivorsFile(script, payments, "before-replay"));
  files.set("survivors/final.ndjson", survivorsFile(script, payments, "final"));
  files.set("survivors/final-again.ndjson", survivorsFile(script, payments, "final-again"));
  for (const [name, content] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await seal(folder);
}

const drillName = (script: Script): string =>
  script.failover ? "regional-failover" : "regional-failover-without-failover";

function headerLine(script: Script, schema: string, rest: Readonly<Record<string, unknown>>): string {
  const anchorNs = epochMonoNs + 1_000_000n;
  const header = {
    schema: `dr-drill/${schema}@1`,
    run: script.run,
    host,
    epochMonoNs: String(epochMonoNs),
    monoNs: String(anchorNs),
    wallNs: String(BigInt(epochWallMs) * 1_000_000n + 1_000_000n),
    ...rest,
  };
  return `${JSON.stringify(header)}\n`;
}

function ndjson(
  script: Script,
  schema: string,
  rest: Readonly<Record<string, unknown>>,
  lines: readonly object[],
): string {
  return headerLine(script, schema, rest) + lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function survivorsFile(
  script: Script,
  payments: readonly ExamplePayment[],
  reading: "before-replay" | "final" | "final-again",
): string {
  const startedUs = microseconds(
    reading === "before-replay" ? script.at.restored + 25 : script.at.finalReads + (reading === "final" ? 0.2 : 1),
  );
  // The load goes on while the first reading is taken: later payments cannot be in it.
  const there = payments.filter(({ outcome }) => outcome.us < startedUs);
  const rows = exampleSurvivors(script, there, reading !== "before-replay");
  const region = script.harmless || !script.failover ? primaryRegion : secondaryRegion;
  const rest = { reading, region, regions, startedUs, epoch: region === primaryRegion ? 1 : 2, lsn: "33554432" };
  const visits = Number.isFinite(script.at.restored) ? ["before", "after"] : ["before"];
  const journeys = visits.map((name) => ({
    k: "f",
    id: `${script.run}.c.journey-${name}`,
    amt: 1200,
    ours: true,
    from: 7,
    to: 60,
  }));
  const end = { k: "end", endedUs: startedUs + 400_000, payments: rows.length + journeys.length, accounts };
  return [
    headerLine(script, "survivors", rest),
    ...rows.map(formatSurvivor),
    ...journeys.map((row) => `${JSON.stringify(row)}\n`),
    ...accountLines(rows, journeys),
    `${JSON.stringify(end)}\n`,
  ].join("");
}

function accountLines(
  rows: readonly Survivor[],
  journeys: readonly { from: number; to: number; amt: number }[],
): string[] {
  const posted = new Float64Array(accounts);
  for (const { from, to, amt } of journeys) {
    posted[from] = (posted[from] ?? 0) - amt;
    posted[to] = (posted[to] ?? 0) + amt;
  }
  for (const row of rows) {
    posted[row.from] = (posted[row.from] ?? 0) - row.amountMinor * row.debits;
    posted[row.to] = (posted[row.to] ?? 0) + row.amountMinor * row.credits;
  }
  return [...posted].map(
    (sum, id) => `${JSON.stringify({ k: "a", id, opening: openingMinor, balance: openingMinor + sum, posted: sum })}\n`,
  );
}

function drillOf(script: Script): Drill {
  const inside = { resourceType: "aws:ec2:subnet", selectionMode: "ALL", resourceTags: { Region: primaryRegion } };
  const instances = { resourceType: "aws:ec2:instance", selectionMode: "ALL", resourceTags: { Region: primaryRegion } };
  const duration = "PT25S";
  const movements = {
    closeFlow: "CloseFlow",
    fence: "Fence",
    promote: "Promote",
    route: "Route",
    scale: "ScaleOut",
    reconcile: "Reconcile",
    openFlow: "OpenFlow",
    verify: "Verify",
  };
  const back = { fence: "BringBackFenced", salvage: "Salvage", rebuild: "Rebuild" };
  return drillSchema.parse({
    name: drillName(script),
    title: "us-east-1 is lost; eu-west-1 takes over",
    load: { profile: "peak" },
    probes: ["customer", "primary", "secondary", "dns", "fence", "checkout"],
    steadyState: { baselineMs: 15_000 },
    targets: { subnets: inside, instances },
    fault: {
      description: "Region loss: links first, then hosts",
      actions: script.harmless
        ? { wait: { actionId: "aws:fis:wait", parameters: { duration } } }
        : {
            "cut-customers": {
              actionId: "aws:network:disrupt-connectivity",
              parameters: { duration, scope: "all" },
              targets: { Subnets: "subnets" },
            },
            "cut-replication": {
              actionId: "aws:network:route-table-disrupt-cross-region-connectivity",
              parameters: { duration, region: secondaryRegion },
              targets: { Subnets: "subnets" },
            },
            "stop-primary": {
              actionId: "aws:ec2:stop-instances",
              parameters: { startInstancesAfterDuration: duration },
              targets: { Instances: "instances" },
            },
          },
      maxDurationMs: 180_000,
    },
    detection: { alarms: ["primary-health"] },
    failover: script.failover ? { document: "drills/runbooks/failover.yaml", movements, deadlineMs: 300_000 } : null,
    failback: script.failover
      ? { document: "drills/runbooks/failback.yaml", movements: back, deadlineMs: 300_000 }
      : null,
    objectives: { hold: { windowMs: 20_000, binMs: 5_000 }, ...script.objectives },
  });
}

function manifestOf(script: Script): Manifest {
  return {
    schema: "dr-drill/manifest@1",
    run: script.run,
    seed: "20260801",
    startedAt: "2026-09-21T14:13:20.000Z",
    epochMonoNs: String(epochMonoNs),
    host,
    drill: drillOf(script),
    drillFile: `drills/${drillName(script)}.drill.ts`,
    drillHash: "sha256:0000000000000000000000000000000000000000000000000000000000000000",
    environment: {
      name: "example",
      title: "An example, written by a script",
      primaryRegion,
      secondaryRegion,
      facts: { "dns profile": "quick (1 s x 3, TTL 5 s)" },
    },
    load: {
      profile: "peak",
      ratePerMinute: script.ratePerMinute,
      writeEvery,
      vus: 2000,
      timeoutMs: timeoutSeconds * 1000,
      connectionPolicy: "keep-alive; new connections follow DNS",
      dnsTtlSeconds: 5,
      bodyBytes: 5120,
    },
    git: { commit: "0000000000000000000000000000000000000000", dirty: false },
    tools: { node: "v20.20.0", k6: "v2.2.0", "dr-drill": "0.1.0" },
  };
}

/** A PNG of one grey pixel: stands where a screenshot would be. */
const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==",
  "base64",
);
