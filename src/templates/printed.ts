/**
 * Values on their way through Markdown: each one that Liquid prints becomes an opaque token, and only
 * after parsing do tokens inside text become the value again. A value is never parsed, so it can't become structure.
 */

/** One value that the template printed. */
export interface Printed {
  /** Cleaned, on one line. */
  readonly text: string;
  /** What stands between the braces, such as `incident.url`. */
  readonly expression: string;
}

/** Longer values are cut, visibly. */
const valueCharactersMax = 2000;

// Two private-use characters around an index. Markdown takes them for letters, so that `**{{ x }}**`
// is bold whatever x is. Values may hold them: a value's text is never searched for tokens.
const open = "\uE000";
const close = "\uE001";
const tokens = /\uE000(\d+)\uE001/g;
const wholeToken = /^\uE000(\d+)\uE001$/;
const reserved = /[\uE000\uE001]|&#(?:x0*e00[01]|0*5734[45]);/i;

const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
// Control characters, and those that turn the writing direction and so can make text read as another.
const invisible = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** The token of the value with this index. */
export function tokenOf(index: number): string {
  return `${open}${index}${close}`;
}

/** Whether a template's own text holds what tokens are made of. */
export function hasReserved(source: string): boolean {
  return reserved.test(source);
}

export function hasToken(text: string): boolean {
  return text.includes(open);
}

/** The value whose token is all of this text, or undefined. */
export function printedAlone(text: string, printed: readonly Printed[]): Printed | undefined {
  const [, index] = wholeToken.exec(text) ?? [];
  return index === undefined ? undefined : printed[Number(index)];
}

/** Puts the values in the places of their tokens, in one pass. */
export function fillTokens(text: string, printed: readonly Printed[]): string {
  return text.replace(tokens, (_, index: string) => printed[Number(index)]?.text ?? "");
}

/** Puts `{{ incident.title }}` in the places of tokens: how the text stands in the template. */
export function unfillTokens(text: string, printed: readonly Printed[]): string {
  return text.replace(tokens, (_, index: string) => `{{ ${printed[Number(index)]?.expression} }}`);
}

/** Takes any text; gives it well-formed, on one line, without invisible controls, and cut where it is very long. */
export function cleanValue(value: string): string {
  const text = value.toWellFormed().replace(lineBreaks, " ").replace(invisible, "");
  const characters = text.length > valueCharactersMax ? Array.from(text) : [];
  return characters.length > valueCharactersMax
    ? `${characters.slice(0, valueCharactersMax - 1).join("")}…`
    : text;
}
