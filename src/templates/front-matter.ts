/** The lines between `---` at the start of a template: its name, its icon and the incidents it is for. */

import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { knownWords, type Report } from "./problems.ts";

export const whenKeys = ["severity", "service", "team"] as const;
export type WhenKey = (typeof whenKeys)[number];
/** For each key the names that match it, in lower case. A key that is not there matches everything. */
export type When = Readonly<Partial<Record<WhenKey, readonly string[]>>>;

export interface FrontMatter {
  readonly name?: string;
  readonly icon?: string;
  /** Undefined for the default template. */
  readonly when?: When;
  /** Where `when` stands, or 1. */
  readonly whenLine: number;
}

/** One key with its value, and how to report about it. */
interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly say: (text: string) => void;
}

const keys = ["name", "icon", "description", "when"];
const form = /^---[ \t]*\n([^]*?)(?<=\n)---[ \t]*(?:\n|$)/;
const nameCharactersMax = 100;
const descriptionCharactersMax = 1000;
/** Stands for a `when` that could not be read: it matches nothing. */
const brokenWhen: When = { severity: [] };

/** Whether this `when` stands for one that could not be read. */
export function isBroken(when: When | undefined): boolean {
  return Object.values(when ?? {}).some((names) => names.length === 0);
}

/** Takes a whole file; gives its front matter and its body, blank lines in the place of the front matter. */
export function splitFrontMatter(
  source: string,
  report: Report,
): { frontMatter: FrontMatter; body: string } {
  const [whole, yaml] = form.exec(source) ?? [];
  if (whole === undefined || yaml === undefined) {
    if (/^---[ \t]*\n/.test(source)) {
      report(1, "the front matter that begins here is never closed by a line ---");
    }
    return { frontMatter: { whenLine: 1 }, body: source };
  }
  const blank = "\n".repeat(whole.split("\n").length - 1);
  return { frontMatter: parseFrontMatter(yaml, report), body: blank + source.slice(whole.length) };
}

function parseFrontMatter(yaml: string, report: Report): FrontMatter {
  const lineCounter = new LineCounter();
  const parsed = parseDocument(yaml, { lineCounter, prettyErrors: false });
  function lineAt(offset: number): number {
    // The first line of the YAML is the second of the file.
    return lineCounter.linePos(offset).line + 1;
  }
  for (const { pos, message } of parsed.errors) {
    report(lineAt(pos[0]), `the front matter is not valid YAML: ${message}`);
  }
  if (parsed.errors.length > 0) {
    return { when: brokenWhen, whenLine: 1 };
  }
  if (parsed.contents === null) {
    return { whenLine: 1 };
  }
  if (!isMap(parsed.contents)) {
    report(2, `the front matter needs lines such as "name: Full"; known: ${keys.join(", ")}`);
    return { when: brokenWhen, whenLine: 1 };
  }
  const entries = parsed.contents.items.map((pair) => entryOf(pair, lineAt, report));
  return Object.assign(
    { whenLine: 1 },
    ...entries.map((entry) => readEntry(entry, lineAt, report)),
  );
}

function entryOf(pair: Pair, lineAt: (offset: number) => number, report: Report): Entry {
  const node = isScalar(pair.key) ? pair.key : undefined;
  const line = lineAt(node?.range?.[0] ?? 0);
  return { key: String(node?.value), value: pair.value, say: (text) => report(line, text) };
}

function readEntry(
  entry: Entry,
  lineAt: (offset: number) => number,
  report: Report,
): Partial<FrontMatter> {
  const { key, value, say } = entry;
  if (key === "when") {
    return readWhen(value, { say, lineAt, report });
  }
  if (!keys.includes(key)) {
    say(`unknown key "${key}"; known: ${knownWords(key, keys)}`);
    return {};
  }
  const text = textOf(value);
  const charactersMax = key === "description" ? descriptionCharactersMax : nameCharactersMax;
  if (text === undefined || text.length > charactersMax) {
    say(`"${key}" needs a text of at most ${charactersMax} characters`);
    return {};
  }
  if (key === "icon" && !/^\p{RGI_Emoji}$/v.test(text)) {
    say(`"icon" needs one emoji, such as 📋; found ${JSON.stringify(text)}`);
    return {};
  }
  return key === "description" ? {} : { [key]: text };
}

function readWhen(
  value: unknown,
  tools: {
    readonly say: (text: string) => void;
    readonly lineAt: (offset: number) => number;
    readonly report: Report;
  },
): Partial<FrontMatter> {
  const { say, lineAt, report } = tools;
  if (!isMap(value) || value.items.length === 0) {
    say(`"when" needs ${whenKeys.join(", ")} below it; a template for all the rest has no "when"`);
    return { when: brokenWhen };
  }
  const when: Partial<Record<WhenKey, readonly string[]>> = {};
  for (const pair of value.items) {
    const entry = entryOf(pair, lineAt, report);
    const key = whenKeys.find((each) => each === entry.key);
    const names = namesOf(entry.value);
    if (key === undefined) {
      entry.say(`unknown key "${entry.key}" in "when"; known: ${knownWords(entry.key, whenKeys)}`);
      Object.assign(when, brokenWhen);
    } else if (names === undefined) {
      entry.say(`"${key}" in "when" needs a name or a list of names, such as [P1, P2]`);
      when[key] = [];
    } else {
      when[key] = names;
    }
  }
  const line = lineAt(value.range?.[0] ?? 0);
  return { when, whenLine: line };
}

function namesOf(value: unknown): string[] | undefined {
  const names = (isSeq(value) ? value.items : [value]).map(textOf);
  const known = names.filter((name) => name !== undefined).map((name) => name.toLowerCase());
  return known.length === names.length && known.length > 0
    ? [...new Set(known)].toSorted()
    : undefined;
}

function textOf(value: unknown): string | undefined {
  const content: unknown = isScalar(value) ? value.value : undefined;
  const text = typeof content === "number" ? String(content) : content;
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}
