/**
 * A worker in a process of its own, for tests that kill it. Takes a place as JSON; prints `started <key>` when a
 * run begins, and never ends one.
 */

import { openQueue } from "../../src/queue/open-queue.ts";
import { startWorker } from "../../src/queue/worker.ts";
import { memoryLog, openPlace, parsePlace, timing } from "./queue-kit.ts";

const log = memoryLog();
const { backend, store } = await openPlace(parsePlace(process.argv[2] ?? ""), log);
// Kept alive by its connections.
await openQueue({ backend, store, timing, log });
await startWorker({
  backend,
  store,
  timing,
  log,
  concurrency: 5,
  vendorsOf: () => [],
  async reconcile(key) {
    process.stdout.write(`started ${key.id}\n`);
    await new Promise(() => undefined);
    return "converged";
  },
});
setInterval(() => undefined, 60_000);
