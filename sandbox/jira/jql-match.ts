/**
 * What a JQL query means: which issues it takes, and in which order. It works on flat facts of an issue, so
 * that a search can judge a state that the index has kept while the issue went on.
 */

import { JqlError, type Clause, type Operand, type Query, type Sorting, type Term } from "./jql.ts";
import { readJqlDate } from "./jql-dates.ts";
import {
  fieldsByName,
  lower,
  type Field,
  type FieldKind,
  type Searchable,
  type SiteNames,
} from "./jql-fields.ts";

export interface MatchContext {
  readonly names: SiteNames;
  readonly now: Date;
  /** Of the searching user: dates in a query are theirs. */
  readonly timeZone: string;
  /** Undefined for an anonymous search. */
  readonly currentUserId: string | undefined;
}

export interface Matcher {
  readonly matches: (issue: Searchable) => boolean;
  /** Orders as the query says; the newest issue first where it says nothing. */
  readonly compare: (left: Searchable, right: Searchable) => number;
}

type Test = (issue: Searchable) => boolean;

/** Thrown for a name or field that the site does not know: the answer is then empty, not an error. */
class UnknownName extends Error {}

/** Prepares a query. A JqlError for an operator or date that a field does not take. */
export function matcherOf(query: Query, context: MatchContext): Matcher {
  try {
    const test = query.where === undefined ? (): boolean => true : testOf(query.where, context);
    const orders = query.orderBy.map(orderOf);
    return { matches: test, compare: (left, right) => compareBy(orders, left, right) };
  } catch (error) {
    if (error instanceof UnknownName) {
      return { matches: () => false, compare: () => 0 };
    }
    throw error;
  }
}

function testOf(clause: Clause, context: MatchContext): Test {
  switch (clause.kind) {
    case "term":
      return termTest(clause, context);
    case "not":
      return testOf(negated(clause.part), context);
    case "and": {
      const tests = clause.parts.map((part) => testOf(part, context));
      return (issue) => tests.every((test) => test(issue));
    }
    case "or": {
      const tests = clause.parts.map((part) => testOf(part, context));
      return (issue) => tests.some((test) => test(issue));
    }
  }
}

const opposites = {
  "=": "!=",
  "!=": "=",
  "<": ">=",
  ">=": "<",
  "<=": ">",
  ">": "<=",
  "~": "!~",
  "!~": "~",
  in: "not in",
  "not in": "in",
  is: "is not",
  "is not": "is",
} as const satisfies Record<Term["operator"], Term["operator"]>;

/** Jira pushes NOT down to the operators; hence an empty field satisfies neither `x = a` nor its NOT. */
function negated(clause: Clause): Clause {
  switch (clause.kind) {
    case "term":
      return { ...clause, operator: opposites[clause.operator] };
    case "not":
      return clause.part;
    case "and":
    case "or":
      return { kind: clause.kind === "and" ? "or" : "and", parts: clause.parts.map(negated) };
  }
}

/** Fields that only an installed app could have indexed are unknown, as is every misspelt one. */
function fieldNamed(name: string): Field {
  const field = fieldsByName.get(name.toLowerCase());
  if (field === undefined) {
    throw new UnknownName(name);
  }
  return field;
}

const equality: readonly Term["operator"][] = ["=", "!=", "in", "not in", "is", "is not"];
const ordering: readonly Term["operator"][] = ["<", "<=", ">", ">="];
const operatorsOf: Readonly<Record<FieldKind, readonly Term["operator"][]>> = {
  id: equality,
  label: equality,
  issue: [...equality, ...ordering],
  date: [...equality, ...ordering],
  day: [...equality, ...ordering],
  text: ["~", "!~", "is", "is not"],
};

function termTest(term: Term, context: MatchContext): Test {
  const field = fieldNamed(term.field);
  const { operator } = term;
  if (!operatorsOf[field.kind].includes(operator)) {
    throw new JqlError(`The operator '${operator}' is not supported by the '${term.field}' field.`);
  }
  const emptyOperands = term.operands.filter((one) => isEmpty(field, one));
  if ((operator === "is" || operator === "is not") && emptyOperands.length === 0) {
    throw new JqlError(`The operator '${operator}' only supports the values EMPTY and NULL.`);
  }
  const rest = term.operands.filter((one) => !emptyOperands.includes(one));
  if (operator === "~" || operator === "!~") {
    return textTest(field, operator === "~", rest);
  }
  if (ordering.includes(operator)) {
    return orderTest(field, term, context);
  }
  const isNegative = operator === "!=" || operator === "not in" || operator === "is not";
  const wanted = new Set(rest.flatMap((one) => valuesOf(field, one, { term, context })));
  return (issue) => {
    const values = field.values(issue);
    const isHit =
      values.length === 0 ? emptyOperands.length > 0 : values.some((value) => wanted.has(value));
    // Without a value there is nothing that could differ: only EMPTY speaks of such an issue.
    return isNegative ? values.length > 0 && !isHit : isHit;
  };
}

