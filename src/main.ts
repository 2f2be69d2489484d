/** START HERE. Reads the environment, starts the service (service.ts wires it), stops it on SIGTERM or SIGINT. */

import { readFileSync } from "node:fs";
import { loadConfig, type Config } from "./config.ts";
import { TerminalError } from "./domain/errors.ts";
import { createLog } from "./log.ts";
import { startService } from "./service.ts";

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  process.on("unhandledRejection", (reason) => {
    // A bug, by definition. What was acknowledged is durable, so a restart loses nothing.
    log.fatal({ err: reason }, "unhandled rejection, exiting");
    process.exit(1);
  });
  const service = await startService(config, log);
  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) {
      return;
    }
    stopping = true;
    log.info({ signal }, "draining");
    await service[Symbol.asyncDispose]();
    log.info("stopped");
    process.exit(0);
  }
  process.on("SIGTERM", (signal) => void stop(signal));
  process.on("SIGINT", (signal) => void stop(signal));
}

function readConfig(): Config {
  return loadConfig(process.env, (path) => readFileSync(path, "utf8"), process.argv.slice(2));
}

main().catch((error: unknown) => {
  const isCoded = error instanceof TerminalError;
  const text = isCoded ? `${error.code}: ${error.message}` : String(error);
  process.stderr.write(`debrief: ${text}\n`);
  process.exit(1);
});
