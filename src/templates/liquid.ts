/**
 * Runs Liquid over a template's source. What comes out is Markdown in which every printed value is a token,
 * and which knows for each place the line of the source that it came from. No tag or filter reads files or clocks.
 */

import {
  CaseTag,
  ForTag,
  IfTag,
  Liquid,
  LiquidError,
  Output,
  type Template as Node,
  TokenKind,
  Tokenizer,
  TypeGuards,
  UnlessTag,
} from "liquidjs";
import { cleanValue, type Printed, tokenOf } from "./printed.ts";
import { knownWords, type Report } from "./problems.ts";

/** What a template became: Markdown with tokens, and the values for them. */
export interface Rendered {
  readonly markdown: string;
  readonly printed: readonly Printed[];
  /** The line of the source that this offset of the Markdown came from. */
  lineOf(offset: number): number;
}

export interface LiquidTemplate {
  readonly nodes: readonly Node[];
  /** @throws LiquidError when a value that is not there is read, or a limit is reached. */
  render(values: object): Rendered;
  /** Every branch of every condition once, loops once: what could ever be on the page. */
  renderEveryBranch(): Rendered;
}

/** Tags that open something or stand alone. */
const tagNames = ["assign", "break", "case", "comment", "continue", "for", "if", "unless", "#"];
const innerTagNames = "else elsif when endcase endcomment endfor endif endunless".split(" ");

/** Filters of text, numbers and lists. Not: dates and randomness, which would differ from run to run. */
export const filterNames: readonly string[] = [
  "abs append at_least at_most capitalize ceil compact concat default divided_by downcase first",
  "floor join last lstrip map minus modulo plus prepend remove remove_first replace replace_first",
  "reverse round rstrip size slice sort sort_natural split strip strip_newlines times truncate",
  "truncatewords uniq upcase where",
].flatMap((names) => names.split(" "));

const sourceCharactersMax = 200_000;
const memoryMax = 10_000_000;
/** A backstop against loops in loops; the shipped templates take about a millisecond. */
const renderMs = 5000;
const printedMax = 20_000;

interface Trace {
  /** Offset in the Markdown. */
  readonly at: number;
  /** Offset in the source. */
  readonly from: number;
  /** Whether the source was copied, so that offsets run on in step. */
  readonly copied: boolean;
}

/** Where a run writes to. Runs are synchronous, so one at a time is enough. */
interface Sink {
  readonly printed: Printed[];
  readonly traces: Trace[];
  expression: string;
}

/**
 * Takes a template's source without its front matter (blank lines in its place keep the line numbers);
 * gives it ready to render, or undefined after reporting why it can't be parsed.
 */
export function parseLiquid(source: string, report: Report): LiquidTemplate | undefined {
  const sink = { current: newSink() };
  const engine = safeEngine((value) => print(value, sink.current));
  const nodes = parseNodes(source, engine, report);
  if (nodes === undefined) {
    return undefined;
  }
  for (const leaf of leavesOf(nodes)) {
    traceLeaf(leaf, () => sink.current);
  }
  return {
    nodes,
    render(values) {
      const { printed, traces } = (sink.current = newSink());
      const markdown = String(engine.renderSync([...nodes], values));
      return { markdown, printed, lineOf: lineFinder(source, traces) };
    },
    renderEveryBranch() {
      const { printed, traces } = (sink.current = newSink());
      const markdown = joinLeaves(leavesOf(nodes), sink.current);
      return { markdown, printed, lineOf: lineFinder(source, traces) };
    },
  };
}

/** The lists of nodes inside a tag, one for each way it can go. */
export function branchesOf(node: Node): readonly (readonly Node[])[] {
  if (node instanceof IfTag || node instanceof UnlessTag || node instanceof CaseTag) {
    return [...node.branches.map(({ templates }) => templates), node.elseTemplates ?? []];
  }
  return node instanceof ForTag ? [node.templates, node.elseTemplates] : [];
}

/** Takes what Liquid threw; gives the line and a plain reason. @throws the error itself if it is not Liquid's. */
export function explainLiquidError(error: unknown): { line: number; text: string } {
  if (!LiquidError.is(error)) {
    throw error;
  }
  const text = error.message
    .replace(/(?:, (?:file:[^,]*|line:\d+|col:\d+))+$/, "")
    .replace(/^tag "(.+)" not found$/, "{% $1 %} stands outside of the tag that it belongs to")
    .replace(/^(?:tag|output) "?(\{[^]*?)"? not closed$/, (_, opening: string) => {
      // The engine quotes what it shows: a line's end stands there as \n.
      return `"${opening.split(/\\n|\n/)[0]?.trim()}" is never closed`;
    })
    .replace(/^undefined variable: (.+)$/, (_, path: string) => {
      return `${path} is read where it does not exist; test the size of its list with {% if %} first`;
    });
  return { line: error.token.getPosition()[0] ?? 1, text };
}

