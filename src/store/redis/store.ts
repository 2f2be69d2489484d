/** The store in Redis or Valkey, shared by any number of processes. Every key lies under one prefix. */

import { z } from "zod";
import { limits, within } from "../limits.ts";
import type { StoreLog } from "../store-log.ts";
import type { Store } from "../store.ts";
import { connect, type RedisConnection } from "./connection.ts";
import { createGates } from "./gates.ts";
import { createIntake, ensureGroup, removeIdleConsumers } from "./intake.ts";
import { createLeases, createLinks } from "./links.ts";
import { createRecords } from "./records.ts";
import { readFacts } from "./settings.ts";

export interface RedisStoreOptions {
  readonly url: string;
  readonly prefix: string;
  /** Use a Redis that is not durable or may evict, and warn loudly. */
  readonly allowUnsafe: boolean;
  readonly log: StoreLog;
}

const firstLookMs = 2_500;
const memoryAlarm = 0.7;

/**
 * Opens the store. A Redis that is down is no failure: the store rejects until it is there. Throws TerminalError
 * REDIS_TOO_OLD, REDIS_NOT_DURABLE or REDIS_EVICTION for one that answers and is no good.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { prefix, log } = options;
  const connection = connect({ ...options, prepare: (redis) => ensureGroup(redis, prefix) });
  try {
    await connection.settle(firstLookMs);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    engine: "redis",
    async ping() {
      await within(limits.pingTimeoutMs, "asking Redis", ping(connection));
    },
    epoch: () => connection.epoch(),
    async now() {
      const redis = await connection.commands();
      const [seconds, micros] = z
        .tuple([z.coerce.number(), z.coerce.number()])
        .parse(await redis.time());
      return new Date(seconds * 1000 + Math.floor(micros / 1000));
    },
    ...createIntake(connection, prefix),
    ...createLinks(connection, prefix),
    ...createLeases(connection, prefix),
    ...createGates(connection, prefix),
    ...createRecords(connection, prefix),
    async maintain() {
      const redis = await connection.commands();
      const since = Date.now() - limits.auditMs;
      // Exact, where appending trims by whole nodes of the stream.
      await redis.xtrim(`${prefix}:audit`, "MINID", "=", since);
      await redis.xtrim(`${prefix}:audit`, "MAXLEN", "=", limits.auditMax);
      await removeIdleConsumers(redis, prefix);
      const { memoryUsed, memoryLimit } = await readFacts(redis);
      if (memoryLimit > 0 && memoryUsed > memoryLimit * memoryAlarm) {
        log.warn(
          { memoryUsed, memoryLimit },
          "Redis has used more than 70 % of its memory; when it is full, webhooks are refused",
        );
      }
    },
    [Symbol.asyncDispose]() {
      connection.close();
      return Promise.resolve();
    },
  };
}

async function ping(connection: RedisConnection): Promise<void> {
  const redis = await connection.commands();
  await redis.ping();
}
