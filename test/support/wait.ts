/** Waiting for a condition with a deadline: the only way a test waits. */

import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 25;

/**
 * Polls until `look` gives something other than undefined or false, and gives that.
 * Fails after `withinMs` with `what` and the last error or value seen.
 */
export async function waitFor<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  withinMs = 15_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) {
        return value;
      }
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${String(withinMs)} ms in vain for ${what}`, { cause: last });
    }
    await sleep(pollMs);
  }
}
