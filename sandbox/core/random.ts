/** Seeded chance. The same seed gives the same ids and the same faults, whatever the machine. */

export interface Random {
  readonly seed: number;
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, at least 0, below `below`. */
  integer(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** `length` characters, each from `alphabet`. */
  text(alphabet: string, length: number): string;
  /** In the form of a version 4 UUID. */
  uuid(): string;
}

/** Mulberry32: small, fast, and good enough for ids and dice. */
export function createRandom(seed: number): Random {
  let state = seed | 0;

  function next(): number {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  function integer(below: number): number {
    return Math.floor(next() * below);
  }

  function text(alphabet: string, length: number): string {
    let result = "";
    for (let index = 0; index < length; index += 1) {
      result += alphabet.charAt(integer(alphabet.length));
    }
    return result;
  }

  return {
    seed,
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (from) => from[integer(from.length)] ?? from[0],
    text,
    uuid(): string {
      const hex = "0123456789abcdef";
      const parts = [text(hex, 8), text(hex, 4), `4${text(hex, 3)}`];
      return [...parts, `${text("89ab", 1)}${text(hex, 3)}`, text(hex, 12)].join("-");
    },
  };
}
