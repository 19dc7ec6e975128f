/**
 * Planted against reported. Knows verdict.json and lost.csv as any outsider does and the liar's truth as numbers and ids; shares no code
 * with the judge, so that a mistake of the judge cannot hide here.
 */

export interface Reported {
  readonly verdict: string;
  readonly findings: readonly {
    readonly id: string;
    readonly status: string;
    readonly measured: { readonly lo: number; readonly hi: number | null } | null;
    readonly reason: string;
    readonly evidence: readonly { readonly file: string; readonly line?: number | undefined }[];
  }[];
  /** lost.csv: one line for each lost payment. */
  readonly lostCsv: string;
  readonly transactions: Readonly<Record<string, number>>;
  readonly outages: readonly {
    readonly seenBy: string;
    readonly onset: { readonly lo: number; readonly hi: number | null };
    readonly end: { readonly lo: number; readonly hi: number | null };
  }[];
  /** Text of a line of a file of the run folder. */
  readonly line: (file: string, line: number) => string;
}

export interface Claim {
  readonly what: string;
  readonly planted: string;
  readonly reported: string;
  readonly agrees: boolean;
}

export const claim = (what: string, planted: unknown, reported: unknown, agrees: boolean): Claim => ({
  what,
  planted: String(planted),
  reported: String(reported),
  agrees,
});

export const finding = (reported: Reported, id: string): Reported["findings"][number] => {
  const found = reported.findings.find((one) => one.id === id);
  if (found === undefined) throw new Error(`verdict.json has no finding ${id}`);
  return found;
};

export const equal = (what: string, planted: number | string, reported: number | string): Claim =>
  claim(what, planted, reported, planted === reported);

export const verdictIs = (reported: Reported, ...allowed: readonly string[]): Claim =>
  claim("verdict", allowed.join(" or "), reported.verdict, allowed.includes(reported.verdict));

export const statusIs = (reported: Reported, id: string, ...allowed: readonly string[]): Claim => {
  const { status, reason } = finding(reported, id);
  const right = allowed.includes(status);
  return claim(id, allowed.join(" or "), right ? status : `${status} (${reason})`, right);
};

/** A count that is known exactly. */
export const counts = (reported: Reported, id: string, planted: number): Claim => {
  const { measured, reason } = finding(reported, id);
  const exact = measured !== null && measured.lo === planted && measured.hi === planted;
  return claim(id, planted, measured === null ? `nothing (${reason})` : span(measured), exact);
};

/** A number that is known within an interval: the true value must lie in it. `widthMs`: and it must not be wider. */
export const holds = (reported: Reported, id: string, planted: number, widthMs = Number.POSITIVE_INFINITY): Claim => {
  const { measured, reason } = finding(reported, id);
  if (measured === null) return claim(id, planted, `nothing (${reason})`, false);
  const { lo, hi } = measured;
  const inside = lo <= planted && (hi === null || planted <= hi);
  const narrow = (hi ?? Number.POSITIVE_INFINITY) - lo <= widthMs;
  return claim(
    `${id} holds the true value`,
    `${round(planted)} (width at most ${widthMs})`,
    span(measured),
    inside && narrow,
  );
};

/** The lower end at least: what was promised and certainly broken. */
export const atLeast = (reported: Reported, id: string, planted: number): Claim => {
  const { measured } = finding(reported, id);
  return claim(
    `${id}, certain part`,
    planted,
    measured === null ? "nothing" : span(measured),
    measured?.lo === planted,
  );
};

/** Never reached: bounded below only. */
export const censored = (reported: Reported, id: string, leastMs: number): Claim => {
  const { measured } = finding(reported, id);
  const agrees = measured !== null && measured.hi === null && measured.lo >= leastMs;
  return claim(id, `more than ${leastMs}`, measured === null ? "nothing" : span(measured), agrees);
};

export const says = (reported: Reported, id: string, text: RegExp): Claim => {
  const { reason } = finding(reported, id);
  return claim(`${id} says why`, text.source, reason, text.test(reason));
};

export const sameIds = (what: string, planted: readonly string[], reported: readonly string[]): Claim => {
  const [wanted, found] = [new Set(planted), new Set(reported)];
  const missing = planted.filter((id) => !found.has(id));
  const extra = reported.filter((id) => !wanted.has(id));
  const agrees = missing.length === 0 && extra.length === 0 && found.size === reported.length;
  const told = `${found.size} ids${missing.length > 0 ? `, missing ${missing.slice(0, 3).join(" ")}` : ""}${extra.length > 0 ? `, too many ${extra.slice(0, 3).join(" ")}` : ""}`;
  return claim(`${what}, id by id`, `${wanted.size} ids`, told, agrees);
};

/** The ids that lost.csv names, and the sum of their amounts. */
export function lostList(reported: Reported): { readonly ids: readonly string[]; readonly minor: number } {
  const [head = "", ...rows] = reported.lostCsv.trimEnd().split("\r\n");
  const names = head.split(",");
  const [id, amount] = [names.indexOf("id"), names.indexOf("amount_minor")];
  const cells = rows.filter((row) => row !== "").map((row) => row.split(","));
  return { ids: cells.map((row) => row[id] ?? ""), minor: cells.reduce((sum, row) => sum + Number(row[amount]), 0) };
}

interface Line {
  readonly run?: string;
  readonly idPrefix?: string;
  readonly w?: string;
  readonly seq?: number;
}

/** Payments whose rows a finding cites. */
export function citedIds(reported: Reported, id: string, folder: string): string[] {
  const rows = finding(reported, id).evidence.filter(({ file, line }) => file.startsWith(folder) && line !== undefined);
  const parsed = (file: string, line: number): Line => JSON.parse(reported.line(file, line)) as Line;
  return rows.map(({ file, line = 0 }) => {
    const [{ idPrefix, run }, { w, seq }] = [parsed(file, 1), parsed(file, line)];
    // A ledger is one witness's, a reading has the rows of all.
    return `${idPrefix ?? `${run}.${w}.`}${seq}`;
  });
}

/**
 * The witnesses disagree about this, and the record is not believed for it; null: nothing was planted that they could disagree about. Those of
 * which one cannot be read are not compared, which is no disagreement.
 */
export const witnessesApart = (reported: Reported, apart: RegExp | null): Claim => {
  const { status, reason } = finding(reported, "evidence.intact");
  const told = reason
    .split("; ")
    .filter((part) => /witness/.test(part) && !/agrees with the load|could not be compared/.test(part));
  const agrees =
    apart === null ? told.length === 0 : status === "INCONCLUSIVE" && told.some((part) => apart.test(part));
  return claim("the witnesses", apart?.source ?? "agree", told.join("; ") || "agree", agrees);
};

/** The beginning of a long sentence. */
export const brief = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59).trimEnd()}…`);

const round = (value: number): number => Math.round(value * 10) / 10;
const span = ({ lo, hi }: { readonly lo: number; readonly hi: number | null }): string =>
  lo === hi ? String(lo) : `${lo} to ${hi ?? "?"}`;
