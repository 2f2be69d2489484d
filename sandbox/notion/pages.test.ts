/** The promises of pages, blocks, views and schemas: what is written is what is read. */

import { describe, expect, it } from "vitest";
import { call, createPostMortem, idOf, paragraph, startWorkspace, table, text } from "./testing.ts";
import { tableRows } from "./views-of-world.ts";

describe("a page", () => {
  it("is created with its blocks and answered without them, its times in whole minutes", async () => {
    await using notion = await startWorkspace();
    await notion.clock.advance(42_000);
    const answer = await call(notion, "POST /pages", {
      parent: { type: "data_source_id", data_source_id: notion.ids.postMortems },
      icon: { emoji: "🚨" },
      properties: {
        Name: { title: text("Checkout is down") },
        Severity: { select: { name: "P1" } },
        Services: { multi_select: [{ name: "Checkout" }, { name: "Payments" }] },
        Started: { date: { start: "2026-03-02T08:55:11Z" } },
        "Duration min": { number: null },
      },
      children: [paragraph("Hello"), table(["Time", "Event"], ["08:55", "Triggered"])],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        object: "page",
        created_time: "2026-03-02T09:00:00.000Z",
        created_by: { object: "user", id: notion.ids.bot },
        icon: { type: "emoji", emoji: "🚨" },
        parent: { type: "data_source_id", data_source_id: notion.ids.postMortems },
        properties: {
          Name: { id: "title", title: [{ plain_text: "Checkout is down" }] },
          Started: { date: { start: "2026-03-02T08:55:11.000+00:00", end: null, time_zone: null } },
          Status: { status: { name: "Live" } },
        },
      },
    });
    expect(answer.body).not.toHaveProperty("children");
    const [page] = notion.pages("Post-mortems");
    expect(page?.properties["Services"]).toEqual(["Checkout", "Payments"]);
    expect(tableRows(page?.blocks ?? []).map((row) => row.cells)).toEqual([
      ["Time", "Event"],
      ["08:55", "Triggered"],
    ]);
  });

  it("is updated by property id as well as by name, and keeps what is left out", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    const read = await call(notion, `GET /pages/${id}?filter_properties=Severity`);
    const { properties } = read.body as { properties: Record<string, { id: string }> };
    expect(Object.keys(properties)).toEqual(["Severity"]);
    const severity = properties["Severity"]?.id ?? "";
    await call(notion, `PATCH /pages/${id}`, {
      properties: { [severity]: { select: { name: "SEV0" } } },
    });
    const page = notion.page(id);
    expect(page?.properties).toMatchObject({ Severity: "SEV0", Name: "One" });
    const options = await call(notion, `GET /data_sources/${notion.ids.postMortems}`);
    expect(JSON.stringify(options.body)).toContain("SEV0");
  });

  it("shows 25 related pages and gives the rest through the property", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    for (let count = 0; count < 30; count += 1) {
      notion.act({ do: "addActionItem", title: `Item ${count}`, postMortem: id });
    }
    const read = await call(notion, `GET /pages/${id}`);
    const { properties } = read.body as {
      properties: { "Action items": { id: string; relation: unknown[]; has_more: boolean } };
    };
    const cut = properties["Action items"];
    expect(cut).toMatchObject({ has_more: true });
    expect(cut.relation).toHaveLength(25);
    const first = await call(notion, `GET /pages/${id}/properties/${cut.id}?page_size=20`);
    const { results, next_cursor } = first.body as { results: unknown[]; next_cursor: string };
    const rest = await call(
      notion,
      `GET /pages/${id}/properties/${cut.id}?start_cursor=${next_cursor}`,
    );
    expect(results.length + (rest.body as { results: unknown[] }).results.length).toBe(30);
    expect(rest.body).toMatchObject({ has_more: false, type: "property_item" });
  });

  it("keeps both ends of a relation alike", async () => {
    await using notion = await startWorkspace();
    const [one, two] = [
      await createPostMortem(notion, "One"),
      await createPostMortem(notion, "Two"),
    ];
    const item = notion.act({ do: "addActionItem", title: "Fix", postMortem: one }).id ?? "";
    await call(notion, `PATCH /pages/${item}`, {
      properties: { "Post-mortem": { relation: [{ id: two }] } },
    });
    expect(notion.page(one)?.properties["Action items"]).toEqual([]);
    expect(notion.page(two)?.properties["Action items"]).toEqual([item]);
  });
});

