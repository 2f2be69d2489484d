/** Reads YAML and knows on which line of it each place stands, so that a problem can be found by its line. */

import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
} from "yaml";

/** The way to a value: keys, and positions in lists counted from 0. */
export type Place = readonly string[];

export interface YamlFile {
  readonly value: unknown;
  /** Notes a problem of what stands at a place. Its text has no full stop at the end. */
  report(place: Place, problem: string): void;
}

const aliasesMax = 100;

/** Takes a text, its path for messages, and where problems go; gives its content, or undefined where it is no YAML. */
export function parseYaml(text: string, path: string, problems: string[]): YamlFile | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  function reportAt(offset: number | undefined, problem: string): void {
    const line = offset === undefined ? 1 : lines.linePos(offset).line;
    problems.push(`${path}, line ${line}: ${problem}.`);
  }
  if (document.errors.length > 0) {
    for (const error of document.errors) {
      reportAt(error.pos[0], `is not valid YAML: ${error.message}`);
    }
    return undefined;
  }
  try {
    return {
      value: document.toJS({ maxAliasCount: aliasesMax }),
      report: (place, problem) => {
        reportAt(offsetOf(document, place), problem);
      },
    };
  } catch {
    reportAt(undefined, "has too many aliases; write the values out");
    return undefined;
  }
}

/** Where a place of the file begins: its key or its element of a list, or as much of the way there as exists. */
function offsetOf(document: Document, place: Place): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of place) {
    const inside = isAlias(node) ? node.resolve(document) : node;
    const next = isSeq(inside) ? elementOf(inside.items, step) : entryOf(inside, step);
    if (next === undefined) {
      return offset;
    }
    offset = next.offset ?? offset;
    node = next.node;
  }
  return offset;
}

interface Found {
  readonly node: unknown;
  readonly offset: number | undefined;
}

function elementOf(items: readonly unknown[], step: string): Found | undefined {
  const node = items[Number(step)];
  return node === undefined
    ? undefined
    : { node, offset: isNode(node) ? node.range?.[0] : undefined };
}

function entryOf(node: unknown, step: string): Found | undefined {
  const pair = isMap(node)
    ? node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step,
      )
    : undefined;
  return pair === undefined
    ? undefined
    : { node: pair.value, offset: isScalar(pair.key) ? pair.key.range?.[0] : undefined };
}
