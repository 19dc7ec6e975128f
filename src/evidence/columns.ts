/**
 * Columns of whole numbers, indexed by seq: four bytes a value, whatever the range, because values that do not fit are kept aside.
 * That is what lets millions of transactions be judged in little memory. Untouched pages of a large column cost nothing.
 */

const aside = 0xffff_ffff;

/** Non-negative whole numbers, most of them below 2^32. */
export class NumberColumn {
  #low: Uint32Array;
  readonly #wide = new Map<number, number>();

  constructor(capacity: number) {
    this.#low = new Uint32Array(capacity);
  }

  reserve(capacity: number): void {
    this.#low = grown(this.#low, new Uint32Array(capacity));
  }

  get(index: number): number {
    const low = this.#low[index] ?? 0;
    return low === aside ? (this.#wide.get(index) ?? 0) : low;
  }

  set(index: number, value: number): void {
    if (value >= 0 && value < aside) this.#low[index] = value;
    else {
      this.#low[index] = aside;
      this.#wide.set(index, value);
    }
  }
}

/** Small numbers, such as accounts: two bytes a value as long as all of them fit. */
export class SmallNumberColumn {
  #values: Uint16Array | Uint32Array;

  constructor(capacity: number) {
    this.#values = new Uint16Array(capacity);
  }

  reserve(capacity: number): void {
    this.#into(this.#values instanceof Uint16Array ? new Uint16Array(capacity) : new Uint32Array(capacity));
  }

  get(index: number): number {
    return this.#values[index] ?? 0;
  }

  /** Up to 2^32 - 1. */
  set(index: number, value: number): void {
    if (value > 0xffff && this.#values instanceof Uint16Array) this.#into(new Uint32Array(this.#values.length));
    this.#values[index] = value;
  }

  #into(values: Uint16Array | Uint32Array): void {
    values.set(this.#values);
    this.#values = values;
  }
}

/** Instants in µs, of at most 13 digits as in the ledger: neighbours are near each other, so each block of values has a base and the values are offsets to it. */
export class TimeColumn {
  readonly #offset: NumberColumn;
  #base: Float64Array;

  constructor(capacity: number) {
    this.#offset = new NumberColumn(capacity);
    this.#base = new Float64Array(blocks(capacity)).fill(Number.NaN);
  }

  reserve(capacity: number): void {
    this.#offset.reserve(capacity);
    this.#base = grown(this.#base, new Float64Array(blocks(capacity)).fill(Number.NaN));
  }

  get(index: number): number {
    return this.#offset.get(index) + (this.#base[index >>> 10] ?? 0);
  }

  set(index: number, us: number): void {
    const block = index >>> 10;
    let base = this.#base[block] ?? 0;
    if (Number.isNaN(base)) {
      // Half of the range below the first value of the block, because later ones may be earlier.
      base = us - 2_147_483_648;
      this.#base[block] = base;
    }
    this.#offset.set(index, us - base);
  }
}

const blocks = (capacity: number): number => (capacity >>> 10) + 1;

export function grown<Column extends Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array>(
  from: Column,
  to: Column,
): Column {
  to.set(from);
  return to;
}
