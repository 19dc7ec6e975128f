/**
 * The load of the benchmark's run: what each write was, what its client was told, and what became of it. All of it follows from the
 * seq and the seed, so that millions of writes need no memory, and what was planted is known without asking the judge.
 */
import { listDigest } from "./answers.ts";
import type { Answers } from "./answers.ts";

export interface Plan {
  readonly run: string;
  readonly writes: number;
  readonly seed: number;
  /** µs since the run's epoch; write n is sent in the n-th period after the load's start. */
  readonly loadStartUs: number;
  readonly periodUs: number;
  readonly cutUs: number;
  readonly restoredUs: number;
  readonly beforeReplayUs: number;
  readonly finalUs: number;
  readonly timeoutUs: number;
  /** How far the standby was behind when the Region died. */
  readonly lagUs: number;
}

export type Fate = "kept" | "lost" | "salvaged" | "recovered" | "undecided" | "refused";

/** One write; the same object is filled again for each, because there are millions. */
export interface Write {
  seq: number;
  sentUs: number;
  endUs: number;
  amountMinor: number;
  from: number;
  to: number;
  hashHigh: number;
  hashLow: number;
  status: number;
  errorCode: number;
  ack: number;
  region: number;
  epoch: number;
  fate: Fate;
}

export const accounts = 1_000;

/** murmur3's finaliser: unrelated bits for every seq, question and seed. */
function bits(plan: Plan, seq: number, question: number): number {
  let mixed = Math.imul(seq + 1, 0x9e3779b1) ^ Math.imul(question + 1, 0x7feb352d) ^ plan.seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export function newWrite(): Write {
  return {
    seq: 0,
    sentUs: 0,
    endUs: 0,
    amountMinor: 0,
    from: 0,
    to: 0,
    hashHigh: 0,
    hashLow: 0,
    status: 0,
    errorCode: 0,
    ack: 0,
    region: 0,
    epoch: 0,
    fate: "kept",
  };
}

export function fill(write: Write, plan: Plan, seq: number): Write {
  write.seq = seq;
  write.sentUs = plan.loadStartUs + seq * plan.periodUs + (bits(plan, seq, 0) % Math.ceil(plan.periodUs / 2));
  write.hashHigh = bits(plan, seq, 1);
  write.hashLow = bits(plan, seq, 2);
  write.amountMinor = 1 + (write.hashHigh % 100_000);
  write.from = write.hashLow % accounts;
  write.to = (write.from + 1 + (write.hashHigh % (accounts - 1))) % accounts;
  const latencyUs = 6_000 + (bits(plan, seq, 3) % 20_000);
  const chance = bits(plan, seq, 4) % 1_000;
  if (write.sentUs + latencyUs < plan.cutUs) {
    answered(write, write.sentUs + latencyUs, 201, 1, 1);
    // The newest of what the old Region promised: a tenth of it had come over all the same; a fifth of the rest was never salvaged.
    const behind = write.endUs >= plan.cutUs - plan.lagUs;
    write.fate = !behind || chance < 100 ? "kept" : chance < 280 ? "lost" : "salvaged";
  } else if (write.sentUs >= plan.restoredUs) {
    answered(write, write.sentUs + latencyUs + 90_000, 201, 1, 2);
    write.fate = "kept";
  } else if (chance < 300) {
    answered(write, write.sentUs + 1_000, 0, 0, 0, 1211);
    write.fate = "refused";
  } else if (chance < 400) {
    answered(write, write.sentUs + latencyUs, 503, 2, 2);
    write.fate = "refused";
  } else {
    answered(write, write.sentUs + plan.timeoutUs, 0, 0, 0, 1050);
    write.fate = chance < 600 ? "recovered" : "undecided";
  }
  return write;
}

/** Region and epoch have the same number here: the failover leads from the first of both to the second. */
function answered(write: Write, endUs: number, status: number, ack: number, epoch: number, errorCode = 0): void {
  write.endUs = endUs;
  write.status = status;
  write.errorCode = errorCode;
  write.ack = ack;
  write.region = epoch;
  write.epoch = epoch;
}

/** How a write stands in a reading. */
export interface Row {
  readonly rows: 0 | 1 | 2;
  /** Debits, and as many credits. */
  readonly legs: 1 | 2;
  readonly replayed: boolean;
}

const absent: Row = { rows: 0, legs: 1, replayed: false };
const once: Row = { rows: 1, legs: 1, replayed: false };
const replayed: Row = { rows: 1, legs: 1, replayed: true };
const storedTwice: Row = { rows: 2, legs: 1, replayed: false };
const postedTwice: Row = { rows: 1, legs: 2, replayed: false };

export function rowOf({ seq, fate, endUs }: Write, plan: Plan, reading: "before-replay" | "final"): Row {
  // The load goes on while the first reading is taken: what came later is not in it.
  if (reading === "before-replay") return isKept(fate) && endUs < plan.beforeReplayUs ? once : absent;
  if (fate === "salvaged") return replayed;
  if (!isKept(fate)) return absent;
  const chance = bits(plan, seq, 5) % 100_000;
  return chance < 5 ? storedTwice : chance < 10 ? postedTwice : once;
}

const isKept = (fate: Fate): boolean => fate === "kept" || fate === "recovered";

/** What an answer must be, counted while planting. */
export function plantedIn(plan: Plan): Partial<Answers> {
  const fates: Record<Fate, number> = { kept: 0, lost: 0, salvaged: 0, recovered: 0, undecided: 0, refused: 0 };
  const sums = { lostMinor: 0, undecidedMinor: 0, residualMinor: 0, duplicated: 0 };
  const lost: { seq: number; us: number; amountMinor: number }[] = [];
  const write = newWrite();
  for (let seq = 0; seq < plan.writes; seq++) {
    const { fate, amountMinor, endUs } = fill(write, plan, seq);
    fates[fate] += 1;
    if (fate === "lost" || fate === "salvaged") lost.push({ seq, us: endUs, amountMinor });
    if (fate === "lost") sums.residualMinor += amountMinor;
    if (fate === "undecided") sums.undecidedMinor += amountMinor;
    const { rows, legs } = rowOf(write, plan, "final");
    if (rows * legs > 1) sums.duplicated += 1;
  }
  for (const { amountMinor } of lost) sums.lostMinor += amountMinor;
  lost.sort((a, b) => a.us - b.us || a.seq - b.seq);
  return {
    attempted: plan.writes,
    acknowledged: fates.kept + fates.lost + fates.salvaged,
    failed: fates.refused,
    unknown: fates.recovered + fates.undecided,
    lost: lost.length,
    recovered: fates.recovered,
    undecided: fates.undecided,
    salvaged: fates.salvaged,
    residual: fates.lost,
    ...sums,
    firstLostAckUs: lost[0]?.us ?? 0,
    lastLostAckUs: lost.at(-1)?.us ?? 0,
    lostList: listDigest(lost),
  };
}
