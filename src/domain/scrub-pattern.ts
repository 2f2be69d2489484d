/**
 * An operator's own patterns of what to mask. They run over text that anybody can send, so a pattern
 * that could take exponential time is refused, and what passes only ever sees a short window at once.
 */

const patternUnitsMax = 500;
/** A match is found if it is no longer than the overlap; a quadratic pattern is bounded by the window. */
const windowUnits = 1000;
const overlapUnits = 300;
/** Repeats of a group beyond this count as unlimited. */
const repeatsMax = 10;

/** Takes a regular expression (JavaScript's, with the `u` flag); gives what is wrong with it, or undefined. */
export function checkScrubPattern(pattern: string): string | undefined {
  if (pattern.length > patternUnitsMax) {
    return `is longer than ${patternUnitsMax} characters`;
  }
  let compiled: RegExp;
  try {
    compiled = new RegExp(pattern, "gu");
  } catch (error) {
    return `is not a regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
  return compiled.test("") ? "matches empty text" : findBlowUp(pattern);
}

/** Takes a pattern that passed the check; gives what replaces its matches. Empty matches don't count. */
export function patternMasker(pattern: string, mask: string): (text: string) => string {
  return (text) => {
    const parts: string[] = [];
    let written = 0;
    for (const [from, to] of findRanges(text, new RegExp(pattern, "gu"))) {
      parts.push(text.slice(written, from), mask);
      written = to;
    }
    return parts.join("") + text.slice(written);
  };
}

/** Where the pattern matches, in order; ranges that touch each other's insides are one. */
function findRanges(text: string, pattern: RegExp): (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let start = 0; start === 0 || start + overlapUnits < text.length;) {
    const end = start + windowUnits;
    for (const match of text.slice(start, end).matchAll(pattern)) {
      const from = start + match.index;
      const to = from + match[0].length;
      const last = ranges.at(-1);
      if (last !== undefined && from < last[1]) {
        last[1] = Math.max(last[1], to);
      } else if (to > from) {
        ranges.push([from, to]);
      }
    }
    start = end - overlapUnits;
  }
  return ranges;
}

interface Group {
  varies: boolean;
  alternates: boolean;
}

/** Finds a repeated group whose inside can match the same text in several ways. Errs towards refusing. */
function findBlowUp(pattern: string): string | undefined {
  const groups: Group[] = [{ varies: false, alternates: false }];
  for (let at = 0; at < pattern.length;) {
    const inner = groups.at(-1);
    const char = pattern[at];
    if (inner === undefined) {
      return "has unbalanced parentheses";
    }
    if (char === "\\" && /[1-9k]/.test(pattern[at + 1] ?? "")) {
      return "refers back to a group, which can take exponential time";
    }
    if (char === "\\" || char === "[") {
      at = endOfAtom(pattern, at);
    } else if (char === "(") {
      groups.push({ varies: false, alternates: false });
      at +=
        /^\((?:\?(?:[:=!]|<[=!]|<\w+>|[a-z]*(?:-[a-z]+)?:))?/.exec(pattern.slice(at))?.[0].length ??
        1;
    } else if (char === ")") {
      const outer = groups.at(-2);
      const repeat = readRepeat(pattern, at + 1);
      if (repeat.max > repeatsMax && (inner.varies || inner.alternates)) {
        return "repeats a group that itself repeats or has alternatives, which can take exponential time";
      }
      groups.pop();
      if (outer !== undefined) {
        outer.varies ||= inner.varies || repeat.varies;
        outer.alternates ||= inner.alternates;
      }
      at += 1 + repeat.length;
    } else {
      const repeat = readRepeat(pattern, at);
      inner.varies ||= repeat.varies;
      inner.alternates ||= char === "|";
      at += Math.max(1, repeat.length);
    }
  }
  return undefined;
}

/** The index after an escape or a character class. */
function endOfAtom(pattern: string, at: number): number {
  if (pattern[at] === "\\") {
    const braced = /^\\[pPu]\{[^}]*\}/.exec(pattern.slice(at));
    return at + (braced?.[0].length ?? 2);
  }
  let end = at + 1;
  while (end < pattern.length && pattern[end] !== "]") {
    end += pattern[end] === "\\" ? 2 : 1;
  }
  return end + 1;
}

function readRepeat(
  pattern: string,
  at: number,
): { readonly max: number; readonly varies: boolean; readonly length: number } {
  const found = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/.exec(pattern.slice(at, at + 24));
  if (found === null) {
    return { max: 1, varies: false, length: 0 };
  }
  const [whole, least, comma, most] = found;
  if (least === undefined) {
    return { max: whole.startsWith("?") ? 1 : Infinity, varies: true, length: whole.length };
  }
  const max = comma === undefined ? Number(least) : most === "" ? Infinity : Number(most);
  return { max, varies: max !== Number(least), length: whole.length };
}
