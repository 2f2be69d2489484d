/** What the embedded store keeps for people and for the resync: audit trail, quarantine, watermarks. */

import { limits, readAudit, readQuarantine, writeAudit } from "../limits.ts";
import type { Store } from "../store.ts";
import type { Query } from "./pool.ts";

type Records = Pick<
  Store,
  "getWatermark" | "putWatermark" | "appendAudit" | "listAudit" | "quarantine" | "listQuarantine"
>;

export function createRecords(query: Query): Records {
  return {
    async getWatermark(name) {
      const { rows } = await query<{ at: Date }>(
        "SELECT at FROM debrief.watermark WHERE name = $1",
        [name],
      );
      return rows[0]?.at;
    },
    async putWatermark(name, at) {
      await query(
        `INSERT INTO debrief.watermark (name, at) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET at = excluded.at`,
        [name, at.toISOString()],
      );
    },
    async appendAudit(entry) {
      await query("INSERT INTO debrief.audit (key, at, entry) VALUES ($1, $2, $3)", [
        entry.key,
        entry.at,
        writeAudit(entry),
      ]);
    },
    async listAudit(key, max) {
      const { rows } = await query<{ entry: string }>(
        "SELECT entry FROM debrief.audit WHERE key = $1 ORDER BY id DESC LIMIT $2",
        [key, Math.min(max, limits.auditPerKeyMax)],
      );
      return readAudit(rows.map(({ entry }) => entry));
    },
    async quarantine(entry) {
      await query("INSERT INTO debrief.quarantine (at, entry) VALUES ($1, $2)", [
        entry.at,
        JSON.stringify(entry),
      ]);
      await query(
        `DELETE FROM debrief.quarantine WHERE id <= (
           SELECT id FROM debrief.quarantine ORDER BY id DESC OFFSET $1 LIMIT 1)`,
        [limits.quarantineMax],
      );
    },
    async listQuarantine() {
      const { rows } = await query<{ entry: string }>(
        "SELECT entry FROM debrief.quarantine ORDER BY id DESC LIMIT $1",
        [limits.quarantineMax],
      );
      return readQuarantine(
        rows.map(({ entry }) => entry),
        new Date(),
      );
    },
  };
}

/** Deletes what is past its time or beyond its number. */
export async function trim(query: Query): Promise<void> {
  await query("DELETE FROM debrief.hint_count WHERE at < $1", [before(limits.hintCountMs)]);
  await query("DELETE FROM debrief.quarantine WHERE at < $1", [before(limits.quarantineMs)]);
  await query("DELETE FROM debrief.audit WHERE at < $1", [before(limits.auditMs)]);
  await query(
    `DELETE FROM debrief.audit WHERE id <= (
       SELECT id FROM debrief.audit ORDER BY id DESC OFFSET $1 LIMIT 1)`,
    [limits.auditMax],
  );
  await query(
    `DELETE FROM debrief.audit WHERE id IN (
       SELECT id FROM (
         SELECT id, row_number() OVER (PARTITION BY key ORDER BY id DESC) AS place
         FROM debrief.audit) AS placed
       WHERE place > $1)`,
    [limits.auditPerKeyMax],
  );
}

function before(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}
