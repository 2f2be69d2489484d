/** The data sources that the settings and the routes name: each once, and by which setting to mend it. */

import { parseUuid } from "../../domain/keys.ts";
import type { DataSourceIds } from "../../domain/route.ts";

/** A data source by its id and the setting that gave it. */
export interface DataSourceRef {
  readonly id: string;
  readonly setting: string;
  /** What Debrief calls it in its messages. */
  readonly label: string;
}

/** Where a route's pages and their action items live. */
export interface SourcePair {
  readonly postMortems: DataSourceRef;
  readonly actionItems: DataSourceRef;
}

export interface SourceRefs {
  /** All distinct pairs, the default one first. */
  readonly pairs: readonly SourcePair[];
  /** The default pair. */
  readonly standard: SourcePair;
  /** All distinct data sources of post-mortems, the default one first. */
  readonly postMortems: readonly DataSourceRef[];
  /** The same for action items. */
  readonly actionItems: readonly DataSourceRef[];
  /** The pair of these ids; absent: the default pair. */
  readonly pairOf: (ids: DataSourceIds | undefined) => SourcePair;
  /** The data source of action items with this id; absent: the default one. */
  readonly actionItemsOf: (id: string | undefined) => DataSourceRef;
  /** What the Status of these action items has to offer, by all routes that lead there. */
  readonly statusesOf: (actionItems: DataSourceRef) => readonly string[];
}

/** What a route names, and what it expects of the Status of its action items. */
export interface RouteSources extends DataSourceIds {
  readonly itemStatuses?: readonly string[];
}

export interface SourceOptions {
  readonly postMortemsId: string;
  readonly actionItemsId: string;
  readonly sources?: readonly RouteSources[] | undefined;
  /** For action items for which no route expects any. */
  readonly itemStatuses?: readonly string[] | undefined;
}

const routeSetting = "routes[…].notion";

/** Takes the ids of the settings and the routes; gives them without repeats, in the order given. */
export function createSourceRefs(options: SourceOptions): SourceRefs {
  const { postMortemsId, actionItemsId, sources = [] } = options;
  const standard = { postMortems: postMortemsOf(postMortemsId), actionItems: refOf(actionItemsId) };

  function postMortemsOf(id: string): DataSourceRef {
    const isDefault = isSameId(id, postMortemsId);
    const setting = isDefault ? "NOTION_POSTMORTEMS_ID" : routeSetting;
    return { id: isDefault ? postMortemsId : id, setting, label: "Post-mortems" };
  }

  function refOf(id: string): DataSourceRef {
    const isDefault = isSameId(id, actionItemsId);
    const setting = isDefault ? "NOTION_ACTION_ITEMS_ID" : routeSetting;
    return { id: isDefault ? actionItemsId : id, setting, label: "Action items" };
  }

  function pairOf(ids: DataSourceIds | undefined): SourcePair {
    return ids === undefined
      ? standard
      : { postMortems: postMortemsOf(ids.postMortems), actionItems: refOf(ids.actionItems) };
  }

  function statusesOf({ id }: DataSourceRef): readonly string[] {
    const named = sources.flatMap(({ actionItems, itemStatuses }) =>
      isSameId(actionItems, id) ? (itemStatuses ?? []) : [],
    );
    return named.length === 0 ? (options.itemStatuses ?? []) : [...new Set(named)];
  }

  const pairs = distinct(
    [standard, ...sources.map(pairOf)],
    (pair) => `${keyOf(pair.postMortems)} ${keyOf(pair.actionItems)}`,
  );
  return {
    pairs,
    standard,
    postMortems: distinct(
      pairs.map(({ postMortems }) => postMortems),
      keyOf,
    ),
    actionItems: distinct(
      pairs.map(({ actionItems }) => actionItems),
      keyOf,
    ),
    pairOf,
    actionItemsOf: (id) => (id === undefined ? standard.actionItems : refOf(id)),
    statusesOf,
  };
}

/** True when both are the same id, with or without dashes. */
export function isSameId(a: string, b: string): boolean {
  return plainId(a) === plainId(b);
}

/** A UUID with dashes and in lower case; anything else as it is. */
export function plainId(id: string): string {
  return parseUuid(id) ?? id;
}

function keyOf({ id }: DataSourceRef): string {
  return plainId(id);
}

function distinct<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  // Of equal keys the first stays, in its place.
  const byKey = new Map(items.toReversed().map((item) => [key(item), item]));
  return [...byKey.values()].toReversed();
}
