/**
 * The ordered export: every payment with its postings, then every account, as NDJSON at one snapshot. Read through a cursor on a
 * connection of its own, a page at a time and only as fast as the reader takes it.
 */
import type pg from "pg";
import type { Ledger } from "./ledger.ts";

const pageRows = 1_000;
/** A reader may be slow, but not for ever: the snapshot holds back vacuum, and on a standby replay. */
const statementTimeoutMs = 60_000;
const idleTimeoutMs = 60_000;

/** row_to_json writes the columns in order and without a blank: the lines of the contract, made where the rows are. */
const paymentsCursor = `DECLARE payments_cursor NO SCROLL CURSOR FOR
  SELECT row_to_json(line)::text AS line FROM (
    SELECT p.id, p.hash, encode(sha256(p.body), 'hex') AS "bodyHash", p.from_account AS "from", p.to_account AS "to", p.amount AS "amountMinor",
      p.region, p.epoch, p.replayed, t.debits, t.credits, t.debited, t.credited
    FROM payments p CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE amount < 0) AS debits, count(*) FILTER (WHERE amount > 0) AS credits,
        coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS debited, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS credited
      FROM postings WHERE payment_id = p.id) t
    WHERE p.id > $1 ORDER BY p.id) line`;

const accountsCursor = `DECLARE accounts_cursor NO SCROLL CURSOR FOR
  SELECT row_to_json(line)::text AS line FROM (
    SELECT a.id AS account, a.opening, a.balance, coalesce(t.posted, 0) AS posted
    FROM accounts a LEFT JOIN (SELECT account, sum(amount) AS posted FROM postings GROUP BY account) t ON t.account = a.id ORDER BY a.id) line`;

/** DECLARE takes no parameters; the id is quoted as PostgreSQL itself would. */
const literal = (client: pg.Client, text: string): string => client.escapeLiteral(text);

async function* cursorLines(
  client: pg.Client,
  name: string,
): AsyncGenerator<{ readonly text: string; readonly rows: number }> {
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`FETCH ${pageRows} FROM ${name}`);
    if (rows.length === 0) return;
    yield { text: rows.map((row) => `${row.line}\n`).join(""), rows: rows.length };
    if (rows.length < pageRows) return;
  }
}

async function* lines(client: pg.Client, region: string, after: string): AsyncGenerator<string> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await client.query(
    `SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}`,
  );
  // The first statement takes the snapshot: epoch and position are of the same moment as the rows.
  const { rows } = await client.query<{ epoch: number; lsn: string }>(
    `SELECT current_epoch() AS epoch, (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END - '0/0'::pg_lsn)::text AS lsn`,
  );
  yield `${JSON.stringify({ export: "payments@1", region, epoch: rows[0]?.epoch ?? 0, lsn: rows[0]?.lsn ?? "0" })}\n`;
  let [payments, accounts] = [0, 0];
  await client.query(paymentsCursor.replace("$1", () => literal(client, after)));
  for await (const page of cursorLines(client, "payments_cursor")) {
    payments += page.rows;
    yield page.text;
  }
  await client.query(accountsCursor);
  for await (const page of cursorLines(client, "accounts_cursor")) {
    accounts += page.rows;
    yield page.text;
  }
  await client.query("COMMIT");
  yield `${JSON.stringify({ end: true, payments, accounts })}\n`;
}

/** Fails before the first byte when the database cannot be reached; later the stream breaks off without its end line. */
export async function exportStream(ledger: Ledger, region: string, after: string): Promise<ReadableStream<Uint8Array>> {
  const client = await ledger.separate();
  const source = lines(client, region, after);
  const encoder = new TextEncoder();
  const close = async (): Promise<void> => {
    await source.return(undefined).catch(() => undefined);
    await client.end().catch(() => undefined);
  };
  let first: IteratorResult<string, void>;
  try {
    first = await source.next();
  } catch (error) {
    await close();
    throw error;
  }
  let pending: IteratorResult<string, void> | null = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = pending ?? (await source.next());
        pending = null;
        if (!next.done) return controller.enqueue(encoder.encode(next.value));
        await close();
        controller.close();
      } catch (error) {
        await close();
        controller.error(error);
      }
    },
    cancel: close,
  });
}
