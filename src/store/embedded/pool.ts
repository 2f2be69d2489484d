/**
 * An in-process pool over one PGlite, shaped like `pg.Pool` as far as BullMQ's PostgreSQL backend needs it.
 * All SQL of the process goes through it. PGlite has one session, so a transaction keeps the session until
 * it ends; pglite-socket is not used because it mixes statements of different connections.
 */

import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { PGlite } from "@electric-sql/pglite";
import { z } from "zod";

interface PoolResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

export type Query = <Row = Record<string, unknown>>(
  text: string,
  params?: readonly unknown[],
) => Promise<PoolResult<Row>>;

export interface PoolClient extends EventEmitter {
  query: Query;
  /** Gives the session back; an open transaction is rolled back, subscriptions end. */
  release(destroy?: boolean | Error): void;
}

export interface EmbeddedPool extends EventEmitter {
  /** BullMQ asks whether a dropped connection would be noticed. In process none can drop. */
  readonly options: { readonly keepAlive: true };
  connect(): Promise<PoolClient>;
  query: Query;
  /** Does nothing: the database is closed by its owner. */
  end(): Promise<void>;
}

export interface PoolControl {
  readonly pool: EmbeddedPool;
  /** Subscribes a new PGlite (the first, or the one after a death) to what clients listen to. */
  readonly attach: (database: PGlite) => Promise<void>;
}

type Release = () => void;

interface Shared {
  /** The living PGlite. Throws when there is none. */
  readonly database: () => PGlite;
  readonly lock: () => Promise<Release>;
  readonly listeners: Map<string, Set<PoolClient>>;
}

/** Takes access to the living PGlite (throws when there is none); gives the pool and its control. */
export function createPool(database: () => PGlite): PoolControl {
  const shared: Shared = { database, lock: createLock(), listeners: new Map() };
  const emitter = new EventEmitter();
  // Every Queue and Worker listens for errors of the pool.
  emitter.setMaxListeners(0);
  const pool: EmbeddedPool = Object.assign(emitter, {
    options: { keepAlive: true } as const,
    connect() {
      return Promise.resolve(createClient(shared));
    },
    async query<Row>(text: string, params?: readonly unknown[]) {
      const client = createClient(shared);
      try {
        return await client.query<Row>(text, params);
      } finally {
        client.release();
      }
    },
    end: () => Promise.resolve(),
  });
  return { pool, attach: (opened) => attach(opened, shared) };
}

async function attach(database: PGlite, shared: Shared): Promise<void> {
  database.onNotification((channel, payload) => {
    for (const client of shared.listeners.get(channel) ?? []) {
      client.emit("notification", { channel, payload });
    }
  });
  for (const channel of shared.listeners.keys()) {
    await database.exec(`LISTEN ${quoteName(channel)}`);
  }
}

/** After so long without a turn of the event loop, SQL lets it turn. */
const turnMs = 10;

/**
 * First come, first served. PGlite works within the turn it is called in, so a busy pool would keep sockets and timers
 * waiting for as long as it has work: now and then the next in line waits for them.
 */
function createLock(): () => Promise<Release> {
  let tail = Promise.resolve();
  let turnedAt = performance.now();
  return async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const before = tail;
    tail = promise.then(() => undefined);
    await before;
    if (performance.now() - turnedAt > turnMs) {
      await setImmediate();
      turnedAt = performance.now();
    }
    return () => resolve(undefined);
  };
}

interface ClientState {
  /** Gives the session back to the next in line. */
  held: Release | undefined;
  /** The PGlite in which the client's transaction is open. */
  inTransactionOf: PGlite | undefined;
}

function createClient(shared: Shared): PoolClient {
  const state: ClientState = { held: undefined, inTransactionOf: undefined };
  let tail: Promise<unknown> = Promise.resolve();
  let released = false;
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const client: PoolClient = Object.assign(emitter, {
    query<Row>(text: string, params?: readonly unknown[]): Promise<PoolResult<Row>> {
      if (released) {
        return Promise.reject(new Error("the client was released"));
      }
      // One query at a time per client, as pg does.
      const result = tail.then(() =>
        runInSession<PoolResult<Row>>(shared, state, async (database) => {
          const subscription = parseSubscription(text);
          if (subscription === undefined) {
            return execute<Row>(database, text, params);
          }
          await subscribe(client, subscription, { database, listeners: shared.listeners });
          return { rows: [], rowCount: 0 };
        }),
      );
      tail = result.catch(() => undefined);
      return result;
    },
    release() {
      if (!released) {
        released = true;
        tail = tail.then(() => giveBack(client, shared, state));
      }
    },
  });
  return client;
}

