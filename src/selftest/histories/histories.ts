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
import { isApart } from "./witnesses.ts";
import { truthOfAll, wrongsOf } from "./wrong.ts";

export interface Wrong {
  readonly seed: number;
  readonly what: string;
  /** Those of its dimensions that it needs, if it was traced: with any one of them turned off it is right. */
  readonly dimensions: readonly string[];
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
  /** In how many histories each dimension was on; "plain": none. */
  readonly dimensions: Readonly<Record<string, number>>;
  readonly wrong: readonly Wrong[];
  readonly tookMs: number;
}

/** So many wrong histories are played again without one dimension after the other. */
const tracedAtMost = 50;

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
  const dimensions: Record<string, number> = {};
  const wrong: Wrong[] = [];
  let traced = 0;
  try {
    for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
      const judged = await judgeHistory(seed, join(folder, "run"), { sealed: seed % 20 === 0 });
      table[truthOfAll(judged)][judged.verdict.verdict] += 1;
      tally(judged, findings);
      if (isApart(judged)) sums.apart += 1;
      const on = judged.played.history.dimensions;
      for (const name of on.length === 0 ? ["plain"] : on) dimensions[name] = (dimensions[name] ?? 0) + 1;
      const whats = wrongsOf(judged, sums);
      const isTraced = whats.length > 0 && traced++ < tracedAtMost;
      const needed = isTraced
        ? await needs(seed, { on, whats }, join(folder, "run"))
        : new Map<string, readonly string[]>();
      for (const what of whats) wrong.push({ seed, what, dimensions: needed.get(kindOf(what)) ?? on });
      options.told?.(seed - firstSeed + 1);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const tookMs = Math.round(performance.now() - startedMs);
  const seeds = [firstSeed, firstSeed + histories - 1] as const;
  return { histories, seeds, table, findings, ...sums, dimensions, wrong, tookMs };
}

/** What is wrong, without its figures. */
const kindOf = (what: string): string => what.split(" ", 2).join(" ");

/** For each kind of what is wrong: turns one dimension after the other off, for good when that is as wrong without it. */
async function needs(
  seed: number,
  { on, whats }: { readonly on: readonly string[]; readonly whats: readonly string[] },
  folder: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const needed = new Map<string, readonly string[]>();
  for (const kind of new Set(whats.map(kindOf))) {
    let among = on;
    for (const name of on) {
      const fewer = among.filter((one) => one !== name);
      const judged = await judgeHistory(seed, folder, { sealed: false, among: new Set(fewer) });
      if (wrongsOf(judged, { intervals: 0, compared: 0 }).some((what) => kindOf(what) === kind)) among = fewer;
    }
    needed.set(kind, among);
  }
  return needed;
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
    dimensions: add(parts.map(({ dimensions }) => dimensions)),
    wrong: parts.flatMap(({ wrong }) => wrong),
    tookMs: Math.max(...parts.map(({ tookMs }) => tookMs)),
  };
}

function tally({ answers, verdict }: JudgedHistory, findings: HistoriesTold["findings"]): void {
  for (const { id, status, objective } of verdict.findings) {
    const isBroken = answers.get(id)?.isBroken ?? null;
    if (objective === null || isBroken === null) continue;
    const row = findings[isBroken ? "broken" : "kept"];
    row[status] = (row[status] ?? 0) + 1;
  }
}

export function historyLines(told: HistoriesTold): string[] {
  const { histories, seeds, table, findings, intervals, compared, apart, dimensions, wrong, tookMs } = told;
  const row = (name: string, counts: Readonly<Record<string, number>>): string =>
    `  ${name.padEnd(28)} ${Object.entries(counts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, count]) => `${status} ${count}`)
      .join("  ")}`;
  return [
    `${histories} random histories (seeds ${seeds[0]} to ${seeds[1]}), ${(tookMs / 1000).toFixed(1)} s`,
    ...wrong
      .slice(0, 50)
      .map(({ seed, what, dimensions: needed }) => `  WRONG seed ${seed} [${needed.join(", ")}]: ${what}`),
    row("sound drills", table.sound),
    row("drills with a breach", table.broken),
    row("drills where none can say", table.unclear),
    row("objectives kept", findings.kept),
    row("objectives broken", findings.broken),
    `  ${intervals} intervals held against the truth, ${compared} against the naive judge`,
    `  ${apart} with two witnesses that contradict each other`,
    row("dimensions", dimensions),
    `${wrong.length} wrong`,
  ];
}
