/**
 * An invented run for the renderers' own tests: shaped like a quick drill on the lab, every number known, no file read.
 * It proves how things are drawn, never what was measured.
 */
import { objectivesSchema } from "../model/drill.ts";
import type { Manifest } from "../model/files.ts";
import { sampleVerdict } from "./sample-findings.ts";
import type { ProbeRun, ReportInput } from "./input.ts";
import type { RunEvent, RunEventInput } from "../model/journal.ts";

const second = 1_000_000;
const regions = ["us-east-1", "eu-west-1"] as const;

/** Fault at 32 s, served again at 46.4 s, protected at 80 s, end at 118 s. */
function sampleBins(): ReportInput["bins"] {
  return Array.from({ length: 118 }, (_, index) => {
    const wobble = Math.sin(index * 2.3) + Math.sin(index * 0.7);
    const total = Math.round(166.7 + wobble);
    const dead = index >= 32 && index < 44;
    const healing = index >= 44 && index < 47;
    const share = dead ? 0 : healing ? (index - 43) / 4 : 1;
    const ok = Math.round(total * share);
    const failed = index < 36 ? 0 : Math.round((total - ok) * 0.7);
    const after = index > 46;
    const p50 = share === 0 ? null : (after ? 11 : 6) + wobble + (healing ? 120 : 0);
    return {
      startUs: index * second,
      ok,
      failed,
      unknown: total - ok - failed,
      served: after || healing ? [0, ok] : [ok, 0],
      p50Ms: p50,
      p95Ms: p50 === null ? null : p50 * 2.1,
      p99Ms: p50 === null ? null : index === 70 ? 640 : p50 * 4,
    };
  });
}

function sampleLag(): ReportInput["lag"] {
  return Array.from({ length: 236 }, (_, index) => {
    const us = index * 500_000;
    const down = us > 32 * second && us < 80 * second;
    return { us, lagMs: down ? null : 180 + 90 * Math.sin(index), protected: !down };
  });
}

function sampleJournal(epochWallMs: number): readonly RunEvent[] {
  const at: readonly (readonly [number, RunEventInput])[] = [
    [0.1, { type: "phase.started", phase: "set-up" }],
    [30.9, { type: "step.intended", step: "start-experiment", token: "t1", deadlineMs: 10_000, undo: null }],
    [31.1, { type: "fis.experiment", id: "EXP1", state: "running", sourceMs: null, previousPollUs: null }],
    [
      62,
      {
        type: "fis.action",
        id: "EXP1",
        action: "cut",
        actionId: "aws:network:disrupt-connectivity",
        state: "completed",
        startMs: epochWallMs + 31_200,
        endMs: epochWallMs + 61_200,
        previousPollUs: null,
      },
    ],
    [62.1, { type: "fis.experiment", id: "EXP1", state: "completed", sourceMs: null, previousPollUs: null }],
    [36, { type: "alarm", name: "primary-health", state: "ALARM", sourceMs: null, previousPollUs: null }],
    [36.1, { type: "detected", by: "primary-health", sourceMs: null, previousPollUs: null }],
    [36.2, { type: "decided", by: "policy" }],
    [36.3, { type: "ssm.execution", id: "SSM1", runbook: "failover", document: "Failover", status: "InProgress" }],
    [
      37.2,
      {
        type: "ssm.step",
        id: "SSM1",
        runbook: "failover",
        step: "closeFlow",
        action: "aws:executeAwsApi",
        status: "Success",
        startMs: epochWallMs + 36_300,
        endMs: epochWallMs + 36_900,
      },
    ],
    [
      40.4,
      {
        type: "ssm.step",
        id: "SSM1",
        runbook: "failover",
        step: "promote",
        action: "aws:executeAwsApi",
        status: "Success",
        startMs: epochWallMs + 36_900,
        endMs: epochWallMs + 40_100,
      },
    ],
    [47, { type: "ssm.execution", id: "SSM1", runbook: "failover", document: "Failover", status: "Success" }],
    [46.4, { type: "gate", gate: "restored", passed: true, detail: "held for 20 s" }],
    [66, { type: "ssm.execution", id: "SSM2", runbook: "failback", document: "Failback", status: "Success" }],
    [117, { type: "k6.exit", code: 0, signal: null, droppedIterations: 0 }],
    [118, { type: "probe.exit", code: 0 }],
  ];
  return at.map(([s, event], seq) => ({ ...event, seq, us: s * second, wallMs: epochWallMs + s * 1000 }));
}

