/** Secrets that were encoded before they were sent: in Base64, or percent-encoded as in a URL. */

/** `password=x` has 16 characters in Base64. */
const base64Word = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}/g;
/** Nothing shorter holds a name and a secret. */
const urlPart = /[^\s"'`<>&?;,]{12,}/g;
const percent = /%([0-9a-f]{2})/gi;
const mask = "[masked: encoded secret]";

type Decode = (word: string) => string | undefined;

/**
 * Takes text and what scrubs plain text; gives the text without words that hold a secret once they are
 * decoded. All of the word is masked; one without a secret stays encoded as it was.
 */
export function maskEncoded(text: string, scrub: (text: string) => string): string {
  return maskWords(maskWords(text, urlPart, { decode: fromPercent, scrub }), base64Word, {
    decode: fromBase64,
    scrub,
  });
}

function maskWords(
  text: string,
  form: RegExp,
  { decode, scrub }: { readonly decode: Decode; readonly scrub: (text: string) => string },
): string {
  function holdsSecret(decoded: string): boolean {
    return scrub(decoded) !== decoded;
  }
  // All at once first: nearly always there is none, and looking into each word takes much longer.
  const all = [...text.matchAll(form)].flatMap(([word]) => decode(word) ?? []);
  if (all.length === 0 || !holdsSecret(all.join("\n"))) {
    return text;
  }
  return text.replaceAll(form, (word) => {
    const decoded = decode(word);
    return decoded !== undefined && holdsSecret(decoded) ? mask : word;
  });
}

function fromPercent(part: string): string | undefined {
  if (!part.includes("%")) {
    return undefined;
  }
  return part
    .replaceAll("+", " ")
    .replaceAll(percent, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Undefined for what is not Base64, or of bytes that are no text. */
function fromBase64(word: string): string | undefined {
  try {
    const decoded = atob(word.replaceAll("-", "+").replaceAll("_", "/"));
    return /^[\t\n\r\u0020-\u007E]+$/.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
