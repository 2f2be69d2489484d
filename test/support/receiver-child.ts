/** The receiver as a process of its own, on a store that is an array: whoever started it may crash it, and measure it. */

import { createIntake } from "../../src/receiver/intake.ts";
import { openWorld } from "./receiver.ts";

const limits = { requestTimeoutMs: 3_000, checkEveryMs: 200, keepAliveMs: 30_000 };

async function main(): Promise<void> {
  let accepted = 0;
  const intake = createIntake({
    append: async (keys) => {
      accepted += keys.length;
    },
    timeoutMs: 1_000,
  });
  const { server } = openWorld({
    server: { limits },
    // The clock of this receiver stands still, so that its minute never ends.
    webhooks: { intake, failuresPerMinute: Number.MAX_SAFE_INTEGER, quarantine: async () => {} },
    operations: { listDeadLetters: () => Promise.resolve([{ accepted }]) },
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  process.stdout.write(`listening on ${String(port)}\n`);
}

await main();
