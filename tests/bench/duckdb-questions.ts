/**
 * The same questions in DuckDB's SQL, each in the fastest of the correct ways that were tried (README.md): JSON with explicit columns where
 * several are needed, text at fixed offsets where few are; whatever is small enough is joined the cheap way round.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { toMs } from "../../src/analysis/interval.ts";
import { survivorLayout } from "../../src/evidence/layout.ts";
import { listDigest } from "./answers.ts";
import type { Answers } from "./answers.ts";

export type Query = (sql: string) => Promise<readonly (readonly unknown[])[]>;

/** When the fault took effect: told by the small files, which are the harness's own; the answer is given to DuckDB. */
export interface FaultTime {
  readonly lo: number;
  readonly hi: number;
}

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

const json = (path: string, columns: Readonly<Record<string, string>>): string =>
  `read_json(${quoted(path)}, format = 'newline_delimited', columns = {${Object.entries(columns)
    .map(([name, type]) => `${name}: '${type}'`)
    .join(", ")}})`;

/** Each line as one text: its delimiter is in no line. */
const lines = (path: string): string =>
  `read_csv(${quoted(path)}, columns = {l: 'VARCHAR'}, delim = '\u0001', header = false, quote = '', escape = '', auto_detect = false)`;

/** 1 acknowledged, 2 failed, 3 unknown: src/analysis/classify.ts. */
const outcome = `CASE WHEN ack IN (1, 3) AND err = 0 AND st IN (200, 201) THEN 1
  WHEN (ack = 2 AND st >= 400) OR (st = 0 AND ack = 0 AND err IN (1101, 1210, 1211, 1212, 1213, 1310, 1311, 9000)) THEN 2
  ELSE 3 END::UTINYINT`;

const ledgerColumns = {
  k: "VARCHAR",
  seq: "UINTEGER",
  us: "BIGINT",
  amt: "UINTEGER",
  st: "USMALLINT",
  err: "USMALLINT",
  ack: "UTINYINT",
};
const readingColumns = { k: "VARCHAR", seq: "UINTEGER", rp: "UTINYINT", dr: "UTINYINT", cr: "UTINYINT" };

/** Of a reading's line, by SQL's counting from 1. */
const [, seqAt = 0, , , , , , , replayedAt = 0] = survivorLayout.at.map((at) => at + 1);

export async function askDuckDb(query: Query, folder: string, fault: FaultTime): Promise<Answers> {
  const [ledger, before, final] = ["ledger/k.ndjson", "survivors/before-replay.ndjson", "survivors/final.ndjson"].map(
    (name) => join(folder, name),
  ) as [string, string, string];
  const startedUs = startOf(before);
  await query(`CREATE TEMP TABLE writes AS
    SELECT seq, min(us) AS sent, max(amt) AS amt, max(us) AS done, coalesce(min(CASE WHEN k = 'o' THEN ${outcome} END), 3)::UTINYINT AS c
    FROM ${json(ledger, ledgerColumns)} WHERE k IN ('i', 'o') GROUP BY seq`);
  await query(`CREATE TEMP TABLE stored AS
    SELECT seq, rp = 0 AS unreplayed, greatest(dr, cr) > 1 AS posted_twice FROM ${json(final, readingColumns)} WHERE k = 'p'`);
  await query(`CREATE TEMP TABLE unread AS
    SELECT * FROM writes ANTI JOIN (
      SELECT substring(l, ${seqAt}, 10)::UINTEGER AS seq FROM ${lines(before)}
      WHERE substring(l, 7, 1) = 'p' AND substring(l, ${replayedAt}, 1) = '0'
    ) USING (seq)`);
  // The few that the first reading has not; what was acknowledged before it began it would have.
  await query(`CREATE TEMP TABLE doubtful AS
    SELECT u.*, s.seq IS NOT NULL AS kept, coalesce(s.unreplayed, false) AND NOT (c = 1 AND done < ${startedUs}) AS present
    FROM unread u LEFT JOIN (
      SELECT seq, bool_or(unreplayed) AS unreplayed FROM stored WHERE seq IN (SELECT seq FROM unread) GROUP BY seq
    ) s USING (seq)`);
  return await answers(query, fault);
}

async function answers(query: Query, fault: FaultTime): Promise<Answers> {
  const one = async (sql: string): Promise<number[]> => ((await query(sql))[0] ?? []).map(Number);
  const [attempted = 0, acknowledged = 0, failed = 0, unknown = 0] = await one(
    "SELECT count(*), count(*) FILTER (c = 1), count(*) FILTER (c = 2), count(*) FILTER (c = 3) FROM writes",
  );
  const [lost = 0, lostMinor = 0, undecided = 0, undecidedMinor = 0, salvaged = 0, first = 0, last = 0, sent = 0] =
    await one(`SELECT count(*) FILTER (c = 1), sum(amt) FILTER (c = 1), count(*) FILTER (c = 3), sum(amt) FILTER (c = 3),
      count(*) FILTER (c = 1 AND kept), min(done) FILTER (c = 1), max(done) FILTER (c = 1), min(sent) FILTER (c = 1)
      FROM doubtful WHERE NOT present`);
  const [residual = 0, residualMinor = 0] = await one(
    "SELECT count(*), sum(amt) FROM writes ANTI JOIN stored USING (seq) WHERE c = 1",
  );
  const [duplicated = 0] = await one(`SELECT count(DISTINCT seq) FROM (
    SELECT seq FROM stored WHERE posted_twice
    UNION ALL SELECT seq FROM stored QUALIFY row_number() OVER (PARTITION BY seq) = 2)`);
  const [newestKept = 0] =
    await one(`SELECT max(sent) FROM writes ANTI JOIN (SELECT seq FROM doubtful WHERE NOT present) USING (seq)
    WHERE c = 1 AND done <= ${lost === 0 ? fault.lo : sent}`);
  const list = await query("SELECT seq, done, amt FROM doubtful WHERE c = 1 AND NOT present ORDER BY done, seq");
  const age = toMs({
    lo: Math.max(0, fault.lo - first) + Math.max(0, last - fault.hi),
    hi: Math.max(0, fault.hi - newestKept) + Math.max(0, last - fault.lo),
  });
  return {
    attempted,
    acknowledged,
    failed,
    unknown,
    lost,
    lostMinor,
    recovered: unknown - undecided,
    undecided,
    undecidedMinor,
    salvaged,
    residual,
    residualMinor,
    duplicated,
    firstLostAckUs: first,
    lastLostAckUs: last,
    rpoLoMs: age.lo,
    rpoHiMs: age.hi ?? -1,
    lostList: listDigest(
      list.map(([seq, us, amountMinor]) => ({
        seq: Number(seq),
        us: Number(us),
        amountMinor: Number(amountMinor),
      })),
    ),
  };
}

/** When a reading began, from its first line. */
function startOf(path: string): number {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(8192);
    const length = readSync(file, head);
    const [line = ""] = head.toString("utf8", 0, length).split("\n");
    return (JSON.parse(line) as { startedUs: number }).startedUs;
  } finally {
    closeSync(file);
  }
}
