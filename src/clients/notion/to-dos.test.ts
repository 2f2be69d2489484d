/** Promises about to-dos on a page: which are found, what is read of them, and what takes their place. */

import { describe, expect, it } from "vitest";
import { connect, list, ok, page, personId } from "../../../test/support/notion-client.ts";
import { notionError, type Reply } from "../../../test/support/notion-server.ts";
import { blockId, pageId } from "../../domain/keys.ts";

const heading = /^action items$/i;
const rowId = pageId("77777777-7777-4777-8777-777777777777");

function block(id: string, type: string, content: unknown, has_children = false): unknown {
  return { object: "block", id, type, has_children, in_trash: false, [type]: content };
}

function said(text: string): { rich_text: unknown[] } {
  return { rich_text: [{ type: "text", plain_text: text }] };
}

function toDo(id: string, has_children = false): unknown {
  return block(id, "to_do", { ...said(id), checked: false }, has_children);
}

/** Answers listings of children by the id of what holds them. */
function tree(children: Readonly<Record<string, readonly unknown[]>>): Record<string, Reply> {
  return Object.fromEntries(
    Object.entries(children).map(([id, blocks]) => [`GET blocks/${id}/children`, list(blocks)]),
  );
}

async function listIds(children: Readonly<Record<string, readonly unknown[]>>): Promise<string[]> {
  await using t = await connect(tree(children));
  return (await t.notion.listToDos(page, heading)).map(({ id }) => id);
}

describe("listToDos", () => {
  it("gives those of the last such heading's section, nested ones in their place", async () => {
    const found = await listIds({
      [page]: [
        block("h0", "heading_2", said("Action items")),
        toDo("before"),
        block("h1", "heading_2", said(" Action Items ")),
        toDo("first", true),
        block("h2", "heading_3", said("Follow-up")),
        block("columns", "column_list", {}, true),
        block("child", "child_page", { title: "Other" }, true),
        block("view", "child_database", { title: "Action items" }, true),
        toDo("last"),
        block("h3", "heading_2", said("Appendix")),
        toDo("after"),
      ],
      first: [toDo("below first")],
      columns: [block("left", "column", {}, true), block("right", "column", {}, true)],
      left: [block("toggle", "toggle", said("t"), true)],
      right: [toDo("right to-do")],
      toggle: [toDo("deep", true)],
      deep: [toDo("too deep")],
      child: [toDo("on another page")],
    });
    expect(found).toEqual(["first", "below first", "deep", "right to-do", "last"]);
  });

  it("looks into a heading that folds its section away", async () => {
    const found = await listIds({
      [page]: [block("h1", "heading_1", said("Action items"), true)],
      h1: [toDo("folded")],
    });
    expect(found).toEqual(["folded"]);
  });

  it("gives none without the heading, and none for a page that is gone", async () => {
    expect(await listIds({ [page]: [toDo("a")] })).toEqual([]);
    expect(await listIds({})).toEqual([]);
  });

  it("looks into so many blocks of a page, not more", async () => {
    const toggles = Array.from({ length: 60 }, (_, at) =>
      block(`t${at}`, "toggle", said(""), true),
    );
    const inside = Object.fromEntries(toggles.map((_, at) => [`t${at}`, [toDo(`d${at}`)]]));
    const found = await listIds({
      [page]: [block("h", "heading_2", said("Action items")), ...toggles],
      ...inside,
    });
    expect(found).toHaveLength(50);
  });

  it("reads people, pages and dates that are mentioned, and the words without people and dates", async () => {
    const rich_text = [
      { type: "text", plain_text: "Alert on " },
      { type: "mention", plain_text: "Runbook", mention: { type: "page", page: { id: rowId } } },
      { type: "text", plain_text: " " },
      { type: "mention", plain_text: "@Ada", mention: { type: "user", user: { id: personId } } },
      { type: "text", plain_text: " by " },
      {
        type: "mention",
        plain_text: "2026-12-01",
        mention: { type: "date", date: { start: "2026-12-01T09:00:00.000+01:00", end: null } },
      },
      { type: "mention", plain_text: "?", mention: { type: "link_preview", link_preview: {} } },
    ];
    const answers = tree({
      [page]: [
        block("h", "heading_2", said("Action items")),
        block("b", "to_do", { rich_text, checked: true }),
      ],
    });
    await using t = await connect(answers);
    expect(await t.notion.listToDos(page, heading)).toEqual([
      {
        id: "b",
        text: "Alert on Runbook @Ada by 2026-12-01?",
        checked: true,
        people: [personId],
        pages: [rowId],
        dates: ["2026-12-01"],
        plain: "Alert on Runbook by ?",
      },
    ]);
  });
});

describe("replaceToDo", () => {
  it("puts a mention of the row in its place, and leaves the box as it is", async () => {
    await using t = await connect({ "PATCH blocks/b": ok({ id: "b" }) });
    await t.notion.replaceToDo(blockId("b"), rowId);
    const mention = { type: "page", page: { id: rowId } };
    expect(t.server.requests.map(({ body }) => body)).toEqual([
      { to_do: { rich_text: [{ type: "mention", mention }] } },
    ]);
  });

  it("is fine when the to-do is gone", async () => {
    const archived = notionError(400, "validation_error", "Can't edit block that is archived.");
    await using t = await connect({ "PATCH blocks/a": archived });
    await t.notion.replaceToDo(blockId("a"), rowId);
    await t.notion.replaceToDo(blockId("b"), rowId);
    expect(t.server.requests).toHaveLength(2);
  });
});
