/**
 * Who sent this? HMAC over the raw bytes, before anything is parsed. Constant time: every active secret
 * is tried against every offered signature, without an early exit.
 */

import { createHmac, timingSafeEqual } from "node:crypto";

const signaturesMax = 8;
const pagerDutyForm = /^v1=([0-9a-f]{64})$/;

/**
 * Takes the raw body, PagerDuty's `x-pagerduty-signature` header (`v1=<hex>[,v1=<hex>…]`) and the active
 * secrets, used as UTF-8 bytes; tells whether any signature was made with any of them. Only the first
 * eight offered signatures count.
 */
export function isSignedByPagerDuty(
  body: Uint8Array,
  header: string,
  secrets: readonly string[],
): boolean {
  const offered = header
    .split(",", signaturesMax)
    .map((part) => pagerDutyForm.exec(part.trim())?.[1])
    .filter((hex) => hex !== undefined)
    .map((hex) => Buffer.from(hex, "hex"));
  let isValid = false;
  for (const secret of secrets) {
    const expected = createHmac("sha256", secret).update(body).digest();
    for (const signature of offered) {
      isValid = timingSafeEqual(expected, signature) || isValid;
    }
  }
  return isValid;
}

/** Compares two secrets without telling by time where they differ. */
export function isSameSecret(a: string, b: string): boolean {
  const digests = [a, b].map((text) => createHmac("sha256", "compare").update(text).digest());
  const [first, second] = digests;
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
