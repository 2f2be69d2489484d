/** The store in SQL, on the one embedded database. One process, so its clock is the process's. */

import { randomUUID } from "node:crypto";
import { invariant, type Vendor } from "../../domain/errors.ts";
import { admissionOf, isSettled, limits, readLink, StoredKey, within } from "../limits.ts";
import type { Gate, Store } from "../store.ts";
import type { EmbeddedDatabase } from "./database.ts";
import { createIntake } from "./intake.ts";
import type { Query } from "./pool.ts";
import { createRecords, trim } from "./records.ts";

type Part<Name extends keyof Store> = Pick<Store, Name>;

/** Takes an open database, which it closes when it is disposed of; gives the store on it. */
export function createEmbeddedStore(database: EmbeddedDatabase): Store {
  const { query } = database;
  const intake = createIntake(query);
  return {
    engine: "embedded",
    async ping() {
      await within(limits.pingTimeoutMs, "asking the embedded database", query("SELECT 1"));
    },
    epoch: () => Promise.resolve(database.epoch),
    now: () => Promise.resolve(new Date()),
    ...intake.part,
    ...createLinks(query),
    ...createLeases(query),
    ...createGates(query),
    ...createRecords(query),
    async maintain() {
      await trim(query);
      await database.maintain();
    },
    async [Symbol.asyncDispose]() {
      intake.stop();
      await database.close();
    },
  };
}

function createLinks(query: Query): Part<"getLink" | "putLink" | "listUnsettled"> {
  return {
    async getLink(key) {
      const { rows } = await query<{ link: string }>(
        "SELECT link FROM debrief.link WHERE key = $1",
        [key],
      );
      return rows[0] === undefined ? undefined : readLink(rows[0].link);
    },
    async putLink(lease, link) {
      const { rowCount } = await query(
        `INSERT INTO debrief.link (key, link, settled, at)
         SELECT key, $3, $4, clock_timestamp() FROM debrief.lease
         WHERE key = $1 AND token = $2 AND until > clock_timestamp()
         ON CONFLICT (key) DO UPDATE
         SET link = excluded.link, settled = excluded.settled, at = excluded.at`,
        [lease.key, lease.token, JSON.stringify(link), isSettled(link)],
      );
      return rowCount > 0;
    },
    async listUnsettled(max) {
      const { rows } = await query<{ key: string }>(
        "SELECT key FROM debrief.link WHERE NOT settled ORDER BY at LIMIT $1",
        [max],
      );
      return rows.map(({ key }) => StoredKey.parse(key));
    },
  };
}

function createLeases(query: Query): Part<"acquireLease" | "renewLease" | "releaseLease"> {
  return {
    async acquireLease(key, ttlMs) {
      const token = randomUUID();
      const { rows } = await query<{ token: string; wait_ms: number }>(
        `WITH taken AS (
           INSERT INTO debrief.lease AS lease (key, token, until)
           VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
           ON CONFLICT (key) DO UPDATE SET token = excluded.token, until = excluded.until
           WHERE lease.until <= clock_timestamp()
           RETURNING token, 0::double precision AS wait_ms)
         SELECT token, wait_ms FROM taken
         UNION ALL
         SELECT token, debrief.ms(until - clock_timestamp()) FROM debrief.lease
         WHERE key = $1 AND NOT EXISTS (SELECT FROM taken)`,
        [key, token, ttlMs],
      );
      const holder = rows[0];
      return holder?.token === token
        ? { key, token }
        : { waitMs: Math.max(1, Math.ceil(holder?.wait_ms ?? 1)) };
    },
    async renewLease({ key, token }, ttlMs) {
      const { rowCount } = await query(
        `UPDATE debrief.lease SET until = clock_timestamp() + $3 * interval '1 millisecond'
         WHERE key = $1 AND token = $2 AND until > clock_timestamp()`,
        [key, token, ttlMs],
      );
      return rowCount > 0;
    },
    async releaseLease({ key, token }) {
      await query("DELETE FROM debrief.lease WHERE key = $1 AND token = $2", [key, token]);
    },
  };
}

interface AdmitRow {
  readonly wait_ms: number;
  readonly why: "gate" | "probe" | "budget" | null;
  readonly reason: string | null;
  readonly probe: boolean;
}

interface GateRow {
  readonly vendor: Vendor;
  readonly until: Date;
  readonly failures: number;
  readonly reason: string;
}

function createGates(query: Query): Part<"admit" | "closeGate" | "openGate" | "readGates"> {
  return {
    async admit(vendor, { limit, windowMs }) {
      const { rows } = await query<AdmitRow>("SELECT * FROM debrief.admit($1, $2, $3, $4)", [
        vendor,
        limit,
        windowMs,
        limits.probeMs,
      ]);
      const row = rows[0];
      invariant(row !== undefined, "admit gives one row");
      return admissionOf({ ...row, waitMs: row.wait_ms });
    },
    async closeGate(vendor, { pauseMs, reason, firstMs, maxMs }) {
      // Calls that were under way when the gate closed fail as well: they lengthen no growing pause.
      const { rows } = await query<GateRow>(
        `INSERT INTO debrief.gate AS gate (vendor, until, failures, reason)
         VALUES ($1, clock_timestamp() + debrief.pause(1, $3, $4, $5, $6), 1, $2)
         ON CONFLICT (vendor) DO UPDATE SET
           until = CASE WHEN gate.until <= clock_timestamp()
             THEN clock_timestamp() + debrief.pause(gate.failures + 1, $3, $4, $5, $6)
             ELSE greatest(gate.until, clock_timestamp() + $3 * interval '1 millisecond') END,
           failures = gate.failures + (gate.until <= clock_timestamp())::int,
           reason = excluded.reason,
           probe_until = NULL
         RETURNING vendor, until, failures, reason`,
        [vendor, reason.replaceAll("\u0000", ""), pauseMs ?? null, firstMs, maxMs, Math.random()],
      );
      const row = rows[0];
      invariant(row !== undefined, "closing a gate gives the gate");
      const { until, failures } = row;
      return { until, failures, reason, pauseMs: until.getTime() - Date.now() };
    },
    async openGate(vendor) {
      await query("DELETE FROM debrief.gate WHERE vendor = $1 AND until <= clock_timestamp()", [
        vendor,
      ]);
    },
    async readGates() {
      const { rows } = await query<GateRow>(
        "SELECT vendor, until, failures, reason FROM debrief.gate",
      );
      const gates: Partial<Record<Vendor, Gate>> = {};
      for (const { vendor, until, failures, reason } of rows) {
        gates[vendor] = { until, failures, reason };
      }
      return gates;
    },
  };
}
