/**
 * Masks secrets in what alerts and notes carry, before it is stored or shown. What is masked is marked,
 * such as `[masked: bearer token]`; nothing else changes. Linear in the text's length, whatever the text.
 */

import { looksSecret, maskAssignments } from "./scrub-assignments.ts";
import { maskPrivateKeys } from "./scrub-blocks.ts";
import { maskEncoded } from "./scrub-encoded.ts";
import { checkScrubPattern, patternMasker } from "./scrub-pattern.ts";

export { checkScrubPattern } from "./scrub-pattern.ts";

type Masker = (text: string) => string;

/** Tokens that tell by their form what they are. */
const tokenForms: readonly (readonly [kind: string, form: RegExp])[] = [
  ["AWS key", /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g],
  ["GitHub token", /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g],
  ["GitLab token", /(?<![A-Za-z0-9])gl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20,}/g],
  ["Slack token", /(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}/g],
  [
    "Slack webhook",
    /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9_/-]{16,}/g,
  ],
  [
    "Stripe key",
    /(?<![A-Za-z0-9])(?:[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})/g,
  ],
  [
    "Google key",
    /(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})/g,
  ],
  ["Notion token", /(?<![A-Za-z0-9])(?:ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{40,})/g],
  ["Atlassian token", /(?<![A-Za-z0-9])AT[A-Z]TT[A-Za-z0-9_=-]{20,}/g],
  ["npm token", /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}/g],
  ["PyPI token", /(?<![A-Za-z0-9])pypi-[A-Za-z0-9_-]{50,}/g],
  ["SendGrid key", /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}/g],
  ["Vault token", /(?<![A-Za-z0-9])hv[sbr]\.[A-Za-z0-9_-]{20,}/g],
  ["API key", /(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*\d)(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20,}/g],
  [
    "API key",
    /(?<![A-Za-z0-9])(?:dop_v1_|dckr_pat_|hf_|shp(?:at|ss|ca)_|lin_api_|PMAK-|sq0[a-z]{3}-)[A-Za-z0-9_-]{20,}/g,
  ],
];

const bearer = /\b(bearer\s{1,5})([A-Za-z0-9._~+/=-]{8,})/gi;
const basic = /\b(basic\s{1,5})([A-Za-z0-9+/_-]{6,2048}={0,2})(?![A-Za-z0-9+/_-])/gi;
const authorization =
  /(authorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3})((?:basic|bearer|digest|token|apikey|api-key|negotiate|genie[-]?key)\s{1,3})?((?!token=|\[masked: [A-Za-z ]{1,30}\])[^\s"'\\,;]{4,})/gi;
const urlPassword = /(:\/\/[^\s/:@?#"'<>]{0,256}:)([^\s/@"'<>]{1,256})(?=@)/g;
const jsonWebToken = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}/g;
const cardDigits = /(?<![\w.+-])\d{13,19}(?![\w-]|\.\d)/g;
const cardGroups =
  /(?<![\w.+-])\d{4}([ -])(?:\d{6}\1\d{4,5}|\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?)(?![\w-]|\.\d)/g;

/** Numbers that cards begin with: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro. */
const cardForm =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|(?:50|5[6-8]|6\d)\d{11,17})$/;

/**
 * Takes further regular expressions to mask (JavaScript's, `u` flag, whole match); gives what scrubs a text.
 * Scrubbing twice is the same as once. Throws for a pattern that `checkScrubPattern` refuses.
 */
export function createScrubber(patterns: readonly string[]): (text: string) => string {
  for (const pattern of patterns) {
    const problem = checkScrubPattern(pattern);
    if (problem !== undefined) {
      throw new Error(`scrub pattern ${JSON.stringify(pattern)} ${problem}`);
    }
  }
  const maskers = [...builtIn, ...patterns.map((each) => patternMasker(each, maskOf("pattern")))];
  function scrubPlain(text: string): string {
    return maskers.reduce((scrubbed, mask) => mask(scrubbed), text);
  }
  return (text) => maskEncoded(scrubPlain(text), scrubPlain);
}

function maskOf(kind: string): string {
  return `[masked: ${kind}]`;
}

const builtIn: readonly Masker[] = [
  (text) => maskPrivateKeys(text, maskOf("private key")),
  maskAuthorization,
  (text) => text.replaceAll(urlPassword, `$1${maskOf("password")}`),
  ...tokenForms.map(
    ([kind, form]) =>
      (text: string) =>
        text.replaceAll(form, maskOf(kind)),
  ),
  (text) => text.replaceAll(jsonWebToken, maskOf("JWT")),
  (text) => maskAssignments(text, maskOf),
  (text) => text.replaceAll(cardGroups, maskCardGroups),
  (text) =>
    text.replaceAll(cardDigits, (digits) => (isCard(digits) ? maskOf("card number") : digits)),
];

function maskAuthorization(text: string): string {
  return text
    .replaceAll(bearer, (whole: string, scheme: string, found: string) => {
      const value = withoutPeriods(found);
      const rest = found.slice(value.length);
      return looksSecret(value) ? scheme + maskOf("bearer token") + rest : whole;
    })
    .replaceAll(basic, (whole: string, scheme: string, value: string) =>
      isBasicCredentials(value) ? scheme + maskOf("basic credentials") : whole,
    )
    .replaceAll(authorization, (whole: string, head: string, scheme = "", value = "") =>
      scheme !== "" || looksSecret(value) ? head + scheme + maskOf("authorization") : whole,
    );
}

function withoutPeriods(value: string): string {
  let end = value.length;
  while (end > 0 && value[end - 1] === ".") {
    end -= 1;
  }
  return value.slice(0, end);
}

/** Base64 of `user:password`; "Basic authentication" is not. */
function isBasicCredentials(value: string): boolean {
  try {
    // oxlint-disable-next-line no-control-regex -- what neither half may hold
    return /^[^\u0000-\u001F:]*:[^\u0000-\u001F]*$/.test(
      atob(value.replaceAll("-", "+").replaceAll("_", "/")),
    );
  } catch {
    return false;
  }
}

function maskCardGroups(whole: string, separator: string): string {
  if (isCard(whole)) {
    return maskOf("card number");
  }
  // Four groups of four, and then a number that has nothing to do with them.
  const groups = whole.split(separator);
  const card = groups.slice(0, 4).join(separator);
  return groups.length === 5 && isCard(card)
    ? maskOf("card number") + separator + (groups[4] ?? "")
    : whole;
}

function isCard(text: string): boolean {
  const digits = text.replaceAll(/\D/g, "");
  return cardForm.test(digits) && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = digit * 2;
    sum += at % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
