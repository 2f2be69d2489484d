/** Private keys in PEM form, whole or cut at either end, on many lines, on one, or with `\n` spelled out. */

const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** Base64 lines of a key have 64 or 76 characters; shorter words may be prose. */
const keyLineUnitsMin = 20;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Takes text and what to put in place of a private key; gives the text without private keys. */
export function maskPrivateKeys(text: string, mask: string): string {
  if (!text.includes("PRIVATE KEY")) {
    return text;
  }
  const parts: string[] = [];
  let written = 0;
  for (const { from, to } of keyRanges(text)) {
    if (from >= written) {
      parts.push(text.slice(written, from), mask);
      written = to;
    }
  }
  return parts.join("") + text.slice(written);
}

function keyRanges(text: string): Range[] {
  const begins = [...text.matchAll(begin)].map(rangeOf);
  const ends = [...text.matchAll(end)].map(rangeOf);
  const ranges: Range[] = [];
  let nextEnd = 0;
  let written = 0;
  for (const [at, head] of begins.entries()) {
    for (; nextEnd < ends.length && (ends[nextEnd]?.from ?? 0) < head.from; nextEnd += 1) {
      addTail(ends[nextEnd]);
    }
    const next = begins[at + 1]?.from ?? Infinity;
    const foot = ends[nextEnd];
    if (foot !== undefined && foot.from < next) {
      add({ from: head.from, to: foot.to });
      nextEnd += 1;
    } else {
      const bodyEnd = endOfBody(text, head.to);
      if (bodyEnd > head.to) {
        add({ from: head.from, to: bodyEnd });
      }
    }
  }
  for (const foot of ends.slice(nextEnd)) {
    addTail(foot);
  }
  return ranges;

  function add(range: Range): void {
    ranges.push(range);
    written = range.to;
  }

  /** A footer whose header was cut off. */
  function addTail(foot: Range | undefined): void {
    const from = foot === undefined ? 0 : startOfBody(text, foot.from, written);
    if (foot !== undefined && from < foot.from) {
      add({ from, to: foot.to });
    }
  }
}

function rangeOf(match: RegExpExecArray): Range {
  return { from: match.index, to: match.index + match[0].length };
}

/** After a header without its footer: the index where what looks like a key's lines ends. */
function endOfBody(text: string, from: number): number {
  const line = /(?:\s|\\[nr])*(?:[A-Za-z-]{1,20}:\s[^\s\\]{1,80}|[A-Za-z0-9+/=]+)/y;
  let to = from;
  for (;;) {
    line.lastIndex = to;
    const found = line.exec(text)?.[0];
    if (found === undefined) {
      return to;
    }
    const body = found.replace(/^(?:\s|\\[nr])+/, "");
    const isLast = to + found.length === text.length;
    if (!isLast && body.length < keyLineUnitsMin && !body.includes(":")) {
      return to;
    }
    to += found.length;
  }
}

/** Before a footer without its header: the index where what looks like a key's lines starts. */
function startOfBody(text: string, to: number, min: number): number {
  let from = to;
  for (let isLastLine = true; ; isLastLine = false) {
    let lineEnd = from;
    while (lineEnd > min && /[\s\\]/.test(text[lineEnd - 1] ?? "")) {
      lineEnd -= 1;
    }
    let start = lineEnd;
    while (start > min && /[A-Za-z0-9+/=]/.test(text[start - 1] ?? "")) {
      start -= 1;
    }
    const isLine = lineEnd - start >= keyLineUnitsMin || (isLastLine && text[lineEnd - 1] === "=");
    if (!isLine) {
      return from;
    }
    from = start;
  }
}
