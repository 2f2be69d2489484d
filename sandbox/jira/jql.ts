/**
 * Jira's query language: from text to a tree of clauses and a sort order. It knows the grammar only;
 * what fields and names mean is for jql-match.ts.
 */

type Operator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "~"
  | "!~"
  | "in"
  | "not in"
  | "is"
  | "is not";

export type Operand =
  /** `isQuoted` tells "15" (minutes, to a date) from 15 (milliseconds). */
  | { readonly kind: "text"; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: "empty" }
  | { readonly kind: "function"; readonly name: string };

/** One comparison, such as `labels IN (a, b)`. */
export interface Term {
  readonly kind: "term";
  /** As written. */
  readonly field: string;
  readonly operator: Operator;
  /** One, or those of the list. */
  readonly operands: readonly Operand[];
}

export type Clause =
  | Term
  | { readonly kind: "and" | "or"; readonly parts: readonly Clause[] }
  | { readonly kind: "not"; readonly part: Clause };

export interface Sorting {
  readonly field: string;
  /** Absent: the field's own way, which is descending for dates. */
  readonly direction?: "asc" | "desc";
}

export interface Query {
  /** Undefined when nothing restricts the query. */
  readonly where: Clause | undefined;
  readonly orderBy: readonly Sorting[];
}

/** The query is not one; the message is Jira's, for people. */
export class JqlError extends Error {
  constructor(message: string) {
    super(`Error in the JQL Query: ${message}`);
    this.name = "JqlError";
  }
}

