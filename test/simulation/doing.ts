/** What everything that is done in a simulated world shares: chance, names, days, and words that occur nowhere else. */

import type { Random } from "../../sandbox/core/random.ts";
import type { People } from "./people.ts";
import type { World } from "./world.ts";

export interface Doing {
  readonly world: World;
  readonly people: People;
  readonly random: Random;
  /** A word that occurs nowhere else. */
  readonly word: () => string;
}

export type Operation = (doing: Doing) => boolean;

export function pick<T>(random: Random, from: readonly T[]): T | undefined {
  return from[random.integer(from.length)];
}

export const known = ["Ada Okafor", "Ben Lindqvist", "Chloe Tanaka", "Esra Yilmaz"];
const odd = ["Diego Marchetti", "Farid Haddad", "Grace Nwosu", "Henrik Vos"];

export function person(random: Random): string {
  return pick(random, random.chance(0.15) ? odd : known) ?? "Ada Okafor";
}

export function day(random: Random): string {
  return `2026-0${String(4 + random.integer(5))}-${String(10 + random.integer(18))}`;
}

/** Text as it comes: with links, mentions, markup and, at times, secrets. */
export function hostile({ random, people, word }: Doing): string {
  const secret = `AKIA${random.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`;
  const spice = pick(random, [
    "",
    "",
    "",
    " <script>alert(1)</script>",
    " @channel **bold** [x](https://evil.test)",
    " {{ incident.title }} {% raw %}",
    " \u0000\u202E\uD800",
    ` key ${secret}`,
  ]);
  if (spice?.includes(secret) === true) {
    people.secrets.add(secret);
  }
  return `${word()}${spice ?? ""}`;
}
