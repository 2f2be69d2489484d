/** To-dos that people type below the heading of the action items: found, and replaced by a mention of their row. */

import { z } from "zod";
import type { ToDoBlock } from "../../domain/action-item.ts";
import { blockId, notionUserId, pageId, type BlockId, type PageId } from "../../domain/keys.ts";
import { blockPath, listChildren, unlessGone } from "./blocks-api.ts";
import type { Caller } from "./call.ts";
import type { Notion } from "./notion.ts";
import { joinText, textOf } from "./properties.ts";
import { dayOf } from "./row-properties.ts";
import type { Block, RichText } from "./schema.ts";

type ToDosApi = Pick<Notion, "listToDos" | "replaceToDo">;

/** Levels below the top that are looked into. */
const depthMax = 3;
/** Of one page; each costs a call. What stands behind them is not looked into. */
const nestedListingsMax = 50;
/** What holds other blocks of the same page. Not child pages and databases, and no synced copies. */
const holders = new Set(
  [
    "paragraph bulleted_list_item numbered_list_item quote toggle to_do callout",
    "heading_1 heading_2 heading_3 heading_4 column_list column",
  ].flatMap((line) => line.split(" ")),
);

/** Takes what calls Notion; gives the calls on to-dos. */
export function createToDosApi(caller: Caller): ToDosApi {
  async function listToDos(page: PageId, heading: RegExp): Promise<ToDoBlock[]> {
    const listed = await unlessGone(() => listChildren(caller, page, "list the blocks of a page"));
    const toDos: ToDoBlock[] = [];
    const budget = { listings: nestedListingsMax };
    await walk(sectionOf(listed ?? [], heading), 0);
    return toDos;

    async function walk(blocks: readonly Block[], depth: number): Promise<void> {
      for (const block of blocks) {
        if (block.to_do !== undefined) {
          toDos.push(toToDo(block.id, block.to_do));
        }
        const isHolder = block.has_children && holders.has(block.type);
        if (isHolder && depth < depthMax && budget.listings > 0) {
          budget.listings -= 1;
          const what = "list the blocks inside a block";
          const inside = await unlessGone(() => listChildren(caller, block.id, what));
          await walk(inside ?? [], depth + 1);
        }
      }
    }
  }

  async function replaceToDo(block: BlockId, row: PageId): Promise<void> {
    const context = {
      what: "put an action item in the place of its to-do",
      kind: "write",
    } as const;
    const rich_text = [{ type: "mention", mention: { type: "page", page: { id: row } } }];
    const request = {
      method: "patch",
      path: blockPath(block),
      body: { to_do: { rich_text } },
    } as const;
    await unlessGone(() => caller.call(context, request, z.unknown()));
  }

  return { listToDos, replaceToDo };
}

/** The last heading with this text, for what a toggle heading holds, and all up to the next heading of its rank. */
function sectionOf(blocks: readonly Block[], heading: RegExp): Block[] {
  const at = blocks.findLastIndex(
    (block) => rankOf(block) !== undefined && isMatch(heading, textOf(block).trim()),
  );
  const [first, ...rest] = at === -1 ? [] : blocks.slice(at);
  if (first === undefined) {
    return [];
  }
  const end = rest.findIndex((block) => (rankOf(block) ?? Infinity) <= (rankOf(first) ?? 0));
  return [first, ...(end === -1 ? rest : rest.slice(0, end))];
}

/** 1 is the highest; undefined for what is no heading. */
function rankOf({ type }: Block): number | undefined {
  const rank = /^heading_([1-4])$/.exec(type)?.[1];
  return rank === undefined ? undefined : Number(rank);
}

/** The same answer every time: a global expression would go on where it stopped. */
function isMatch(expression: RegExp, text: string): boolean {
  return text.search(expression) !== -1;
}

function toToDo(id: string, { rich_text, checked }: NonNullable<Block["to_do"]>): ToDoBlock {
  const mentions = rich_text.flatMap(({ mention }) => (mention === undefined ? [] : [mention]));
  return {
    id: blockId(id),
    text: joinText(rich_text),
    checked,
    people: mentions.flatMap(({ user }) => (user === undefined ? [] : [notionUserId(user.id)])),
    pages: mentions.flatMap(({ page }) => (page === undefined ? [] : [pageId(page.id)])),
    dates: mentions.flatMap(({ date }) => dayOf(date?.start) ?? []),
    plain: plainOf(rich_text),
  };
}

function plainOf(items: RichText): string {
  const words = items.filter(
    ({ mention }) => mention?.user === undefined && mention?.date === undefined,
  );
  return joinText(words).replaceAll(/\s+/g, " ").trim();
}
