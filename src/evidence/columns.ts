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

/** Small numbers, up to 2^32 - 1: one or two bytes a value as long as all of them fit. */
export class SmallNumberColumn {
  #values: Uint8Array | Uint16Array | Uint32Array;
  /** One more than the largest index that was set: what is beyond is not copied, so that its memory stays untouched. */
  #used = 0;
  /** The largest value that fits. */
  #limit: number;

  constructor(capacity: number, bytes: 1 | 2) {
    this.#values = bytes === 1 ? new Uint8Array(capacity) : new Uint16Array(capacity);
    this.#limit = bytes === 1 ? 0xff : 0xffff;
  }

  get capacity(): number {
    return this.#values.length;
  }

  reserve(capacity: number): void {
    const Values = this.#limit === 0xff ? Uint8Array : this.#limit === 0xffff ? Uint16Array : Uint32Array;
    this.#into(new Values(capacity));
  }

  get(index: number): number {
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    if (value > this.#limit) this.#widen(value);
    if (index >= this.#used) this.#used = index + 1;
    this.#values[index] = value;
  }

  #widen(value: number): void {
    const { capacity } = this;
    this.#into(value > 0xffff ? new Uint32Array(capacity) : new Uint16Array(capacity));
    this.#limit = value > 0xffff ? 0xffff_ffff : 0xffff;
  }

  #into(values: Uint8Array | Uint16Array | Uint32Array): void {
    values.set(this.#values.subarray(0, this.#used));
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

/** Line numbers, or seqs of some arrivals: as with instants, but two bytes each, because in a block they are some thousands apart; those further away are kept aside. */
export class NearColumn {
  #offset: Uint16Array;
  #base: Float64Array;
  readonly #far = new Map<number, number>();

  constructor(capacity: number) {
    this.#offset = new Uint16Array(capacity);
    this.#base = new Float64Array(blocks(capacity)).fill(Number.NaN);
  }

  reserve(capacity: number): void {
    this.#offset = grown(this.#offset, new Uint16Array(capacity));
    this.#base = grown(this.#base, new Float64Array(blocks(capacity)).fill(Number.NaN));
  }

  get(index: number): number {
    const offset = this.#offset[index] ?? 0;
    return offset === 0xffff ? (this.#far.get(index) ?? 0) : offset + (this.#base[index >>> 10] ?? 0);
  }

  set(index: number, line: number): void {
    const block = index >>> 10;
    let base = this.#base[block] ?? 0;
    if (Number.isNaN(base)) {
      base = line - 0x8000;
      this.#base[block] = base;
    }
    const offset = line - base;
    if (offset >= 0 && offset < 0xffff) this.#offset[index] = offset;
    else {
      this.#offset[index] = 0xffff;
      this.#far.set(index, line);
    }
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
