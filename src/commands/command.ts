/** What the commands share: which store they mean, plain words on success and failure, exit codes 0 and 1. */

import { readFileSync } from "node:fs";
import { readSettings } from "../config/environment.ts";
import { getValue } from "../config/settings.ts";
import { TerminalError } from "../domain/errors.ts";
import { parseStoreUrl } from "../store/open.ts";
import type { StoreLog } from "../store/store-log.ts";

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a command and ends the process: 0, or 1 with a coded message. */
export function runCommand(name: string, command: () => Promise<void>): void {
  command().then(
    () => process.exit(0),
    (error: unknown) => {
      const text =
        error instanceof TerminalError ? `${error.code}: ${error.message}` : String(error);
      process.stderr.write(`${name}: ${text}\n`);
      process.exit(1);
    },
  );
}

/** The command line's arguments, between `min` and `max` of them. Throws TerminalError COMMAND_USAGE. */
export function takeArguments(usage: string, min: number, max: number): readonly string[] {
  const given = process.argv.slice(2);
  const isOption = given.some((one) => one.startsWith("-"));
  if (given.length < min || given.length > max || isOption) {
    throw new TerminalError("COMMAND_USAGE", `usage: ${usage}`);
  }
  return given;
}

/** The absolute directory of STORE_URL. Throws TerminalError CONFIG_INVALID or STORE_NOT_EMBEDDED. */
export function embeddedDirectory(): string {
  const problems: string[] = [];
  const raw = readSettings({
    env: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
    problems,
  });
  // A command needs the store alone; whether the rest is complete is the service's concern.
  const ours = problems.filter((problem) => problem.startsWith("STORE_URL"));
  if (ours.length > 0) {
    throw new TerminalError("CONFIG_INVALID", ours.join(" "));
  }
  const place = parseStoreUrl(getValue("STORE_URL", raw));
  if (place.engine !== "embedded") {
    throw new TerminalError(
      "STORE_NOT_EMBEDDED",
      "STORE_URL names a Redis; back it up and restore it with its own means (docs/operations.md)",
    );
  }
  return place.directory;
}

/** What the store has to say goes where it does not mix with the result. */
export const commandLog: StoreLog = {
  info: () => undefined,
  warn: (_fields, message) => void process.stderr.write(`${message}\n`),
  error: (_fields, message) => void process.stderr.write(`${message}\n`),
};
