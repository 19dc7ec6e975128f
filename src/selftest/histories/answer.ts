/** What is true of one finding. */
export interface Answer {
  /** Its objective was broken; null: nobody can say. */
  readonly isBroken: boolean | null;
  /** In the finding's unit; undefined: not a number, or not known. */
  readonly value?: number;
}

export type Answers = ReadonlyMap<string, Answer>;

export const never = Number.POSITIVE_INFINITY;

export const answer = (isBroken: boolean | null, value: number | null): Answer =>
  value === null || !Number.isFinite(value) ? { isBroken } : { isBroken, value };

/** Told, and not judged. */
export const disclosed = (value: number | null): Answer => answer(false, value);

/** null: the value is not known. */
export const limit = (value: number | null, most: number, isStrict: boolean): boolean | null =>
  value === null ? null : isStrict ? value >= most : value > most;
