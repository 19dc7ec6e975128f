/**
 * Thousands of random histories: the judge may be unsure of any of them, but must never pass a planted breach nor fail a sound run, must
 * hold the true value in every interval, and must count what a naive judge counts.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Verdict } from "../../model/verdict.ts";
import { judgeHistory } from "./play.ts";
import type { JudgedHistory } from "./play.ts";
import { isApart, wrongWitnesses } from "./witnesses.ts";

export interface Wrong {
  readonly seed: number;
  readonly what: string;
}

export interface HistoriesTold {
  readonly histories: number;
  readonly seeds: readonly [number, number];
  /** What the truth says of the whole drill, and what the judge said. */
  readonly table: Readonly<Record<"sound" | "broken" | "unclear", Record<Verdict["verdict"], number>>>;
  /** Objectives of which the truth is known, by what the judge said of them. */
  readonly findings: Readonly<Record<"kept" | "broken", Record<string, number>>>;
  /** Intervals that were compared with the true value, and with the naive judge's. */
  readonly intervals: number;
  readonly compared: number;
  /** Histories whose two witnesses certainly contradict each other, or of which one certainly has a gap. */
  readonly apart: number;
  readonly wrong: readonly Wrong[];
  readonly tookMs: number;
}

type Counts = Record<Verdict["verdict"], number>;
const none = (): Counts => ({ PASS: 0, FAIL: 0, INCONCLUSIVE: 0 });

export async function judgeHistories(options: {
  readonly histories: number;
  readonly firstSeed: number;
  readonly told?: (done: number) => void;
}): Promise<HistoriesTold> {
  const { histories, firstSeed } = options;
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "drill-histories-"));
  const table = { sound: none(), broken: none(), unclear: none() };
  const findings: Record<"kept" | "broken", Record<string, number>> = { kept: {}, broken: {} };
  const sums = { intervals: 0, compared: 0, apart: 0 };
  const wrong: Wrong[] = [];
  try {
    for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
      const judged = await judgeHistory(seed, join(folder, "run"), { sealed: seed % 20 === 0 });
      table[truthOfAll(judged)][judged.verdict.verdict] += 1;
      tally(judged, findings);
      if (isApart(judged)) sums.apart += 1;
      for (const what of [
        ...wrongVerdict(judged),
        ...wrongFindings(judged, sums),
        ...wrongCounts(judged, sums),
        ...wrongWitnesses(judged),
      ])
        wrong.push({ seed, what });
      options.told?.(seed - firstSeed + 1);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const tookMs = Math.round(performance.now() - startedMs);
  return { histories, seeds: [firstSeed, firstSeed + histories - 1], table, findings, ...sums, wrong, tookMs };
}

/** Of ranges that were judged side by side. */
export function together(parts: readonly HistoriesTold[]): HistoriesTold {
  const add = <Row extends Readonly<Record<string, number>>>(rows: readonly Row[]): Row => {
    const sums: Record<string, number> = {};
    for (const row of rows) for (const [name, count] of Object.entries(row)) sums[name] = (sums[name] ?? 0) + count;
    return sums as Row;
  };
  const sum = (of: (part: HistoriesTold) => number): number => parts.reduce((all, part) => all + of(part), 0);
  return {
    histories: sum(({ histories }) => histories),
    seeds: [Math.min(...parts.map(({ seeds }) => seeds[0])), Math.max(...parts.map(({ seeds }) => seeds[1]))],
    table: {
      sound: add(parts.map(({ table }) => table.sound)),
      broken: add(parts.map(({ table }) => table.broken)),
      unclear: add(parts.map(({ table }) => table.unclear)),
    },
    findings: {
      kept: add(parts.map(({ findings }) => findings.kept)),
      broken: add(parts.map(({ findings }) => findings.broken)),
    },
    intervals: sum(({ intervals }) => intervals),
    compared: sum(({ compared }) => compared),
    apart: sum(({ apart }) => apart),
    wrong: parts.flatMap(({ wrong }) => wrong),
    tookMs: Math.max(...parts.map(({ tookMs }) => tookMs)),
  };
}

function truthOfAll({ answers }: JudgedHistory): "sound" | "broken" | "unclear" {
  const all = [...answers.values()].map(({ isBroken }) => isBroken);
  return all.includes(true) ? "broken" : all.includes(null) ? "unclear" : "sound";
}

