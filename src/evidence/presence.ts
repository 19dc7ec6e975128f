/** What a final read found of one witness's payments, by seq: how often, and in which condition. */
import { SmallNumberColumn } from "./columns.ts";
import { isRefused, nextNumber } from "./refused.ts";

/** The condition of a stored row; few combinations occur, so each seq holds a number and this is looked up. */
export interface Condition {
  /** The recomputed hash is not that of the request. */
  readonly otherBody: boolean;
  /** Amount or accounts are not those of the request. */
  readonly otherFields: boolean;
  readonly debits: number;
  readonly credits: number;
  readonly balanced: boolean;
  readonly region: number;
  readonly epoch: number;
  readonly replayed: boolean;
}

export interface Row {
  readonly seq: number;
  readonly line: number;
}

export class Presence {
  /** One more than the largest seq that was found. */
  size = 0;
  rows = 0;
  readonly conditions: Condition[] = [];
  /** Rows whose seq no intent explains. */
  readonly phantoms: (Row & { readonly amountMinor: number })[] = [];
  /** Second and later rows of a seq, with the number of their condition. */
  readonly doubles: (Row & { readonly condition: number })[] = [];
  /** Rows that are not as they should be (see isSound). */
  readonly unsound: (Row & { readonly condition: number })[] = [];

  readonly #regions: number;
  /** By seq: the number of its first row's condition, and one; 0 when there is none. */
  readonly #first: SmallNumberColumn;
  /** Seqs whose first row is a replay, and a later one is not. */
  readonly #originals = new Set<number>();
  readonly #isUnsound = new Uint8Array(0x1_0000);
  readonly #known = new Map<number, number>();
  #lastKey = Number.NaN;
  #lastNumber = 0;

  /** `regions`: how many a row may choose from, those that the reading's header lists. */
  constructor(expected: number, regions = 9) {
    this.#regions = regions;
    this.#first = new SmallNumberColumn(Math.max(1024, expected), 1);
  }

  has(seq: number): boolean {
    return this.#first.get(seq) > 0;
  }
  /** Condition of its first row. */
  condition(seq: number): Condition | null {
    return this.conditions[this.firstCondition(seq)] ?? null;
  }
  /** Its number; -1 without a row. */
  firstCondition(seq: number): number {
    return this.#first.get(seq) - 1;
  }
  /** Any row of it is not a replay: in which order an export gives them says nothing. */
  hasOriginal(seq: number): boolean {
    return this.condition(seq)?.replayed === false || this.#originals.has(seq);
  }

  put(seq: number, condition: number, line: number): void {
    const { capacity } = this.#first;
    if (seq >= capacity) this.#first.reserve(Math.max(2 * capacity, seq + 1));
    if (seq >= this.size) this.size = seq + 1;
    this.rows += 1;
    if (this.has(seq)) {
      this.doubles.push({ seq, condition, line });
      if (this.conditions[condition]?.replayed === false && !this.hasOriginal(seq)) this.#originals.add(seq);
    } else this.#first.set(seq, condition + 1);
    if (this.#isUnsound[condition] === 1) this.unsound.push({ seq, condition, line });
  }

  /** Rows of one condition in consecutive lines: the first `count` of `seqs`. */
  putAll(seqs: Float64Array, count: number, condition: number, firstLine: number): void {
    for (let n = 0; n < count; n++) this.put(seqs[n] ?? 0, condition, firstLine + n);
  }

  /** `flags`: 1 other body, 2 other fields, 4 not balanced, 8 replayed. A number, or a refusal. */
  conditionNumber(flags: number, debits: number, credits: number, region: number, epoch: number): number {
    const key = flags + 16 * (debits + 100 * (credits + 100 * (region + 10 * epoch)));
    if (key === this.#lastKey) return this.#lastNumber;
    let number = this.#known.get(key);
    if (number === undefined) {
      number = nextNumber(this.conditions.length, region, this.#regions);
      if (isRefused(number)) return number;
      const [otherBody, otherFields, unbalanced, replayed] = [1, 2, 4, 8].map((bit) => (flags & bit) !== 0);
      const condition = {
        otherBody: otherBody === true,
        otherFields: otherFields === true,
        debits,
        credits,
        balanced: unbalanced !== true,
        region,
        epoch,
        replayed: replayed === true,
      };
      this.conditions.push(condition);
      this.#isUnsound[number] = isSound(condition) ? 0 : 1;
      this.#known.set(key, number);
    }
    this.#lastKey = key;
    this.#lastNumber = number;
    return number;
  }
}

export const isTorn = (row: Condition): boolean =>
  row.debits > 0 !== row.credits > 0 || row.debits + row.credits === 0 || !row.balanced;
export const isCorrupt = (row: Condition): boolean => row.otherBody || row.otherFields;
/** The effect was applied more than once although there is one row. */
export const isDoubleEffect = (row: Condition): boolean => row.debits > 1 || row.credits > 1;
export const isSound = (row: Condition): boolean => !isTorn(row) && !isCorrupt(row) && !isDoubleEffect(row);
