/**
 * May the readings be taken for what their names say? They follow one another, those of the end are taken when nothing is under way any more,
 * and none can hold what was sent after it (reports/README.md, Final reads).
 */
import type { Arrivals } from "../evidence/arrivals.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { Presence } from "../evidence/presence.ts";
import { onceFor } from "./once.ts";

const inOrder = ["before-replay", "final", "final-again"] as const;

/** One sentence each; empty: they may. */
export const readingTroubles = onceFor((evidence: Evidence): readonly string[] => {
  const taken = inOrder.flatMap((name) => evidence.readings.filter(({ header }) => header.reading === name));
  const wrong: string[] = [];
  for (const [index, { file, header }] of taken.entries()) {
    const before = taken[index - 1];
    if (before !== undefined && header.startedUs < before.endedUs)
      wrong.push(`${file} was begun before ${before.file} had ended`);
    if (header.reading === "before-replay") continue;
    for (const ledger of evidence.ledgers)
      if (header.startedUs < ledger.lastUs)
        wrong.push(`${file} was begun while ${ledger.file} was still being written: it is no reading of the end`);
  }
  for (const { file, header, presence, endedUs } of taken) {
    if (header.reading !== "before-replay") continue;
    for (const { header: sent, arrivals, lastUs } of evidence.ledgers) {
      if (lastUs <= endedUs) continue;
      const early = sentAfter(endedUs, presence.get(sent.witness), arrivals);
      if (early !== null) wrong.push(`${file} holds ${sent.idPrefix}${early}, which was sent after it had been taken`);
    }
  }
  return wrong;
});

/** The first payment of a reading that was sent only later. */
function sentAfter(us: number, rows: Presence | undefined, arrivals: Arrivals): number | null {
  if (rows === undefined) return null;
  for (let seq = 0; seq < rows.size; seq++) if (arrivals.sentUs(seq) > us && rows.has(seq)) return seq;
  return null;
}