function tally({ answers, verdict }: JudgedHistory, findings: HistoriesTold["findings"]): void {
  for (const { id, status, objective } of verdict.findings) {
    const isBroken = answers.get(id)?.isBroken ?? null;
    if (objective === null || isBroken === null) continue;
    const row = findings[isBroken ? "broken" : "kept"];
    row[status] = (row[status] ?? 0) + 1;
  }
}

function wrongVerdict(judged: JudgedHistory): string[] {
  const truth = truthOfAll(judged);
  const { verdict } = judged.verdict;
  if (verdict === "PASS" && truth === "broken") return ["PASS for a planted breach"];
  return verdict === "FAIL" && truth === "sound" ? [`FAIL for a sound run: ${failing(judged)}`] : [];
}

const failing = ({ verdict }: JudgedHistory): string =>
  verdict.findings
    .filter(({ status }) => status === "FAIL")
    .map(({ id, reason }) => `${id} (${reason})`)
    .join("; ");

/** What a damaged record says of a number need not be true: then nothing may PASS, which is seen apart. */
const isWhole = ({ naive }: JudgedHistory): boolean => naive !== null;

function wrongFindings(judged: JudgedHistory, sums: { intervals: number }): string[] {
  const { answers, verdict, effective, played } = judged;
  const wrong: string[] = [];
  for (const { id, status, measured, objective, reason } of verdict.findings) {
    // What is not among the answers is kept in all of these drills: steps that take seconds, and have minutes.
    const { isBroken, value } = answers.get(id) ?? { isBroken: false };
    if (status === "FAIL" && isBroken === false) wrong.push(`${id} FAIL, and it was kept: ${reason}`);
    if (status === "PASS" && objective !== null && isBroken === true)
      wrong.push(`${id} PASS, and it was broken: ${reason}`);
    if (!isWhole(judged)) continue;
    if (measured === null || value === undefined) continue;
    sums.intervals += 1;
    if (measured.lo <= value && (measured.hi === null || value <= measured.hi)) continue;
    wrong.push(`${id} says ${measured.lo} to ${measured.hi ?? "?"}, and it was ${value}: ${reason}`);
  }
  const { faultUs } = played.truth.moments;
  if (effective !== null && (effective.lo > faultUs || effective.hi < faultUs))
    wrong.push(`the fault took effect at ${faultUs}, and is said to have between ${effective.lo} and ${effective.hi}`);
  return wrong;
}

/** What both judges measured must be the same; times are outward to whole ms in the verdict. */
function wrongCounts({ naive, verdict }: JudgedHistory, sums: { compared: number }): string[] {
  if (naive === null) return [];
  return verdict.findings.flatMap(({ id, measured }) => {
    const mine = naive.answers.get(id);
    if (mine === undefined || measured === null) return [];
    sums.compared += 1;
    const isTime = measured.unit === "ms";
    const lo = isTime ? Math.floor(mine.lo / 1000) : mine.lo;
    const hi = mine.hi === null ? null : isTime ? Math.ceil(mine.hi / 1000) : mine.hi;
    // Without an upper end the naive judge has no lower end either.
    if (hi === measured.hi && (lo === measured.lo || (hi === null && id === "rto"))) return [];
    return [`${id}: the naive judge says ${lo} to ${hi ?? "?"}, the judge ${measured.lo} to ${measured.hi ?? "?"}`];
  });
}

export function historyLines(told: HistoriesTold): string[] {
  const { histories, seeds, table, findings, intervals, compared, apart, wrong, tookMs } = told;
  const row = (name: string, counts: Readonly<Record<string, number>>): string =>
    `  ${name.padEnd(28)} ${Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, count]) => `${status} ${count}`)
      .join("  ")}`;
  return [
    `${histories} random histories (seeds ${seeds[0]} to ${seeds[1]}), ${(tookMs / 1000).toFixed(1)} s`,
    ...wrong.slice(0, 50).map(({ seed, what }) => `  WRONG seed ${seed}: ${what}`),
    row("sound drills", table.sound),
    row("drills with a breach", table.broken),
    row("drills where none can say", table.unclear),
    row("objectives kept", findings.kept),
    row("objectives broken", findings.broken),
    `  ${intervals} intervals held against the truth, ${compared} against the naive judge`,
    `  ${apart} with two witnesses that contradict each other`,
    `${wrong.length} wrong`,
  ];
}
