/**
 * Evidence in a few lines, for tests of single findings: a drill in which the fault is commanded at 10 s and takes effect at 10.1 s, with only
 * what the test states. Times in ms on the run's axis. It builds what loadEvidence builds, without files.
 */
import type { Evidence, LedgerEvidence, ProbeEvidence, Reading } from "../evidence/evidence.ts";
import { drillSchema } from "../model/drill.ts";
import type { Drill } from "../model/drill.ts";
import type { Manifest } from "../model/files.ts";
import type { RunEventInput } from "../model/journal.ts";
import type { Finding } from "../model/verdict.ts";
import { findingOf } from "./check.ts";
import type { Check } from "./check.ts";
import { factsOf } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { deadCanary, primary, secondary, smallHeader } from "./small-files.ts";

export const injection: readonly [number, RunEventInput][] = [
  [
    10_000,
    {
      type: "step.intended",
      step: "inject-fault",
      token: "t",
      deadlineMs: 1000,
      undo: { kind: "stop-experiment", clientToken: "t", runTag: "small" },
    },
  ],
  [10_020, { type: "step.done", step: "inject-fault", outcome: "ok" }],
  [10_100, { type: "fis.experiment", id: "EXP", state: "running", sourceMs: null, previousPollUs: null }],
  [
    10_110,
    {
      type: "fis.action",
      id: "EXP",
      action: "stop",
      actionId: "aws:ec2:stop-instances",
      state: "running",
      startMs: 10_030,
      endMs: null,
      previousPollUs: 10_000_000,
    },
  ],
];

export const smallDrill = (more: Readonly<Record<string, unknown>> = {}): Drill =>
  drillSchema.parse({
    name: "small",
    title: "small",
    load: { profile: "peak" },
    steadyState: { baselineMs: 8000 },
    fault: { description: "stop", actions: { stop: { actionId: "aws:ec2:stop-instances" } }, maxDurationMs: 60_000 },
    failover: { document: "failover.yaml", movements: { promote: "Promote" }, deadlineMs: 60_000 },
    ...more,
  });

export interface SmallParts {
  readonly drill?: Readonly<Record<string, unknown>>;
  readonly ledgers?: readonly LedgerEvidence[];
  readonly readings?: readonly Reading[];
  readonly probes?: readonly ProbeEvidence[];
  /** Instead of the start of the experiment at 10 s. */
  readonly journal?: readonly (readonly [ms: number, event: RunEventInput])[];
  readonly more?: Partial<Evidence>;
}

export function smallEvidence(parts: SmallParts): Evidence {
  const told = parts.journal ?? injection;
  const [lastMs] = told[told.length - 1] ?? [0];
  const residue: readonly [number, RunEventInput] = [lastMs, { type: "residue", clean: true, left: [] }];
  const events = [...told, residue].map(([ms, event], index) => ({
    line: index + 2,
    value: { seq: index + 1, us: ms * 1000, wallMs: ms, ...event },
  }));
  const drill = smallDrill(parts.drill);
  return {
    manifest: smallManifest(drill),
    drill,
    journal: events,
    ledgers: parts.ledgers ?? [],
    probes: parts.probes ?? [deadCanary()],
    readings: parts.readings ?? [],
    lag: [],
    clock: [],
    resources: [],
    selftest: null,
    headers: new Map([["journal.ndjson", smallHeader]]),
    files: [],
    foreignFiles: [],
    seal: { state: "valid", problems: [], files: [] },
    ...parts.more,
  };
}

function smallManifest(drill: Drill): Manifest {
  return {
    schema: "dr-drill/manifest@1",
    run: "small",
    seed: "1",
    startedAt: "2026-01-01T00:00:00.000Z",
    epochMonoNs: "0",
    host: "host",
    drill,
    drillFile: "small.drill.ts",
    drillHash: "",
    environment: { name: "test", title: "Test", primaryRegion: primary, secondaryRegion: secondary, facts: {} },
    load: {
      profile: "peak",
      ratePerMinute: 60,
      writeEvery: 1,
      vus: 1,
      timeoutMs: 2000,
      connectionPolicy: "",
      dnsTtlSeconds: 0,
      bodyBytes: 100,
    },
    git: null,
    tools: {},
  };
}

export function smallFacts(parts: SmallParts): Facts {
  const evidence = smallEvidence(parts);
  return factsOf(evidence, smallDrill(parts.drill), { primary, secondary });
}

export const find = (check: Check, parts: SmallParts): Finding => findingOf(check, smallFacts(parts));
