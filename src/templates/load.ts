/** Reads a folder of templates at start. Either all of them are sound, or one error says everything that is not. */

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { TemplateFacts, Templates } from "../domain/template.ts";
import { chooseTemplate, explainChoice, whenIdentity } from "./choose.ts";
import { type Candidate, type Compiled, compileTemplate } from "./compile.ts";
import { isBroken } from "./front-matter.ts";
import { templateInvalid } from "./problems.ts";

export interface LoadedTemplates extends Templates {
  /** One line: which template these facts lead to, and why. */
  explain(facts: TemplateFacts): string;
  /** The files, in order. */
  readonly files: readonly string[];
}

/** A file and its text. */
export interface TemplateSource {
  readonly file: string;
  readonly content: string;
}

const filesMax = 100;
const fileBytesMax = 200_000;

/**
 * Takes a folder; gives the templates in its `*.md` files, checked.
 * @throws TerminalError TEMPLATE_INVALID with every problem, a line each: `templates/full.md:12: …`.
 */
export async function loadTemplates(dir: string): Promise<LoadedTemplates> {
  const files = await listFiles(dir);
  const sources = await Promise.all(
    files.map(async (file) => ({ file, content: await readFile(join(dir, file), "utf8") })),
  );
  return toTemplates(shortest(dir), sources);
}

/**
 * Takes templates' texts, in any order, and the folder to name in messages.
 * @throws TerminalError TEMPLATE_INVALID as above.
 */
export function toTemplates(dir: string, sources: readonly TemplateSource[]): LoadedTemplates {
  const compiled = sources
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, content }) => compileTemplate(file, join(dir, file), content));
  const problems = [
    ...compiled.flatMap((each) => problemsOf(each, dir)),
    ...problemsBetween(
      compiled.map(({ candidate }) => candidate),
      dir,
    ),
  ];
  const candidates = compiled.map(({ candidate }) => candidate);
  const [fallback] = candidates.filter(({ when }) => when === undefined);
  if (problems.length > 0 || fallback === undefined) {
    throw templateInvalid(problems);
  }
  return {
    files: candidates.map(({ template }) => template.file),
    select: (facts) => chooseTemplate(candidates, facts) ?? fallback.template,
    find: (file) => candidates.find(({ template }) => template.file === file)?.template,
    explain: (facts) => explainChoice(candidates, facts),
  };
}

/** A folder below the working directory is named from there on, as people would. */
function shortest(dir: string): string {
  const fromHere = relative(process.cwd(), dir);
  return fromHere === "" || fromHere.startsWith("..") ? dir : fromHere;
}

async function listFiles(dir: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    throw templateInvalid([`${dir}: the folder of the templates can't be read`], error);
  }
  const files = names.filter((name) => name.endsWith(".md") && !name.startsWith(".")).toSorted();
  if (files.length > filesMax) {
    throw templateInvalid([`${dir}: ${files.length} templates; at most ${filesMax} are read`]);
  }
  for (const file of files) {
    const { size } = await stat(join(dir, file));
    if (size > fileBytesMax) {
      const text = `${size} bytes; a template has at most ${fileBytesMax}`;
      throw templateInvalid([`${join(dir, file)}:1: ${text}`]);
    }
  }
  return files;
}

function problemsOf({ candidate, problems }: Compiled, dir: string): string[] {
  const path = join(dir, candidate.template.file);
  return problems.map(({ line, text }) => `${path}:${line}: ${text}`);
}

function problemsBetween(candidates: readonly Candidate[], dir: string): string[] {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  const readable = candidates.filter(({ when }) => !isBroken(when));
  for (const { template, when, whenLine } of readable) {
    const identity = whenIdentity(when);
    const other = seen.get(identity);
    seen.set(identity, other ?? template.file);
    if (other !== undefined) {
      const what = when === undefined ? `no "when", like` : `the same "when" as`;
      const path = join(dir, template.file);
      problems.push(`${path}:${whenLine}: it has ${what} ${other}: which of them to use?`);
    }
  }
  const isComplete = readable.length === candidates.length;
  if (isComplete && readable.every(({ when }) => when !== undefined)) {
    const name = basename(dir);
    problems.push(`${dir}: no default template; one file in ${name}/ must have no "when"`);
  }
  return problems;
}
