/** The workspace as people see it, for tests and for the board: pages with plain values and block trees. */

import { cellText, humanValue } from "./human-values.ts";
import type { DataSource, Fields, Page, View, World } from "./model.ts";
import { titleOf } from "./property.ts";
import { liveChildren } from "./render.ts";
import { isRichText, plainText } from "./rich-text.ts";
import { rowsOf } from "./routes-views.ts";
import { isShared, isTrashed, sourceOf } from "./world.ts";

export interface BlockView {
  readonly id: string;
  readonly type: string;
  /** Plain text; the cells of a row joined by " | ". */
  readonly text: string;
  /** As the API answers it. */
  readonly content: Fields;
  /** The name of who edited it last. */
  readonly editedBy: string;
  readonly byBot: boolean;
  readonly children: readonly BlockView[];
  /** Of a database or linked view: what its first view shows. */
  readonly view?: {
    readonly name: string;
    readonly dataSourceId: string;
    readonly columns: readonly string[];
    readonly rows: readonly string[];
  };
}

export interface PageView {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly icon: unknown;
  /** The title of its data source; undefined for a page that stands alone. */
  readonly dataSource?: string;
  readonly inTrash: boolean;
  /** Exact, where the API rounds to minutes. */
  readonly createdAt: string;
  readonly editedAt: string;
  readonly createdBy: string;
  readonly editedBy: string;
  /** By property name. */
  readonly properties: Readonly<Record<string, ReturnType<typeof humanValue>>>;
  readonly blocks: readonly BlockView[];
}

export interface SourceView {
  readonly id: string;
  readonly databaseId: string;
  readonly title: string;
  readonly shared: boolean;
  readonly properties: readonly {
    readonly name: string;
    readonly type: string;
    readonly options: readonly { readonly name: string; readonly color: string }[];
  }[];
}

/** Pages with their trees, oldest first; of one data source (by title or id) or all. */
export function viewPages(world: World, dataSource?: string): PageView[] {
  return [...world.pages.values()]
    .filter((page) => {
      const source = sourceOf(world, page);
      return (
        dataSource === undefined ||
        (source !== undefined && [source.id, plainText(source.title)].includes(dataSource))
      );
    })
    .map((page) => viewPage(world, page));
}

/** One page with its tree. */
export function viewPage(world: World, page: Page): PageView {
  const { state } = page;
  const source = sourceOf(world, page);
  return {
    id: page.id,
    url: `https://app.notion.com/p/${page.id.replaceAll("-", "")}`,
    title: titleOf(state.values),
    icon: state.icon,
    ...(source === undefined ? {} : { dataSource: plainText(source.title) }),
    inTrash: state.inTrash || isTrashed(world, page.id),
    createdAt: state.createdAt.toISOString(),
    editedAt: state.editedAt.toISOString(),
    createdBy: nameOf(world, state.createdBy),
    editedBy: nameOf(world, state.editedBy),
    properties: Object.fromEntries(
      (source?.properties ?? []).map((one) => [
        one.name,
        humanValue(world, one, state.values.get(one.id)),
      ]),
    ),
    blocks: viewBlocks(world, page.children),
  };
}

function viewBlocks(world: World, children: readonly string[]): BlockView[] {
  return liveChildren(world, children).map((id) => viewBlock(world, id));
}

function viewBlock(world: World, id: string): BlockView {
  const block = world.blocks.get(id);
  if (block !== undefined) {
    return {
      id,
      type: block.type,
      text: textOf(block.content),
      content: block.content,
      editedBy: nameOf(world, block.stamp.editedBy),
      byBot: block.stamp.editedBy === world.bot.id,
      children: viewBlocks(world, block.children),
    };
  }
  const page = world.pages.get(id);
  const database = world.databases.get(id);
  const text = page === undefined ? plainText(database?.title ?? []) : titleOf(page.state.values);
  const editor = page?.state.editedBy ?? database?.stamp.editedBy ?? "";
  const view = world.views.get(database?.viewIds[0] ?? "");
  return {
    id,
    type: page === undefined ? "child_database" : "child_page",
    text,
    content: {},
    editedBy: nameOf(world, editor),
    byBot: editor === world.bot.id,
    children: [],
    ...(view === undefined ? {} : { view: viewView(world, view) }),
  };
}

/** The plain text of a block's content. */
function textOf(content: Fields): string {
  const { rich_text, cells } = content;
  if (Array.isArray(cells)) {
    return cells.map(cellText).join(" | ");
  }
  return isRichText(rich_text) ? plainText(rich_text) : "";
}

function viewView(world: World, view: View): NonNullable<BlockView["view"]> {
  const source = world.dataSources.get(view.dataSourceId);
  const shown = view.configuration?.["properties"];
  const columns = Array.isArray(shown)
    ? shown.flatMap((one: Fields) => (one["visible"] === false ? [] : String(one["property_name"])))
    : (source?.properties ?? []).map((one) => one.name);
  const shared = source !== undefined && isShared(world, source.id);
  const rows = shared ? rowsOf(world, view, true) : [];
  return { name: view.name, dataSourceId: view.dataSourceId, columns, rows };
}

function nameOf(world: World, id: string): string {
  return world.users.get(id)?.name ?? id;
}

export function viewSource(world: World, source: DataSource): SourceView {
  return {
    id: source.id,
    databaseId: source.databaseId,
    title: plainText(source.title),
    shared: isShared(world, source.id),
    properties: source.properties.map(({ name, type, options }) => ({
      name,
      type,
      options: options.map((option) => ({ name: option.name, color: option.color })),
    })),
  };
}

/** The rows of the first table in a tree, header included, as plain text. */
export function tableRows(
  blocks: readonly BlockView[],
): readonly { readonly id: string; readonly cells: readonly string[]; readonly byBot: boolean }[] {
  const table = findBlock(blocks, (block) => block.type === "table");
  return (table?.children ?? []).map((row) => {
    const { cells } = row.content;
    return { id: row.id, cells: Array.isArray(cells) ? cells.map(cellText) : [], byBot: row.byBot };
  });
}

/** The first block in a tree that passes. */
export function findBlock(
  blocks: readonly BlockView[],
  test: (block: BlockView) => boolean,
): BlockView | undefined {
  for (const block of blocks) {
    const found = test(block) ? block : findBlock(block.children, test);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
