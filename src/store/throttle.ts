/** Keeps a log readable while something fails thousands of times a second. */

const perMinuteMax = 10;
const minuteMs = 60_000;

/**
 * Takes what says a reason, together with how many were left unsaid before it; gives a version that
 * says at most ten a minute.
 */
export function throttle(
  say: (reason: string, unsaid: number) => void,
  now: () => number = Date.now,
): (reason: string) => void {
  let windowStart = Number.NEGATIVE_INFINITY;
  let said = 0;
  let unsaid = 0;
  return (reason) => {
    const at = now();
    if (at - windowStart >= minuteMs) {
      windowStart = at;
      said = 0;
    }
    if (said >= perMinuteMax) {
      unsaid += 1;
      return;
    }
    said += 1;
    say(reason, unsaid);
    unsaid = 0;
  };
}
