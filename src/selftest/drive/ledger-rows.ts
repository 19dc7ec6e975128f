/** The rows of a ledger that is played, in the order in which they were written, and its end when it is closed in order. */
import { formatMark } from "../../model/ledger.ts";

export interface Row {
  readonly us: number;
  readonly line: string;
}

export function textOf(rows: readonly Row[]): string {
  return rows
    .toSorted((a, b) => a.us - b.us)
    .map(({ line }) => line)
    .join("");
}

/** `dropped` could not be begun, `done` were begun in all. */
export function closedLedger(
  rows: readonly Row[],
  end: { readonly stopUs: number; readonly dropped: number; readonly done: number },
): string {
  const { stopUs, dropped, done } = end;
  let [doneUs, out] = [stopUs, 0];
  for (const { us } of rows) {
    doneUs = Math.max(doneUs, us);
    if (us > stopUs) out += 1;
  }
  const stop = { us: stopUs, line: formatMark({ mark: "stop", us: stopUs, n: out }) };
  const last = doneUs + 100;
  const drop = { us: last, line: formatMark({ mark: "drop", us: last, n: dropped }) };
  return textOf([...rows, stop, drop, { us: last, line: formatMark({ mark: "done", us: last, n: done }) }]);
}
