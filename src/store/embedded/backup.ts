/** Dumps of the embedded database, and how one becomes a data directory again. */

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { PGlite } from "@electric-sql/pglite";
import { TerminalError } from "../../domain/errors.ts";
import { openEngine } from "./engine.ts";
import { lockDirectory } from "./lock.ts";
import type { StoreLog } from "../store-log.ts";

// Not PGlite's own: its decompression of a broken file ends in an unhandled rejection.
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Writes beside the target and renames, so that a dump is there whole or not at all. Readable by its owner only. */
export async function dumpTo(database: PGlite, file: string): Promise<void> {
  const dump = await database.dumpDataDir("none");
  const bytes = await compress(Buffer.from(await dump.arrayBuffer()));
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(file));
}

/**
 * Takes a dump and an empty or missing directory; makes it a data directory. The next opening notices and sets
 * the epoch. Throws TerminalError STORE_DIRECTORY_NOT_EMPTY or STORE_BACKUP_UNREADABLE.
 */
export async function restoreEmbeddedDatabase(
  file: string,
  directory: string,
  { log }: { readonly log: StoreLog },
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const entries = (await readdir(directory)).filter((name) => !name.startsWith("owner.sock"));
  if (entries.length > 0) {
    throw new TerminalError(
      "STORE_DIRECTORY_NOT_EMPTY",
      `cannot restore into ${directory}: it holds ${entries.slice(0, 3).join(", ")}; give an empty directory`,
    );
  }
  const tar = await readFile(file)
    .then((bytes) => decompress(bytes))
    .catch((error: unknown) => {
      throw unreadable(file, error);
    });
  const lock = await lockDirectory(directory, log);
  // Under another name until it is whole: a restore that is killed leaves nothing that looks like a database.
  const data = join(directory, "pg.restoring");
  try {
    const dump = new Blob([tar], { type: "application/x-tar" });
    const engine = await openEngine(data, { dump, onDeath: () => undefined });
    await engine.database.exec("CHECKPOINT");
    await engine.database.close();
    await rename(data, join(directory, "pg"));
    await syncDirectory(directory);
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw unreadable(file, error);
  } finally {
    await lock.release();
  }
}

function unreadable(file: string, cause: unknown): TerminalError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TerminalError(
    "STORE_BACKUP_UNREADABLE",
    `cannot restore from ${file}: ${why}; give a file that Debrief's backup wrote`,
    { cause },
  );
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
