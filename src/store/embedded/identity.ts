/**
 * Tells whether a database still lies in the directory it was last used in. A dump that was restored, or a directory
 * that was copied, may be older than what we did at the vendors since: then the epoch becomes now.
 * (A snapshot of a whole volume that is rolled back in place can't be told from the original.)
 */

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { StoreLog } from "../store-log.ts";
import type { PoolClient } from "./pool.ts";

/** Records the directory's identity in the database; gives the epoch. */
export async function recognize(
  client: PoolClient,
  directory: string,
  log: StoreLog,
): Promise<Date> {
  const { rows } = await client.query<{ name: string; value: string }>(
    "SELECT name, value FROM debrief.meta",
  );
  const meta = new Map(rows.map(({ name, value }) => [name, value]));
  const identity = identityOf(directory);
  const epoch = meta.get("epoch");
  if (epoch !== undefined && meta.get("identity") === identity) {
    return new Date(epoch);
  }
  const now = new Date();
  if (epoch !== undefined) {
    log.warn(
      { directory, formerEpoch: epoch },
      "the data directory was restored or copied, looking at the vendors for what it may have missed",
    );
  }
  await client.query(
    `INSERT INTO debrief.meta (name, value)
     SELECT name, value FROM unnest($1::text[], $2::text[]) AS given (name, value)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [
      ["identity", "epoch", ...(meta.has("birth") ? [] : ["birth"])],
      [identity, now.toISOString(), ...(meta.has("birth") ? [] : [now.toISOString()])],
    ],
  );
  return now;
}

/** A random id, and the inode of the file that holds it: a copy of the file has another inode. */
function identityOf(directory: string): string {
  const file = join(directory, "instance");
  let id = readIfThere(file);
  if (id === undefined) {
    id = randomUUID();
    const fd = openSync(file, "w", 0o600);
    writeSync(fd, `${id}\n`);
    fsyncSync(fd);
    closeSync(fd);
  }
  return `${id}/${statSync(file, { bigint: true }).ino}`;
}

function readIfThere(file: string): string | undefined {
  try {
    const id = readFileSync(file, "utf8").trim();
    return id === "" ? undefined : id;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
