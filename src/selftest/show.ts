/** The suite's result for people: what was planted and what was reported, side by side. */
import type { KatResult } from "./suite.ts";

export function katLines(result: KatResult): string[] {
  const { id, title, agrees, variants } = result;
  const lines = [`${String(id).padStart(3)}  ${agrees ? "agree   " : "DISAGREE"}  ${title}`];
  const width = Math.max(...variants.map(({ planted }) => planted.length));
  for (const { planted, reported, disagreements } of variants) {
    lines.push(`       planted ${planted.padEnd(width)}  reported ${reported}`);
    for (const one of disagreements)
      lines.push(`         DISAGREE ${one.what}: planted ${one.planted}, reported ${one.reported}`);
  }
  return lines;
}

export const totalLine = (results: readonly KatResult[]): string =>
  `${results.filter(({ agrees }) => agrees).length} of ${results.length}`;
