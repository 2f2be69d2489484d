/**
 * Virtual time for a whole process: the clock, the timers, chance and fetch of Node are replaced, so that src/ and
 * sandbox/ run unchanged while hours pass in moments. Time moves to the next timer once nothing else is left to do,
 * and since nothing touches a socket, a disk or a thread, the same seed gives the same order of everything.
 */

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";
import { createRandom } from "../../sandbox/core/random.ts";

type Action = () => void;

export interface VirtualTime extends Disposable {
  nowMs(): number;
  /** Runs everything that falls due within the next `ms`, in order, and all that follows from it. */
  advance(ms: number): Promise<void>;
  /** Lets everything run that waits for no timer. */
  settle(): Promise<void>;
  /** Resolves after `ms` of virtual time; rejects when the signal is aborted. */
  sleep(ms: number): Promise<void>;
  /** The next timers due, for finding out what keeps a run going. */
  pendingTimers(): number;
}

interface Timer {
  dueMs: number;
  readonly order: number;
  readonly action: Action;
  readonly everyMs: number | undefined;
}

type Fetch = (url: string, init: RequestInit) => Promise<unknown>;

const realImmediate = setImmediate;

/** Replaces Node's clock, timers, chance and fetch until disposed of. Only one at a time. */
export function startVirtualTime(startMs: number, seed: number, fetchInside: Fetch): VirtualTime {
  const random = createRandom(seed);
  const timers = createTimerHeap();
  const state = { nowMs: startMs, immediates: 0 };

  function later(action: Action, delayMs: unknown, everyMs?: number): object {
    const ms = typeof delayMs === "number" && delayMs >= 1 ? Math.trunc(delayMs) : 1;
    const timer = timers.add(state.nowMs + ms, action, everyMs === undefined ? undefined : ms);
    return handleOf(timer);
  }

  function sleep(
    ms: number,
    value?: unknown,
    options?: { signal?: AbortSignal },
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const { signal } = options ?? {};
    function abort(): void {
      cancel(handle);
      reject(new DOMException("The operation was aborted", "AbortError"));
    }
    const handle = later(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    }, ms);
    if (signal?.aborted === true) {
      abort();
    }
    signal?.addEventListener("abort", abort, { once: true });
    return promise;
  }

  function cancel(handle: unknown): void {
    timers.remove(timerOf(handle));
  }

  async function settle(): Promise<void> {
    // Microtasks and next ticks run before each turn; what is left are immediates, which are counted.
    do {
      await new Promise<void>((resolve) => realImmediate(resolve));
    } while (state.immediates > 0);
  }

  async function advance(ms: number): Promise<void> {
    const untilMs = state.nowMs + ms;
    await settle();
    for (let next = timers.take(untilMs); next !== undefined; next = timers.take(untilMs)) {
      state.nowMs = Math.max(state.nowMs, next.dueMs);
      if (next.everyMs !== undefined) {
        timers.again(next, state.nowMs + next.everyMs);
      }
      next.action();
      await settle();
    }
    state.nowMs = untilMs;
  }

  const restore = replaceGlobals({
    Date: dateAt(() => state.nowMs),
    setTimeout: (action: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      later(() => action(...args), ms),
    setInterval: (action: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      later(() => action(...args), ms, 1),
    clearTimeout: cancel,
    clearInterval: cancel,
    setImmediate(action: (...args: unknown[]) => void, ...args: unknown[]) {
      state.immediates += 1;
      return realImmediate(() => {
        state.immediates -= 1;
        action(...args);
      });
    },
    fetch: fetchInside,
  });
  const restoreModules = replaceModules({
    sleep,
    random: () => random.next(),
    uuid: () => random.uuid(),
  });
  return {
    nowMs: () => state.nowMs,
    advance,
    settle,
    sleep: async (ms) => void (await sleep(ms)),
    pendingTimers: () => timers.size(),
    [Symbol.dispose]() {
      restore();
      restoreModules();
    },
  };
}

/** Timers by when they fall due; of two due at once, the one that was set first. */
function createTimerHeap(): {
  add(dueMs: number, action: Action, everyMs: number | undefined): Timer;
  again(timer: Timer, dueMs: number): void;
  remove(timer: Timer | undefined): void;
  take(untilMs: number): Timer | undefined;
  size(): number;
} {
  const waiting = new Set<Timer>();
  let order = 0;
  return {
    add(dueMs, action, everyMs) {
      order += 1;
      const timer = { dueMs, order, action, everyMs };
      waiting.add(timer);
      return timer;
    },
    again(timer, dueMs) {
      timer.dueMs = dueMs;
      waiting.delete(timer);
      waiting.add(timer);
    },
    remove(timer) {
      if (timer !== undefined) {
        waiting.delete(timer);
      }
    },
    take(untilMs) {
      let first: Timer | undefined;
      for (const timer of waiting) {
        first = first === undefined || timer.dueMs < first.dueMs ? timer : first;
      }
      if (first === undefined || first.dueMs > untilMs) {
        return undefined;
      }
      waiting.delete(first);
      return first;
    },
    size: () => waiting.size,
  };
}

const timerOfHandle = new WeakMap<object, Timer>();

/** What setTimeout gives: some code calls `unref` on it. */
function handleOf(timer: Timer): object {
  const handle = { ref: () => handle, unref: () => handle, hasRef: () => true };
  timerOfHandle.set(handle, timer);
  return handle;
}

function timerOf(handle: unknown): Timer | undefined {
  return typeof handle === "object" && handle !== null ? timerOfHandle.get(handle) : undefined;
}

function dateAt(nowMs: () => number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, args, newTarget) =>
      // oxlint-disable-next-line typescript/no-unsafe-return -- what Date itself gives
      Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget),
    get: (target, name, receiver): unknown =>
      name === "now" ? nowMs : Reflect.get(target, name, receiver),
  });
}

function replaceGlobals(replacements: Readonly<Record<string, unknown>>): Action {
  const before = Object.keys(replacements).map(
    (name) => [name, Reflect.get(globalThis, name) as unknown] as const,
  );
  for (const [name, value] of Object.entries(replacements)) {
    Reflect.set(globalThis, name, value);
  }
  return () => before.forEach(([name, value]) => Reflect.set(globalThis, name, value));
}

/** What is reached through modules and methods instead of globals. */
function replaceModules({
  sleep,
  random,
  uuid,
}: {
  readonly sleep: (ms: number, value?: unknown, options?: { signal?: AbortSignal }) => unknown;
  readonly random: () => number;
  readonly uuid: () => string;
}): Action {
  const places: (readonly [object, string, unknown])[] = [
    [timersPromises, "setTimeout", sleep],
    [crypto, "randomUUID", uuid],
    [Math, "random", random],
    [AbortSignal, "timeout", (ms: number) => abortAfter(ms)],
  ];
  const before = places.map(([of, name]) => [of, name, Reflect.get(of, name) as unknown] as const);
  for (const [of, name, value] of places) {
    Reflect.set(of, name, value);
  }
  syncBuiltinESMExports();
  return () => {
    before.forEach(([of, name, value]) => Reflect.set(of, name, value));
    syncBuiltinESMExports();
  };
}

function abortAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException("timed out", "TimeoutError")), ms);
  return controller.signal;
}
