/** Bounds for what may never settle: whoever sent a request waits for the answer only so long. */

/** Takes work and a limit in ms; rejects with an error that says `what` when the limit comes first. */
export async function withDeadline<Value>(
  work: Promise<Value>,
  ms: number,
  what: string,
): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`${what} took more than ${String(ms)} ms`));
  }, ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
