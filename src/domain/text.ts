/**
 * Foreign text made fit to store and show: what a person can't see is taken out, what is too long is
 * cut visibly. Pure, and linear in the text's length.
 */

/** Line ends of every kind; Unicode's own included. */
const lineEnds = /\r\n?|[\u0085\u2028\u2029]/g;

// C0 but tab and line feed, DEL, C1; soft hyphen, grapheme joiner, fillers that show as nothing;
// zero-width space, marks and overrides of direction, word joiner, isolates, byte order mark;
// annotation anchors, non-characters; tags and the variation selectors that hide text in an emoji.
const unseen =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- they are what it removes
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\uFFFE\uFFFF\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/gu;

// The zero-width joiners have their use between emoji and in some scripts, and none beside ASCII.
const idleJoiners =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- as above
  /(?<![^\u0000-\u007F\u200C\u200D])[\u200C\u200D]|[\u200C\u200D](?![^\u0000-\u007F\u200C\u200D])/gu;

export interface CleanOptions {
  /** The rest is dropped without a word; for a visible cut use `truncate`. */
  readonly maxCodePoints?: number;
}

/**
 * Takes text from anywhere; gives it without lone surrogates, NUL and other controls (tab and line feed
 * stay), marks of direction and characters that show as nothing. Clean text comes back unchanged.
 */
export function cleanText(raw: string, options: CleanOptions = {}): string {
  const text = raw
    .toWellFormed()
    .replaceAll(lineEnds, "\n")
    .replaceAll(unseen, "")
    .replaceAll(idleJoiners, "");
  return options.maxCodePoints === undefined ? text : firstCodePoints(text, options.maxCodePoints);
}

/** Clean text as a single paragraph: every run of white space is one space, none at the ends. */
export function oneLine(raw: string, options: CleanOptions = {}): string {
  const text = cleanText(raw).replaceAll(/\s+/g, " ").trim();
  return options.maxCodePoints === undefined
    ? text
    : firstCodePoints(text, options.maxCodePoints).trimEnd();
}

/**
 * Gives at most `maxUnits` UTF-16 code units of the text, never half a surrogate pair. What is cut is
 * told at the end: `… (cut, 120 more characters)`; a limit too short for that is a plain cut.
 */
export function truncate(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) {
    return text;
  }
  const roomUnits = maxUnits - cutMarker(text.length).length;
  if (roomUnits <= 0) {
    return head(text, maxUnits);
  }
  const kept = head(text, roomUnits).trimEnd();
  return kept + cutMarker(codePointsIn(text, kept.length));
}

function cutMarker(characters: number): string {
  return `… (cut, ${characters} more characters)`;
}

function head(text: string, units: number): string {
  const kept = text.slice(0, Math.max(0, units));
  const last = kept.charCodeAt(kept.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff && kept.length < text.length;
  return isHalf ? kept.slice(0, -1) : kept;
}

function firstCodePoints(text: string, max: number): string {
  if (text.length <= max) {
    return text;
  }
  let units = 0;
  for (let count = 0; count < max && units < text.length; count += 1) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, units);
}

function codePointsIn(text: string, fromUnit: number): number {
  let count = 0;
  for (let unit = fromUnit; unit < text.length; unit += 1) {
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 1 : 0;
    count += 1;
  }
  return count;
}
