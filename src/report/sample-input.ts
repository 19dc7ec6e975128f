/**
 * An invented run for the renderers' own tests: shaped like a quick drill on the lab, every number known, no file read.
 * It proves how things are drawn, never what was measured.
 */
import { objectivesSchema } from "../model/drill.ts";
import { findingIds, type Finding, type FindingId, type Verdict } from "../model/verdict.ts";
import type { ProbeRun, ReportInput } from "./input.ts";
import type { RunEvent, RunEventInput } from "../model/journal.ts";

const second = 1_000_000;
const regions = ["us-east-1", "eu-west-1"] as const;

function finding(id: FindingId, part: Partial<Finding>): Finding {
  return {
    id,
    title: id,
    status: "PASS",
    objective: null,
    measured: null,
    reason: "as planted",
    evidence: [],
    ...part,
  };
}

const ms = (lo: number, hi: number | null = lo) => ({ lo, hi, unit: "ms" as const });
const below = (limit: number) => ({ op: "<" as const, limit, unit: "ms" as const });
const none = { op: "<=" as const, limit: 0, unit: "count" as const };
const count = (value: number) => ({ lo: value, hi: value, unit: "count" as const });

/** A whole passing set of findings; a test overrides what it plants. */
export function sampleFindings(overrides: Partial<Record<FindingId, Partial<Finding>>> = {}): readonly Finding[] {
  const given: Partial<Record<FindingId, Partial<Finding>>> = {
    rto: {
      title: "Service restored and held after the fault",
      objective: below(900_000),
      measured: ms(14_210, 14_630),
    },
    "rto.customer": { title: "From the first customer failure", measured: ms(14_100, 14_400) },
    "rto.fromDetection": { title: "From detection", measured: ms(10_100, 10_600) },
    "rto.fromDecision": { title: "From the decision", measured: ms(10_050, 10_550) },
    "step.detect": { title: "Detect", objective: below(60_000), measured: ms(3_900, 4_150) },
    "step.decide": { title: "Decide", measured: ms(2, 60) },
    "step.fence": { title: "Fence the old primary", measured: ms(800, 1_000) },
    "step.promote": { title: "Promote", objective: below(120_000), measured: ms(3_100, 3_300) },
    "step.route": { title: "Route", objective: below(60_000), measured: ms(5_900, 6_200) },
    "step.scale": { title: "Scale", objective: below(300_000), measured: ms(2_000, 2_300) },
    "step.verify": { title: "Verify", objective: below(120_000), measured: ms(1_200, 1_300) },
    protected: { title: "A standby streams again", measured: ms(48_000, 48_400) },
    failback: { title: "Failed back", measured: ms(60_000, 60_500) },
    "rpo.time": { title: "Age of the oldest lost write", objective: below(60_000), measured: ms(180, 420) },
    "rpo.count": { title: "Acknowledged writes lost before replay", measured: count(7) },
    "rpo.amount": { title: "Money in them", measured: { lo: 86_412, hi: 86_412, unit: "minor" } },
    residual: { title: "Acknowledged writes missing after salvage", objective: none, measured: count(0) },
    duplicates: { title: "Payments applied twice", objective: none, measured: count(0) },
    corrupt: { title: "Payments that came back altered", objective: none, measured: count(0) },
    balance: { title: "Sum of all balances unchanged", objective: none, measured: count(0) },
    staleReads: { title: "Stale reads", status: "NOT_MEASURABLE", reason: "the system gives no read by id" },
    availability: { title: "Share of good arrivals", measured: { lo: 0.9031, hi: 0.9031, unit: "ratio" } },
    functional: {
      title: "A customer can pay before and after",
      objective: { op: ">=", limit: 1, unit: "ratio" },
      measured: { lo: 1, hi: 1, unit: "ratio" },
    },
    "load.delivered": {
      title: "The load was delivered",
      objective: { op: ">=", limit: 0.99, unit: "ratio" },
      measured: { lo: 1, hi: 1, unit: "ratio" },
    },
    "fault.effective": {
      title: "The fault bit",
      reason: "inside-primary failed 0.2 s after the command",
      evidence: [{ file: "probes/inside-primary.ndjson", range: [301, 342] }],
    },
    ...overrides,
  };
  return findingIds.map((id) => finding(id, { ...given[id], ...overrides[id] }));
}

export function sampleVerdict(word: Verdict["verdict"], findings = sampleFindings()): Verdict {
  const run = "20261120T080813Z-regional-failover-7f3a";
  return {
    schema: "dr-drill/verdict@1",
    run,
    drill: "regional-failover",
    environment: "lab",
    verdict: word,
    findings: [...findings],
  };
}

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
  return at.map(([s, event], seq) => ({ ...event, seq, us: s * second, wallMs: epochWallMs + s * 1000 }) as RunEvent);
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

export function sampleInput(overrides: Partial<ReportInput> = {}): ReportInput {
  const epochWallMs = Date.UTC(2026, 10, 20, 8, 8, 13);
  const moment = (s: number, widthS = 0.2) => ({ loUs: (s - widthS / 2) * second, hiUs: (s + widthS / 2) * second });
  return {
    verdict: sampleVerdict("PASS"),
    manifest: {
      schema: "dr-drill/manifest@1",
      run: "20261120T080813Z-regional-failover-7f3a",
      seed: "7f3a",
      startedAt: new Date(epochWallMs).toISOString(),
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
    },
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
    lost: Array.from({ length: 7 }, (_, i) => ({
      id: `k-7f3a-${870 + i}`,
      ackedUs: 31.7 * second + i * 36_000,
      amountMinor: 12_344 + i,
      from: 12,
      to: 34 + i,
      region: regions[0],
      epoch: 1,
      state: "replayed" as const,
    })),
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
