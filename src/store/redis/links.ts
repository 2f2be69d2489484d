/** Links and the leases that fence them, in Redis. */

import { randomUUID } from "node:crypto";
import { isSettled, readLink, StoredKey } from "../limits.ts";
import type { Store } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import { acquireLease, putLink, releaseLease, renewLease, runScript } from "./scripts.ts";

type Links = Pick<Store, "getLink" | "putLink" | "listUnsettled">;
type Leases = Pick<Store, "acquireLease" | "renewLease" | "releaseLease">;

export function createLinks(connection: RedisConnection, prefix: string): Links {
  return {
    async getLink(key) {
      const redis = await connection.commands();
      const link = await redis.hget(`${prefix}:links`, key);
      return link === null ? undefined : readLink(link);
    },
    async putLink({ key, token }, link) {
      const redis = await connection.commands();
      const done = await runScript(
        redis,
        putLink,
        [`${prefix}:lease:${key}`, `${prefix}:links`, `${prefix}:unsettled`],
        [token, key, JSON.stringify(link), isSettled(link) ? 1 : 0],
      );
      return done === 1;
    },
    async listUnsettled(max) {
      if (max <= 0) {
        return [];
      }
      const redis = await connection.commands();
      const keys = await redis.zrange(`${prefix}:unsettled`, 0, String(max - 1));
      return keys.map((key) => StoredKey.parse(key));
    },
  };
}

export function createLeases(connection: RedisConnection, prefix: string): Leases {
  return {
    async acquireLease(key, ttlMs) {
      const redis = await connection.commands();
      const token = randomUUID();
      const wait = await runScript(redis, acquireLease, [`${prefix}:lease:${key}`], [token, ttlMs]);
      return wait === 0 ? { key, token } : { waitMs: Number(wait) };
    },
    async renewLease({ key, token }, ttlMs) {
      const redis = await connection.commands();
      const kept = await runScript(redis, renewLease, [`${prefix}:lease:${key}`], [token, ttlMs]);
      return kept === 1;
    },
    async releaseLease({ key, token }) {
      const redis = await connection.commands();
      await runScript(redis, releaseLease, [`${prefix}:lease:${key}`], [token]);
    },
  };
}
