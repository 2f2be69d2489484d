/** How long a vendor asks us to stay away, as it says it in a header. */

/** No vendor's word closes its gate for longer than this; the next refusal closes it again. */
export const retryAfterMaxMs = 60 * 60_000;

/**
 * Takes a `Retry-After` or `ratelimit-reset` header (seconds or an HTTP date) and the time now.
 * Gives milliseconds from now, at least 0 and at most `retryAfterMaxMs`, or undefined for anything else.
 */
export function parseRetryAfter(
  value: string | readonly string[] | undefined,
  now: Date,
): number | undefined {
  const text = (typeof value === "string" ? value : value?.[0])?.trim() ?? "";
  if (/^\d{1,12}(?:\.\d{1,9})?$/.test(text)) {
    return bounded(Math.ceil(Number(text) * 1000));
  }
  // Date.parse reads nearly anything as a date: "soon 1" is the year 2001 to it.
  const isDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text);
  const at = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : bounded(at - now.getTime());
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), retryAfterMaxMs);
}
