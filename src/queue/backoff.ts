/** How long the queue waits: after unexplained failures, and a little more than asked so that keys spread. */

export interface BackoffTiming {
  /** The first failure waits at most this long … */
  readonly backoffFirstMs: number;
  /** … and none waits longer than this, so that what is new is not held back. */
  readonly backoffMaxMs: number;
}

/** Takes which failure it was (1 is the first) and a number in [0, 1); gives ms: exponential, full jitter. */
export function backoffMs(failure: number, timing: BackoffTiming, random: number): number {
  const ceiling = Math.min(timing.backoffMaxMs, timing.backoffFirstMs * 2 ** (failure - 1));
  return Math.max(1, Math.ceil(ceiling * random));
}

const jitterMaxMs = 1_000;

/** Takes a pause in ms and a number in [0, 1); gives the pause and up to a tenth, at most 1 s, more. */
export function withJitter(ms: number, random: number): number {
  return Math.ceil(ms + Math.min(ms / 10, jitterMaxMs) * random);
}
