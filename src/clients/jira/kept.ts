/** Answers that change rarely, kept in memory for a while: by key, bounded, the oldest goes first. */

export interface KeptOptions<Value> {
  readonly now: () => Date;
  readonly max: number;
  /** How long this value holds, in ms. */
  readonly lastsMs: (value: Value) => number;
}

/**
 * Takes how to read a value; gives the same with a memory. Callers that ask at the same time share one
 * reading, and a failure is not kept.
 */
export function keep<Value>(
  read: (key: string) => Promise<Value>,
  { now, max, lastsMs }: KeptOptions<Value>,
): (key: string) => Promise<Value> {
  const kept = new Map<string, { readonly value: Promise<Value>; untilMs: number }>();
  return async (key) => {
    const found = kept.get(key);
    if (found !== undefined && found.untilMs > now().getTime()) {
      return found.value;
    }
    const fresh = { value: read(key), untilMs: Infinity };
    kept.delete(key);
    kept.set(key, fresh);
    const [oldest] = kept.size > max ? kept.keys() : [];
    if (oldest !== undefined) {
      kept.delete(oldest);
    }
    try {
      const value = await fresh.value;
      fresh.untilMs = now().getTime() + lastsMs(value);
      return value;
    } catch (error) {
      if (kept.get(key) === fresh) {
        kept.delete(key);
      }
      throw error;
    }
  };
}
