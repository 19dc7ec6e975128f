/** clocks, evidence.intact, selftest: may the record itself be believed? */
import type { Evidence } from "../../evidence/evidence.ts";
import type { Citation } from "../../evidence/citation.ts";
import { notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import { clockErrorUs } from "../clock-error.ts";
import { clockTable } from "../clock-table.ts";
import { clocksOf, outOfOrder } from "../critical-path.ts";
import { ledgerGaps } from "../gaps.ts";
import type { Facts } from "../facts.ts";
import { point } from "../interval.ts";
import { complaint } from "../needs.ts";
import { knownAnswerTests } from "../../model/selftest.ts";
import { gate } from "./gates.ts";
import { secondWitness } from "./second-witness.ts";

const slopeLimit = 200e-6;
/** The samples' wall clock has whole milliseconds, and the two clocks are not read in the same instant. */
const stepLimitUs = 100_000;
const shortestForSlopeUs = 30_000_000;
const silenceLimitUs = 10_000_000;

interface Sample {
  readonly us: number;
  readonly offsetUs: number;
  readonly line: number;
}

export const clocks: Check = {
  id: "clocks",
  title: "One clock, and it ran evenly",
  objective: () => null,
  measure: (facts) => {
    const { evidence } = facts;
    const wrong = outOfOrder(clocksOf(clockTable(facts)));
    const cited: Citation[] = [];
    const hosts = new Set([...evidence.headers.values()].map(({ host }) => host));
    const epochs = new Set([...evidence.headers.values()].map(({ epochMonoNs }) => epochMonoNs));
    if (evidence.manifest !== null) hosts.add(evidence.manifest.host);
    if (hosts.size > 1)
      wrong.push(`the files were written on ${hosts.size} hosts, and nothing tells how far their clocks are apart`);
    if (epochs.size > 1) wrong.push("the files do not count from the same instant");
    const samples = evidence.clock.map(({ value, line }): Sample => ({
      us: value.us,
      offsetUs: Number(BigInt(value.wallNs) / 1000n) - value.us,
      line,
    }));
    const [first] = samples;
    const last = samples[samples.length - 1];
    if (first === undefined || last === undefined || samples.length < 2)
      wrong.push("clock.ndjson has fewer than two samples");
    else {
      const spanUs = last.us - first.us;
      const slope = spanUs >= shortestForSlopeUs ? (last.offsetUs - first.offsetUs) / spanUs : 0;
      if (Math.abs(slope) > slopeLimit)
        wrong.push(`the wall clock ran ${(slope * 1e6).toFixed(0)} ppm off the monotonic one (200 allowed)`);
      for (const [index, sample] of samples.entries()) {
        const before = samples[index - 1];
        if (before === undefined) continue;
        const step = sample.offsetUs - before.offsetUs;
        const silence = sample.us - before.us;
        if (Math.abs(step) > stepLimitUs)
          wrong.push(`the wall clock was set by ${(step / 1000).toFixed(0)} ms at ${(sample.us / 1e6).toFixed(1)} s`);
        if (silence > silenceLimitUs)
          wrong.push(
            `the harness was silent for ${(silence / 1e6).toFixed(1)} s from ${(before.us / 1e6).toFixed(1)} s on`,
          );
        if (Math.abs(step) > stepLimitUs || silence > silenceLimitUs)
          cited.push({ file: "clock.ndjson", line: sample.line });
      }
    }
    const lags = evidence.clock
      .flatMap(({ value }) => (value.loopLagMs === undefined ? [] : [value.loopLagMs]))
      .sort((a, b) => a - b);
    const lag =
      lags.length === 0
        ? ""
        : `; the harness's own loop was late by ${Math.round(lags[Math.floor((lags.length - 1) * 0.99)] ?? 0)} ms (p99)`;
    const errorUs = clockErrorUs(evidence);
    const one =
      errorUs === 0
        ? "all times are of one monotonic clock"
        : `the load's times follow the wall clock, so every duration is given ${Math.ceil(errorUs / 1000)} ms wider at each end`;
    const right = `${one}; ${plural(samples.length, "sample")} show no step and no drift beyond 200 ppm${lag}`;
    return gate(wrong.slice(0, 5), right, cited.slice(0, 5));
  },
};

export const evidenceIntact: Check = {
  id: "evidence.intact",
  title: "The evidence is whole and as it was written",
  objective: () => null,
  measure: (facts) => {
    const { evidence } = facts;
    const { wrong, cited } = recordProblems(evidence);
    const second = secondWitness(facts);
    wrong.push(...ledgerGaps(facts), ...silentProbes(facts), ...second.wrong);
    const torn = evidence.files.filter((file) => file.torn).map(({ file }) => file);
    const notes = [
      torn.length > 0 ? `the last line of ${torn.join(", ")} is torn and was left out` : "",
      evidence.foreignFiles.length > 0 ? `not part of the evidence: ${evidence.foreignFiles.join(", ")}` : "",
      second.note,
    ].filter((note) => note !== "");
    const lines = evidence.files.reduce((sum, file) => sum + file.lines, 0);
    const right = [
      `${plural(evidence.files.length, "file")}, ${lines} lines, all sealed and as written`,
      ...notes,
    ].join("; ");
    return gate([...wrong, ...(wrong.length > 0 ? notes : [])], right, cited);
  },
};

export function recordProblems(evidence: Evidence): { readonly wrong: string[]; readonly cited: Citation[] } {
  const wrong: string[] = [];
  const cited: Citation[] = [];
  for (const report of evidence.files) {
    if (evidence.seal.files.includes(report.file)) continue;
    const complained = complaint(evidence, report);
    if (complained === null) continue;
    wrong.push(complained);
    const line = report.problems[0]?.line ?? null;
    cited.push(line === null ? { file: report.file } : { file: report.file, line });
  }
  wrong.push(...evidence.seal.problems);
  return { wrong, cited };
}

/** A probe that was paused (SIGSTOP, a starved machine) saw nothing, which is not the same as having seen that all was well. */
function silentProbes({ evidence }: Facts): string[] {
  return evidence.probes.flatMap(({ header, lines }) => {
    if (header.intervalMs === null) return [];
    const limitUs = Math.max(5_000_000, 3000 * header.intervalMs + 1000 * header.timeoutMs);
    let previous: number | null = null;
    let longest = 0;
    for (const { value } of lines) {
      if (previous !== null) longest = Math.max(longest, value.startUs - previous);
      previous = value.startUs;
    }
    return longest > limitUs ? [`${header.probe} was silent for ${(longest / 1e6).toFixed(1)} s`] : [];
  });
}

export const selftest: Check = {
  id: "selftest",
  title: "The harness itself found every planted defect",
  objective: () => null,
  measure: ({ evidence }) => {
    const { selftest: record, manifest } = evidence;
    const report = evidence.files.find(({ file }) => file === "selftest.json");
    if (record === null && report === undefined)
      return notMeasurable("no self-test was run with this drill (drill selftest)", "count");
    const cited = [{ file: "selftest.json" }];
    const complained = report === undefined ? null : complaint(evidence, report);
    if (record === null || complained !== null) return gate([complained ?? "selftest.json cannot be read"], "", cited);
    const { passed, total, harness } = record;
    const ran = manifest?.tools["harness"];
    const wrong = [
      passed < total || total < knownAnswerTests
        ? `only ${passed} of ${knownAnswerTests} known-answer tests found what had been planted: this harness is not to be believed`
        : "",
      ran !== undefined && ran !== harness
        ? "the self-test was another harness's, not that of the one that ran the drill"
        : "",
    ].filter((text) => text !== "");
    const right = `${passed} of ${total} known-answer tests found exactly what had been planted (harness ${harness.slice(0, 12)})`;
    return { ...gate(wrong, right, cited), measured: point(passed) };
  },
};
