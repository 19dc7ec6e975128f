/**
 * The ledger in the database, as a task uses it. The one thing that matters here: to know, for every write, whether it is certain that
 * nothing was written (NotExecuted), or not known (any other error). Once a statement is sent, only an ERROR answered by a server
 * that is still there is certain; a lost connection, a FATAL, a timeout is not.
 */
import pg from "pg";
import { clientConfiguration } from "../postgres/connection.ts";
import type { Address } from "../layout.ts";
import type { Payment } from "./payment.ts";

/** Nothing was written: the client may offer the payment again, elsewhere or later. */
export class NotExecuted extends Error {}

export interface Paid {
  readonly outcome: "committed" | "same" | "conflict" | "no-account" | "insufficient-funds";
  readonly hash: string;
  readonly region: string;
  readonly epoch: number;
  readonly lsn: string;
}

export interface LedgerState {
  readonly role: "primary" | "standby";
  readonly writable: boolean;
  readonly epoch: number;
}

export interface StoredPayment {
  readonly id: string;
  readonly hash: string;
  readonly from: number;
  readonly to: number;
  readonly amountMinor: number;
  readonly region: string;
  readonly epoch: number;
}

export interface Account {
  readonly id: number;
  readonly balanceMinor: number;
  readonly recent: readonly {
    readonly id: string;
    readonly amountMinor: number;
    readonly direction: "in" | "out";
    readonly counterparty: number;
    readonly at: string;
  }[];
}

/** Two tasks of eight connections, or ten of them, stay below the server's hundred. */
const poolSize = 8;
const connectTimeoutMs = 2_000;
/** A statement that waits for a lock longer than this is cancelled by the server: certain not to be executed. */
const statementTimeoutMs = 5_000;
/** A commit that hangs (its synchronous standby is gone) is given up by us: not known. */
const answerTimeoutMs = 10_000;
const stateTimeoutMs = 1_000;

const bigint = (text: unknown): number => Number(text);

