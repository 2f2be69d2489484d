/** Hints in Redis: a stream and its consumer group. What was claimed and not acknowledged is claimed again. */

import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { z } from "zod";
import { limits, StoredKey, within } from "../limits.ts";
import type { HintBatch, Store } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import { removeIdle, runScript } from "./scripts.ts";

type Intake = Pick<
  Store,
  "appendHints" | "takeHints" | "acknowledgeHints" | "countHints" | "hintCount"
>;

const group = "intake";
/** While nothing arrives, claims that ran out are looked for this often. */
const lookMs = 1_000;
/** A blocking read that answers this much too late is given up: the connection is dead without knowing. */
const lateMs = 3_000;

const idleConsumerMs = 60 * 60 * 1000;

const Entries = z.array(z.tuple([z.string(), z.array(z.string()).nullable()]));
const ReadReply = z.array(z.tuple([z.string(), Entries])).nullable();
const ClaimReply = z.tuple([z.string(), Entries]).rest(z.unknown());

/** Takes the connection and the prefix of keys; gives the store's intake. */
export function createIntake(connection: RedisConnection, prefix: string): Intake {
  const stream = `${prefix}:hints`;
  return {
    async appendHints(keys) {
      if (keys.length > 0) {
        await within(limits.appendTimeoutMs, "storing hints", append(connection, stream, keys));
      }
    },
    takeHints: createTaker({ connection, prefix, stream, consumer: randomUUID() }),
    async acknowledgeHints({ ids }) {
      if (ids.length > 0) {
        const redis = await connection.commands();
        const transaction = redis.multi();
        transaction.xack(stream, group, ...ids);
        transaction.xdel(stream, ...ids);
        await all(transaction.exec());
      }
    },
    async countHints(keys) {
      if (keys.length > 0) {
        const redis = await connection.commands();
        const pipeline = redis.pipeline();
        for (const key of keys) {
          pipeline.incr(`${prefix}:count:${key}`);
          pipeline.pexpire(`${prefix}:count:${key}`, limits.hintCountMs);
        }
        await all(pipeline.exec());
      }
    },
    async hintCount(key) {
      const redis = await connection.commands();
      return Number((await redis.get(`${prefix}:count:${key}`)) ?? 0);
    },
  };
}

interface Source {
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly stream: string;
  readonly consumer: string;
}

function createTaker(source: Source): Intake["takeHints"] {
  let lookedAt = 0;
  return async (max, waitMs) => {
    const deadline = Date.now() + waitMs;
    for (;;) {
      if (Date.now() - lookedAt >= lookMs) {
        const again = await withGroup(source, () => reclaim(source, max));
        // There may be more of them: then look again at the next call.
        lookedAt = again.ids.length > 0 ? 0 : Date.now();
        if (again.ids.length > 0) {
          return again;
        }
      }
      const leftMs = Math.min(lookMs, deadline - Date.now());
      const batch = await withGroup(source, () => read(source, max, leftMs));
      if (batch.ids.length > 0 || Date.now() >= deadline) {
        return batch;
      }
    }
  };
}

/** Batches of a consumer that died, or of one that took too long. */
async function reclaim(source: Source, max: number): Promise<HintBatch> {
  const { stream, consumer } = source;
  const redis = await source.connection.commands();
  const reply = ClaimReply.parse(
    await redis.xautoclaim(stream, group, consumer, limits.claimMs, "0-0", "COUNT", max),
  );
  return batchOf(reply[1]);
}

async function read(source: Source, max: number, waitMs: number): Promise<HintBatch> {
  const redis = await source.connection.blocking();
  // BLOCK 0 would be for ever.
  const blockMs = Math.max(1, Math.ceil(waitMs));
  const what = ["GROUP", group, source.consumer, "COUNT", max, "BLOCK", blockMs] as const;
  const call = redis.xreadgroup(...what, "STREAMS", source.stream, ">");
  try {
    const reply = await within(blockMs + lateMs, "waiting for hints", call);
    return batchOf((ReadReply.parse(reply) ?? []).flatMap(([, entries]) => entries));
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOGROUP"))) {
      redis.disconnect(true);
    }
    throw error;
  }
}

/** Makes the stream and its group where they are missing (a new or flushed Redis). */
export async function ensureGroup(redis: Redis, prefix: string): Promise<void> {
  try {
    await redis.xgroup("CREATE", `${prefix}:hints`, group, "0", "MKSTREAM");
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) {
      throw error;
    }
  }
}

/** Deletes consumers of processes that are gone. In one script, so that none loses a batch it was just given. */
export async function removeIdleConsumers(redis: Redis, prefix: string): Promise<void> {
  await ensureGroup(redis, prefix);
  await runScript(redis, removeIdle, [`${prefix}:hints`], [group, idleConsumerMs]);
}

async function append(
  connection: RedisConnection,
  stream: string,
  keys: readonly string[],
): Promise<void> {
  const redis = await connection.commands();
  const pipeline = redis.pipeline();
  for (const key of keys) {
    pipeline.xadd(stream, "*", "key", key);
  }
  await all(pipeline.exec());
}

/** A flushed Redis has no group any more. */
async function withGroup<T>({ connection, prefix }: Source, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOGROUP"))) {
      throw error;
    }
    await ensureGroup(await connection.commands(), prefix);
    return work();
  }
}

function batchOf(entries: z.infer<typeof Entries>): HintBatch {
  return {
    ids: entries.map(([id]) => id),
    // An entry that was deleted meanwhile has no fields; acknowledging it does no harm.
    keys: entries.flatMap(([, fields]) => StoredKey.safeParse(fields?.[1]).data ?? []),
  };
}

/** A pipeline or transaction is done only when each of its commands is. */
async function all(work: Promise<[Error | null, unknown][] | null>): Promise<void> {
  const results = await work;
  if (results === null) {
    throw new Error("Redis dropped the transaction");
  }
  for (const [error] of results) {
    if (error !== null) {
      throw error;
    }
  }
}
