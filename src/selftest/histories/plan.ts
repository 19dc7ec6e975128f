/**
 * A random small drill: which defects are planted, and how the harness watches; then the dimensions that are turned on. A function of the
 * seed, and of what may be on, alone.
 */
import { plainDrive } from "../drive/options.ts";
import type { DriveOptions, WitnessDrive } from "../drive/options.ts";
import { honest, second } from "../liar/script.ts";
import type { FaultScript, LiarScript, Moments, Payment, Tampering, Trouble, WriteLie } from "../liar/script.ts";
import { isWitnessed } from "../liar/truth.ts";
import { diceOf } from "./dice.ts";
import type { Dice } from "./dice.ts";
import type { Planned } from "./dimension.ts";
import { turned } from "./dimensions.ts";

export type FileDamage = "line gone" | "line twice" | "lines swapped" | "byte" | "cut" | "reading gone";
/** After these the two witnesses tell different stories, or one of them none. */
export type WitnessDamage =
  | "load forgets"
  | "witness forgets"
  | "load forgets all"
  | "witness forgets all"
  | "regions apart"
  | "witness gone";

export interface History {
  readonly seed: number;
  readonly script: LiarScript;
  readonly drive: DriveOptions;
  /** What is done to the files before they are sealed; null: nothing. */
  readonly damage: FileDamage | WitnessDamage | null;
  /** Customers are served so unevenly that nobody can say when they were served well again. */
  readonly isUneven: boolean;
  /** Names of the dimensions that are on. */
  readonly dimensions: readonly string[];
}

/** `among`: the dimensions that may be on; null: all. */
export function historyOf(seed: number, among: ReadonlySet<string> | null = null): History {
  const { damage, ...drawn } = drawnHistory(seed);
  const { planned, on } = turned(seed, drawn, among);
  const { script, drive, isUneven } = planned;
  return { seed, script, drive, isUneven, damage, dimensions: on };
}

type Drawn = Planned & Pick<History, "damage">;

function drawnHistory(seed: number): Drawn {
  const dice = diceOf(seed);
  // A third of the drills are sound, or nearly.
  if (dice.chance(0.3)) return soundHistory(seed, dice);
  const uneven = dice.chance(0.06) ? unevenService(dice) : null;
  const lie = lieOf(dice);
  const drive = driveOf(dice);
  const script: LiarScript = {
    ...honest,
    seed,
    accounts: 50,
    latencyUs: dice.between(1_000, 15_000),
    jitterUs: dice.between(0, 20_000),
    detectsAfterUs: dice.between(200_000, 900_000),
    fault: faultOf(dice, drive.failover),
    failover: dice.chance(0.06) ? brokenPromotion : honest.failover,
    lose: lossOf(dice),
    unsalvaged: dice.chance(0.5) ? 0 : dice.upTo(5),
    onWrite: lie?.onWrite ?? honest.onWrite,
    troubles: uneven ?? flapsOf(dice),
    stale: staleOf(dice),
    oldWriter: dice.chance(0.12)
      ? { afterUs: dice.between(0, 700_000), lastsUs: dice.between(20_000, 2 * second), share: 0.5 }
      : null,
    fenceAccepts: dice.chance(0.08) ? 1 + dice.upTo(3) : 0,
    tamper: dice.chance(0.35) ? tamperOf(dice) : honest.tamper,
    tamperAgain: dice.chance(0.1) ? flutterOf(dice) : honest.tamperAgain,
    wallErrorMs: dice.chance(0.06) ? wallErrorOf(dice) : honest.wallErrorMs,
  };
  return { script, drive, damage: damageOf(dice), isUneven: uneven !== null || lie?.isFelt === true, isSound: false };
}

function soundHistory(seed: number, dice: Dice): Drawn {
  const drive = { ...driveOf(dice), vus: Number.POSITIVE_INFINITY, probesPaused: null, loadKilledUs: null };
  const script: LiarScript = {
    ...honest,
    seed,
    latencyUs: dice.between(1_000, 15_000),
    jitterUs: dice.between(0, 20_000),
    detectsAfterUs: dice.between(200_000, 900_000),
    fault: { ...faultOf(dice, drive.failover), effect: dice.one(["refuse", "hang"]) },
    lose: lossOf(dice),
  };
  return { script, drive, damage: dice.chance(0.1) ? witnessDamage(dice) : null, isUneven: false, isSound: true };
}

