/** Picks the engine by STORE_URL: `file:` opens the embedded database, `redis:` and `rediss:` a Redis. */

import { fileURLToPath } from "node:url";
import { resolve } from "node:path";
import { TerminalError } from "../domain/errors.ts";
import type { EmbeddedDatabase } from "./embedded/database.ts";
import type { StoreLog } from "./store-log.ts";
import type { Store } from "./store.ts";

export interface OpenStoreOptions {
  readonly log: StoreLog;
  /** Prefix of every Redis key. */
  readonly redisPrefix: string;
  /** Use a Redis that is not durable or may evict. */
  readonly allowUnsafeRedis: boolean;
}

/** Where the queue lives: beside the store. */
type StoreBackend =
  | { readonly engine: "embedded"; readonly database: EmbeddedDatabase }
  | { readonly engine: "redis"; readonly url: string; readonly prefix: string };

export interface OpenedStore {
  readonly store: Store;
  readonly backend: StoreBackend;
}

/**
 * Takes a STORE_URL. Throws TerminalError STORE_URL_INVALID, and what opening the engine throws. Disposing of
 * the store closes everything.
 */
export async function openStore(url: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const place = parseStoreUrl(url);
  // Only the engine in use is loaded: PGlite alone takes tens of megabytes.
  if (place.engine === "embedded") {
    const { openEmbeddedDatabase } = await import("./embedded/database.ts");
    const { createEmbeddedStore } = await import("./embedded/store.ts");
    const { registerEmbeddedCommands } = await import("./embedded/commands.ts");
    const database = await openEmbeddedDatabase(place.directory, { log: options.log });
    registerEmbeddedCommands(database);
    return { store: createEmbeddedStore(database), backend: { engine: "embedded", database } };
  }
  const { openRedisStore } = await import("./redis/store.ts");
  const { log, redisPrefix: prefix, allowUnsafeRedis: allowUnsafe } = options;
  const store = await openRedisStore({ url, prefix, allowUnsafe, log });
  return { store, backend: { engine: "redis", url, prefix } };
}

export type StorePlace =
  | { readonly engine: "embedded"; readonly directory: string }
  | { readonly engine: "redis" };

/** Takes a STORE_URL; gives which engine it names and, for `file:`, the absolute directory. */
export function parseStoreUrl(url: string): StorePlace {
  if (/^rediss?:\/\/[^/]/.test(url) && URL.canParse(url)) {
    return { engine: "redis" };
  }
  if (url.startsWith("file:///") && URL.canParse(url)) {
    return { engine: "embedded", directory: fileURLToPath(url) };
  }
  const path = /^file:(?!\/\/)(.+)$/.exec(url)?.[1];
  if (path !== undefined) {
    return { engine: "embedded", directory: resolve(path) };
  }
  // The URL may hold a password: only its scheme is shown.
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
  throw new TerminalError(
    "STORE_URL_INVALID",
    `STORE_URL ${scheme === undefined ? "has no scheme" : `with ${scheme} can't be used`}; give file:./data, file:/var/lib/debrief, redis://host:6379 or rediss://host:6379`,
  );
}
