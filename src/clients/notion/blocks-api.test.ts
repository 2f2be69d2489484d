/** Promises about blocks and rows, and about the view of a page's action items. */

import { describe, expect, it } from "vitest";
import { RetryAfterError } from "../../domain/errors.ts";
import { blockId } from "../../domain/keys.ts";
import {
  actionItemsId,
  botId,
  connect,
  list,
  newRows,
  ok,
  page,
  row,
  rowJson,
  table,
} from "../../../test/support/notion-client.ts";
import { notionError, type Reply } from "../../../test/support/notion-server.ts";

function missing(what: string): Reply {
  return notionError(404, "object_not_found", `Could not find ${what} with ID: x.`);
}

describe("blocks and rows", () => {
  it("lists a page's blocks with text and editor, those in the trash left out", async () => {
    const heading = { rich_text: [{ plain_text: "Time" }, { plain_text: "line" }] };
    const us = { object: "user", id: botId };
    await using t = await connect({
      [`GET blocks/${page}/children`]: ({ query }) =>
        query.get("start_cursor") === null
          ? list(
              [
                { id: "b1", type: "heading_2", heading_2: heading, last_edited_by: us },
                { id: "b2", type: "paragraph", paragraph: { rich_text: [] }, in_trash: true },
              ],
              "c2",
            )
          : list([
              { id: "b3", type: "child_database", child_database: { title: "Action items" } },
              { id: "b4", type: "something_new", something_new: {} },
            ]),
    });
    expect(await t.notion.listBlocks(page)).toEqual([
      { id: "b1", type: "heading_2", text: "Timeline", byUs: true },
      { id: "b3", type: "child_database", text: "Action items", byUs: false },
      { id: "b4", type: "something_new", text: "", byUs: false },
    ]);
  });

  it("lists rows with the link of their time cell", async () => {
    await using t = await connect({
      [`GET blocks/${table}/children`]: list([
        rowJson("r0", ["Time (UTC)", "Event", "Actor"]),
        rowJson("r1", ["10:02", "Triggered", ""], row.href),
      ]),
    });
    expect(await t.notion.listRows(table)).toEqual([
      { id: "r0", cells: ["Time (UTC)", "Event", "Actor"], byUs: false },
      { id: "r1", cells: ["10:02", "Triggered", ""], href: row.href, byUs: false },
    ]);
  });

  it("finds no table where it was deleted or stands in the trash", async () => {
    await using gone = await connect({});
    expect(await gone.notion.listRows(table)).toBeUndefined();
    await using trashed = await connect({
      [`GET blocks/${table}/children`]: list([]),
      [`GET blocks/${table}`]: ok({ id: table, type: "table", in_trash: true }),
    });
    expect(await trashed.notion.listRows(table)).toBeUndefined();
    await using emptied = await connect({
      [`GET blocks/${table}/children`]: list([]),
      [`GET blocks/${table}`]: ok({ id: table, type: "table", in_trash: false }),
    });
    expect(await emptied.notion.listRows(table)).toEqual([]);
  });

  it("inserts 250 rows in three calls, each after the last row of the one before", async () => {
    let calls = 0;
    await using t = await connect({
      [`PATCH blocks/${table}/children`]: (request) => newRows(request, `n${(calls += 1)}`),
    });
    const rows = Array.from({ length: 250 }, () => row);
    const ids = await t.notion.insertRows(table, rows, blockId("r9"));
    expect(ids).toHaveLength(250);
    expect(ids.slice(99, 101)).toEqual(["n1-99", "n2-0"]);
    expect(t.server.requests.map(({ body }) => body.position.after_block.id)).toEqual([
      "r9",
      "n1-99",
      "n2-99",
    ]);
  });

  it("appends at the end where Notion refuses the position", async () => {
    await using t = await connect({
      [`PATCH blocks/${table}/children`]: (request) =>
        request.body.position === undefined
          ? newRows(request, "n")
          : notionError(400, "validation_error", "after_block is not a child of this block"),
    });
    expect(await t.notion.insertRows(table, [row, row], blockId("r9"))).toEqual(["n-0", "n-1"]);
    expect(t.server.requests).toHaveLength(2);
  });

  it("is of unknown outcome when a later batch is refused: the first one stands", async () => {
    let calls = 0;
    await using t = await connect({
      [`PATCH blocks/${table}/children`]: (request) => {
        calls += 1;
        return calls === 1 ? newRows(request, "n") : notionError(409, "conflict_error", "again");
      },
    });
    const failed = t.notion.insertRows(
      table,
      Array.from({ length: 101 }, () => row),
    );
    await expect(failed).rejects.toBeInstanceOf(RetryAfterError);
    await expect(failed).rejects.toMatchObject({ code: "NOTION_CONFLICT", outcome: "unknown" });
  });

  it("has inserted when a 503 names the new rows, and is unsure when it does not", async () => {
    const saved = { committed_resource_id: table, committed_child_ids: ["n-0"] };
    await using named = await connect({
      [`PATCH blocks/${table}/children`]: notionError(503, "service_unavailable", "saved", {
        data: saved,
      }),
    });
    expect(await named.notion.insertRows(table, [row])).toEqual(["n-0"]);
    await using unnamed = await connect({
      [`PATCH blocks/${table}/children`]: notionError(503, "service_unavailable", "saved", {
        data: { committed_resource_id: table },
      }),
    });
    await expect(unnamed.notion.insertRows(table, [row])).rejects.toMatchObject({
      outcome: "unknown",
    });
  });

  it("replaces a row's cells, and lets a row go that a person has deleted", async () => {
    await using t = await connect({ "PATCH blocks/r1": ok({ id: "r1" }) });
    await t.notion.updateRow(blockId("r1"), row);
    await t.notion.updateRow(blockId("r2"), row);
    await t.notion.trashBlock(blockId("r3"));
    expect(t.server.requests[0]?.body).toEqual({
      table_row: {
        cells: [
          [{ text: { content: row.time, link: { url: row.href } } }],
          [{ text: { content: "Triggered" } }],
          [{ text: { content: "monitor" } }],
        ],
      },
    });
    expect(t.server.requests.map(({ method }) => method)).toEqual(["PATCH", "PATCH", "DELETE"]);
  });
});