const brokenPromotion = honest.failover.map((step) =>
  step.step === "Promote" ? { ...step, fails: "it failed" } : step,
);

function driveOf(dice: Dice): DriveOptions {
  const failover = dice.chance(0.85);
  const blind = { fromUs: dice.between(1, 12) * second, untilUs: Number.POSITIVE_INFINITY };
  const names = dice.chance(0.15) ? ["outside", "west", "north"] : ["outside"];
  return {
    ...plainDrive,
    ratePerMinute: dice.one([600, 900, 1_500]),
    writeEvery: dice.one([3, 4, 5]),
    timeoutMs: dice.one([1_000, 2_000]),
    baselineUs: dice.between(2 * second, 4 * second),
    detectionDeadlineUs: 3 * second,
    watchUs: dice.between(second, 7 * second),
    settleUs: dice.between(0, second),
    failover,
    failback: failover && dice.chance(0.6),
    probeIntervalMs: dice.one([50, 100, 200]),
    probeTimeoutMs: dice.one([200, 500]),
    vus: dice.chance(0.04) ? dice.between(1, 4) : Number.POSITIVE_INFINITY,
    readsAskFor: dice.chance(0.15) ? "sent" : "acknowledged",
    vantages: names.map((name, n) => (dice.chance(n === 0 ? 0.02 : 0.2) ? { name, blind } : { name })),
    probesPaused: dice.chance(0.03) ? { fromUs: 4 * second, untilUs: dice.between(5, 14) * second } : null,
    wallErrorMs: dice.chance(0.05) ? wallErrorOf(dice) : honest.wallErrorMs,
    loadKilledUs: dice.chance(0.04) ? dice.between(2 * second, 14 * second) : null,
    witness: witnessOf(dice),
    dnsTtlSeconds: dice.one([0, 0, 1, 3]),
    objectives: { arrivalDeadlineMs: 600, hold: { windowMs: 2_000, binMs: 500, p99Ms: 300 } },
  };
}

/** Now and then it comes too late to have seen anything before the fault, or its own network is down for a while. */
function witnessOf(dice: Dice): WitnessDrive {
  const fromUs = dice.between(0, 12 * second);
  const blind = { fromUs, untilUs: fromUs + dice.between(second / 2, 8 * second) };
  return {
    ratePerMinute: dice.one([300, 300, 120]),
    startsAfterUs: dice.chance(0.04) ? dice.between(5 * second, 9 * second) : dice.upTo(200_000),
    blind: dice.chance(0.06) ? blind : null,
  };
}

function wallErrorOf(dice: Dice): (us: number) => number {
  const [atUs, byMs] = [dice.between(0, 15 * second), dice.one([-5_000, -300, 250, 5_000])];
  return (us) => (us >= atUs ? byMs : 0);
}

function faultOf(dice: Dice, failover: boolean): FaultScript {
  const lasts = dice.one([50_000, 300_000, 900_000, 3 * second, 3_600 * second]);
  return {
    ...honest.fault,
    effect: dice.chance(0.05) ? "none" : dice.chance(0.5) ? "refuse" : "hang",
    bitesAfterUs: dice.one([0, 1_000, 60_000, 400_000]),
    lastsUs: failover && dice.chance(0.9) ? 3_600 * second : lasts + dice.upTo(300_000),
  };
}

function lossOf(dice: Dice): LiarScript["lose"] {
  const [kind, count, salt] = [dice.random(), 1 + dice.upTo(12), dice.upTo(1_000)];
  if (kind < 0.35) return () => [];
  if (kind < 0.75) return (acked) => acked.slice(-count);
  if (kind < 0.8) return (acked) => acked.slice(0, 1);
  if (kind < 0.88) return (acked) => acked.filter(({ id }) => id.includes(".t.")).slice(-count);
  return (acked) => acked.filter((_, n) => (n * 7 + salt) % 11 === 0);
}

