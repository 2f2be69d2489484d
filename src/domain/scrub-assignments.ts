/** `password=…`, `"api_key": "…"`, `client_secret: …`: the name stays, the value is masked. */

const name =
  /(passw(?:or)?d|passphrase|pwd|(?:secret|api|access|account|private|auth|signing|encryption)(?:[_-]?access)?[_-]?key|secret|token)(\\{0,3}["'`]?[ \t]{0,3}(?:=>|:=|={1,3}|:(?!:))\s{0,3})/gi;
/** What was masked already, and not something that only begins like it. */
const ownMask = /^\[masked: [A-Za-z ]{1,30}\]/;
const maskUnitsMax = 50;
const quotedUnitsMax = 1024;
const notSecret = /^(?:null|none|nil|undefined|true|false|n\/a|\*{3,}|x{4,}|\.{3,})$/i;

interface Value {
  readonly from: number;
  readonly to: number;
  readonly quoted: boolean;
}

/** Takes text and what turns the kind of a secret into its mask; gives the text without assigned secrets. */
export function maskAssignments(text: string, maskOf: (kind: string) => string): string {
  const parts: string[] = [];
  let written = 0;
  for (const match of text.matchAll(name)) {
    const [whole, key = "", separator = ""] = match;
    if (match.index < written) {
      continue;
    }
    const value = readValue(text, match.index + whole.length);
    if (isSecret(text, value, key, separator)) {
      parts.push(text.slice(written, value.from), maskOf(kindOf(key)));
      written = value.to;
    }
  }
  return parts.join("") + text.slice(written);
}

function kindOf(key: string): string {
  const word = key.toLowerCase();
  if (word.endsWith("key")) {
    return "API key";
  }
  return word === "token" || word === "secret" ? word : "password";
}

/** A colon may be prose ("token: expired"): there, and unless it is a password, the value has to look the part. */
function isSecret(text: string, value: Value, key: string, separator: string): boolean {
  const secret = text.slice(value.from, value.to);
  if (secret.trim() === "" || notSecret.test(secret)) {
    return false;
  }
  if (ownMask.test(text.slice(value.from, value.from + maskUnitsMax))) {
    return false;
  }
  // The working directory in an environment dump is not a password.
  if (key.toLowerCase() === "pwd" && secret.startsWith("/")) {
    return false;
  }
  // `password= user=x`: an empty value, and the next assignment.
  if (/^=\s/.test(separator) && /^[\w-]{1,40}=/.test(secret)) {
    return false;
  }
  const isProse = separator.includes(":") && !separator.includes("=") && !value.quoted;
  return !isProse || kindOf(key) === "password" || looksSecret(secret);
}

/** Letters and digits mixed, or too long for a word. */
export function looksSecret(value: string): boolean {
  return value.length >= 24 || (value.length >= 6 && /\d/.test(value) && /[A-Za-z]/.test(value));
}

function readValue(text: string, at: number): Value {
  let open = at;
  while (open < at + 3 && text[open] === "\\") {
    open += 1;
  }
  const quote = text[open] ?? "";
  if (!/["'`]/.test(quote)) {
    return readBare(text, at);
  }
  const isEscaped = open > at;
  for (let end = open + 1; end < Math.min(text.length, open + quotedUnitsMax); end += 1) {
    const isAfterBackslash = text[end - 1] === "\\";
    if (text[end] === quote && isAfterBackslash === isEscaped) {
      return { from: open + 1, to: withoutTail(text, open + 1, end, "\\"), quoted: true };
    }
  }
  return readBare(text, open + 1);
}

function readBare(text: string, from: number): Value {
  let end = from;
  while (end < text.length && !/[\s&;"'`<>\\]/.test(text[end] ?? "")) {
    end += 1;
  }
  return { from, to: withoutTail(text, from, end, ",.)]}"), quoted: false };
}

/** Gives `end` moved back over what closes a sentence or a bracket. */
function withoutTail(text: string, from: number, end: number, tail: string): number {
  let kept = end;
  while (kept > from && tail.includes(text[kept - 1] ?? "")) {
    kept -= 1;
  }
  return kept;
}
