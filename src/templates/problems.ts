/** What is wrong with a template, said the same way everywhere: a line, what stands there, what is known instead. */

import { TerminalError } from "../domain/errors.ts";

export interface Problem {
  /** Line in the file, from 1 on. */
  readonly line: number;
  readonly text: string;
}

/** Takes one problem. Checks go on after it, so that a person sees all of them at once. */
export type Report = (line: number, text: string) => void;

/** How far a word may be from a known one to be taken for a slip of the hand. */
export const slipMax = 3;

/** The known words as one phrase, the closest to `word` first. */
export function knownWords(word: string, known: readonly string[]): string {
  return closestFirst(word, known).join(", ");
}

/** Takes a word and the known ones; gives the known ones, those with the fewest differing letters first. */
function closestFirst(word: string, known: readonly string[]): string[] {
  return known
    .map((each) => ({ each, distance: distanceBetween(word.toLowerCase(), each.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ each }) => each);
}

/** Levenshtein: how many letters must be put in, taken out or replaced to get from one to the other. */
export function distanceBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** The one failure that says everything at once: `templates/full.md:12: unknown variable …`, a line each. */
export function templateInvalid(lines: readonly string[], cause?: unknown): TerminalError {
  const message = `the templates can't be used:\n${lines.join("\n")}`;
  return new TerminalError("TEMPLATE_INVALID", message, cause === undefined ? {} : { cause });
}
