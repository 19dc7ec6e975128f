/** Has DuckDB answer what the judge is asked too; its own process, in memory, with all the cores that there are. */
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { askDuckDb } from "./duckdb-questions.ts";
import { measured } from "./measured.ts";

/** What is used of @duckdb/node-api, which is not there until the benchmark installs it: the types must hold without it. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{
      connect(): Promise<{
        runAndReadAll(sql: string): Promise<{ getRowsJson(): readonly (readonly unknown[])[] }>;
      }>;
    }>;
  };
}

const [folder = "", lo = "", hi = ""] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(import.meta.url)("@duckdb/node-api") as DuckDb;
await measured(async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: String(availableParallelism()) });
  const connection = await instance.connect();
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  return await askDuckDb(query, folder, { lo: Number(lo), hi: Number(hi) });
});
// Its threads would keep the process alive.
process.exit(0);
