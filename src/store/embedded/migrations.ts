/** The tables of the embedded store, in schema `debrief`. Versioned, forward only: never edit one that was released. */

import { TerminalError } from "../../domain/errors.ts";
import type { PoolClient } from "./pool.ts";

const migrations: readonly string[] = [
  `
  CREATE TABLE debrief.meta (
    name text PRIMARY KEY,
    value text NOT NULL
  );
  CREATE TABLE debrief.hint (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL,
    claimed_until timestamptz
  );
  CREATE TABLE debrief.hint_count (
    key text PRIMARY KEY,
    count bigint NOT NULL,
    at timestamptz NOT NULL
  );
  -- Text, not json: jsonb refuses an escaped NUL, and what vendors' texts hold must not stop a write.
  CREATE TABLE debrief.link (
    key text PRIMARY KEY,
    link text NOT NULL,
    settled boolean NOT NULL,
    at timestamptz NOT NULL
  );
  CREATE INDEX link_unsettled ON debrief.link (at) WHERE NOT settled;
  -- Leases end with their process, so they need no log.
  CREATE UNLOGGED TABLE debrief.lease (
    key text PRIMARY KEY,
    token text NOT NULL,
    until timestamptz NOT NULL
  );
  CREATE TABLE debrief.call (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vendor text NOT NULL,
    at timestamptz NOT NULL
  );
  CREATE INDEX call_of_vendor ON debrief.call (vendor, at);
  CREATE TABLE debrief.gate (
    vendor text PRIMARY KEY,
    until timestamptz NOT NULL,
    failures integer NOT NULL,
    reason text NOT NULL,
    probe_until timestamptz
  );
  CREATE TABLE debrief.watermark (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
  );
  CREATE TABLE debrief.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL,
    at timestamptz NOT NULL,
    entry text NOT NULL
  );
  CREATE INDEX audit_of_key ON debrief.audit (key, id);
  CREATE INDEX audit_at ON debrief.audit (at);
  CREATE TABLE debrief.quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    entry text NOT NULL
  );

  CREATE FUNCTION debrief.ms(length interval) RETURNS double precision
    LANGUAGE sql IMMUTABLE RETURN extract(epoch FROM length) * 1000;

  -- How long a gate closes at its nth failure in a row: what the vendor named, though never so short that it is
  -- hammered; else doubling up to a maximum, anywhere between half and whole by chance.
  CREATE FUNCTION debrief.pause(
    failures integer, named_ms double precision, first_ms double precision, max_ms double precision,
    chance double precision
  ) RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '1 millisecond' * CASE
    WHEN named_ms IS NOT NULL THEN greatest(named_ms, first_ms / 2)
    ELSE least(max_ms, first_ms * power(2, least(failures - 1, 30))) * (0.5 + chance / 2)
  END;

  CREATE FUNCTION debrief.admit(
    asked_vendor text, max_calls integer, window_ms double precision, probe_ms double precision
  ) RETURNS TABLE (wait_ms double precision, why text, reason text, probe boolean)
  LANGUAGE plpgsql AS $$
  DECLARE
    moment timestamptz := clock_timestamp();
    span interval := window_ms * interval '1 millisecond';
    gate debrief.gate;
    calls integer;
    oldest timestamptz;
  BEGIN
    SELECT * INTO gate FROM debrief.gate WHERE vendor = asked_vendor;
    IF gate.until > moment THEN
      RETURN QUERY SELECT debrief.ms(gate.until - moment), 'gate', gate.reason, false;
      RETURN;
    END IF;
    IF gate.probe_until > moment THEN
      RETURN QUERY SELECT debrief.ms(gate.probe_until - moment), 'probe', gate.reason, false;
      RETURN;
    END IF;
    DELETE FROM debrief.call WHERE vendor = asked_vendor AND at <= moment - span;
    SELECT count(*), min(at) INTO calls, oldest FROM debrief.call WHERE vendor = asked_vendor;
    IF calls >= max_calls THEN
      RETURN QUERY SELECT debrief.ms(oldest + span - moment), 'budget', NULL::text, false;
      RETURN;
    END IF;
    INSERT INTO debrief.call (vendor, at) VALUES (asked_vendor, moment);
    UPDATE debrief.gate SET probe_until = moment + probe_ms * interval '1 millisecond'
      WHERE vendor = asked_vendor;
    RETURN QUERY SELECT 0::double precision, NULL::text, NULL::text, FOUND;
  END
  $$;
  `,
];

/** Brings the tables up to date, all or nothing. Throws TerminalError STORE_TOO_NEW for a newer database. */
export async function migrate(client: PoolClient): Promise<void> {
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS debrief;
    CREATE TABLE IF NOT EXISTS debrief.migration (
      version integer PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT now()
    );
  `);
  const { rows } = await client.query<{ version: number }>(
    "SELECT coalesce(max(version), 0)::int AS version FROM debrief.migration",
  );
  const version = rows[0]?.version ?? 0;
  if (version > migrations.length) {
    throw new TerminalError(
      "STORE_TOO_NEW",
      `the data directory was written by a newer Debrief (version ${version} of its tables, this one knows ${migrations.length}); run that version or restore a backup`,
    );
  }
  for (const [index, sql] of migrations.entries()) {
    if (index >= version) {
      await client.query(
        `BEGIN; ${sql}; INSERT INTO debrief.migration (version) VALUES (${index + 1}); COMMIT;`,
      );
    }
  }
}
