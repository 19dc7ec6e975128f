/** Plays one random history and has it judged twice: by the real judge from a real run folder, and by the naive one from the same bytes. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { factsOf } from "../../analysis/facts.ts";
import { judge } from "../../analysis/judge.ts";
import { Unmeasured } from "../../analysis/unmeasured.ts";
import type { Evidence } from "../../evidence/evidence.ts";
import { loadEvidence } from "../../evidence/load.ts";
import { seal } from "../../evidence/seal.ts";
import { objectivesSchema } from "../../model/drill.ts";
import type { Drill, Objectives } from "../../model/drill.ts";
import type { Verdict } from "../../model/verdict.ts";
import { recordDrill } from "../drive/record.ts";
import type { Recording, Snapshot } from "../drive/record.ts";
import { virtualClock } from "../drive/virtual-clock.ts";
import { createLiar } from "../liar/liar.ts";
import { regionNames } from "../liar/script.ts";
import { isWitnessed, truthOf } from "../liar/truth.ts";
import type { Answers } from "./answer.ts";
import { answersOf } from "./breaches.ts";
import type { Played } from "./played.ts";
import { damage } from "./damage.ts";
import { naiveRestoration } from "./naive-restoration.ts";
import { naiveJudge } from "./naive.ts";
import type { Span } from "./naive.ts";
import { diceOf } from "./dice.ts";
import { historyOf } from "./plan.ts";
import { textsOf } from "./texts.ts";
import type { Texts } from "./texts.ts";

export interface JudgedHistory {
  readonly played: Played;
  readonly answers: Answers;
  readonly verdict: Verdict;
  /** When the real judge says that the fault took effect, µs; null: it does not know. */
  readonly effective: { readonly lo: number; readonly hi: number } | null;
  /** null: the files were damaged, and only the real judge knows what to do then. */
  readonly naive: Naive | null;
  /** The damage that was planned has changed something. */
  readonly harmed: boolean;
}

interface Naive {
  readonly answers: ReadonlyMap<string, Span>;
  readonly witnesses: Pick<ReturnType<typeof naiveJudge>, "apart" | "confirmsNothing">;
}

/** `sealed`: the SEAL is written and checked, too, which takes longer than all the rest; otherwise it is taken to be whole. */
export async function judgeHistory(
  seed: number,
  folder: string,
  options: { readonly sealed: boolean; readonly among?: ReadonlySet<string> },
): Promise<JudgedHistory> {
  const { played, recording } = playHistory(seed, options.among ?? null);
  const objectives = objectivesNear(played, recording);
  const texts = textsOf(withObjectives(recording, objectives));
  const { damage: how } = played.history;
  const whole = new Map(texts);
  if (how !== null) damage(texts, how, diceOf(seed + 1), played.truth);
  writeTexts(folder, texts);
  const evidence = options.sealed ? await sealedEvidence(folder) : await unsealedEvidence(folder);
  const effective = effectiveOf(evidence);
  const isWhole = how === null && played.drive.loadKilledUs === null;
  return {
    played,
    answers: answersOf(played, objectives),
    verdict: judge(evidence),
    effective,
    naive: isWhole ? naiveOf(texts, { played, objectives, effective }) : null,
    harmed: [...whole].some(([name, text]) => texts.get(name) !== text),
  };
}

const folders = ["ledger", "probes", "survivors"];

/** Into a folder that may hold the files of another history: what is no part of this one goes. */
function writeTexts(folder: string, texts: Texts): void {
  for (const name of folders) mkdirSync(join(folder, name), { recursive: true });
  for (const name of [
    "SEAL",
    ...folders.flatMap((one) => readdirSync(join(folder, one)).map((file) => `${one}/${file}`)),
  ])
    if (!texts.has(name)) rmSync(join(folder, name), { force: true });
  for (const [name, text] of texts) writeFileSync(join(folder, name), text);
}

async function sealedEvidence(folder: string): Promise<Evidence> {
  await seal(folder);
  return await loadEvidence(folder);
}

async function unsealedEvidence(folder: string): Promise<Evidence> {
  const evidence = await loadEvidence(folder, { checkSeal: false });
  return { ...evidence, seal: { state: "valid", problems: [], files: [] } };
}

