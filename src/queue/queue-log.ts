/** What the queue needs of a logger (pino's fits). */

import type { LogWrite } from "../domain/throttle.ts";

export interface QueueLog {
  readonly debug: LogWrite;
  readonly info: LogWrite;
  readonly warn: LogWrite;
  readonly error: LogWrite;
  child(bindings: Readonly<Record<string, unknown>>): QueueLog;
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
