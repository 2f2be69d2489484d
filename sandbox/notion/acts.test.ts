/** The promises of acting as people: what they do in the app is there for the API at once. */

import { describe, expect, it } from "vitest";
import { call, createPostMortem, paragraph, startWorkspace, table, text } from "./testing.ts";
import { findBlock, tableRows } from "./views-of-world.ts";

describe("people in the app", () => {
  it("edit, add and delete rows and blocks", async () => {
    await using notion = await startWorkspace();
    const children = [table(["H", "h"], ["1", "a"]), paragraph("What happened?")];
    const id = await createPostMortem(notion, "One", { children });
    const [list, prompt] = notion.page(id)?.blocks ?? [];
    const row = list?.children[1]?.id ?? "";
    notion.act({ do: "addRow", table: list?.id ?? "", cells: ["0", "z"], before: row });
    notion.act({ do: "editCell", row, column: 1, text: "changed" });
    notion.act({ do: "editText", block: prompt?.id ?? "", text: "A deploy." });
    const todo = notion.act({ do: "addBlock", parent: id, type: "to_do", text: "Alert on it" }).id;
    notion.act({ do: "checkToDo", block: todo ?? "" });
    const page = notion.page(id);
    expect(tableRows(page?.blocks ?? []).map(({ cells, byBot }) => [...cells, byBot])).toEqual([
      ["H", "h", true],
      ["0", "z", false],
      ["1", "changed", false],
    ]);
    expect(findBlock(page?.blocks ?? [], (block) => block.text === "A deploy.")?.byBot).toBe(false);
    expect(page?.blocks.at(-1)).toMatchObject({ type: "to_do", content: { checked: true } });
    notion.act({ do: "deleteBlock", block: row });
    expect(tableRows(notion.page(id)?.blocks ?? [])).toHaveLength(2);
    notion.act({ do: "restoreBlock", block: row });
    expect(tableRows(notion.page(id)?.blocks ?? [])).toHaveLength(3);
  });

  it("edit properties by the names of people and options", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    notion.act({ do: "editProperty", page: id, property: "Lead", value: ["Henrik Vos"] });
    notion.act({ do: "editProperty", page: id, property: "Status", value: "Final" });
    notion.act({ do: "editProperty", page: id, property: "Name", value: "Mine" });
    expect(notion.page(id)?.properties).toMatchObject({
      Lead: ["Henrik Vos"],
      Status: "Final",
      Name: "Mine",
    });
  });

  it("trash, restore, move and delete pages", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    notion.act({ do: "trashPage", page: id });
    expect(await call(notion, `GET /pages/${id}`)).toMatchObject({ body: { in_trash: true } });
    notion.act({ do: "restorePage", page: id });
    notion.act({ do: "movePage", page: id, to: "Action items" });
    expect(await call(notion, `GET /pages/${id}`)).toMatchObject({
      body: { in_trash: false, parent: { data_source_id: notion.ids.actionItems } },
    });
    notion.act({ do: "deletePage", page: id });
    expect((await call(notion, `GET /pages/${id}`)).status).toBe(404);
  });

  it("change the schema under us, and take the connection away", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    const dataSource = "Post-mortems";
    notion.act({ do: "renameOption", dataSource, from: "Live", to: "Burning" });
    notion.act({ do: "renameProperty", dataSource, property: "Sync", name: "Robot" });
    notion.act({ do: "removeProperty", dataSource, property: "Lead" });
    expect(notion.page(id)?.properties).toMatchObject({ Status: "Burning", Robot: "" });
    const edit = { properties: { Sync: { rich_text: text("x") } } };
    expect(await call(notion, `PATCH /pages/${id}`, edit)).toMatchObject({
      status: 400,
      body: { message: "Sync is not a property that exists." },
    });
    notion.act({ do: "unshare", dataSource });
    expect((await call(notion, `GET /pages/${id}`)).status).toBe(404);
    expect((await call(notion, `GET /data_sources/${notion.ids.postMortems}`)).status).toBe(404);
    notion.act({ do: "share", dataSource });
    expect((await call(notion, `GET /pages/${id}`)).status).toBe(200);
  });

  it("act over HTTP, too, and are seen in the state", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    const body = {
      do: "addActionItem",
      title: "Fix",
      postMortem: id,
      properties: { Owner: ["Ada Okafor"], Due: "2026-04-01" },
    };
    const made = await fetch(`${notion.url}/_sandbox/act`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const { id: item } = (await made.json()) as { id: string };
    const state = await (await fetch(`${notion.url}/_sandbox/state`)).json();
    expect(state).toMatchObject({
      pages: expect.arrayContaining([
        expect.objectContaining({
          id: item,
          dataSource: "Action items",
          properties: expect.objectContaining({
            Owner: ["Ada Okafor"],
            Due: "2026-04-01",
            Status: "Open",
            "Post-mortem": [id],
          }),
        }),
      ]),
    });
    const wrong = await fetch(`${notion.url}/_sandbox/act`, {
      method: "POST",
      body: '{"do":"dance"}',
    });
    expect(wrong.status).toBe(400);
  });
});
