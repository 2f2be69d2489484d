/** The seed of a randomised test: SEED replays a run, else a new one; always printed. */

import { createRandom, type Random } from "../../sandbox/core/random.ts";

/** Gives seeded chance for one test and says how to replay it. */
export function printedSeed(what: string): Random {
  return createRandom(printedSeedNumber(what));
}

/** Gives a seed for what makes its own chance of it, and says how to replay it. `absent` is taken without SEED. */
export function printedSeedNumber(what: string, absent?: number): number {
  const given = process.env["SEED"] ?? "";
  const seed = given === "" ? (absent ?? Math.floor(Math.random() * 2 ** 31)) : Number(given);
  process.stdout.write(`${what}: SEED=${String(seed)}\n`);
  return seed;
}
