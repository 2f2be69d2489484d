/**
 * The clock of the sandbox. Everything that lags, retries or expires asks it, so that a test can
 * let a day pass in a millisecond. Time limits on open sockets stay with the real clock.
 */

import { setImmediate as yieldToEventLoop } from "node:timers/promises";

export interface Timer {
  cancel(): void;
}

export interface Clock {
  now(): Date;
  /** Runs `action` once, `delayMs` of this clock from now. */
  setTimer(delayMs: number, action: () => void): Timer;
  /** Resolves after `delayMs` of this clock. */
  sleep(delayMs: number): Promise<void>;
  /** Moves time forward and runs what falls due on the way, in order. */
  advance(byMs: number): Promise<void>;
  /** Moves time forward to `to`; an instant in the past is refused with a RangeError. */
  set(to: Date): Promise<void>;
  /** Cancels every timer. */
  close(): void;
}

interface Pending {
  readonly dueMs: number;
  readonly action: () => void;
}

// setTimeout takes at most 2^31 - 1 ms; longer timers are armed again when it fires.
const hostTimerMaxMs = 2_147_483_647;

/** A clock that runs with the real one, and can be moved ahead of it. */
export function realClock(): Clock {
  return createClock(() => Date.now(), true);
}

/** A clock that stands still at `start` until it is advanced or set. */
export function settableClock(start: Date = new Date("2026-03-02T09:00:00.000Z")): Clock {
  const startMs = start.getTime();
  return createClock(() => startMs, false);
}

function createClock(baseMs: () => number, runs: boolean): Clock {
  const timers = createTimerQueue();
  let offsetMs = 0;
  let hostTimer: NodeJS.Timeout | undefined;

  function nowMs(): number {
    return baseMs() + offsetMs;
  }

  function arm(): void {
    clearTimeout(hostTimer);
    const first = runs ? timers.earliest() : undefined;
    if (first !== undefined) {
      hostTimer = setTimeout(fireDue, Math.min(Math.max(first.dueMs - nowMs(), 0), hostTimerMaxMs));
    }
  }

  function fireDue(): void {
    for (let first = timers.earliest(); first !== undefined && first.dueMs <= nowMs();) {
      timers.remove(first);
      first.action();
      first = timers.earliest();
    }
    arm();
  }

  async function moveTo(targetMs: number): Promise<void> {
    for (let first = timers.earliest(); first !== undefined && first.dueMs <= targetMs;) {
      offsetMs += Math.max(first.dueMs - nowMs(), 0);
      timers.remove(first);
      first.action();
      // What the action started must get its chance to set timers of its own.
      await yieldToEventLoop();
      first = timers.earliest();
    }
    offsetMs += Math.max(targetMs - nowMs(), 0);
    arm();
  }

  function setTimer(delayMs: number, action: () => void): Timer {
    const one = timers.add(nowMs() + Math.max(delayMs, 0), action);
    arm();
    return {
      cancel(): void {
        timers.remove(one);
        arm();
      },
    };
  }

  return {
    now: () => new Date(nowMs()),
    setTimer,
    sleep: (delayMs) => new Promise((resolve) => setTimer(delayMs, resolve)),
    advance: (byMs) => moveTo(nowMs() + byMs),
    async set(to) {
      if (to.getTime() < nowMs()) {
        throw new RangeError(`the clock cannot go back from ${new Date(nowMs()).toISOString()}`);
      }
      await moveTo(to.getTime());
    },
    close(): void {
      timers.clear();
      clearTimeout(hostTimer);
    },
  };
}

interface TimerQueue {
  add(dueMs: number, action: () => void): Pending;
  remove(one: Pending): void;
  /** The next one due; of two due at once, the one that was added first. */
  earliest(): Pending | undefined;
  clear(): void;
}

function createTimerQueue(): TimerQueue {
  // A Set keeps the order of adding, which decides between equals.
  const pending = new Set<Pending>();
  return {
    add(dueMs, action) {
      const one = { dueMs, action };
      pending.add(one);
      return one;
    },
    remove: (one) => void pending.delete(one),
    earliest() {
      let first: Pending | undefined;
      for (const one of pending) {
        first = first === undefined || one.dueMs < first.dueMs ? one : first;
      }
      return first;
    },
    clear: () => pending.clear(),
  };
}
