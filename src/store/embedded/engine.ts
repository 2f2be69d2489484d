/**
 * One PGlite over a directory, guarded against its own death. When PostgreSQL panics (disk full while
 * writing WAL, failed fsync), PGlite swallows the exception and loops for ever at the next message, blocking the
 * process. Here a dead engine throws instead, and says so once.
 */

import { closeSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import { syncNodeFs } from "./filesystem.ts";

/** PGlite's own, without `-F` (no fsync). The default sync method, fdatasync, is a stub that does nothing. */
const startParams = [
  ...PGlite.defaultStartParams.filter((param) => param !== "-F"),
  ..."-c fsync=on -c wal_sync_method=fsync -c max_wal_size=64MB -c search_path=bullmq,public".split(
    " ",
  ),
];

/** PostgreSQL's longjmp to its main loop after an error: the one exception that is not the end. */
const longjmpStatus = 100;

export interface Engine {
  readonly database: PGlite;
  /** How many fsyncs really happened. */
  fsyncs(): number;
}

export interface EngineOptions {
  /** Called once, when the engine has died. */
  readonly onDeath: (reason: string) => void;
  /** A dump to start from; the directory must hold no database. */
  readonly dump?: Blob;
}

const mainLoop = "_PostgresMainLoopOnce";
const Guarded = z.looseObject({
  [mainLoop]: z.custom<() => unknown>((value) => typeof value === "function"),
});
const Exit = z.object({ status: z.number() });
const Streams = z.object({ FS: z.looseObject({ streams: z.array(z.unknown()) }) });
const OpenStream = z.object({ nfd: z.number() });

/** Takes where PGDATA lies; opens, creates or (with a dump) restores the database. */
export async function openEngine(directory: string, options: EngineOptions): Promise<Engine> {
  let fsyncs = 0;
  let panic: string | undefined;
  const database = await PGlite.create({
    fs: syncNodeFs(directory, {
      onFsync() {
        fsyncs += 1;
      },
      onRuntime(mod) {
        guard(mod, (error) => {
          const reason = panic ?? (error instanceof Error ? error.message : String(error));
          options.onDeath(reason);
          return new Error(`the embedded database stopped: ${reason}`);
        });
      },
    }),
    startParams,
    ...(options.dump === undefined ? {} : { loadDataDir: options.dump }),
    onStderr(text) {
      panic = /(?:PANIC|FATAL):\s*(.*)/.exec(text)?.[1] ?? panic;
      return false;
    },
  });
  return { database, fsyncs: () => fsyncs };
}

function guard(mod: object, died: (error: unknown) => Error): void {
  const mainLoopOnce = Guarded.parse(mod)[mainLoop];
  Object.assign(mod, {
    [mainLoop]() {
      try {
        return mainLoopOnce();
      } catch (error) {
        const exit = Exit.safeParse(error);
        if (!exit.success || exit.data.status !== longjmpStatus) {
          bury(mod, died(error));
        }
        throw error;
      }
    },
  });
}

/** PGlite calls stackRestore in its catch block, outside any try: throwing there ends its loop. */
function bury(mod: object, error: Error): void {
  Object.assign(mod, {
    stackSave: () => 0,
    stackRestore() {
      throw error;
    },
    [mainLoop]() {
      throw error;
    },
    _PostgresSendReadyForQueryIfNecessary: () => undefined,
    _pgl_pq_flush: () => undefined,
    _IsTransactionBlock: () => 0,
  });
  for (const stream of Streams.parse(mod).FS.streams) {
    const open = OpenStream.safeParse(stream);
    if (open.success) {
      closeQuietly(open.data.nfd);
    }
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The engine is dead; a descriptor that was closed before is as good as closed.
  }
}
