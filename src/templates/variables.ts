/**
 * Checks every name that a template reads, in every branch, before the first incident needs it:
 * variables, their fields, filters, and whether what is printed or looped over can be.
 */

import {
  analyzeSync,
  AssignTag,
  ForTag,
  Output,
  type Template as Node,
  TypeGuards,
  Value,
  type Variable,
} from "liquidjs";
import { branchesOf, filterNames } from "./liquid.ts";
import { knownWords, type Report } from "./problems.ts";
import { usualValues } from "./samples.ts";

/** What can be done with a value. `unknown` is what a filter made; rendering the samples checks that. */
type Shape =
  | { readonly is: "text" | "number" | "unknown" }
  | { readonly is: "list"; readonly entry: Shape }
  | { readonly is: "object"; readonly fields: ReadonlyMap<string, Shape> };
type Segments = Variable["segments"];

interface Scope {
  readonly names: Map<string, Shape>;
  /** Names assigned inside of a tag that is over by now. */
  readonly gone: Set<string>;
}

const unknown: Shape = { is: "unknown" };
const loopFields = ["index", "index0", "rindex", "rindex0", "first", "last", "length"];
const forloop: Shape = {
  is: "object",
  fields: new Map(loopFields.map((name) => [name, { is: "number" }])),
};
const given: ReadonlyMap<string, Shape> = new Map(
  Object.entries(usualValues).map(([name, value]) => [name, shapeLike(value)]),
);
const listKept = ["compact", "reverse", "slice", "sort", "sort_natural", "uniq", "where"];

/** Reports every name that does not exist and every value used as what it is not. */
export function checkVariables(nodes: readonly Node[], report: Report): void {
  checkNodes(nodes, { names: new Map(given), gone: new Set() }, report);
}

function checkNodes(nodes: readonly Node[], scope: Scope, report: Report): void {
  for (const node of nodes) {
    for (const { segments, location } of variablesOf(node)) {
      checkPath(segments, scope, (text) => report(location.row, text));
    }
    checkNode(node, scope, (text) => report(node.token.getPosition()[0] ?? 1, text));
    for (const branch of branchesOf(node)) {
      const names = new Map([...scope.names, ...loopNames(node, scope)]);
      checkNodes(branch, { names, gone: scope.gone }, report);
      for (const name of names.keys()) {
        scope.gone.add(name);
      }
    }
  }
}

function variablesOf(node: Pick<Node, "token" | "arguments">): Variable[] {
  const alone: Node = {
    token: node.token,
    render: () => "",
    arguments: () => node.arguments?.() ?? [],
  };
  return Object.values(analyzeSync([alone]).variables).flat();
}

function checkPath(segments: Segments, scope: Scope, say: (text: string) => void): void {
  const path = nameOf(segments);
  const root = String(segments[0]);
  if (scope.names.has(root)) {
    if (shapeAt(segments, scope) === undefined) {
      say(`unknown variable "${path}"; known: ${knownPaths(path, scope, root)}`);
    }
  } else if (scope.gone.has(root)) {
    say(`"${root}" exists only inside of the tag that sets it; assign it before that tag`);
  } else {
    say(`unknown variable "${path}"; known: ${knownPaths(path, scope)}`);
  }
}

function checkNode(node: Node, scope: Scope, say: (text: string) => void): void {
  for (const value of Array.from(node.arguments?.() ?? [])) {
    if (value instanceof Value) {
      checkFilters(value, scope, say);
    }
  }
  if (node instanceof Output) {
    checkPrinted(node, scope, say);
  }
  if (node instanceof ForTag) {
    const shape = collectionShape(node, scope);
    if (shape.is !== "list" && shape.is !== "unknown") {
      const lists = [...scope.names].flatMap(([name, each]) => pathsOf(name, each, "list"));
      say(`{% for %} needs a list; lists: ${knownWords(node.collection.getText(), lists)}`);
    }
  }
  if (node instanceof AssignTag) {
    const name = Array.from(node.localScope(), ({ content }) => content)[0] ?? "";
    if (given.has(name)) {
      say(`"${name}" is Debrief's; assign to another name`);
      return;
    }
    const [value] = Array.from(node.arguments());
    scope.names.set(name, value instanceof Value ? shapeOfValue(value, scope) : unknown);
  }
}

function checkFilters(value: Value, scope: Scope, say: (text: string) => void): void {
  let shape = shapeOfInitial(value, scope);
  for (const filter of value.filters) {
    // The escape that turns values into tokens is the last filter of every output; it has no name of a filter.
    if (!filterNames.includes(filter.name) && !filter.name.startsWith("[")) {
      say(`unknown filter "${filter.name}"; known: ${knownWords(filter.name, filterNames)}`);
    }
    const field = fieldArgument(filter);
    if (field !== undefined && shape.is === "list" && shape.entry.is === "object") {
      const { fields } = shape.entry;
      if (!fields.has(field)) {
        const known = knownWords(field, [...fields.keys()]);
        say(`unknown field "${field}" for the filter "${filter.name}"; known: ${known}`);
      }
    }
    shape = filtered(shape, filter);
  }
}

