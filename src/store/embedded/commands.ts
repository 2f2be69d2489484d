/** What other processes may ask of the owner of a data directory, and how a command asks it. */

import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { TerminalError } from "../../domain/errors.ts";
import type { StoreLog } from "../store-log.ts";
import { openEmbeddedDatabase, type EmbeddedDatabase } from "./database.ts";
import { sendCommand } from "./lock.ts";

const BackupRequest = z.object({ file: z.string().refine(isAbsolute, "must be an absolute path") });
const Answer = z.union([z.object({ error: z.string() }), z.object({ ok: z.unknown() })]);

/** A large store takes a while to be read, compressed and written. */
const backupTimeoutMs = 10 * 60_000;

/** Lets other processes ask for a backup through the directory's socket. */
export function registerEmbeddedCommands(
  database: Pick<EmbeddedDatabase, "onCommand" | "backup">,
): void {
  database.onCommand("backup", async (request) => {
    await database.backup(BackupRequest.parse(request).file);
    return {};
  });
}

/**
 * Writes a backup of a data directory to an absolute path: the running owner writes it, or this process
 * where nobody owns the directory. Gives who did. Throws TerminalError STORE_BACKUP_FAILED, and what opening throws.
 */
export async function backupEmbeddedDirectory(
  directory: string,
  file: string,
  { log }: { readonly log: StoreLog },
): Promise<"the running service" | "this command"> {
  await expectDatabase(directory, file);
  const answer = await askOwner(directory, file);
  if (answer !== undefined) {
    return "the running service";
  }
  await using database = await openEmbeddedDatabase(directory, { log });
  try {
    await database.backup(file);
  } catch (error) {
    throw backupFailed(directory, file, error);
  }
  return "this command";
}

/** Opening would make an empty database, and its backup would look like one. */
async function expectDatabase(directory: string, file: string): Promise<void> {
  try {
    await stat(join(directory, "pg"));
  } catch (error) {
    throw backupFailed(directory, file, error);
  }
}

async function askOwner(directory: string, file: string): Promise<"done" | undefined> {
  try {
    const answer = await sendCommand(directory, { op: "backup", file }, backupTimeoutMs);
    if (answer === undefined) {
      return undefined;
    }
    const parsed = Answer.parse(answer);
    if ("error" in parsed) {
      throw new Error(`the process that owns it answered: ${parsed.error}`);
    }
    return "done";
  } catch (error) {
    throw backupFailed(directory, file, error);
  }
}

function backupFailed(directory: string, file: string, cause: unknown): TerminalError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TerminalError(
    "STORE_BACKUP_FAILED",
    `cannot write a backup of ${directory} to ${file}: ${why}`,
    { cause },
  );
}
