/** What the Redis store keeps for people and for the resync: audit trail, quarantine, watermarks. */

import { limits, readAudit, readQuarantine, writeAudit } from "../limits.ts";
import type { Store } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import { appendAudit, runScript } from "./scripts.ts";

type Records = Pick<
  Store,
  "getWatermark" | "putWatermark" | "appendAudit" | "listAudit" | "quarantine" | "listQuarantine"
>;

export function createRecords(connection: RedisConnection, prefix: string): Records {
  const audit = `${prefix}:audit`;
  const quarantine = `${prefix}:quarantine`;
  return {
    async getWatermark(name) {
      const redis = await connection.commands();
      const at = await redis.hget(`${prefix}:watermarks`, name);
      return at === null ? undefined : new Date(at);
    },
    async putWatermark(name, at) {
      const redis = await connection.commands();
      await redis.hset(`${prefix}:watermarks`, name, at.toISOString());
    },
    async appendAudit(entry) {
      const redis = await connection.commands();
      await runScript(
        redis,
        appendAudit,
        [audit, `${audit}:${entry.key}`],
        [writeAudit(entry), limits.auditMax, limits.auditPerKeyMax, limits.auditMs],
      );
    },
    async listAudit(key, max) {
      if (max <= 0) {
        return [];
      }
      const redis = await connection.commands();
      const ids = await redis.lrange(`${audit}:${key}`, 0, max - 1);
      const entries = await Promise.all(ids.map((id) => redis.xrange(audit, id, id)));
      return readAudit(entries.flatMap((found) => found.map(([, fields]) => fields[1] ?? "")));
    },
    async quarantine(entry) {
      const redis = await connection.commands();
      await redis
        .multi()
        .lpush(quarantine, JSON.stringify(entry))
        .ltrim(quarantine, 0, limits.quarantineMax - 1)
        .pexpire(quarantine, limits.quarantineMs)
        .exec();
    },
    async listQuarantine() {
      const redis = await connection.commands();
      return readQuarantine(await redis.lrange(quarantine, 0, -1), new Date());
    },
  };
}
