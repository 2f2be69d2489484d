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
  CREATE TABLE debrief.link (
    key text PRIMARY KEY,
    link jsonb NOT NULL,
    settled boolean NOT NULL,
    at timestamptz NOT NULL
  );
  CREATE INDEX link_unsettled ON debrief.link (at) WHERE NOT settled;
  CREATE TABLE debrief.lease (
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
    entry jsonb NOT NULL
  );
  CREATE INDEX audit_of_key ON debrief.audit (key, id);
  CREATE INDEX audit_at ON debrief.audit (at);
  CREATE TABLE debrief.quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    entry jsonb NOT NULL
  );
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
