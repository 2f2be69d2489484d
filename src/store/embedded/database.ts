/**
 * Opens the embedded database: directory lock first, then PGlite with an fsync that is proven real, then
 * migrations. `<dir>/pg` holds PGDATA, `<dir>/instance` the directory's identity, `<dir>/owner.sock` the lock.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { TerminalError } from "../../domain/errors.ts";
import type { StoreLog } from "../store-log.ts";
import { dumpTo } from "./backup.ts";
import { recognize } from "./identity.ts";
import { keepEngine, type KeptEngine } from "./keeper.ts";
import { lockDirectory, type CommandHandler, type Owner } from "./lock.ts";
import { migrate } from "./migrations.ts";
import type { EmbeddedPool, PoolClient, Query } from "./pool.ts";

export interface EmbeddedDatabase extends AsyncDisposable {
  readonly directory: string;
  /** For BullMQ (it takes it as a `pg.Pool`) and for the store. All SQL goes through it. */
  readonly pool: EmbeddedPool;
  readonly query: Query;
  readonly owner: Owner;
  /** The latest of birth, restore and copy of the directory. */
  readonly epoch: Date;
  /** Lets another process send `{"op": name}` through the directory's socket. */
  readonly onCommand: (name: string, handler: CommandHandler) => void;
  /** VACUUM and CHECKPOINT, hourly: PGlite has no autovacuum. Never VACUUM FULL: a kill in it can lose a file. */
  maintain(): Promise<void>;
  /** Writes a dump that `restoreEmbeddedDatabase` takes, while running. It appears complete or not at all. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Takes a directory (made where it is missing). Throws TerminalError STORE_DIRECTORY_IN_USE,
 * STORE_DIRECTORY_UNUSABLE, STORE_FSYNC_MISSING or STORE_TOO_NEW.
 */
export async function openEmbeddedDatabase(
  directory: string,
  { log }: { readonly log: StoreLog },
): Promise<EmbeddedDatabase> {
  makeDirectory(directory);
  const lock = await lockDirectory(directory, log);
  let kept: KeptEngine | undefined;
  async function close(): Promise<void> {
    try {
      await kept?.close();
    } finally {
      await lock.release();
    }
  }
  try {
    kept = await keepEngine(join(directory, "pg"), log);
    const { pool, engine } = kept;
    const epoch = await prepare(kept, directory, log);
    return {
      directory,
      pool,
      query: pool.query,
      owner: lock.owner,
      epoch,
      onCommand: lock.onCommand,
      async maintain() {
        await pool.query("VACUUM");
        await pool.query("CHECKPOINT");
      },
      async backup(file) {
        // The dump copies the files as they are; a checkpoint before it keeps the recovery of the copy short.
        await pool.query("CHECKPOINT");
        await dumpTo(engine().database, file);
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new TerminalError(
      "STORE_DIRECTORY_UNUSABLE",
      `cannot make the data directory ${directory}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function prepare(kept: KeptEngine, directory: string, log: StoreLog): Promise<Date> {
  const client = await kept.pool.connect();
  try {
    await migrate(client);
    const epoch = await recognize(client, directory, log);
    await proveFsync(client, kept);
    // The lock proves that whoever held these is dead.
    await client.query("DELETE FROM debrief.lease; UPDATE debrief.hint SET claimed_until = NULL;");
    return epoch;
  } finally {
    client.release();
  }
}

/** An acknowledged webhook must survive a power loss, so a write that reaches no disk stops the start. */
async function proveFsync(client: PoolClient, kept: KeptEngine): Promise<void> {
  const before = kept.engine().fsyncs();
  await client.query(
    `INSERT INTO debrief.meta (name, value) VALUES ('opened', $1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [new Date().toISOString()],
  );
  if (kept.engine().fsyncs() === before) {
    throw new TerminalError(
      "STORE_FSYNC_MISSING",
      "the embedded database acknowledged a write without an fsync; this build of it can't be trusted with webhooks",
    );
  }
}