/** `isFelt`: the customer is served badly by it. */
function lieOf(dice: Dice): { readonly onWrite: LiarScript["onWrite"]; readonly isFelt: boolean } | null {
  if (dice.chance(0.7)) return null;
  const kinds: readonly WriteLie[] = ["swallow", "refuse-and-do", "promise-only", "elsewhere", "offered-twice"];
  const [lie, first, every] = [dice.one(kinds), dice.upTo(60), 1 + dice.upTo(40)];
  return {
    onWrite: (n) => (n >= first && (n - first) % every === 0 && n < first + 3 * every ? lie : null),
    isFelt: lie === "swallow" || lie === "refuse-and-do",
  };
}

/** Outages that no arrival rate of these drills can miss. */
function flapsOf(dice: Dice): LiarScript["troubles"] {
  if (dice.chance(0.75)) return honest.troubles;
  const kind = dice.one(["refuse", "hang"] as const);
  const [afterUs, lastsUs, count] = [dice.between(0, 4 * second), dice.between(900_000, 2 * second), 1 + dice.upTo(3)];
  return ({ restoredUs }) =>
    Array.from({ length: count }, (_, n) => {
      const fromUs = restoredUs + afterUs + n * (lastsUs + second);
      return { kind, fromUs, untilUs: fromUs + lastsUs };
    });
}

function unevenService(dice: Dice): (moments: Moments) => readonly Trouble[] {
  const kind = dice.one(["shed", "slow", "read-only", "refuse"] as const);
  const [share, delayUs] = [dice.one([0.02, 0.1, 0.5]), dice.between(200_000, 900_000)];
  return ({ restoredUs }) => [
    { kind, share, delayUs, fromUs: restoredUs, untilUs: restoredUs + dice.between(second, 20 * second) },
  ];
}

function staleOf(dice: Dice): LiarScript["stale"] {
  if (dice.chance(0.9)) return honest.stale;
  const byUs = dice.between(20_000, 900_000);
  return ({ faultUs }) => ({ fromUs: faultUs - 3 * second, untilUs: faultUs - 200_000, byUs });
}

type Defect = (payment: Payment, dice: Dice) => void;

const defects: readonly Defect[] = [
  (row) => void (row.copies = 2),
  (row) => {
    row.debits = 2;
    row.credits = 2;
  },
  (row) => void (row.storedBody = `${row.body} `),
  (row) => void (row.storedFrom = 1 + (row.from % 25)),
  (row) => void (row.credits = 0),
  (row) => void (row.debits = 0),
  (row) => void (row.storedRegion = "ap-south-1"),
];

/** Each on a row of its own. */
function tamperOf(dice: Dice): LiarScript["tamper"] {
  const chosen = Array.from({ length: 1 + dice.upTo(3) }, () => dice.one(defects));
  const [row, skew, inserts, removes] = [dice.upTo(40), dice.chance(0.15), dice.chance(0.15), dice.chance(0.15)];
  return (volume: Tampering) => {
    const stored = volume.stored().filter(isWitnessed);
    for (const [n, defect] of chosen.entries()) {
      const payment = stored[row + n];
      if (payment !== undefined) defect(payment, dice);
    }
    if (skew) volume.addToBalance(7, 1);
    if (inserts) volume.insert({ id: `selftest.k.${900_000 + row}`, from: 3, to: 30, amountMinor: 5 });
    const gone = stored[row + chosen.length];
    if (removes && gone !== undefined) volume.remove(gone);
  };
}

function flutterOf(dice: Dice): LiarScript["tamperAgain"] {
  const [row, comes] = [dice.upTo(40), dice.chance(0.5)];
  return (volume) => {
    const [lost] = volume.lostOnes();
    const stored = volume.stored()[row];
    if (comes && lost !== undefined) volume.restore(lost);
    else if (stored !== undefined) volume.remove(stored);
  };
}

const witnessDamage = (dice: Dice): WitnessDamage =>
  dice.one([
    "load forgets",
    "witness forgets",
    "load forgets all",
    "witness forgets all",
    "regions apart",
    "witness gone",
  ]);

function damageOf(dice: Dice): History["damage"] {
  if (dice.chance(0.88)) return null;
  if (dice.chance(0.4)) return witnessDamage(dice);
  return dice.one(["line gone", "line twice", "lines swapped", "byte", "cut", "reading gone"] as const);
}