function statementError(error: unknown): Error {
  if (error instanceof pg.DatabaseError && error.severity === "ERROR")
    return new NotExecuted(error.message, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

export class Ledger {
  readonly #password: string;
  #address: Address;
  #pool: pg.Pool;
  #epoch = 0;
  #stateInFlight: Promise<LedgerState> | null = null;

  constructor(options: { readonly address: Address; readonly password: string }) {
    this.#password = options.password;
    this.#address = options.address;
    this.#pool = this.#open();
  }

  /** The newest epoch that this task has seen; 0 before it has seen any. */
  get epoch(): number {
    return this.#epoch;
  }

  #open(): pg.Pool {
    const pool = new pg.Pool({
      ...clientConfiguration({ address: this.#address, role: "payments", password: this.#password, connectTimeoutMs }),
      query_timeout: answerTimeoutMs,
      statement_timeout: statementTimeoutMs,
      max: poolSize,
      idleTimeoutMillis: 30_000,
    });
    pool.on("error", () => undefined);
    // The pool listens only to idle connections: one that dies in the middle of a statement would take the whole task with it.
    pool.on("connect", (client) => client.on("error", () => undefined));
    return pool;
  }

  /** The Region's database endpoint points elsewhere from now on. */
  moveTo(address: Address): void {
    if (address.host === this.#address.host && address.port === this.#address.port) return;
    const old = this.#pool;
    this.#address = address;
    this.#pool = this.#open();
    old.end().catch(() => undefined);
  }

  /** A connection; that it cannot be had means that nothing was sent. */
  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw new NotExecuted(`no connection to the database: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #run<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]> {
    const client = await this.#connect();
    try {
      const { rows } = await client.query<Row>(query);
      client.release();
      return rows;
    } catch (error) {
      const told = statementError(error);
      // A connection with an unanswered statement on it must not be used again.
      client.release(told instanceof NotExecuted ? undefined : told);
      throw told;
    }
  }

  async pay(payment: Payment, body: Uint8Array, hash: string, region: string): Promise<Paid> {
    const [row] = await this.#run<{
      outcome: Paid["outcome"];
      stored_hash: string;
      first_region: string;
      first_epoch: number;
      first_lsn: string;
    }>({
      name: "pay",
      text: "SELECT * FROM pay($1, $2, $3, $4, $5, $6, $7, $8)",
      values: [payment.id, payment.from, payment.to, payment.amountMinor, payment.currency, body, hash, region],
    });
    if (!row) throw new Error("the payment function answered nothing");
    if (row.outcome === "committed") this.#epoch = row.first_epoch;
    return {
      outcome: row.outcome,
      hash: row.stored_hash,
      region: row.first_region,
      epoch: row.first_epoch,
      lsn: row.first_lsn,
    };
  }

  async read(id: string): Promise<StoredPayment | null> {
    const [row] = await this.#run<Record<string, string>>({
      name: "read",
      text: 'SELECT id, hash, from_account AS "from", to_account AS "to", amount, region, epoch FROM payments WHERE id = $1',
      values: [id],
    });
    if (!row) return null;
    return {
      id: String(row["id"]),
      hash: String(row["hash"]),
      from: Number(row["from"]),
      to: Number(row["to"]),
      amountMinor: bigint(row["amount"]),
      region: String(row["region"]),
      epoch: Number(row["epoch"]),
    };
  }

  async account(id: number): Promise<Account | null> {
    const rows = await this.#run<Record<string, string | null> & { at: Date | null }>({
      name: "account",
      text: `SELECT a.balance, r.payment_id, r.amount, r.at, r.counterparty
        FROM accounts a LEFT JOIN LATERAL (
          SELECT t.payment_id, t.amount, t.at, CASE WHEN t.amount < 0 THEN p.to_account ELSE p.from_account END AS counterparty
          FROM postings t JOIN payments p ON p.id = t.payment_id WHERE t.account = a.id ORDER BY t.at DESC LIMIT 10) r ON true
        WHERE a.id = $1`,
      values: [id],
    });
    const [first] = rows;
    if (!first) return null;
    const recent = rows.flatMap((row) =>
      row["payment_id"] === null
        ? []
        : [
            {
              id: String(row["payment_id"]),
              amountMinor: Math.abs(bigint(row["amount"])),
              direction: bigint(row["amount"]) < 0 ? ("out" as const) : ("in" as const),
              counterparty: Number(row["counterparty"]),
              at: row.at?.toISOString() ?? "",
            },
          ],
    );
    return { id, balanceMinor: bigint(first["balance"]), recent };
  }

  /** What the database is now; callers who ask at the same time share one answer. */
  state(): Promise<LedgerState> {
    this.#stateInFlight ??= this.#askState().finally(() => (this.#stateInFlight = null));
    return this.#stateInFlight;
  }

  async #askState(): Promise<LedgerState> {
    const [row] = await this.#run<{ recovering: boolean; read_only: string; epoch: number }>({
      name: "state",
      text: `SELECT pg_is_in_recovery() AS recovering, current_setting('default_transaction_read_only') AS read_only, current_epoch() AS epoch`,
      query_timeout: stateTimeoutMs,
    } as pg.QueryConfig);
    if (!row) throw new Error("the database answered nothing");
    this.#epoch = row.epoch;
    return {
      role: row.recovering ? "standby" : "primary",
      writable: !row.recovering && row.read_only === "off",
      epoch: row.epoch,
    };
  }

  /** Dispatches what waits in the outbox, each entry once; how many. Skips what another worker has in hand. */
  async dispatch(worker: string, most: number): Promise<number> {
    const rows = await this.#run({
      name: "dispatch",
      text: `UPDATE outbox SET dispatched_at = clock_timestamp(), dispatched_by = $1, dispatches = dispatches + 1
        WHERE payment_id IN (SELECT payment_id FROM outbox WHERE dispatched_at IS NULL ORDER BY payment_id LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING payment_id`,
      values: [worker, most],
    });
    return rows.length;
  }

  /** A connection of its own for a long read, outside the pool that payments need. */
  async separate(): Promise<pg.Client> {
    const client = new pg.Client(
      clientConfiguration({ address: this.#address, role: "payments", password: this.#password, connectTimeoutMs }),
    );
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }
}
