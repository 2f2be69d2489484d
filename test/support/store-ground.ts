/** What the store's tests stand on: an empty store of either engine, a second replica, a silent log that can be read. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { incidentKey, parseIncidentId, type Key } from "../../src/domain/keys.ts";
import type { IncidentLink, SyncState } from "../../src/domain/link.ts";
import { openStore } from "../../src/store/open.ts";
import type { StoreLog } from "../../src/store/store-log.ts";
import type { Store } from "../../src/store/store.ts";
import { createMemoryStore } from "../simulation/memory-store.ts";
import { uniquePrefix, type TestRedis } from "./redis.ts";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

export function memoryLog(): StoreLog & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return {
    lines,
    info: (fields, message) => void lines.push({ level: "info", fields, message }),
    warn: (fields, message) => void lines.push({ level: "warn", fields, message }),
    error: (fields, message) => void lines.push({ level: "error", fields, message }),
  };
}

/** An engine with an empty place of its own. */
export interface StoreGround extends AsyncDisposable {
  readonly store: Store;
  /** A second replica, where the engine can have one. */
  readonly replica?: Store;
  /** Ends the store as a process that ends, and opens it again. */
  reopen(): Promise<Store>;
}

export async function embeddedGround(): Promise<StoreGround> {
  const directory = await mkdtemp(join(tmpdir(), "debrief-store-"));
  const options = { log: memoryLog(), redisPrefix: "unused", allowUnsafeRedis: false };
  let { store } = await openStore(`file:${directory}`, options);
  return {
    store,
    async reopen() {
      await store[Symbol.asyncDispose]();
      ({ store } = await openStore(`file:${directory}`, options));
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The engine of the simulation. Its disk outlives a store. */
export function memoryGround(): Promise<StoreGround> {
  const options = { nowMs: () => Date.now(), random: () => Math.random() };
  const store = createMemoryStore(options);
  const { disk } = store;
  return Promise.resolve({
    store,
    async reopen() {
      await store[Symbol.asyncDispose]();
      return createMemoryStore({ ...options, disk });
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  });
}

export async function redisGround(redis: TestRedis): Promise<StoreGround> {
  const options = { log: memoryLog(), redisPrefix: uniquePrefix(), allowUnsafeRedis: false };
  const opened: Store[] = [];
  async function open(): Promise<Store> {
    const { store } = await openStore(redis.url, options);
    opened.push(store);
    return store;
  }
  const store = await open();
  const replica = await open();
  return {
    store,
    replica,
    async reopen() {
      await store[Symbol.asyncDispose]();
      return open();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

export function key(name: string): Key {
  const id = parseIncidentId(name);
  if (id === undefined) {
    throw new Error(`${name} is no incident id`);
  }
  return incidentKey(id);
}

export function link(state: SyncState, reason = "because"): IncidentLink {
  return { kind: "incident", sync: { state, reason, at: "2026-11-21T10:00:00.000Z" } };
}