function checkPrinted(node: Output, scope: Scope, say: (text: string) => void): void {
  const shape = shapeOfValue(node.value, scope);
  const printed = node.token.content;
  if (shape.is === "object") {
    say(`"${printed}" has fields, print one of them: ${knownPaths(printed, scope, printed)}`);
  }
  if (shape.is === "list" && shape.entry.is === "object") {
    say(`"${printed}" is a list of entries with fields; print them in a {% for %}`);
  }
}

function loopNames(node: Node, scope: Scope): [string, Shape][] {
  if (!(node instanceof ForTag)) {
    return [];
  }
  const shape = collectionShape(node, scope);
  return [
    [node.variable, shape.is === "list" ? shape.entry : unknown],
    ["forloop", forloop],
  ];
}

function collectionShape(node: ForTag, scope: Scope): Shape {
  const { collection } = node;
  if (TypeGuards.isRangeToken(collection)) {
    return { is: "list", entry: { is: "number" } };
  }
  return shapeOfToken(collection, scope);
}

function shapeOfValue(value: Value, scope: Scope): Shape {
  return value.filters.reduce(filtered, shapeOfInitial(value, scope));
}

function shapeOfInitial({ initial }: Value, scope: Scope): Shape {
  const [token, ...more] = initial.postfix;
  return token === undefined || more.length > 0 ? unknown : shapeOfToken(token, scope);
}

function shapeOfToken(token: Node["token"], scope: Scope): Shape {
  if (!TypeGuards.isPropertyAccessToken(token)) {
    return unknown;
  }
  const [variable] = variablesOf({ token, arguments: () => [token] });
  return (variable && shapeAt(variable.segments, scope)) ?? unknown;
}

function filtered(shape: Shape, filter: Value["filters"][number]): Shape {
  if (shape.is !== "list" || filter.name.startsWith("[") || listKept.includes(filter.name)) {
    return shape;
  }
  if (filter.name === "first" || filter.name === "last") {
    return shape.entry;
  }
  const field = filter.name === "map" ? fieldArgument(filter) : undefined;
  const entry = field === undefined ? undefined : fieldOf(shape.entry, field);
  return entry === undefined ? unknown : { is: "list", entry };
}

/** The field that `map: "source"` and `where: "source", "metrics"` name. */
function fieldArgument({ name, args }: Value["filters"][number]): string | undefined {
  const [arg] = args;
  return (name === "map" || name === "where") && TypeGuards.isQuotedToken(arg)
    ? arg.content
    : undefined;
}

function shapeAt(segments: Segments, scope: Scope): Shape | undefined {
  const [root, ...fields] = segments;
  let shape = scope.names.get(String(root));
  for (const field of fields) {
    shape = shape && fieldOf(shape, field);
  }
  return shape;
}

function fieldOf(shape: Shape, field: Segments[number]): Shape | undefined {
  if (shape.is === "unknown") {
    return unknown;
  }
  if (shape.is === "object") {
    return typeof field === "object" ? unknown : shape.fields.get(String(field));
  }
  if (field === "size" && shape.is !== "number") {
    return { is: "number" };
  }
  const isEntry = typeof field !== "string" || field === "first" || field === "last";
  return shape.is === "list" && isEntry ? shape.entry : undefined;
}

/** What can be read, the closest to `path` first; only below `root` if that is given. */
function knownPaths(path: string, scope: Scope, root?: string): string {
  const names = [...scope.names].filter(([name]) => root === undefined || name === root);
  const paths = names.flatMap(([name, shape]) => pathsOf(name, shape));
  return knownWords(path, paths);
}

function pathsOf(name: string, shape: Shape, only?: Shape["is"]): string[] {
  if (shape.is === "object") {
    return [...shape.fields].flatMap(([field, each]) => pathsOf(`${name}.${field}`, each, only));
  }
  return only === undefined || shape.is === only ? [name] : [];
}

function nameOf(segments: Segments): string {
  return segments
    .map((each) => (typeof each === "object" ? `[${nameOf(each.segments)}]` : String(each)))
    .join(".")
    .replaceAll(".[", "[");
}

function shapeLike(sample: unknown): Shape {
  if (Array.isArray(sample)) {
    return { is: "list", entry: shapeLike(sample[0]) };
  }
  if (typeof sample === "object" && sample !== null) {
    const fields = Object.entries(sample);
    return {
      is: "object",
      fields: new Map(fields.map(([name, value]) => [name, shapeLike(value)])),
    };
  }
  return { is: typeof sample === "number" ? "number" : "text" };
}