/** Waits for the session, uses it, and gives it back unless a transaction is open. */
async function runInSession<Result>(
  shared: Shared,
  state: ClientState,
  use: (database: PGlite) => Promise<Result>,
): Promise<Result> {
  state.held ??= await shared.lock();
  try {
    const database = shared.database();
    if (state.inTransactionOf !== undefined && state.inTransactionOf !== database) {
      throw new Error("the embedded database was reopened, the transaction is lost");
    }
    try {
      return await use(database);
    } finally {
      state.inTransactionOf = isInTransaction(database) ? database : undefined;
    }
  } finally {
    if (state.inTransactionOf === undefined || !isInTransaction(state.inTransactionOf)) {
      freeSession(state);
    }
  }
}

function freeSession(state: ClientState): void {
  state.held?.();
  state.held = undefined;
}

async function giveBack(client: PoolClient, shared: Shared, state: ClientState): Promise<void> {
  if (state.held !== undefined) {
    await runInSession(shared, state, (database) => database.exec("ROLLBACK")).catch(
      () => undefined,
    );
  }
  state.inTransactionOf = undefined;
  for (const [channel, clients] of shared.listeners) {
    if (clients.delete(client) && clients.size === 0) {
      shared.listeners.delete(channel);
      await runInSession(shared, state, (database) =>
        database.exec(`UNLISTEN ${quoteName(channel)}`),
      ).catch(() => undefined);
    }
  }
  freeSession(state);
}

function isInTransaction(database: PGlite): boolean {
  return !database.closed && database.isInTransaction();
}

async function execute<Row>(
  database: PGlite,
  text: string,
  params: readonly unknown[] | undefined,
): Promise<PoolResult<Row>> {
  // Without parameters a text may hold several statements (migrations), which only exec takes.
  const result =
    params === undefined || params.length === 0
      ? (await database.exec(text)).at(-1)
      : await database.query<Row>(text, [...params]);
  if (result === undefined) {
    // PGlite swallows what the engine throws when it dies, and then has nothing to give.
    throw new Error("the embedded database gave no answer");
  }
  return {
    rows: z.custom<Row[]>().parse(result.rows),
    rowCount: Math.max(result.affectedRows ?? 0, result.rows.length),
  };
}

interface Subscription {
  readonly kind: "listen" | "unlisten";
  readonly channel: string;
}

/** PGlite's own listeners are per process, so LISTEN and UNLISTEN of one client are kept apart from another's. */
function parseSubscription(text: string): Subscription | undefined {
  // BullMQ's SQL files begin with comment lines.
  const statement = text.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, "");
  const match = /^(UN)?LISTEN\s+(?:"([^"]+)"|([\w$*]+))\s*;?\s*$/i.exec(statement);
  if (match === null) {
    return undefined;
  }
  const channel = match[2] ?? (match[3] ?? "").toLowerCase();
  return { kind: match[1] === undefined ? "listen" : "unlisten", channel };
}

async function subscribe(
  client: PoolClient,
  { kind, channel }: Subscription,
  { database, listeners }: { readonly database: PGlite } & Pick<Shared, "listeners">,
): Promise<void> {
  if (kind === "listen") {
    const clients = listeners.get(channel) ?? new Set();
    if (clients.size === 0) {
      await database.exec(`LISTEN ${quoteName(channel)}`);
    }
    listeners.set(channel, clients.add(client));
    return;
  }
  const channels = channel === "*" ? [...listeners.keys()] : [channel];
  for (const name of channels) {
    const clients = listeners.get(name);
    if (clients?.delete(client) === true && clients.size === 0) {
      listeners.delete(name);
      await database.exec(`UNLISTEN ${quoteName(name)}`);
    }
  }
}

function quoteName(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}
