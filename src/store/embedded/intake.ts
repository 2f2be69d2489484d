/** Hints in the embedded store: accepted, claimed, acknowledged, counted. A waiting taker is woken in process. */

import { EventEmitter, once } from "node:events";
import { limits, StoredKey, within } from "../limits.ts";
import type { Store } from "../store.ts";
import type { Query } from "./pool.ts";

type Intake = Pick<
  Store,
  "appendHints" | "takeHints" | "acknowledgeHints" | "countHints" | "hintCount"
>;

interface HintRow {
  readonly id: string;
  readonly key: string;
}

/** While nothing arrives, claims that ran out are looked for this often. */
const lookMs = 1_000;

export function createIntake(query: Query): { readonly part: Intake; readonly stop: () => void } {
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  const stopped = new AbortController();

  const part: Intake = {
    async appendHints(keys) {
      if (keys.length > 0) {
        await within(
          limits.appendTimeoutMs,
          "storing hints",
          query("INSERT INTO debrief.hint (key) SELECT unnest($1::text[])", [keys]),
        );
        arrivals.emit("hint");
      }
    },
    async takeHints(max, waitMs) {
      const deadline = Date.now() + waitMs;
      for (;;) {
        const woken = wait(Math.min(lookMs, deadline - Date.now()));
        const rows = await claim(query, max);
        const leftMs = deadline - Date.now();
        if (rows.length > 0 || leftMs <= 0 || stopped.signal.aborted) {
          return {
            ids: rows.map(({ id }) => id),
            keys: rows.map(({ key }) => StoredKey.parse(key)),
          };
        }
        await woken;
      }
    },
    async acknowledgeHints({ ids }) {
      if (ids.length > 0) {
        await query("DELETE FROM debrief.hint WHERE id = ANY($1::bigint[])", [ids]);
      }
    },
    async countHints(keys) {
      await query(
        `INSERT INTO debrief.hint_count AS hint_count (key, count, at)
         SELECT key, count(*), clock_timestamp() FROM unnest($1::text[]) AS given (key) GROUP BY key
         ON CONFLICT (key) DO UPDATE
         SET count = hint_count.count + excluded.count, at = excluded.at`,
        [keys],
      );
    },
    async hintCount(key) {
      const { rows } = await query<{ count: number }>(
        "SELECT count::int AS count FROM debrief.hint_count WHERE key = $1",
        [key],
      );
      return rows[0]?.count ?? 0;
    },
  };

  /** Starts to listen at once, so that a hint between the look and the wait is not missed. */
  async function wait(ms: number): Promise<void> {
    if (ms > 0) {
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(ms)]);
      await once(arrivals, "hint", { signal }).catch(() => undefined);
    }
  }

  return { part, stop: () => stopped.abort() };
}

async function claim(query: Query, max: number): Promise<HintRow[]> {
  const { rows } = await query<HintRow>(
    `UPDATE debrief.hint SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond'
     WHERE id IN (
       SELECT id FROM debrief.hint
       WHERE claimed_until IS NULL OR claimed_until <= clock_timestamp()
       ORDER BY id LIMIT $1)
     RETURNING id::text, key`,
    [max, limits.claimMs],
  );
  return rows.toSorted((one, other) => Number(BigInt(one.id) - BigInt(other.id)));
}
