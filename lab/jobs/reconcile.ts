/**
 * payments-reconcile, the third movement of the big red button, on the current writer: what the failed Region owed the outside world is
 * dispatched exactly once, and the ledger that survived is checked against itself.
 */
import type { Address } from "../layout.ts";
import { Connection } from "../postgres/connection.ts";

export interface ReconcileWork {
  readonly writer: Address;
  readonly password: string;
  readonly region: string;
}

const statementTimeoutMs = 120_000;

export async function reconcile(work: ReconcileWork): Promise<Readonly<Record<string, unknown>>> {
  await using writer = await Connection.open({ address: work.writer, role: "payments", password: work.password });
  await writer.rows(`SET statement_timeout = ${statementTimeoutMs}`);
  // The row lock makes "exactly once" true even beside a worker that dispatches at the same moment.
  const dispatched = await writer.rows(
    `UPDATE outbox SET dispatched_at = clock_timestamp(), dispatched_by = $1, dispatches = dispatches + 1
     WHERE dispatched_at IS NULL RETURNING payment_id`,
    [`${work.region}/reconcile`],
  );
  await writer.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const [checked] = await writer.rows<{
    payments: string;
    torn: string;
    orphans: string;
    mismatches: string;
    ids: string[] | null;
  }>(
    `WITH legs AS (
       SELECT payment_id, count(*) FILTER (WHERE amount < 0) AS debits, count(*) FILTER (WHERE amount > 0) AS credits, sum(amount) AS net,
         sum(amount) FILTER (WHERE amount > 0) AS credited
       FROM postings GROUP BY payment_id),
     torn AS (
       SELECT p.id FROM payments p LEFT JOIN legs l ON l.payment_id = p.id
       WHERE l.debits IS DISTINCT FROM 1 OR l.credits IS DISTINCT FROM 1 OR l.net <> 0 OR l.credited <> p.amount)
     SELECT (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM torn) AS torn,
       (SELECT count(*) FROM legs l WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = l.payment_id)) AS orphans,
       (SELECT count(*) FROM accounts a LEFT JOIN (SELECT account, sum(amount) AS posted FROM postings GROUP BY account) t ON t.account = a.id
        WHERE a.balance <> a.opening + coalesce(t.posted, 0)) AS mismatches,
       (SELECT array_agg(id) FROM (SELECT id FROM torn ORDER BY id LIMIT 100) AS listed) AS ids`,
  );
  await writer.rows("COMMIT");
  return {
    checkedPayments: Number(checked?.payments ?? 0),
    replayedOutbox: dispatched.length,
    torn: Number(checked?.torn ?? 0) + Number(checked?.orphans ?? 0),
    balanceMismatches: Number(checked?.mismatches ?? 0),
    tornIds: checked?.ids ?? [],
  };
}
