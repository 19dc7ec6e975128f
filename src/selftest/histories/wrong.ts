/** What a verdict says and must not: against the truth, against the naive judge, and for want of what would have shown it. */
import { judgeInterval } from "../../analysis/interval.ts";
import type { Finding } from "../../model/verdict.ts";
import { second } from "../liar/script.ts";
import { never } from "./answer.ts";
import type { JudgedHistory } from "./play.ts";
import { protectedUs, restoredUs } from "./times.ts";
import { wrongWitnesses } from "./witnesses.ts";

/** What was held against what, for the record of a suite. */
export interface Compared {
  intervals: number;
  compared: number;
}

export const wrongsOf = (judged: JudgedHistory, sums: Compared): string[] => [
  ...wrongVerdict(judged),
  ...wrongFindings(judged, sums),
  ...wrongFault(judged),
  ...wrongForWant(judged),
  ...wrongCounts(judged, sums),
  ...wrongWitnesses(judged),
];

export function truthOfAll({ answers, played }: JudgedHistory): "sound" | "broken" | "unclear" {
  const all = [...answers.values()].map(({ isBroken }) => isBroken);
  // A drill whose fault did nothing has shown nothing.
  const isUnclear = all.includes(null) || played.truth.moments.faultUs === never;
  return all.includes(true) ? "broken" : isUnclear ? "unclear" : "sound";
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

/** The number is there for people to look at, and nothing was concluded from it. One that straddles its limit was believed. */
const isWithdrawn = ({ status, measured, objective }: Finding): boolean =>
  status !== "PASS" &&
  status !== "FAIL" &&
  (measured === null || objective === null || judgeInterval(measured, objective) !== "INCONCLUSIVE");

function wrongFindings(judged: JudgedHistory, sums: Compared): string[] {
  const wrong: string[] = [];
  for (const finding of judged.verdict.findings) {
    const { id, status, measured, objective, reason } = finding;
    // What is not among the answers are gates, which never FAIL.
    const { isBroken, value } = judged.answers.get(id) ?? { isBroken: false };
    if (status === "FAIL" && isBroken === false) wrong.push(`${id} FAIL, and it was kept: ${reason}`);
    if (status === "PASS" && objective !== null && isBroken === true)
      wrong.push(`${id} PASS, and it was broken: ${reason}`);
    if (!isWhole(judged) || measured === null || value === undefined || isWithdrawn(finding)) continue;
    sums.intervals += 1;
    if (measured.lo <= value && (measured.hi === null || value <= measured.hi)) continue;
    wrong.push(`${id} says ${measured.lo} to ${measured.hi ?? "?"}, and it was ${value}: ${reason}`);
  }
  return wrong;
}

function wrongFault({ effective, played, verdict }: JudgedHistory): string[] {
  const { faultUs } = played.truth.moments;
  const gate = verdict.findings.find(({ id }) => id === "fault.effective");
  const wrong =
    faultUs === never && gate?.status === "PASS" ? [`fault.effective PASS, and it did nothing: ${gate.reason}`] : [];
  if (effective === null) return wrong;
  // One that bites in part takes effect for each customer when it first hits him.
  const isLate = played.history.script.fault.share === undefined && effective.lo > faultUs;
  if (isLate || effective.hi < faultUs)
    wrong.push(`the fault took effect at ${faultUs}, and is said to have between ${effective.lo} and ${effective.hi}`);
  return wrong;
}

/** A probe that is silent for so long makes the record incomplete, whatever its interval. */
const silentUs = 5 * second;

/** Nothing passes for want of evidence: whoever had stopped looking cannot have seen it. */
function wrongForWant({ played, verdict }: JudgedHistory): string[] {
  const { drive, course, truth } = played;
  const { promotedUs, routedUs } = truth.moments;
  const paused = drive.probesPaused;
  const deadUs = paused?.untilUs === never ? paused.fromUs : never;
  const deaf = (of: string, untilUs: number, happenedUs: number | null): string[] =>
    happenedUs !== null && happenedUs < never && untilUs < Math.min(happenedUs, course.loadStopUs) ? [of] : [];
  const silence = Math.max(silentUs, 1000 * (3 * drive.probeIntervalMs + drive.probeTimeoutMs));
  const unseen = [
    ...deaf("fenceBreach", deadUs, promotedUs),
    ...deaf("step.route", deadUs, routedUs),
    ...deaf("rto", deadUs, restoredUs(played)),
    ...deaf("protected", drive.lagEndsUs, protectedUs(played)),
  ];
  const wrong = verdict.findings
    .filter(({ id, status, objective }) => unseen.includes(id) && status === "PASS" && objective !== null)
    .map(({ id, reason }) => `${id} PASS, and nobody watched any more: ${reason}`);
  const isDeaf = deadUs + silence < course.loadStopUs;
  return isDeaf && verdict.verdict === "PASS" ? [...wrong, "PASS with probes that were dead to the end"] : wrong;
}

/** What both judges measured must be the same; times are outward to whole ms in the verdict. */
function wrongCounts({ naive, verdict }: JudgedHistory, sums: Compared): string[] {
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
