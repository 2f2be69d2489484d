/** What tests read off a post-mortem page: its rows with what they link to, its headings, its words. */

import type { BlockView, PageView } from "../../sandbox/notion/views-of-world.ts";

export interface Row {
  readonly id: string;
  readonly time: string;
  readonly event: string;
  readonly actor: string;
  /** `log-R123` and the like, where the time links to a record of the incident. */
  readonly record: string | undefined;
  readonly href: string | undefined;
  readonly byBot: boolean;
}

interface TextItem {
  readonly type: string;
  readonly plain_text: string;
  readonly href: string | null;
  readonly annotations: unknown;
}

/** Every block of the page, in reading order. */
export function allBlocks(blocks: readonly BlockView[]): BlockView[] {
  return blocks.flatMap((block) => [block, ...allBlocks(block.children)]);
}

/** Every piece of rich text in the page's body, table cells included. */
export function allText(page: PageView): TextItem[] {
  return allBlocks(page.blocks).flatMap(({ content }) => {
    const cells = Array.isArray(content["cells"]) ? content["cells"].flat() : [];
    const items = [content["rich_text"], content["caption"], cells].flat();
    return items.filter((item): item is TextItem => isTextItem(item));
  });
}

function isTextItem(item: unknown): item is TextItem {
  return typeof item === "object" && item !== null && "plain_text" in item;
}

export function timelineTable(page: PageView): BlockView {
  const table = page.blocks.find((block) => block.type === "table");
  if (table === undefined) {
    throw new Error("the page has no table");
  }
  return table;
}

/** The rows of the timeline, without its header. */
export function rowsOf(page: PageView): Row[] {
  return timelineTable(page)
    .children.slice(1)
    .map((row) => {
      const cells: unknown[] = Array.isArray(row.content["cells"]) ? row.content["cells"] : [];
      const [time, event, actor] = cells.map((cell) =>
        [cell].flat().filter((item): item is TextItem => isTextItem(item)),
      );
      const href = time?.find((item) => item.href !== null)?.href ?? undefined;
      return {
        id: row.id,
        time: wordsOf(time),
        event: wordsOf(event),
        actor: wordsOf(actor),
        href,
        record: href === undefined ? undefined : /#(.+)$/u.exec(href)?.[1],
        byBot: row.byBot,
      };
    });
}

function wordsOf(items: readonly TextItem[] | undefined): string {
  return (items ?? []).map((item) => item.plain_text).join("");
}

/** The row whose event contains the words; fails unless there is exactly one. */
export function rowSaying(page: PageView, words: string): Row {
  const found = rowsOf(page).filter((row) => row.event.includes(words));
  const [row] = found;
  if (row === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} rows say "${words}"`);
  }
  return row;
}

export function says(page: PageView, words: string): boolean {
  return (
    page.blocks.some((block) => block.type === "table") &&
    rowsOf(page).some((row) => row.event.includes(words))
  );
}

export function headingsOf(page: PageView): string[] {
  return page.blocks.filter((block) => block.type.startsWith("heading")).map(({ text }) => text);
}

export function headingNamed(page: PageView, text: string): BlockView {
  const heading = page.blocks.find(
    (block) => block.type.startsWith("heading") && block.text === text,
  );
  if (heading === undefined) {
    throw new Error(`the page has no heading "${text}"`);
  }
  return heading;
}

/** The linked views (or inline databases) on the page. */
export function viewsOf(page: PageView): BlockView[] {
  return page.blocks.filter((block) => block.type === "child_database");
}

export function syncOf(page: PageView): string {
  return String(page.properties["Sync"]);
}

/** How many log entries a row stands for, by what it says: "Paged 4 people, 9 notifications" is 9. */
export function entriesIn(row: Row): number {
  const paged = /^Paged .*, (\d+) notifications/u.exec(row.event)?.[1];
  if (paged !== undefined) {
    return Number(paged);
  }
  const repeats = /, repeated (?:(\d+) times|once)$/u.exec(row.event);
  const again = repeats === null ? 0 : Number(repeats[1] ?? 1);
  const burst = /^(\d+) further alerts? within a minute/u.exec(row.event)?.[1];
  const withNote = row.event.startsWith("Resolved: ") ? 1 : 0;
  return burst === undefined ? 1 + again + withNote : Number(burst);
}
