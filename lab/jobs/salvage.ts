/**
 * payments-salvage: what the old primary had committed and the new writer never received. Ids of both sides are merged in order (all of
 * them: a payment may lack anywhere, not only at the end), what lacks is read whole from the old volume and replayed on the new writer
 * through the same payment function, with its first region, epoch and lsn. Running it twice replays nothing twice.
 */
import type { Address } from "../layout.ts";
import { Connection } from "../postgres/connection.ts";

export interface SalvageWork {
  readonly from: Address;
  readonly to: Address;
  readonly password: string;
}

interface Key {
  readonly id: string;
  readonly hash: string;
}
interface Whole {
  readonly id: string;
  readonly from_account: number;
  readonly to_account: number;
  readonly amount: string;
  readonly currency: string;
  readonly body: Buffer;
  readonly hash: string;
  readonly region: string;
  readonly epoch: number;
  readonly lsn: string;
  readonly dispatched_at: string | null;
  readonly dispatched_by: string | null;
}

const pageKeys = 5_000;
const pagePayments = 200;
/** The way to the new writer is 80 ms there and back: replays go side by side. */
const sideBySide = 16;
const listedIds = 1_000;

async function* keys(database: Connection): AsyncGenerator<Key> {
  let after = "";
  for (;;) {
    const page = await database.rows<{ id: string; hash: string }>(
      "SELECT id, hash FROM payments WHERE id > $1 ORDER BY id LIMIT $2",
      [after, pageKeys],
    );
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageKeys) return;
    after = last.id;
  }
}

/** Byte order, as the databases sort them; JavaScript's own `<` compares UTF-16 units, the same for the ASCII that ids consist of. */
const before = (left: string, right: string): boolean => left < right;

async function compare(
  old: Connection,
  current: Connection,
): Promise<{ missing: string[]; conflicts: string[]; compared: number }> {
  const [missing, conflicts]: [string[], string[]] = [[], []];
  let compared = 0;
  const theirs = keys(current);
  let other = await theirs.next();
  for await (const mine of keys(old)) {
    compared += 1;
    while (!other.done && before(other.value.id, mine.id)) other = await theirs.next();
    if (other.done || other.value.id !== mine.id) missing.push(mine.id);
    else if (other.value.hash !== mine.hash) conflicts.push(mine.id);
  }
  await theirs.return(undefined);
  return { missing, conflicts, compared };
}

interface Tally {
  replayed: number;
  alreadyThere: number;
  amountMinor: number;
  readonly conflicts: string[];
}

async function replay(writer: Connection, payment: Whole, tally: Tally): Promise<void> {
  const { id, from_account, to_account, amount, currency, body, hash, region, epoch, lsn } = payment;
  const { dispatched_at, dispatched_by } = payment;
  const [row] = await writer.rows<{ outcome: string }>(
    "SELECT outcome FROM pay($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    [id, from_account, to_account, amount, currency, body, hash, region, epoch, lsn, dispatched_at, dispatched_by],
  );
  if (row?.outcome === "committed") {
    tally.replayed += 1;
    tally.amountMinor += Number(amount);
  } else if (row?.outcome === "same") tally.alreadyThere += 1;
  else tally.conflicts.push(id);
}

async function replayAll(old: Connection, work: SalvageWork, missing: readonly string[], tally: Tally): Promise<void> {
  const target = { address: work.to, role: "payments" as const, password: work.password };
  const wanted = Math.min(sideBySide, missing.length);
  // Side by side too: one connection is four round trips.
  const opened = await Promise.allSettled(Array.from({ length: wanted }, () => Connection.open(target)));
  const writers = opened.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  try {
    for (const outcome of opened) if (outcome.status === "rejected") throw outcome.reason;
    for (let start = 0; start < missing.length; start += pagePayments) {
      const page = await old.rows<Whole & { id: string }>(
        `SELECT p.id, p.from_account, p.to_account, p.amount, p.currency, p.body, p.hash, p.region, p.epoch, p.lsn,
           o.dispatched_at::text AS dispatched_at, o.dispatched_by
         FROM payments p LEFT JOIN outbox o ON o.payment_id = p.id WHERE p.id = ANY($1) ORDER BY p.id`,
        [missing.slice(start, start + pagePayments)],
      );
      const left = [...page];
      await Promise.all(
        writers.map(async (writer) => {
          for (let next = left.shift(); next; next = left.shift()) await replay(writer, next, tally);
        }),
      );
    }
  } finally {
    await Promise.all(writers.map((writer) => writer[Symbol.asyncDispose]()));
  }
}

export async function salvage(work: SalvageWork): Promise<Readonly<Record<string, unknown>>> {
  await using old = await Connection.open({ address: work.from, role: "salvage", password: work.password });
  await using current = await Connection.open({ address: work.to, role: "payments", password: work.password });
  const { missing, conflicts, compared } = await compare(old, current);
  const tally: Tally = { replayed: 0, alreadyThere: 0, amountMinor: 0, conflicts };
  await replayAll(old, work, missing, tally);
  return {
    compared,
    found: missing.length,
    replayed: tally.replayed,
    alreadyThere: tally.alreadyThere,
    conflicts: tally.conflicts.slice(0, listedIds),
    amountMinor: tally.amountMinor,
    ids: missing.slice(0, listedIds),
  };
}
