/** Notion's block calls: read, list, append, update, delete. */

import type { Route } from "../core/router.ts";
import { notionRoute, type Api, type Call } from "./api.ts";
import { mayHaveChildren, parseChildren, parseUpdate } from "./block-input.ts";
import { insertBlocks, setBlockTrash, setContent, setPage } from "./changes.ts";
import { booleanOf, fieldsOf, idOf, isFields, wordOf } from "./check.ts";
import { refuse, refuseBody, refuseMissing } from "./errors.ts";
import type { Block, Fields, Page, World } from "./model.ts";
import { cutPage, listObject } from "./paging.ts";
import { liveChildren, renderBlock } from "./render.ts";
import {
  containerOf,
  getBlock,
  getContainer,
  isShared,
  isTrashed,
  namesIn,
  refuseIfTrashed,
} from "./world.ts";

export function blockRoutes(api: Api): Route[] {
  const { world } = api;
  const one = "/v1/blocks/:block_id";
  return [
    notionRoute(api, { method: "GET", path: one, handle: (call) => readBlock(world, call) }),
    notionRoute(api, {
      method: "GET",
      path: `${one}/children`,
      handle: (call) => listChildren(world, call),
    }),
    notionRoute(api, {
      method: "PATCH",
      path: `${one}/children`,
      holds: (call) => call.id("block_id"),
      handle: (call) => append(world, call),
    }),
    notionRoute(api, {
      method: "PATCH",
      path: one,
      holds: (call) => containerOf(world, call.id("block_id")) ?? call.id("block_id"),
      handle: (call) => update(world, call),
    }),
    notionRoute(api, {
      method: "DELETE",
      path: one,
      holds: (call) => containerOf(world, call.id("block_id")) ?? call.id("block_id"),
      handle(call) {
        const id = call.id("block_id");
        setTrash(world, id, true);
        return renderBlock(world, id) ?? refuseMissing("block", id);
      },
    }),
  ];
}

function readBlock(world: World, call: Call): Fields {
  const id = call.id("block_id");
  const block = isShared(world, id) ? renderBlock(world, id) : undefined;
  return block ?? refuseMissing("block", id);
}

function listChildren(world: World, call: Call): Fields {
  const container = getContainer(world, call.id("block_id"));
  const { query } = call.request;
  const page = cutPage(liveChildren(world, container.children), `children ${container.id}`, {
    cursor: query.get("start_cursor"),
    size: query.get("page_size") ?? undefined,
    path: "query",
  });
  return listObject(
    "block",
    page.ids.map((id) => renderBlock(world, id)),
    page,
  );
}

function append(world: World, call: Call): Fields {
  const container = getContainer(world, call.id("block_id"));
  refuseIfTrashed(world, container.id);
  const body = fieldsOf(call.body, "body", ["children", "position"]);
  const parent = kindOf(container);
  const blocks = parseChildren(body["children"], "body.children", namesIn(world), parent);
  if ("content" in container && !mayHaveChildren(container.type, container.content)) {
    refuse(`Block does not support children: ${container.type}.`);
  }
  const index = indexOf(world, container, body["position"]);
  const ids = insertBlocks(world, world.bot, container, { blocks, index });
  const page = { ids, next_cursor: null, has_more: false };
  return listObject(
    "block",
    ids.map((id) => renderBlock(world, id)),
    page,
  );
}

function kindOf(container: Page | Block): { readonly type: string; readonly width?: number } {
  if (!("content" in container)) {
    return { type: "page" };
  }
  return { type: container.type, width: Number(container.content["table_width"]) };
}

/** Where appended blocks go among all children, those in the trash included. */
function indexOf(world: World, container: Page | Block, value: unknown): number {
  const { children } = container;
  if (value === undefined) {
    return children.length;
  }
  const position = fieldsOf(value, "body.position", ["type", "after_block"]);
  const type = wordOf(position["type"], "body.position.type", ["end", "start", "after_block"]);
  if (type === "end") {
    return children.length;
  }
  if (world.settings.refuseTablePositions && "type" in container && container.type === "table") {
    refuse("body.position is not supported for this parent block type.");
  }
  if (type === "start") {
    return 0;
  }
  const path = "body.position.after_block";
  const after = idOf(fieldsOf(position["after_block"], path, ["id"])["id"], `${path}.id`);
  if (!liveChildren(world, children).includes(after)) {
    refuse(`Block ${after} is not a child of parent block ${container.id}.`);
  }
  return children.indexOf(after) + 1;
}

function update(world: World, call: Call): Fields {
  const id = call.id("block_id");
  const names = namesIn(world);
  if (world.pages.has(id) || world.databases.has(id)) {
    const { in_trash } = fieldsOf(call.body, "body", ["in_trash"]);
    setTrash(world, id, booleanOf(in_trash, "body.in_trash"));
    return renderBlock(world, id) ?? refuseMissing("block", id);
  }
  const block = getBlock(world, id);
  const body = fieldsOf(call.body, "body", ["type", "in_trash", block.type]);
  const restores = body["in_trash"] === false && !isTrashed(world, block.parentId);
  if (!restores) {
    refuseIfTrashed(world, id);
  }
  const changed =
    body[block.type] === undefined ? undefined : parseUpdate(block.type, body[block.type], names);
  checkCells(world, block, changed);
  if (body["in_trash"] !== undefined) {
    setTrash(world, id, booleanOf(body["in_trash"], "body.in_trash"));
  }
  if (changed !== undefined) {
    setContent(world, world.bot, block, changed);
  }
  return renderBlock(world, id) ?? refuseMissing("block", id);
}

/** A changed row still has one cell for each column. */
function checkCells(world: World, block: Block, changed: Fields | undefined): void {
  const cells = changed?.["cells"];
  const width = world.blocks.get(block.parentId)?.content["table_width"];
  if (Array.isArray(cells) && cells.length !== width) {
    refuseBody("body.table_row.cells.length", `\`${String(width)}\``, cells.length);
  }
  if (isFields(changed) && block.type === "table_row" && cells === undefined) {
    refuseBody("body.table_row.cells", "defined", undefined);
  }
}

function setTrash(world: World, id: string, inTrash: boolean): void {
  const container = containerOf(world, id);
  if (!isShared(world, id)) {
    refuseMissing("block", id);
  }
  if (container !== undefined) {
    refuseIfTrashed(world, container);
  }
  const page = world.pages.get(id);
  const database = world.databases.get(id);
  if (page !== undefined) {
    setPage(world, world.bot, page, { inTrash });
  } else if (database === undefined) {
    setBlockTrash(world, world.bot, getBlock(world, id), inTrash);
  } else {
    database.inTrash = inTrash;
  }
}