describe("the action items of a page", () => {
  it("get a linked view that is filtered to the page", async () => {
    await using t = await connect({ "POST views": ok({ object: "view", id: "v1" }) });
    expect(await t.notion.createActionItemsView(page)).toBe(true);
    expect(t.server.requests[0]?.body).toEqual({
      data_source_id: actionItemsId,
      name: "Action items",
      type: "table",
      create_database: { parent: { type: "page_id", page_id: page } },
      filter: { property: "Post-mortem", relation: { contains: page } },
    });
  });

  it("get a link to the data source's own address where the view is refused", async () => {
    await using t = await connect({
      "POST views": notionError(400, "validation_error", "filter is not supported"),
      [`GET data_sources/${actionItemsId}`]: ok({
        id: actionItemsId,
        url: "https://app.notion.com/p/items",
        properties: {},
      }),
      [`PATCH blocks/${page}/children`]: list([{ object: "block", id: "link-1" }]),
    });
    expect(await t.notion.createActionItemsView(page)).toBe(false);
    expect(await t.notion.appendActionItemsLink(page)).toBe("link-1");
    const [child] = t.server.requests.at(-1)?.body.children ?? [];
    expect(child.paragraph.rich_text[0].text.link.url).toBe("https://app.notion.com/p/items");
  });

  it("tell a deleted page from a data source that is not shared", async () => {
    await using noPage = await connect({ "POST views": missing("page") });
    await expect(noPage.notion.createActionItemsView(page)).rejects.toMatchObject({
      code: "NOTION_PAGE_MISSING",
    });
    await using noSource = await connect({ "POST views": missing("database") });
    await expect(noSource.notion.createActionItemsView(page)).rejects.toMatchObject({
      code: "NOTION_NOT_SHARED",
      message: expect.stringContaining("NOTION_ACTION_ITEMS_ID"),
    });
  });
});