function playHistory(
  seed: number,
  among: ReadonlySet<string> | null,
): { readonly played: Played; readonly recording: Recording } {
  const history = historyOf(seed, among);
  const { script, drive } = history;
  const liar = createLiar(script);
  const recording = recordDrill(liar, drive, virtualClock(drive.run, script.epochWallMs));
  const truth = truthOf(liar, recording.course.decidedUs);
  const [first, second] = [idsIn(recording, "final"), idsIn(recording, "final-again")];
  const acked = truth.acknowledged.map(({ id }) => id);
  const serving = truth.moments.promotedUs < Number.POSITIVE_INFINITY ? 1 : 0;
  const stored = [...liar.volume.payments.values()].filter(
    (one) => (one.on[serving] || first.has(one.id)) && isWitnessed(one),
  );
  const played: Played = {
    history,
    truth,
    course: recording.course,
    drive,
    stored,
    troubles: script.troubles(truth.moments),
    seenAgain: second,
    seenTwice: stored.every(({ id }) => first.has(id) && second.has(id)),
    arrivals: recording.arrivals,
    skewed: isSkewed(recording),
    vanished: new Set(acked.filter((id) => first.has(id) && !second.has(id))),
    returned: new Set(acked.filter((id) => !first.has(id) && second.has(id))),
  };
  return { played, recording };
}

function linesOf({ snapshots }: Recording, reading: Snapshot["reading"]): Snapshot["lines"] {
  return snapshots.find((snapshot) => snapshot.reading === reading)?.lines ?? [];
}

const idsIn = (recording: Recording, reading: Snapshot["reading"]): Set<string> =>
  new Set(linesOf(recording, reading).flatMap((line) => ("id" in line ? [line.id] : [])));

const isSkewed = (recording: Recording): boolean =>
  linesOf(recording, "final-again").some((line) => "account" in line && line.balance !== line.opening + line.posted);

const steps = [
  ["detectMs", "step.detect"],
  ["promoteMs", "step.promote"],
  ["routeMs", "step.route"],
  ["scaleMs", "step.scale"],
  ["verifyMs", "step.verify"],
  ["protectedMs", "protected"],
  ["failbackMs", "failback"],
] as const;

/** Limits as near to the truth as they come, so that a judge that is a little off is seen to be. */
function objectivesNear(played: Played, { manifest }: Recording): Objectives {
  const { objectives } = manifest.drill as Drill;
  const dice = diceOf(played.history.seed + 2);
  const truth = answersOf(played, objectives);
  const near = (id: string, by: number): number =>
    Math.max(0, Math.round((truth.get(id)?.value ?? 0) + dice.between(-by, by)));
  const isTight = dice.chance(0.3);
  const budgets = steps.flatMap(([name, id]) =>
    isTight && dice.chance(0.4) ? [[name, Math.max(1, near(id, dice.one([50, 300, 3_000])))] as const] : [],
  );
  const served = Math.round(1e4 * ((truth.get("availability")?.value ?? 0.5) + dice.between(-20, 20) / 1e4)) / 1e4;
  return objectivesSchema.parse({
    ...objectives,
    ...(dice.chance(0.5) ? { rtoMs: Math.max(1, near("rto", dice.one([100, 500, 3_000]))) } : {}),
    ...(dice.chance(0.5) ? { rpoMs: Math.max(1, near("rpo.time", dice.one([100, 500, 3_000]))) } : {}),
    ...(dice.chance(0.4) ? { rpoCount: near("rpo.count", 1) } : {}),
    ...(dice.chance(0.3) ? { rpoAmountMinor: near("rpo.amount", 1) } : {}),
    ...(dice.chance(0.3) ? { residual: near("residual", 1) } : {}),
    ...(dice.chance(0.15) && served > 0 && served < 1 ? { availability: served } : {}),
    steps: Object.fromEntries(budgets),
  });
}

function withObjectives(recording: Recording, objectives: Objectives): Recording {
  const drill = { ...(recording.manifest.drill as Drill), objectives };
  return { ...recording, manifest: { ...recording.manifest, drill } };
}

function effectiveOf(evidence: Evidence): JudgedHistory["effective"] {
  const { drill } = evidence;
  const [primary, secondary] = regionNames;
  if (drill === null) return null;
  try {
    return factsOf(evidence, drill, { primary, secondary }).fault().effective;
  } catch (error) {
    // Damaged files need not tell.
    if (error instanceof Unmeasured) return null;
    throw error;
  }
}

function naiveOf(
  texts: Texts,
  given: Pick<JudgedHistory, "played" | "effective"> & { readonly objectives: Objectives },
): Naive {
  const { played, objectives, effective: fault } = given;
  const { failbackUs, commandUs } = played.course;
  const input = { texts, fault, commandUs, objectives, ratePerMinute: played.drive.ratePerMinute, failbackUs };
  const { answers, mayMiss, ...witnesses } = naiveJudge(input);
  const restored = naiveRestoration(input, mayMiss);
  if (restored === null || fault === null) return { answers, witnesses };
  const hi = restored.hi === null ? null : Math.max(0, restored.hi - fault.lo);
  return { answers: new Map([...answers, ["rto", { lo: Math.max(0, restored.lo - fault.hi), hi }]]), witnesses };
}
