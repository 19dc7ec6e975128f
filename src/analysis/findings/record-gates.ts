/** clocks, evidence.intact, selftest: may the record itself be believed? */
import type { Evidence } from "../../evidence/evidence.ts";
import type { Citation } from "../../evidence/citation.ts";
import { notMeasurable, plural } from "../check.ts";
import type { Check } from "../check.ts";
import { clockErrorUs } from "../clock-error.ts";
import { clockTable } from "../clock-table.ts";
import { contradictions } from "../contradictions.ts";
import { clocksOf, outOfOrder } from "../critical-path.ts";
import { ledgerGaps } from "../gaps.ts";
import type { Facts } from "../facts.ts";
import { point } from "../interval.ts";
import { complaint, needClock } from "../needs.ts";
import { readingTroubles } from "../reading-order.ts";
import { epochContradictions } from "../row-epochs.ts";
import { longestSilence } from "../silence.ts";
import type { Watch } from "../silence.ts";
import { ifMeasured } from "../unmeasured.ts";
import { clockPairs } from "../wall-time.ts";
import { knownAnswerTests } from "../../model/selftest.ts";
import { gate } from "./gate.ts";
import { secondWitness } from "./second-witness.ts";

const slopeLimit = 200e-6;
/** The samples' wall clock has whole milliseconds, and the two clocks are not read in the same instant. */
const stepLimitUs = 100_000;
const shortestForSlopeUs = 30_000_000;
const silenceLimitUs = 10_000_000;

/** While the load ran there had to be somebody looking; null: nobody knows when that was. */
const watch = (facts: Facts): Watch | null =>
  ifMeasured(() => {
    const { t0Us, observedUntilUs } = facts.schedule();
    return { fromUs: t0Us, untilUs: observedUntilUs };
  });

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
    if (evidence.manifest !== null) {
      hosts.add(evidence.manifest.host);
      epochs.add(evidence.manifest.epochMonoNs);
    }
    if (hosts.size > 1)
      wrong.push(`the files were written on ${hosts.size} hosts, and nothing tells how far their clocks are apart`);
    if (epochs.size > 1) wrong.push("the files do not count from the same instant");
    needClock(evidence);
    const samples = clockPairs(evidence);
    const [first] = samples;
    const last = samples[samples.length - 1];
    if (first === undefined || last === undefined || evidence.clock.length < 2)
      wrong.push("clock.ndjson has fewer than two samples");
    else {
      const spanUs = last.us - first.us;
      const slope = spanUs >= shortestForSlopeUs ? (last.offsetUs - first.offsetUs) / spanUs : 0;
      if (Math.abs(slope) > slopeLimit)
        wrong.push(`the wall clock ran ${(slope * 1e6).toFixed(0)} ppm off the monotonic one (200 allowed)`);
      for (const [index, sample] of samples.entries()) {
        const step = sample.offsetUs - (samples[index - 1] ?? sample).offsetUs;
        if (Math.abs(step) <= stepLimitUs) continue;
        wrong.push(`the wall clock was set by ${(step / 1000).toFixed(0)} ms at ${(sample.us / 1e6).toFixed(1)} s`);
        cited.push(sample.cited);
      }
      const silentUs = longestSilence(
        evidence.clock.map(({ value }) => value.us),
        watch(facts) ?? { fromUs: first.us, untilUs: last.us },
      );
      if (silentUs > silenceLimitUs) wrong.push(`the harness was silent for ${(silentUs / 1e6).toFixed(1)} s`);
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
    wrong.push(
      ...ledgerGaps(facts),
      ...cutShort(evidence),
      ...probesDied(evidence),
      ...silentProbes(facts),
      ...readingTroubles(evidence),
      ...oneReadingOnly(evidence),
      ...contradictions(facts),
      ...epochContradictions(facts),
      ...second.wrong,
    );
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

function silentProbes(facts: Facts): string[] {
  const watched = watch(facts);
  return facts.evidence.probes.flatMap(({ header, lines }) => {
    if (header.intervalMs === null) return [];
    const limitUs = Math.max(5_000_000, 3000 * header.intervalMs + 1000 * header.timeoutMs);
    const looks = lines.map(({ value }) => value.startUs);
    const silentUs = longestSilence(looks, watched ?? { fromUs: looks[0] ?? 0, untilUs: looks.at(-1) ?? 0 });
    return silentUs > limitUs ? [`${header.probe} was silent for ${(silentUs / 1e6).toFixed(1)} s`] : [];
  });
}

const probesDied = ({ journal }: Evidence): string[] =>
  journal.flatMap(({ value }) =>
    value.type === "probe.exit" && value.code !== 0
      ? [`the probes ended by themselves (exit ${value.code ?? "unknown"}) at ${(value.us / 1e6).toFixed(1)} s`]
      : [],
  );

/** Every run ends with a look at what it left behind. */
const cutShort = ({ journal }: Evidence): string[] =>
  journal.some(({ value }) => value.type === "residue")
    ? []
    : ["journal.ndjson was cut short: it does not tell what the run left behind"];

function oneReadingOnly({ readings }: Evidence): string[] {
  const has = (name: string): boolean => readings.some(({ header }) => header.reading === name);
  return has("final") && !has("final-again")
    ? ["there is no second final reading: nobody knows whether rows came or went after the first"]
    : [];
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
