/**
 * How often a source sent webhooks that nobody signed. It is asked only after a signature was found wrong,
 * so a validly signed webhook always passes, also from the same address.
 */

const perMinuteMaxDefault = 1_000;
const windowMs = 60_000;
const sourcesMax = 10_000;

export interface Failures {
  /** Counts one failed signature. */
  count(address: string | undefined): void;
  /** How long the source should stay away, in s; undefined while it may fail again. */
  pauseS(address: string | undefined): number | undefined;
}

interface Counted {
  failures: number;
  readonly sinceMs: number;
}

/** Takes the clock and how many a minute are too many; gives counters, bounded in number, the oldest goes first. */
export function createFailures(now: () => Date, perMinuteMax = perMinuteMaxDefault): Failures {
  const counted = new Map<string, Counted>();

  function currentOf(source: string): Counted | undefined {
    const found = counted.get(source);
    return found !== undefined && now().getTime() - found.sinceMs < windowMs ? found : undefined;
  }

  return {
    count(address) {
      const source = sourceOf(address);
      const current = currentOf(source);
      if (current !== undefined) {
        current.failures += 1;
        return;
      }
      counted.delete(source);
      counted.set(source, { failures: 1, sinceMs: now().getTime() });
      const [oldest] = counted.size > sourcesMax ? counted.keys() : [];
      if (oldest !== undefined) {
        counted.delete(oldest);
      }
    },
    pauseS(address) {
      const current = currentOf(sourceOf(address));
      const { failures, sinceMs } = current ?? { failures: 0, sinceMs: now().getTime() };
      if (failures < perMinuteMax) {
        return undefined;
      }
      return Math.max(1, Math.ceil((sinceMs + windowMs - now().getTime()) / 1000));
    },
  };
}

/** An IPv6 host owns its whole /64, so that counts as one source. */
function sourceOf(address = "unknown"): string {
  if (!address.includes(":") || address.includes(".")) {
    return address;
  }
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").length;
  const filled = Array.from({ length: Math.max(0, missing) }, () => "0");
  const rest = tail?.split(":") ?? [];
  return [...groups, ...filled, ...rest].slice(0, 4).join(":");
}