function isEmpty(field: Field, operand: Operand): boolean {
  const isUnresolved =
    field.name === "resolution" &&
    operand.kind === "text" &&
    operand.text.toLowerCase() === "unresolved";
  return operand.kind === "empty" || isUnresolved;
}

function textTest(field: Field, isPositive: boolean, operands: readonly Operand[]): Test {
  const words = operands.flatMap((one) =>
    one.kind === "text" ? (one.text.toLowerCase().match(/[\p{L}\p{N}_-]+/gu) ?? []) : [],
  );
  return (issue) => {
    const text = field.values(issue).join(" ").toLowerCase();
    return words.every((word) => text.includes(word)) === isPositive;
  };
}

interface Asked {
  readonly term: Term;
  readonly context: MatchContext;
}

/** What an operand stands for, in the field's own values. Throws UnknownName when it is no such thing. */
function valuesOf(field: Field, operand: Operand, asked: Asked): readonly (string | number)[] {
  const { names } = asked.context;
  switch (field.kind) {
    case "date":
    case "day":
      return [dateOf(field, operand, asked)];
    case "label":
    case "text":
      return [lower(textOf(operand, asked))];
    case "id":
    case "issue": {
      const found = field.resolve?.(textOf(operand, asked), names) ?? [];
      if (found.length === 0) {
        throw new UnknownName(asked.term.field);
      }
      return found;
    }
  }
}

function textOf(operand: Operand, { term, context }: Asked): string {
  switch (operand.kind) {
    case "text":
      return operand.text;
    case "empty":
      throw new JqlError(`The operator '${term.operator}' does not support EMPTY or NULL.`);
    case "function":
      if (operand.name !== "currentuser") {
        throw new JqlError(`Unable to find JQL function '${operand.name}()'.`);
      }
      if (context.currentUserId === undefined) {
        throw new UnknownName("currentUser()");
      }
      return context.currentUserId;
  }
}

function dateOf(field: Field, operand: Operand, asked: Asked): string | number {
  const { context, term } = asked;
  if (operand.kind === "function" && operand.name === "now") {
    return field.kind === "day" ? dayIn(context.now, context.timeZone) : context.now.getTime();
  }
  const text = textOf(operand, asked);
  const isQuoted = operand.kind === "text" && operand.isQuoted;
  const at = readJqlDate(text, { isQuoted, now: context.now, timeZone: context.timeZone });
  if (at === undefined) {
    throw new JqlError(
      `Date value '${text}' for field '${term.field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
    );
  }
  return field.kind === "day" ? dayIn(at, context.timeZone) : at.getTime();
}

/** The calendar day of an instant, "2026-12-04". */
function dayIn(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(at);
}

function orderTest(field: Field, term: Term, context: MatchContext): Test {
  const [operand] = term.operands;
  if (operand === undefined) {
    return () => false;
  }
  const [bound] = valuesOf(field, operand, { term, context });
  if (bound === undefined) {
    return () => false;
  }
  const limit = field.kind === "issue" ? Number(bound) : bound;
  return (issue) =>
    field.values(issue).some((value) => {
      const sign = order(field.kind === "issue" ? Number(value) : value, limit);
      if (sign === 0) {
        return term.operator.endsWith("=");
      }
      return sign < 0 === term.operator.startsWith("<");
    });
}

function order(left: string | number, right: string | number): number {
  if (typeof left === "number" && typeof right === "number") {
    return left - right;
  }
  return String(left) < String(right) ? -1 : Number(String(left) > String(right));
}

interface Order {
  readonly valueOf: (issue: Searchable) => string | number | undefined;
  readonly sign: 1 | -1;
}

function orderOf({ field: name, direction }: Sorting): Order {
  const field = fieldNamed(name);
  const isDescending = direction === undefined ? field.kind === "date" : direction === "desc";
  function valueOf(issue: Searchable): string | number | undefined {
    const [value] = field.kind === "issue" ? [sortableKey(issue.key)] : field.values(issue);
    const isNumber = typeof value === "string" && /^\d+$/u.test(value);
    return isNumber ? Number(value) : value;
  }
  return { valueOf, sign: isDescending ? -1 : 1 };
}

/** Keys go by project, and by number within one: "OPS-00000007". */
function sortableKey(key: string): string {
  const [project = "", number = ""] = key.split("-");
  return `${project}-${number.padStart(8, "0")}`;
}

function compareBy(orders: readonly Order[], left: Searchable, right: Searchable): number {
  for (const { valueOf, sign } of orders) {
    const [one, other] = [valueOf(left), valueOf(right)];
    if (one !== undefined && other !== undefined && one !== other) {
      return sign * order(one, other);
    }
    // Issues without a value come last, whichever way the order runs.
    if ((one === undefined) !== (other === undefined)) {
      return one === undefined ? 1 : -1;
    }
  }
  return Number(right.id) - Number(left.id);
}
