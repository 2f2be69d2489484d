/** The log of the requests that a sandbox answered, for tests that count what a client costs. */

import type { Clock } from "./clock.ts";

interface Call {
  readonly at: string;
  readonly method: string;
  /** The route's pattern, such as "/incidents/:id"; the path itself when no route took it. */
  readonly route: string;
  readonly path: string;
  /** Undefined when the socket was cut or left silent. */
  readonly status?: number | undefined;
  readonly fault?: string | undefined;
}

export interface CallSummary {
  readonly total: number;
  /** By "METHOD pattern". */
  readonly byRoute: Readonly<Record<string, number>>;
  /** By status; "none" where no answer was sent. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** The most requests that arrived within any 60 s of real time. */
  readonly maxPer60s: number;
  /** The latest calls, oldest first. */
  readonly calls: readonly Call[];
}

export interface CallLog {
  /** Notes the arrival; the returned function notes how it ended. */
  begin(method: string, path: string): (end: Pick<Call, "route" | "status" | "fault">) => void;
  summary(): CallSummary;
  clear(): void;
}

const callsKeptMax = 20_000;
const windowMs = 60_000;

/** An empty log. The instants in it are those of `clock`; the sliding window is of real time. */
export function createCallLog(clock: Clock): CallLog {
  const calls: Call[] = [];
  const arrivedMs: number[] = [];
  let total = 0;
  const byRoute = new Map<string, number>();
  const byStatus = new Map<string, number>();

  return {
    begin(method, path) {
      const at = clock.now().toISOString();
      arrivedMs.push(performance.now());
      return (end) => {
        const key = end.status === undefined ? "none" : String(end.status);
        total += 1;
        byRoute.set(`${method} ${end.route}`, (byRoute.get(`${method} ${end.route}`) ?? 0) + 1);
        byStatus.set(key, (byStatus.get(key) ?? 0) + 1);
        calls.push({ at, method, path, ...end });
        if (calls.length > callsKeptMax) {
          calls.shift();
        }
      };
    },
    summary() {
      return {
        total,
        byRoute: Object.fromEntries(byRoute),
        byStatus: Object.fromEntries(byStatus),
        maxPer60s: maxWithin(arrivedMs, windowMs),
        calls: [...calls],
      };
    },
    clear() {
      calls.length = 0;
      arrivedMs.length = 0;
      total = 0;
      byRoute.clear();
      byStatus.clear();
    },
  };
}

/** The most of `timesMs` (ascending) that lie within any span shorter than `spanMs`. */
export function maxWithin(timesMs: readonly number[], spanMs: number): number {
  let most = 0;
  let start = 0;
  for (const [end, time] of timesMs.entries()) {
    while (time - (timesMs[start] ?? time) >= spanMs) {
      start += 1;
    }
    most = Math.max(most, end - start + 1);
  }
  return most;
}