interface Token {
  /** A sign is an operator, a bracket or a comma. */
  readonly kind: "word" | "quoted" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

interface Reader {
  readonly text: string;
  readonly tokens: readonly Token[];
  next: number;
  /** How many brackets and NOTs are open. */
  depth: number;
}

const clausesMax = 500;
const orderByMax = 7;
const depthMax = 200;

const reservedWords = new Set(
  `abort access add after alias all alter and any are as asc audit avg before begin between boolean
  break by byte catch cf char character check checkpoint collate collation column commit connect
  continue count create current date decimal declare decrement default defaults define delete
  delimiter desc difference distinct divide do double drop else empty encoding end equals escape
  exclusive exec execute exists explain false fetch file field first float for from function go goto
  grant greater group having identified if immediate in increment index initial inner inout input
  insert int integer intersect intersection into is isempty isnull join last left less like limit
  lock long max min minus mode modify modulo more multiply next noaudit not notin nowait null number
  object of on option or order outer output power previous prior privileges public raise raw remainder
  rename resource return returns revoke right row rowid rownum rows select session set share size
  sqrt start strict string subtract sum synonym table then to trans transaction trigger true uid
  union unique update user validate values view when whenever where while with`.split(/\s+/u),
);

/** Parses a query. A JqlError when it breaks the grammar. */
export function parseJql(text: string): Query {
  const reader: Reader = { text, tokens: tokensOf(text), next: 0, depth: 0 };
  const startsWithOrder = isKeyword(peek(reader), "order");
  const where = startsWithOrder || peek(reader).kind === "end" ? undefined : readOr(reader);
  const orderBy = isKeyword(peek(reader), "order") ? readOrderBy(reader) : [];
  const rest = peek(reader);
  if (rest.kind !== "end") {
    fail(reader, rest, `Expecting either 'OR' or 'AND' but got '${rest.text}'.`);
  }
  if (where !== undefined && countTerms(where) > clausesMax) {
    throw new JqlError(`The query has more than ${clausesMax} clauses.`);
  }
  return { where, orderBy };
}

function countTerms(clause: Clause): number {
  if (clause.kind === "term") {
    return 1;
  }
  const parts = clause.kind === "not" ? [clause.part] : clause.parts;
  return parts.reduce((sum, part) => sum + countTerms(part), 0);
}

const signs = /(?:!=|!~|<=|>=|&&|\|\||[=<>~(),!&|])/uy;
const space = /\s+/uy;
// "." and "[" "]" are reserved in values, but stand in fields such as issue.property[a.b].c.
const word = /(?:[^\s=<>~(),!&|"'@#$%^*+;?/\\{}`]|\\.)+/uy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const rest = textAt(space, text, at);
    if (rest !== undefined) {
      at += rest.length;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token.token);
    at = token.end;
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function tokenAt(text: string, at: number): { readonly token: Token; readonly end: number } {
  const first = text.charAt(at);
  if (first === '"' || first === "'") {
    return quotedAt(text, at);
  }
  const sign = textAt(signs, text, at);
  if (sign !== undefined) {
    return { token: { kind: "sign", text: sign, at }, end: at + sign.length };
  }
  const raw = textAt(word, text, at);
  if (raw === undefined) {
    const code = first.charCodeAt(0).toString(16).padStart(4, "0");
    return refuse(
      text,
      at,
      `The character '${first}' is a reserved JQL character. You must enclose it in a string or use the escape '\\u${code}' instead.`,
    );
  }
  return { token: { kind: "word", text: unescape(text, at, raw), at }, end: at + raw.length };
}

function textAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function quotedAt(text: string, at: number): { readonly token: Token; readonly end: number } {
  const quote = text.charAt(at);
  let end = at + 1;
  while (end < text.length && text.charAt(end) !== quote) {
    end += text.charAt(end) === "\\" ? 2 : 1;
  }
  if (end >= text.length) {
    refuse(text, at, `The quoted string '${text.slice(at + 1)}' has not been completed.`);
  }
  const raw = text.slice(at + 1, end);
  return { token: { kind: "quoted", text: unescape(text, at, raw), at }, end: end + 1 };
}

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r" };

function unescape(text: string, at: number, raw: string): string {
  return raw.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|(.?))/gu,
    (all, code: string | undefined, one = "") => {
      if (code !== undefined) {
        return String.fromCharCode(Number.parseInt(code, 16));
      }
      const isPlain = one !== "" && !/[a-zA-Z0-9]/u.test(one);
      const plain = isPlain ? one : escapes[one];
      return (
        plain ??
        refuse(
          text,
          at,
          `'${all}' is an illegal JQL escape sequence. The valid escape sequences are \\', \\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX.`,
        )
      );
    },
  );
}

function peek(reader: Reader): Token {
  return reader.tokens[reader.next] ?? { kind: "end", text: "", at: reader.text.length };
}

function take(reader: Reader): Token {
  const token = peek(reader);
  reader.next += 1;
  return token;
}

function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === "word" && token.text.toLowerCase() === keyword;
}

function isSign(token: Token, ...texts: readonly string[]): boolean {
  return token.kind === "sign" && texts.includes(token.text);
}

function fail(reader: Reader, token: Token, message: string): never {
  return refuse(reader.text, token.at, message);
}

