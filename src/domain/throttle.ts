/** Keeps a log readable while something fails thousands of times a second. Pure but for what it counts. */

/** A line of a structured log. */
export type LogWrite = (fields: object, message: string) => void;

const windowMs = 60_000;
const linesPerWindowMax = 10;

/**
 * Takes a write of a log and a clock in ms; gives a write that passes at most ten lines a minute.
 * The first line after a silence carries how many were `suppressed`.
 */
export function throttled(write: LogWrite, nowMs: () => number): LogWrite {
  let windowStart = Number.NEGATIVE_INFINITY;
  let lines = 0;
  let suppressed = 0;
  return (fields, message) => {
    const at = nowMs();
    if (at - windowStart >= windowMs) {
      windowStart = at;
      lines = 0;
    }
    if (lines >= linesPerWindowMax) {
      suppressed += 1;
      return;
    }
    lines += 1;
    write(suppressed > 0 ? { ...fields, suppressed } : fields, message);
    suppressed = 0;
  };
}