describe("blocks", () => {
  it("are listed in pages with opaque cursors, without those in the trash", async () => {
    await using notion = await startWorkspace();
    const children = Array.from({ length: 7 }, (_, at) => paragraph(String(at)));
    const id = await createPostMortem(notion, "One", { children });
    const gone = notion.page(id)?.blocks[3]?.id ?? "";
    expect(await call(notion, `DELETE /blocks/${gone}`)).toMatchObject({
      body: { in_trash: true },
    });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const start = cursor === "" ? "" : `&start_cursor=${cursor}`;
      const { body } = await call(notion, `GET /blocks/${id}/children?page_size=4${start}`);
      const page = body as {
        results: { paragraph: { rich_text: { plain_text: string }[] } }[];
        next_cursor: string | null;
      };
      seen.push(...page.results.map((block) => block.paragraph.rich_text[0]?.plain_text ?? ""));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(["0", "1", "2", "4", "5", "6"]);
  });

  it("go to the end, the start or after a sibling, and come back with their ids", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One", {
      children: [table(["H", "h"], ["1", "a"], ["3", "c"])],
    });
    const [list] = notion.page(id)?.blocks ?? [];
    const after = list?.children[1]?.id ?? "";
    const row = { table_row: { cells: [text("2"), text("b")] } };
    const position = { type: "after_block", after_block: { id: after } };
    const answer = await call(notion, `PATCH /blocks/${list?.id}/children`, {
      children: [row, row],
      position,
    });
    const { results } = answer.body as { results: { id: string; type: string }[] };
    expect(results.map(({ type }) => type)).toEqual(["table_row", "table_row"]);
    await call(notion, `PATCH /blocks/${list?.id}/children`, { children: [row] });
    await call(notion, `PATCH /blocks/${id}/children`, {
      children: [paragraph("top")],
      position: { type: "start" },
    });
    const page = notion.page(id);
    expect(page?.blocks.map(({ type }) => type)).toEqual(["paragraph", "table"]);
    expect(tableRows(page?.blocks ?? []).map(({ cells }) => cells[0])).toEqual([
      "H",
      "1",
      "2",
      "2",
      "3",
      "2",
    ]);
    expect(page?.blocks[1]?.children[2]?.id).toBe(results[0]?.id);
    const elsewhere = { children: [row], position: { type: "after_block", after_block: { id } } };
    expect((await call(notion, `PATCH /blocks/${list?.id}/children`, elsewhere)).status).toBe(400);
  });

  it("name who edited them last, bot or person", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One", { children: [table(["H", "h"], ["1", "a"])] });
    const row = notion.page(id)?.blocks[0]?.children[1]?.id ?? "";
    notion.act({ do: "editCell", row, column: 1, text: "mine", by: "Ben Lindqvist" });
    const users = await call(notion, "GET /users");
    const ben = (users.body as { results: { id: string; name: string }[] }).results.find(
      ({ name }) => name === "Ben Lindqvist",
    );
    expect(await call(notion, `GET /blocks/${row}`)).toMatchObject({
      body: { last_edited_by: { id: ben?.id } },
    });
    expect(await call(notion, `GET /pages/${id}`)).toMatchObject({
      body: { last_edited_by: { id: ben?.id } },
    });
    const cells = [text("1"), text("ours")];
    await call(notion, `PATCH /blocks/${row}`, { table_row: { cells } });
    expect(await call(notion, `GET /blocks/${row}`)).toMatchObject({
      body: { last_edited_by: { id: notion.ids.bot } },
    });
    const short = await call(notion, `PATCH /blocks/${row}`, { table_row: { cells: [text("1")] } });
    expect(short.status).toBe(400);
  });
});

describe("a linked view", () => {
  it("stands at the end of its page and shows the page's own rows", async () => {
    await using notion = await startWorkspace({ settings: { queryLagMs: 0, queryLagJitterMs: 0 } });
    const id = await createPostMortem(notion, "One", { children: [paragraph("a")] });
    const other = await createPostMortem(notion, "Two");
    const view = await call(notion, "POST /views", {
      data_source_id: notion.ids.actionItems,
      name: "Action items",
      type: "table",
      create_database: { parent: { type: "page_id", page_id: id } },
      filter: { property: "Post-mortem", relation: { contains: id } },
    });
    const mine = notion.act({ do: "addActionItem", title: "Mine", postMortem: id }).id;
    notion.act({ do: "addActionItem", title: "Other", postMortem: other });
    const rows = await call(notion, `POST /views/${idOf(view)}/queries`, {});
    expect(rows).toMatchObject({
      body: { total_count: 1, results: [{ object: "page", id: mine }] },
    });
    const last = notion.page(id)?.blocks.at(-1);
    expect(last).toMatchObject({ type: "child_database", view: { rows: [mine] } });
    const parent = (view.body as { parent: { database_id: string } }).parent.database_id;
    expect(last?.id).toBe(parent);
    expect(await call(notion, `DELETE /views/${idOf(view)}`)).toMatchObject({ status: 400 });
  });

  it("is refused with its relation filter where that is switched off", async () => {
    await using notion = await startWorkspace({ settings: { refuseRelationViews: true } });
    const id = await createPostMortem(notion, "One");
    const answer = await call(notion, "POST /views", {
      data_source_id: notion.ids.actionItems,
      name: "Action items",
      type: "table",
      create_database: { parent: { type: "page_id", page_id: id } },
      filter: { property: "Post-mortem", relation: { contains: id } },
    });
    expect(answer.status).toBe(400);
    expect(notion.page(id)?.blocks).toEqual([]);
  });
});

describe("schemas", () => {
  it("are made with a database, changed by name and mirrored in two-way relations", async () => {
    await using notion = await startWorkspace();
    const made = await call(notion, "POST /databases", {
      parent: { type: "page_id", page_id: notion.ids.rootPage },
      title: text("Reviews"),
      initial_data_source: {
        properties: {
          Title: { title: {} },
          Of: {
            relation: {
              data_source_id: notion.ids.postMortems,
              type: "dual_property",
              dual_property: { synced_property_name: "Reviews" },
            },
          },
        },
      },
    });
    const [source] = (made.body as { data_sources: { id: string }[] }).data_sources;
    const post = await call(notion, `GET /data_sources/${notion.ids.postMortems}`);
    expect(post).toMatchObject({
      body: {
        properties: { Reviews: { type: "relation", relation: { data_source_id: source?.id } } },
      },
    });
    const changed = await call(notion, `PATCH /data_sources/${source?.id}`, {
      properties: { Title: { name: "Headline" }, Stars: { number: {} }, Of: null },
    });
    expect(Object.keys((changed.body as { properties: object }).properties)).toEqual([
      "Headline",
      "Stars",
    ]);
  });
});
