/** Keeps one living engine behind the pool. An engine that died (disk full) is replaced by a new one, which recovers from its log. */

import { setTimeout as sleep } from "node:timers/promises";
import type { StoreLog } from "../store-log.ts";
import { openEngine, type Engine } from "./engine.ts";
import { createPool, type EmbeddedPool } from "./pool.ts";

export interface KeptEngine {
  readonly pool: EmbeddedPool;
  /** The living engine. Throws while there is none. */
  readonly engine: () => Engine;
  close(): Promise<void>;
}

const firstReopenMs = 250;
const maxReopenMs = 10_000;

/** Opens the engine over PGDATA. Until a dead one is replaced, everything that asks the pool is refused. */
export async function keepEngine(directory: string, log: StoreLog): Promise<KeptEngine> {
  let living: Engine | undefined;
  let death = "";
  let reopening: Promise<void> = Promise.resolve();
  const stop = new AbortController();

  function engine(): Engine {
    if (stop.signal.aborted) {
      throw new Error("the embedded database is closed");
    }
    if (living === undefined) {
      throw new Error(`the embedded database is reopening after: ${death}`);
    }
    return living;
  }

  const { pool, attach } = createPool(() => engine().database);

  async function open(): Promise<void> {
    const opened = await openEngine(directory, {
      onDeath(reason) {
        death = reason;
        if (living !== undefined) {
          living = undefined;
          log.error({ reason }, "the embedded database stopped, reopening it");
          reopening = reopen();
        }
      },
    });
    await attach(opened.database);
    living = opened;
  }

  async function reopen(): Promise<void> {
    for (let pauseMs = firstReopenMs; ; pauseMs = Math.min(pauseMs * 2, maxReopenMs)) {
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) {
        return;
      }
      try {
        await open();
        log.info({}, "the embedded database is open again");
        return;
      } catch (error) {
        death = error instanceof Error ? error.message : String(error);
        log.error({ reason: death }, "the embedded database could not be reopened, trying again");
      }
    }
  }

  await open();
  return {
    pool,
    engine,
    async close() {
      if (!stop.signal.aborted) {
        stop.abort();
        await reopening;
        await living?.database.close();
      }
    },
  };
}
