/**
 * Who sent this? HMAC over the raw bytes, before anything is parsed. Constant time: every active secret
 * is tried against every offered signature, without an early exit.
 */

import { createHmac, timingSafeEqual } from "node:crypto";

const signaturesMax = 8;
const pagerDutyForm = /^v1=([0-9a-f]{64})$/;
const notionForm = /^sha256=([0-9a-fA-F]{64})$/;
const jiraForm = /^sha256=([0-9a-f]{64})$/;

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
    .flatMap((part) => hexOf(pagerDutyForm, part.trim()));
  return isAnySignature(body, offered, secrets);
}

/**
 * Takes the raw body, Notion's `x-notion-signature` header (`sha256=<hex>`, in upper or lower case) and the
 * active verification tokens; tells whether the body was signed with one of them.
 */
export function isSignedByNotion(
  body: Uint8Array,
  header: string,
  tokens: readonly string[],
): boolean {
  return isAnySignature(body, hexOf(notionForm, header), tokens);
}

/**
 * Takes the raw body, Jira's `x-hub-signature` header (`sha256=<hex>`; the WebSub form names a method, and no
 * other is accepted) and the active secrets; tells whether the body was signed with one of them.
 */
export function isSignedByJira(
  body: Uint8Array,
  header: string,
  secrets: readonly string[],
): boolean {
  return isAnySignature(body, hexOf(jiraForm, header), secrets);
}

/** The one signature of a header, or none where the header has another form. */
function hexOf(form: RegExp, header: string): readonly string[] {
  const hex = form.exec(header)?.[1];
  return hex === undefined ? [] : [hex];
}

/** Each of `offered` is 64 hexadecimal digits. */
function isAnySignature(
  body: Uint8Array,
  offered: readonly string[],
  secrets: readonly string[],
): boolean {
  const signatures = offered.map((hex) => Buffer.from(hex, "hex"));
  let isValid = false;
  for (const secret of secrets) {
    const expected = createHmac("sha256", secret).update(body).digest();
    for (const signature of signatures) {
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
