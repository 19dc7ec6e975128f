/** One connection to one database, closed with the scope that opened it. */
import pg from "pg";
import type { Address } from "../layout.ts";

export type Role = "postgres" | "payments" | "salvage" | "replicator";

export interface ConnectOptions {
  readonly address: Address;
  readonly role: Role;
  readonly password: string;
  readonly connectTimeoutMs?: number;
  readonly queryTimeoutMs?: number;
}

export function clientConfiguration(options: ConnectOptions): pg.ClientConfig {
  return {
    host: options.address.host,
    port: options.address.port,
    user: options.role,
    password: options.password,
    database: "postgres",
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_000,
    ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
  };
}

export class Connection implements AsyncDisposable {
  readonly client: pg.Client;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(options: ConnectOptions): Promise<Connection> {
    const client = new pg.Client(clientConfiguration(options));
    // A server that dies while nobody asks it anything must not end us; whoever asks next gets the error.
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    return new Connection(client);
  }

  /** One statement at a time: whoever comes meanwhile waits his turn. */
  rows<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const turn = this.#last.then(() => this.client.query<Row>(text, [...values]));
    this.#last = turn.catch(() => undefined);
    return turn.then((result) => result.rows);
  }

  /** A server that hangs would never acknowledge a polite end: the socket is destroyed after a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(
      () => (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      500,
    );
    await this.client.end().catch(() => undefined);
    clearTimeout(timer);
  }
}