function safeEngine(outputEscape: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    outputEscape,
    strictVariables: true,
    lenientIf: true,
    ownPropertyOnly: true,
    parseLimit: sourceCharactersMax,
    memoryLimit: memoryMax,
    renderLimit: renderMs,
    templates: {},
  });
  for (const name of Object.keys(engine.tags).filter((each) => !tagNames.includes(each))) {
    delete engine.tags[name];
  }
  for (const name of Object.keys(engine.filters).filter((each) => !filterNames.includes(each))) {
    engine.unregisterFilter(name);
  }
  return engine;
}

function parseNodes(source: string, engine: Liquid, report: Report): Node[] | undefined {
  try {
    return hasUnknownTags(source, engine, report) ? undefined : engine.parse(source);
  } catch (error) {
    const { line, text } = explainLiquidError(error);
    report(line, text);
    return undefined;
  }
}

// The parser stops at the first unknown tag. A look at all tags first finds every one.
function hasUnknownTags(source: string, engine: Liquid, report: Report): boolean {
  let isUnknown = false;
  let isComment = false;
  for (const token of new Tokenizer(source).readTopLevelTokens(engine.options)) {
    if (!TypeGuards.isTagToken(token)) {
      continue;
    }
    const { name } = token;
    isComment = name === "comment" || (isComment && name !== "endcomment");
    const isKnown = tagNames.includes(name) || innerTagNames.includes(name);
    if (isKnown || isComment) {
      continue;
    }
    isUnknown = true;
    // The end of an unknown tag is reported with its beginning.
    if (!name.startsWith("end")) {
      const known = knownWords(name, tagNames.slice(0, -1));
      report(token.getPosition()[0] ?? 1, `unknown tag "${name}"; known: ${known}`);
    }
  }
  return isUnknown;
}

function newSink(): Sink {
  return { printed: [], traces: [], expression: "" };
}

/** Every value that is printed goes through here, whatever tag, loop or filter it comes from. */
function print(value: unknown, sink: Sink): string {
  if (sink.printed.length >= printedMax) {
    throw new Error(`it prints more than ${printedMax} values`);
  }
  sink.printed.push({ text: cleanValue(textOf(value)), expression: sink.expression });
  return tokenOf(sink.printed.length - 1);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) {
    return "";
  }
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value.map(textOf).join(", ");
  }
  throw new Error("it prints something that is neither text nor number; print one of its fields");
}

/** The nodes that write, in the order of the source, from all branches. */
function leavesOf(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => {
    const branches = branchesOf(node);
    return branches.length > 0 ? branches.flatMap(leavesOf) : isLeaf(node) ? [node] : [];
  });
}

function isLeaf(node: Node): boolean {
  return node instanceof Output || node.token.kind === TokenKind.HTML;
}

/** Makes a node note where in the Markdown it begins to write. */
function traceLeaf(leaf: Node, currentSink: () => Sink): void {
  const render = leaf.render.bind(leaf);
  leaf.render = (context, emitter) => {
    enterLeaf(leaf, emitter.buffer.length, currentSink());
    return render(context, emitter);
  };
}

function enterLeaf(leaf: Node, at: number, sink: Sink): void {
  const copied = !(leaf instanceof Output);
  sink.traces.push({ at, from: copied ? copiedRange(leaf).begin : leaf.token.begin, copied });
  sink.expression = leaf instanceof Output ? leaf.token.content : "";
}

/** What of the source a text node copies: all of it but what `{%-` and `-%}` trimmed. */
function copiedRange({ token }: Node): { begin: number; end: number } {
  return TypeGuards.isHTMLToken(token)
    ? { begin: token.begin + token.trimLeft, end: token.end - token.trimRight }
    : { begin: token.begin, end: token.end };
}

function joinLeaves(leaves: readonly Node[], sink: Sink): string {
  let markdown = "";
  for (const leaf of leaves) {
    enterLeaf(leaf, markdown.length, sink);
    const { begin, end } = copiedRange(leaf);
    markdown += leaf instanceof Output ? print("x", sink) : leaf.token.input.slice(begin, end);
  }
  return markdown;
}

function lineFinder(source: string, traces: readonly Trace[]): (offset: number) => number {
  return (offset) => {
    const trace = traces.findLast(({ at }) => at <= offset);
    const place = trace === undefined ? 0 : trace.from + (trace.copied ? offset - trace.at : 0);
    return source.slice(0, place).split("\n").length;
  };
}
