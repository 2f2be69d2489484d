/** Counts deliveries that came before, for a metric only: a repeat is handled like any other webhook. */

const rememberedMax = 10_000;
const idCharactersMax = 100;

export interface Repeats {
  /** Takes the id of a delivery; tells whether it was asked about before, and remembers it. */
  isRepeat(id: string): boolean;
}

/** Remembers the latest delivery ids; some come in a header that is not signed, so nothing may rest on them. */
export function createRepeats(): Repeats {
  const seen = new Set<string>();
  return {
    isRepeat(raw) {
      const id = raw.slice(0, idCharactersMax);
      if (seen.has(id)) {
        return true;
      }
      seen.add(id);
      if (seen.size > rememberedMax) {
        const [oldest] = seen;
        seen.delete(oldest ?? "");
      }
      return false;
    },
  };
}