function refuse(text: string, at: number, message: string): never {
  const before = text.slice(0, at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  throw new JqlError(`${message} (line ${before.length}, character ${column})`);
}

function readOr(reader: Reader): Clause {
  const parts = [readAnd(reader)];
  while (isKeyword(peek(reader), "or") || isSign(peek(reader), "|", "||")) {
    take(reader);
    parts.push(readAnd(reader));
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "or", parts };
}

function readAnd(reader: Reader): Clause {
  const parts = [readNot(reader)];
  while (isKeyword(peek(reader), "and") || isSign(peek(reader), "&", "&&")) {
    take(reader);
    parts.push(readNot(reader));
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "and", parts };
}

function readNot(reader: Reader): Clause {
  const token = peek(reader);
  const isNot = isKeyword(token, "not") || isSign(token, "!");
  if (!isNot && !isSign(token, "(")) {
    return readTerm(reader);
  }
  take(reader);
  reader.depth += 1;
  if (reader.depth > depthMax) {
    fail(reader, token, "The query is nested too deeply.");
  }
  const inner: Clause = isNot ? { kind: "not", part: readNot(reader) } : readInBrackets(reader);
  reader.depth -= 1;
  return inner;
}

function readInBrackets(reader: Reader): Clause {
  const inner = readOr(reader);
  const close = take(reader);
  if (!isSign(close, ")")) {
    fail(reader, close, `Expecting ')' but got ${said(close)}.`);
  }
  return inner;
}

function readTerm(reader: Reader): Term {
  const field = readName(reader, "a field name");
  const operator = readOperator(reader);
  const isList = operator === "in" || operator === "not in";
  const operands = isList ? readList(reader) : [readOperand(reader)];
  return { kind: "term", field, operator, operands };
}

function readName(reader: Reader, what: string): string {
  const token = take(reader);
  if (token.kind === "quoted") {
    return token.text;
  }
  if (token.kind !== "word") {
    return fail(reader, token, `Expecting ${what} but got ${said(token)}.`);
  }
  if (reservedWords.has(token.text.toLowerCase())) {
    return fail(
      reader,
      token,
      `'${token.text}' is a reserved JQL word. You must surround it in quotation marks to use it in a query.`,
    );
  }
  return token.text;
}

function said(token: Token): string {
  return token.kind === "end" ? "the end of the query" : `'${token.text}'`;
}

const operatorsText =
  "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.";

function readOperator(reader: Reader): Operator {
  const token = take(reader);
  if (token.kind === "sign") {
    switch (token.text) {
      case "=":
      case "!=":
      case "<":
      case "<=":
      case ">":
      case ">=":
      case "~":
      case "!~":
        return token.text;
      default:
    }
  }
  if (isKeyword(token, "in")) {
    return "in";
  }
  if (isKeyword(token, "not") && isKeyword(peek(reader), "in")) {
    take(reader);
    return "not in";
  }
  if (isKeyword(token, "is")) {
    if (isKeyword(peek(reader), "not")) {
      take(reader);
      return "is not";
    }
    return "is";
  }
  return fail(reader, token, `Expecting operator but got ${said(token)}. ${operatorsText}`);
}

function readList(reader: Reader): Operand[] {
  const open = take(reader);
  if (!isSign(open, "(")) {
    fail(reader, open, `Expecting '(' but got ${said(open)}.`);
  }
  const operands = [readOperand(reader)];
  for (;;) {
    const token = take(reader);
    if (isSign(token, ")")) {
      return operands;
    }
    if (!isSign(token, ",")) {
      fail(reader, token, `Expecting ',' or ')' but got ${said(token)}.`);
    }
    operands.push(readOperand(reader));
  }
}

function readOperand(reader: Reader): Operand {
  const token = peek(reader);
  if (isKeyword(token, "empty") || isKeyword(token, "null")) {
    take(reader);
    return { kind: "empty" };
  }
  const text = readName(reader, "either a value, list or function");
  if (token.kind === "quoted" || !isSign(peek(reader), "(")) {
    return { kind: "text", text, isQuoted: token.kind === "quoted" };
  }
  take(reader);
  const close = take(reader);
  if (!isSign(close, ")")) {
    fail(reader, close, `Function '${text}' takes no arguments here.`);
  }
  return { kind: "function", name: text.toLowerCase() };
}

function readOrderBy(reader: Reader): Sorting[] {
  take(reader);
  const by = take(reader);
  if (!isKeyword(by, "by")) {
    fail(reader, by, `Expecting 'by' but got ${said(by)}.`);
  }
  const sortings: Sorting[] = [];
  do {
    const field = readName(reader, "a field name");
    const token = peek(reader);
    if (isKeyword(token, "asc") || isKeyword(token, "desc")) {
      take(reader);
      sortings.push({ field, direction: isKeyword(token, "asc") ? "asc" : "desc" });
    } else {
      sortings.push({ field });
    }
  } while (isSign(peek(reader), ",") && take(reader).kind === "sign");
  if (sortings.length > orderByMax) {
    throw new JqlError(`The order clause has more than ${orderByMax} fields.`);
  }
  return sortings;
}
