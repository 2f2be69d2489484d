/** What the queue needs of a logger (pino's fits), and a way to say a repeated thing at a bounded rate. */

type Write = (fields: object, message: string) => void;

export interface QueueLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  child(bindings: Readonly<Record<string, unknown>>): QueueLog;
}

const windowMs = 60_000;
const linesPerWindowMax = 10;

/**
 * Takes a write of a log; gives one that passes at most ten lines a minute. The first line of the next
 * minute carries how many were `suppressed`: a full Redis fails thousands of times a second.
 */
export function throttled(write: Write, now: () => number = Date.now): Write {
  let windowStart = -Infinity;
  let lines = 0;
  let suppressed = 0;
  return (fields, message) => {
    if (now() - windowStart >= windowMs) {
      windowStart = now();
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

/** What a log may know of an error: no headers, no bodies, which errors of HTTP clients carry. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const causesMax = 3;

/** Takes whatever was thrown; gives what may be logged of it. */
export function describeError(thrown: unknown, depth = 0): LoggedError {
  if (!(thrown instanceof Error)) {
    return { name: "NotAnError", message: String(thrown) };
  }
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
  return {
    name: thrown.name,
    message: thrown.message,
    ...(code === undefined ? {} : { code }),
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(thrown.cause === undefined || depth >= causesMax
      ? {}
      : { cause: describeError(thrown.cause, depth + 1) }),
  };
}
