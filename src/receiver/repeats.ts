/** Counts deliveries that came before, for a metric only: a repeat is handled like any other webhook. */

const rememberedMax = 10_000;

/** Remembers the latest delivery ids; the header they come in is not signed, so nothing may rest on them. */
export function createRepeats(): { isRepeat(id: string): boolean } {
  const seen = new Set<string>();
  return {
    isRepeat(id) {
      if (seen.has(id)) {
        return true;
      }
      seen.add(id.slice(0, 100));
      if (seen.size > rememberedMax) {
        const [oldest] = seen;
        seen.delete(oldest ?? "");
      }
      return false;
    },
  };
}
