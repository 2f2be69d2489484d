/**
 * `npm run restore -- <file> [<directory>]`: makes an empty or missing directory (default: the one that STORE_URL
 * names) an embedded store again.
 */

import { resolve } from "node:path";
import { restoreEmbeddedDatabase } from "../store/embedded/backup.ts";
import { commandLog, embeddedDirectory, runCommand, say, takeArguments } from "./command.ts";

async function restore(): Promise<void> {
  const [given = "", into] = takeArguments("npm run restore -- <file> [<directory>]", 1, 2);
  const file = resolve(given);
  const directory = into === undefined ? embeddedDirectory() : resolve(into);
  await restoreEmbeddedDatabase(file, directory, { log: commandLog });
  say(`Restored ${file} into ${directory}. Start with STORE_URL=file:${directory}`);
}

runCommand("restore", restore);
