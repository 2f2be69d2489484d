/**
 * `npm run backup -- <file>`: writes a backup of the embedded store that STORE_URL names, while the service runs
 * (it is asked to do it) or while it does not.
 */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { backupEmbeddedDirectory } from "../store/embedded/commands.ts";
import { commandLog, embeddedDirectory, runCommand, say, takeArguments } from "./command.ts";

const bytesPerMegabyte = 1_000_000;

async function backup(): Promise<void> {
  const [given = ""] = takeArguments("npm run backup -- <file>", 1, 1);
  const file = resolve(given);
  const directory = embeddedDirectory();
  const by = await backupEmbeddedDirectory(directory, file, { log: commandLog });
  const { size } = await stat(file);
  const megabytes = (size / bytesPerMegabyte).toFixed(1);
  say(`Backed up ${directory} to ${file} (${megabytes} MB), written by ${by}.`);
}

runCommand("backup", backup);
