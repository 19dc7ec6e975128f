-- The payments system's ledger, built once into the template from which every lab's databases are copied.
-- Statements end with a semicolon and an empty line: PostgreSQL's single-user mode reads them that way.

CREATE ROLE payments LOGIN PASSWORD :password;

CREATE ROLE salvage LOGIN PASSWORD :password;

CREATE ROLE replicator LOGIN REPLICATION PASSWORD :password;

-- The lab's own hand (heartbeat, status) must not hang with a commit that waits for a standby.
ALTER ROLE postgres SET synchronous_commit = local;

ALTER ROLE salvage SET default_transaction_read_only = on;

CREATE TABLE accounts (
  id integer PRIMARY KEY,
  opening bigint NOT NULL,
  balance bigint NOT NULL
) WITH (fillfactor = 50);

-- 1,000 accounts of 1,000,000.00 each: a drill's random transfers never come near an overdraft.
INSERT INTO accounts (id, opening, balance) SELECT n, 100000000, 100000000 FROM generate_series(1, 1000) AS n;

-- Ids sort by bytes ("C"), so that exports of different servers can be merged by whoever reads them.
CREATE TABLE payments (
  id text COLLATE "C" PRIMARY KEY,
  from_account integer NOT NULL,
  to_account integer NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  currency text NOT NULL,
  body bytea NOT NULL,
  hash text NOT NULL,
  region text NOT NULL,
  epoch integer NOT NULL,
  lsn bigint NOT NULL,
  replayed boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- 5 KB bodies go out of line uncompressed: compressing padding would cost more than the disk it saves.
ALTER TABLE payments ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE postings (
  payment_id text COLLATE "C" NOT NULL,
  account integer NOT NULL,
  -- Negative: a debit; positive: a credit.
  amount bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX postings_by_payment ON postings (payment_id);

CREATE INDEX postings_by_account ON postings (account, at DESC);

-- What the payment owes the world outside (a notice to the payee's bank): written with the payment, dispatched by a worker.
CREATE TABLE outbox (
  payment_id text COLLATE "C" PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  dispatched_at timestamptz,
  dispatched_by text,
  dispatches integer NOT NULL DEFAULT 0
);

CREATE INDEX outbox_waiting ON outbox (payment_id) WHERE dispatched_at IS NULL;

-- One row, renewed by the writer's side: its age on a standby is the replication lag, on one clock.
CREATE TABLE heartbeat (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  n bigint NOT NULL,
  at timestamptz NOT NULL
) WITH (fillfactor = 10);

INSERT INTO heartbeat (n, at) VALUES (0, clock_timestamp());

-- The write epoch: the timeline changes with every promotion, so two writers can never share one.
CREATE FUNCTION current_epoch() RETURNS integer LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN pg_is_in_recovery()
    THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint()))
    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer END
$$;

-- One payment in one round trip. The advisory lock makes two offers of one id wait for each other; the accounts are locked in order of
-- their ids, so that no two payments can wait for each other. The payments row comes last, so that its lsn is as near to the commit as
-- can be known before it. A replayed payment brings its first region, epoch and lsn, and whether it was dispatched: the world outside
-- must not hear of it twice.
CREATE FUNCTION pay(
  p_id text, p_from integer, p_to integer, p_amount bigint, p_currency text, p_body bytea, p_hash text, p_region text,
  p_epoch integer DEFAULT NULL, p_lsn bigint DEFAULT NULL, p_dispatched_at timestamptz DEFAULT NULL, p_dispatched_by text DEFAULT NULL
) RETURNS TABLE (outcome text, stored_hash text, first_region text, first_epoch integer, first_lsn bigint) LANGUAGE plpgsql AS $$
DECLARE
  known record;
  locked integer;
  source_balance bigint;
  now_epoch integer;
  now_lsn bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_id, 0));
  SELECT p.hash, p.region, p.epoch, p.lsn INTO known FROM payments p WHERE p.id = p_id;
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN known.hash = p_hash THEN 'same' ELSE 'conflict' END, known.hash, known.region, known.epoch, known.lsn;
    RETURN;
  END IF;
  SELECT count(*), min(held.balance) FILTER (WHERE held.id = p_from) INTO locked, source_balance
    FROM (SELECT a.id, a.balance FROM accounts a WHERE a.id IN (p_from, p_to) ORDER BY a.id FOR NO KEY UPDATE) AS held;
  IF locked <> 2 THEN
    RETURN QUERY SELECT 'no-account', NULL::text, NULL::text, NULL::integer, NULL::bigint;
    RETURN;
  END IF;
  IF source_balance < p_amount THEN
    RETURN QUERY SELECT 'insufficient-funds', NULL::text, NULL::text, NULL::integer, NULL::bigint;
    RETURN;
  END IF;
  UPDATE accounts SET balance = balance - p_amount WHERE id = p_from;
  UPDATE accounts SET balance = balance + p_amount WHERE id = p_to;
  INSERT INTO postings (payment_id, account, amount) VALUES (p_id, p_from, -p_amount), (p_id, p_to, p_amount);
  INSERT INTO outbox (payment_id, dispatched_at, dispatched_by, dispatches)
    VALUES (p_id, p_dispatched_at, p_dispatched_by, CASE WHEN p_dispatched_at IS NULL THEN 0 ELSE 1 END);
  now_epoch := coalesce(p_epoch, current_epoch());
  now_lsn := coalesce(p_lsn, pg_current_wal_insert_lsn() - '0/0'::pg_lsn);
  INSERT INTO payments (id, from_account, to_account, amount, currency, body, hash, region, epoch, lsn, replayed)
    VALUES (p_id, p_from, p_to, p_amount, p_currency, p_body, p_hash, p_region, now_epoch, now_lsn, p_epoch IS NOT NULL);
  RETURN QUERY SELECT 'committed', p_hash, p_region, now_epoch, now_lsn;
END
$$;

GRANT SELECT, INSERT, UPDATE ON accounts, payments, postings, outbox, heartbeat TO payments;

GRANT SELECT ON accounts, payments, postings, outbox, heartbeat TO salvage;

GRANT EXECUTE ON FUNCTION pg_control_checkpoint() TO payments, salvage;

GRANT pg_read_all_stats TO payments, salvage;

VACUUM (ANALYZE, FREEZE);

-- Nobody creates databases here, and what is copied three times at every start had better be small.
ALTER DATABASE template0 IS_TEMPLATE false;

DROP DATABASE template0;

ALTER DATABASE template1 IS_TEMPLATE false;

DROP DATABASE template1;

