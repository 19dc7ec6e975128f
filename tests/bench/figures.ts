/** Figures as the benchmark prints them. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return { min: sorted[0] ?? Number.NaN, median: (low + high) / 2, max: sorted.at(-1) ?? Number.NaN };
}

/** "min / median / max" */
export const told = ({ min, median, max }: Spread, digits: number): string =>
  [min, median, max].map((value) => value.toFixed(digits)).join(" / ");

export const thousands = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** What the issue asks for, and what was measured: at the end, and the exit code, hang on these. */
export interface Target {
  readonly name: string;
  readonly asked: string;
  readonly measured: string;
  /** null: this run was not big enough to tell. */
  readonly met: boolean | null;
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

export function targetTable(targets: readonly Target[]): string {
  const verdict = (met: boolean | null): string => (met === null ? "not judged" : met ? "met" : "MISSED");
  return table([
    ["target", "asked", "measured", ""],
    ...targets.map(({ name, asked, measured, met }) => [name, asked, measured, verdict(met)]),
  ]);
}
