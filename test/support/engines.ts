/** A world on either engine of the store, and how to make that store forget everything. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { redisForTests, uniquePrefix } from "./redis.ts";
import { openWorld, type World, type WorldOptions } from "./world.ts";

export const engines = ["embedded", "redis"] as const;
export type Engine = (typeof engines)[number];

export interface EngineWorld extends World {
  /**
   * Loses all that the store holds. Embedded: the process is killed, its directory deleted and a new
   * process started. Redis: it is emptied under the running service.
   */
  wipeStore(): Promise<void>;
}

/** Opens a world on an engine; undefined where there is no Redis to be had, which was said by then. */
export async function openWorldOn(
  engine: Engine,
  options: WorldOptions = {},
): Promise<EngineWorld | undefined> {
  return engine === "embedded" ? openEmbedded(options) : openOnRedis(options);
}

/** A world on the engine that starts sooner, for tests that are not about the store. */
export async function openAnyWorld(options: WorldOptions = {}): Promise<EngineWorld> {
  return (await openOnRedis(options)) ?? openEmbedded(options);
}

async function openEmbedded(options: WorldOptions): Promise<EngineWorld> {
  const world = await openWorld(options);
  return {
    ...world,
    async wipeStore() {
      await world.stopAll("SIGKILL");
      await rm(join(world.directory, "data"), { recursive: true, force: true });
      await world.start();
    },
  };
}

async function openOnRedis(options: WorldOptions): Promise<EngineWorld | undefined> {
  const redis = await redisForTests();
  if (redis === undefined) {
    return undefined;
  }
  const redisPrefix = uniquePrefix();
  const env = { ALLOW_UNSAFE_REDIS: String(redis.pid === undefined), ...options.env };
  const world = await openWorld({ ...options, env, storeUrl: redis.url, redisPrefix });
  return {
    ...world,
    wipeStore: () => forget(redis.url, redisPrefix, redis.pid !== undefined),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await forget(redis.url, redisPrefix, redis.pid !== undefined);
      await redis.stop();
    },
  };
}

/** Everything where the Redis is ours, else what has the world's prefix. */
async function forget(url: string, prefix: string, isOurs: boolean): Promise<void> {
  const client = new Redis(url);
  try {
    if (isOurs) {
      await client.flushall();
      return;
    }
    const keys = await client.keys(`*${prefix}*`);
    if (keys.length > 0) {
      await client.del(...keys);
    }
  } finally {
    client.disconnect();
  }
}
