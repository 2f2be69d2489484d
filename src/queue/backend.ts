/** Where the queue lives, and how BullMQ is connected to it: the embedded database's pool, or Redis. */

import {
  createPostgresBackend,
  createRedisBackend,
  Queue,
  runMigrations,
  type BackendFactory,
  type IQueueBackend,
  type JobProgress,
  type PgPool,
  type Worker,
} from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import { queueName, type KeyData } from "./jobs.ts";

export type QueueBackend =
  | { readonly engine: "embedded"; readonly database: { readonly pool: PgPool } }
  | { readonly engine: "redis"; readonly url: string; readonly prefix: string };

type Connection = { readonly pool: PgPool } | { readonly redis: Redis };

export type KeyQueue = Queue<
  KeyData,
  unknown,
  string,
  KeyData,
  unknown,
  string,
  IQueueBackend,
  Connection
>;

export type KeyWorker = Worker<KeyData, unknown, string, IQueueBackend, JobProgress, Connection>;

export interface Connected {
  readonly connection: Connection;
  readonly factory: BackendFactory<IQueueBackend, Connection>;
  /** Goes into the options of every Queue and Worker. */
  readonly prefix?: string;
  /** Drops the connection. What still waits for an answer fails, or never settles. */
  disconnect(): void;
}

const reconnectMaxMs = 2_000;

function retryStrategy(times: number): number {
  // BullMQ's own goes up to 20 s, and producers stay down for that long after Redis is back.
  return Math.min(times * 200, reconnectMaxMs);
}

type Options = Omit<RedisOptions, "replyMapping">;

/** Answers within 2 s, whatever Redis does: a webhook waits for it. */
const producerOptions: Options = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 2_000,
  connectTimeout: 2_000,
  retryStrategy,
};

/** Waits until Redis is back: a worker has nothing else to do. */
const workerOptions: Options = { maxRetriesPerRequest: null, retryStrategy };

/** Takes a backend and for whom; gives what Queues and Workers need. `onError` hears of lost connections. */
export async function connect(
  backend: QueueBackend,
  role: "producer" | "worker",
  onError: (error: Error) => void,
): Promise<Connected> {
  if (backend.engine === "embedded") {
    const { pool } = backend.database;
    await migrate(pool);
    return { connection: { pool }, factory: createBackend, disconnect: () => undefined };
  }
  const redis = new Redis(backend.url, role === "producer" ? producerOptions : workerOptions);
  redis.on("error", onError);
  return {
    connection: { redis },
    factory: createBackend,
    prefix: backend.prefix,
    disconnect: () => redis.disconnect(),
  };
}

/** BullMQ's tables must stand before the first Queue. Safe to repeat. */
async function migrate(pool: PgPool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client);
  } finally {
    client.release();
  }
}

function createBackend(
  ...[name, options, factoryOptions]: Parameters<BackendFactory<IQueueBackend, Connection>>
): IQueueBackend {
  const { connection } = options;
  return "pool" in connection
    ? createPostgresBackend(name, { ...options, connection: connection.pool }, factoryOptions)
    : createRedisBackend(name, { ...options, connection: connection.redis }, factoryOptions);
}

/** Takes a connection; gives the queue of keys on it. Does not wait for the database to be there. */
export function openKeyQueue(connected: Connected, onError: (error: Error) => void): KeyQueue {
  const { connection, factory, prefix } = connected;
  const queue: KeyQueue = new Queue(
    queueName,
    { connection, ...(prefix === undefined ? {} : { prefix }) },
    factory,
  );
  queue.on("error", onError);
  return queue;
}
