/** Finds the known word that an unknown one was probably meant to be. */

const distanceMax = 3;

/** Takes a word and the known ones; gives the nearest within three edits and half its length, if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.min(distanceMax, Math.floor(word.length / 2));
  const [best] = known
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((a, b) => a.edits - b.edits);
  return best?.candidate;
}

/** How many characters have to be inserted, removed or replaced to make `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let at = 1; at <= a.length; at += 1) {
    const next = [at];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (a[at - 1] === b[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
