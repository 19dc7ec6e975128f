/**
 * What must be said of the two witnesses of a history, and what must not: they disagree about losses exactly where a naive comparison says
 * so, about outages and epochs only where something was planted that parts them, and a record with such a contradiction never passes.
 */
import { forbiddenRegion, honest } from "../liar/script.ts";
import type { Played } from "./played.ts";
import type { JudgedHistory } from "./play.ts";

const spoken = {
  losses: /witnesses disagree: the loss/,
  nothing: /confirms nothing/,
  outages: /was not served from/,
  epochs: /witnesses disagree: [^;]* (epoch \d+ was acknowledged by|was acknowledged in epoch)/,
} as const;

export function wrongWitnesses(judged: JudgedHistory): string[] {
  const { played, naive, verdict } = judged;
  const gate = verdict.findings.find(({ id }) => id === "evidence.intact");
  const said = (what: keyof typeof spoken): boolean => spoken[what].test(gate?.reason ?? "");
  const wrong: string[] = [];
  const must = (what: keyof typeof spoken, planted: boolean): void => {
    if (said(what) !== planted) wrong.push(`the witnesses' ${what}: planted ${planted}, said: ${gate?.reason}`);
  };
  if (naive !== null) {
    must("losses", naive.witnesses.apart);
    must("nothing", naive.witnesses.confirmsNothing);
    if (!isParted(played)) {
      must("outages", false);
      must("epochs", false);
    }
  }
  if (isApart(judged) && (gate?.status !== "INCONCLUSIVE" || verdict.verdict === "PASS"))
    wrong.push(`${verdict.verdict} with witnesses that contradict each other: ${gate?.reason}`);
  return wrong;
}

/** The service, or their own networks, may have treated them so differently that each rightly tells of what the other did not see. */
function isParted({ history, drive, truth }: Played): boolean {
  const { script, isUneven } = history;
  const lies = script.onWrite !== honest.onWrite || script.oldWriter !== null;
  // Whoever asks again may be served in time by the second answer.
  const persists = drive.retriesAfterUs !== null;
  // The second witness keeps the address of the Region that hands over; the load asks for it anew each time.
  const lagsBehind = truth.moments.switchedUs < Number.POSITIVE_INFINITY && drive.dnsTtlSeconds > 0;
  return isUneven || lies || persists || lagsBehind || drive.witness.blind !== null || Number.isFinite(drive.vus);
}

/** There is a contradiction, or a gap, that a look at the two ledgers must find. */
export function isApart({ played, naive, harmed }: JudgedHistory): boolean {
  const { damage } = played.history;
  if (naive !== null) return naive.witnesses.apart || naive.witnesses.confirmsNothing;
  if (damage === "witness gone" || damage?.includes("forgets") === true) return harmed;
  if (damage !== "regions apart") return false;
  const fresh = played.truth.acknowledged.filter(({ region }) => region === 1);
  const both = [".k.", ".t."].every((infix) => fresh.some(({ id }) => id.includes(infix)));
  // A Region that both name, if a forbidden one, is no contradiction; nor is one that has a writer in the same epoch.
  const old = played.truth.acknowledged.filter(({ region }) => region === 0);
  const isShared = old.some(({ epoch }) => fresh.some((one) => one.epoch === epoch));
  return both && !isShared && !fresh.some(({ servedBy }) => servedBy === forbiddenRegion);
}