function sampleProbe(name: string, kind: ProbeRun["header"]["kind"]): ProbeRun {
  const header = {
    schema: "dr-drill/probe@1" as const,
    run: "r",
    host: "h",
    epochMonoNs: "0",
    monoNs: "0",
    wallNs: "0",
    probe: name,
    title: `Probe ${name}`,
    kind,
    vantage: "outside",
    intervalMs: kind === "journey" ? null : 1000,
    timeoutMs: 2000,
  };
  const lines = Array.from({ length: kind === "journey" ? 3 : 118 }, (_, index) => {
    const startUs = (kind === "journey" ? 10 + index * 40 : index) * second;
    const ok = !(startUs > 32 * second && startUs < 46 * second);
    const phase = kind === "journey" ? (["before", "during", "after"][index] ?? "after") : "steady";
    return { schedUs: startUs, startUs, endUs: startUs + 40_000, ok, phase };
  });
  return { header, lines };
}

function sampleManifest(): Manifest {
  return {
    schema: "dr-drill/manifest@1",
    run: "20261120T080813Z-regional-failover-7f3a",
    seed: "7f3a",
    startedAt: "2026-11-20T08:08:13.000Z",
    epochMonoNs: "0",
    host: "boot",
    drill: {},
    drillFile: "drills/regional-failover.drill.ts",
    drillHash: "ab12cd34ef56",
    environment: {
      name: "lab",
      title: "The embedded lab",
      primaryRegion: regions[0],
      secondaryRegion: regions[1],
      facts: { "dns profile": "quick (1 s x 3, TTL 5 s)" },
    },
    load: {
      profile: "peak",
      ratePerMinute: 10_000,
      writeEvery: 6,
      vus: 2000,
      timeoutMs: 10_000,
      connectionPolicy: "keep-alive, honours TTL",
      dnsTtlSeconds: 5,
      bodyBytes: 5120,
    },
    git: { commit: "d285936aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", dirty: false },
    tools: { node: "20.20.2", k6: "2.2.0" },
  };
}

function sampleLost(): ReportInput["lost"] {
  return Array.from({ length: 7 }, (_, i) => ({
    id: `k-7f3a-${870 + i}`,
    ackedUs: 31.7 * second + i * 36_000,
    amountMinor: 12_344 + i,
    from: 12,
    to: 34 + i,
    region: regions[0],
    state: "replayed" as const,
    evidence: `ledger/k.ndjson:${2000 + i}`,
  }));
}

export function sampleInput(overrides: Partial<ReportInput> = {}): ReportInput {
  const epochWallMs = Date.UTC(2026, 10, 20, 8, 8, 13);
  const moment = (s: number, widthS = 0.2) => ({ loUs: (s - widthS / 2) * second, hiUs: (s + widthS / 2) * second });
  return {
    verdict: sampleVerdict("PASS"),
    manifest: sampleManifest(),
    title: "Regional failover",
    description: "The primary Region dies.",
    objectives: objectivesSchema.parse({}),
    epochWallMs,
    endUs: 118 * second,
    regions,
    binUs: second,
    bins: sampleBins(),
    lag: sampleLag(),
    moments: {
      fault: moment(32),
      customerFailure: moment(32.1),
      detected: moment(36),
      decided: moment(36.1),
      fenced: moment(37.1),
      promoted: moment(40.1),
      scaled: moment(42.3),
      routed: moment(44),
      restored: moment(46.4, 0.4),
      verified: moment(47.6),
      protected: moment(80.4),
    },
    criticalPath: {
      steps: [
        ["detect", 3900, 4100],
        ["decide", 90, 110],
        ["promote", 3900, 4100],
        ["route", 3800, 4000],
        ["settle", 2000, 2800],
      ].map(([name, lo, hi]) => ({ name: String(name), loMs: Number(lo), hiMs: Number(hi) })),
      sum: { name: "Σ", loMs: 13_690, hiMs: 15_110 },
    },
    otherSpans: [{ name: "until the data was verified", loMs: 15_500, hiMs: 15_700 }],
    faultWindow: { startUs: 32 * second, endUs: 62 * second },
    phases: [
      ["set-up", 0, 4],
      ["steady", 4, 31],
      ["fault", 31, 36],
      ["failover", 36, 46.4],
      ["restored", 46.4, 66],
      ["failback", 66, 80],
      ["protected", 80, 110],
      ["final-reads", 110, 118],
    ].map(([phase, from, to]) => ({
      phase: String(phase),
      startUs: Number(from) * second,
      endUs: Number(to) * second,
    })),
    writes: {
      attempted: 3278,
      acknowledged: 2871,
      failed: 251,
      unknown: 156,
      lost: 7,
      lostAmountMinor: 86_412,
      residual: 0,
      recovered: 4,
    },
    lost: sampleLost(),
    lostCsv: "id,amount_minor\r\nk-7f3a-870,12344\r\n",
    journal: sampleJournal(epochWallMs),
    probes: [
      sampleProbe("checkout", "customer"),
      sampleProbe("inside-primary", "inside-primary"),
      sampleProbe("journey", "journey"),
    ],
    health: [
      { name: "k6 iterations dropped", value: "0", sound: true },
      { name: "longest event-loop pause", value: "21 ms", sound: true },
    ],
    evidenceNotes: [],
    ...overrides,
  };
}
