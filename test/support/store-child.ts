/** A process that owns a data directory: prints `owner`, then the number of every hint that was acknowledged. */

import { openStore } from "../../src/store/open.ts";
import { key, memoryLog } from "./store-ground.ts";

const { store } = await openStore(`file:${process.argv[2] ?? ""}`, {
  log: memoryLog(),
  redisPrefix: "unused",
  allowUnsafeRedis: false,
});
process.stdout.write("owner\n");
for (let index = 0; ; index += 4) {
  const mine = [index, index + 1, index + 2, index + 3];
  await Promise.all(mine.map((number) => store.appendHints([key(`N${number}`)])));
  process.stdout.write(`${mine.join("\n")}\n`);
}
