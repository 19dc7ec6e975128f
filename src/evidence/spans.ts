/** From when to when each answer was given: kept while the records come in, because it would take another pass over millions of them. */

/** In µs; by the send of what was answered, and by the answer. */
export interface Span {
  readonly firstSentUs: number;
  readonly lastSentUs: number;
  readonly firstEndUs: number;
  readonly lastEndUs: number;
}

const fields = 4;
const nothing = [
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

export class Spans {
  #values = new Float64Array(0);

  /** `number`: of the answer. */
  add(number: number, sentUs: number, endUs: number): void {
    const at = fields * number;
    if (at >= this.#values.length) this.#grow(2 * (number + 1));
    const values = this.#values;
    if (sentUs < (values[at] ?? 0)) values[at] = sentUs;
    if (sentUs > (values[at + 1] ?? 0)) values[at + 1] = sentUs;
    if (endUs < (values[at + 2] ?? 0)) values[at + 2] = endUs;
    if (endUs > (values[at + 3] ?? 0)) values[at + 3] = endUs;
  }

  /** null: it was never given. */
  of(number: number): Span | null {
    const [firstSentUs = 0, lastSentUs = 0, firstEndUs = 0, lastEndUs = Number.NEGATIVE_INFINITY] =
      this.#values.subarray(fields * number, fields * (number + 1));
    return lastEndUs === Number.NEGATIVE_INFINITY ? null : { firstSentUs, lastSentUs, firstEndUs, lastEndUs };
  }

  #grow(numbers: number): void {
    const wider = new Float64Array(fields * numbers);
    for (let at = 0; at < wider.length; at += fields) wider.set(nothing, at);
    wider.set(this.#values);
    this.#values = wider;
  }
}
