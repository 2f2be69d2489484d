/** To-dos that people type under a page's action items become rows, once each, through the whole service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlockView, PageView } from "../../sandbox/notion/views-of-world.ts";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { askNotion, notionUser } from "../support/item-notion.ts";
import { issuesOf, openPostMortem, rowOf, untilIssue } from "../support/items.ts";
import { allBlocks } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";

describe("a to-do under the action items of a page", () => {
  let world: EngineWorld;
  let page = "";
  let ada = "";

  beforeAll(async () => {
    // Long enough to type on before a to-do has rested.
    world = await openAnyWorld({ jira: {}, timing: { to_do_rest_s: 1.5 } });
    await world.start();
    ({ page } = await openPostMortem(world));
    ada = await notionUser(world, "Ada Okafor");
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function type(
    text: string,
    more: { readonly after?: string; readonly checked?: boolean } = {},
  ): string {
    const { after, checked = false } = more;
    const block = { to_do: { rich_text: [{ text: { content: text } }], checked } };
    return addBlock(block, after);
  }

  /** `@Ada Okafor <text>`, as a person types it. */
  function typeForAda(text: string): string {
    const mention = { type: "mention", mention: { type: "user", user: { id: ada } } };
    return addBlock({ to_do: { rich_text: [mention, { text: { content: ` ${text}` } }] } });
  }

  function addBlock(block: Record<string, unknown>, after?: string): string {
    const place = after === undefined ? {} : { after };
    return world.notion.act({ do: "addBlock", parent: page, block, ...place }).id ?? "";
  }

  function rowsFrom(toDo: string): PageView[] {
    return world.notion
      .pages("Action items")
      .filter(({ properties }) => String(properties["Source"]).includes(toDo));
  }

  function blockOf(id: string): BlockView | undefined {
    return allBlocks(rowOf(world, page).blocks).find((block) => block.id === id);
  }

  function mentions(toDo: string, row: string): boolean {
    return JSON.stringify(blockOf(toDo)?.content).includes(row);
  }

  /** Waits for its one row, which stands in its place by then. */
  async function untilRowOf(toDo: string): Promise<PageView> {
    return waitFor(
      "a row in the place of the to-do",
      () => {
        const [row, ...others] = rowsFrom(toDo);
        return row !== undefined && others.length === 0 && mentions(toDo, row.id) ? row : undefined;
      },
      20_000,
    );
  }

  it("becomes a row with title, owner, due day and source, is replaced by its mention, and gets an issue", async () => {
    const toDo = typeForAda("Raise the limit of the pool by 2026-12-01");
    const row = await untilRowOf(toDo);
    expect(row.properties).toMatchObject({
      Name: "Raise the limit of the pool",
      Owner: ["Ada Okafor"],
      Due: "2026-12-01",
      Status: "Open",
      "Post-mortem": [page],
      Source: `to-do ${toDo}`,
    });
    const issue = await untilIssue(world, row.id);
    expect(issue).toMatchObject({
      summary: "Raise the limit of the pool",
      duedate: "2026-12-01",
      assignee: { name: "Ada Okafor" },
    });
    expect(blockOf(toDo)?.type).toBe("to_do");
  });

  it("rests until its author has finished typing", async () => {
    const { notion } = world;
    const toDo = type("Ra");
    for (const text of ["Raise", "Raise the al", "Raise the alarm by 2026-12-03"]) {
      const before = lookedAt();
      await waitFor("the page to be looked at", () => lookedAt() > before);
      notion.act({ do: "editText", block: toDo, text });
    }
    expect(rowsFrom(toDo)).toEqual([]);
    const row = await untilRowOf(toDo);
    expect(row.properties).toMatchObject({ Name: "Raise the alarm", Due: "2026-12-03" });
    await world.untilResyncs(2);
    expect(rowsFrom(toDo)).toHaveLength(1);
  });

  /** How often the blocks of the page were listed. */
  function lookedAt(): number {
    return world.notion
      .calls()
      .calls.filter(({ method, path }) => method === "GET" && path.includes(`${page}/children`))
      .length;
  }

  it("is left as it is when it is checked, empty, mentions a page, or stands elsewhere", async () => {
    const lessons = rowOf(world, page).blocks.find(({ text }) => text === "Lessons");
    const other = rowOf(world, page).id;
    const mention = { type: "mention", mention: { type: "page", page: { id: other } } };
    const left = [
      type("Was done at once", { checked: true }),
      type(""),
      type("   "),
      addBlock({ to_do: { rich_text: [mention] } }),
      type("Think about it", { after: lessons?.id ?? "" }),
    ];
    const before = left.map((id) => blockOf(id));
    const taken = type("The one that counts");
    await untilRowOf(taken);
    await world.untilResyncs(2);
    expect(left.flatMap((id) => rowsFrom(id))).toEqual([]);
    expect(left.map((id) => blockOf(id))).toEqual(before);
    expect(before.every((block) => block?.byBot === false)).toBe(true);
  });

  it("becomes one row when the answer of the create is lost", async () => {
    world.notion.loseAnswers({ match: "^POST /v1/pages$", status: 502, withId: false });
    const toDo = typeForAda("Survive a lost answer by 2026-12-05");
    const row = await untilRowOf(toDo);
    await untilIssue(world, row.id);
    await world.untilResyncs(2);
    expect(rowsFrom(toDo)).toHaveLength(1);
    expect(issuesOf(world, row.id)).toHaveLength(1);
  });

  it("takes along what is typed on while the answer of the create is lost", async () => {
    world.notion.loseAnswers({ match: "^POST /v1/pages$", status: 502, withId: false });
    const toDo = typeForAda("Survive");
    const made = await waitFor("the row of the lost answer", () => rowsFrom(toDo)[0]);
    expect(made.title).toBe("Survive");
    world.notion.act({ do: "editText", block: toDo, text: "Survive a late edit by 2026-12-06" });
    const row = await untilRowOf(toDo);
    expect(row.id).toBe(made.id);
    expect(row.properties).toMatchObject({ Name: "Survive a late edit", Due: "2026-12-06" });
  });

  it("becomes one row when nobody learns that it was replaced", async () => {
    world.notion.loseAnswers({ match: "^PATCH /v1/blocks/", status: 504 });
    const toDo = type("Survive another lost answer");
    await untilRowOf(toDo);
    await world.untilResyncs(2);
    expect(rowsFrom(toDo)).toHaveLength(1);
  });

  it("becomes a row beside another one that was typed at once", async () => {
    const toDos = [type("The first of two"), type("The second of two"), type("The first of two")];
    const rows = await Promise.all(toDos.map(untilRowOf));
    expect(rows.map(({ title }) => title)).toEqual([
      "The first of two",
      "The second of two",
      "The first of two",
    ]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
  });

  it("is not made again when a person deletes its row: the mention stays", async () => {
    const toDo = type("Not after all");
    const row = await untilRowOf(toDo);
    world.notion.act({ do: "trashPage", page: row.id });
    await world.untilResyncs(3);
    expect(rowsFrom(toDo).map(({ id, inTrash }) => ({ id, inTrash }))).toEqual([
      { id: row.id, inTrash: true },
    ]);
    expect(mentions(toDo, row.id)).toBe(true);
  });

  it("leaves its row when a person deletes the mention", async () => {
    const toDo = type("Once upon a time");
    const row = await untilRowOf(toDo);
    world.notion.act({ do: "deleteBlock", block: toDo });
    await world.untilResyncs(2);
    expect(rowsFrom(toDo).map(({ id, inTrash }) => ({ id, inTrash }))).toEqual([
      { id: row.id, inTrash: false },
    ]);
  });

  it("becomes one row though the service dies while it rests, and while it is away", async () => {
    const early = type("Typed before the service died");
    await waitFor("it to be seen", () => lookedAt() > 0);
    await world.stopAll("SIGKILL");
    const late = type("Typed while nobody was there");
    await world.start();
    const rows = await Promise.all([early, late].map(untilRowOf));
    expect(rows.map(({ title }) => title)).toEqual([
      "Typed before the service died",
      "Typed while nobody was there",
    ]);
    await world.untilResyncs(2);
    expect([...rowsFrom(early), ...rowsFrom(late)]).toHaveLength(2);
  });

  it("leaves nothing to do for further resyncs", async () => {
    await world.untilResyncs(3);
    const before = world.notion.pages().map(({ id, editedAt }) => `${id} ${editedAt}`);
    const blocks = await askNotion(world, "GET", `/v1/blocks/${page}/children`);
    await world.untilResyncs(3);
    expect(world.notion.pages().map(({ id, editedAt }) => `${id} ${editedAt}`)).toEqual(before);
    expect(withoutRequest(await askNotion(world, "GET", `/v1/blocks/${page}/children`))).toEqual(
      withoutRequest(blocks),
    );
  });
});

/** Every answer has another request id. */
function withoutRequest(answer: unknown): unknown {
  return { ...Object(answer), request_id: undefined };
}
