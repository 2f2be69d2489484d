/** The promises of refusal: what Notion refuses is refused, in its words, and leaves nothing behind. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fields } from "./model.ts";
import type { NotionSandbox } from "./sandbox.ts";
import {
  call,
  createPostMortem,
  errorOf,
  paragraph,
  postMortem,
  startWorkspace,
  table,
  text,
} from "./testing.ts";

let notion: NotionSandbox;
let page = "";
beforeAll(async () => {
  notion = await startWorkspace({ settings: { rateLimitOn: false } });
  page = await createPostMortem(notion, "One", { children: [table(["a", "b"])] });
});
afterAll(() => notion.close());

function create(more: Fields): Promise<unknown> {
  return call(notion, "POST /pages", postMortem(notion, "X", more));
}

function withProperty(name: string, value: unknown): Promise<unknown> {
  return create({ properties: { Name: { title: text("X") }, [name]: value } });
}

function append(...children: readonly unknown[]): Promise<unknown> {
  return call(notion, `PATCH /blocks/${page}/children`, { children });
}

const long = "x".repeat(2_001);
const nested = {
  toggle: {
    rich_text: [],
    children: [
      {
        toggle: {
          rich_text: [],
          children: [{ toggle: { rich_text: [], children: [paragraph("4")] } }],
        },
      },
    ],
  },
};
const rows = Array.from({ length: 99 }, () => ["a", "b"]);

const refused: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
  [
    "a page without properties",
    () => call(notion, "POST /pages", { parent: { data_source_id: notion.ids.postMortems } }),
    /body\.properties should be defined, instead was `undefined`/u,
  ],
  ["an unknown body key", () => create({ colour: "red" }), /body\.colour should be not present/u],
  [
    "archived on the newest version",
    () => call(notion, `PATCH /pages/${page}`, { archived: true }),
    /body\.archived should be not present, instead was `true`/u,
  ],
  [
    "after on the newest version",
    () => call(notion, `PATCH /blocks/${page}/children`, { children: [], after: page }),
    /body\.after should be not present/u,
  ],
  [
    "an unknown key in a block",
    () => append({ ...paragraph("a"), archived: false }),
    /body\.children\[0\]\.archived should be not present/u,
  ],
  [
    "text over 2,000 characters",
    () => append({ paragraph: { rich_text: text(long) } }),
    /body\.children\[0\]\.paragraph\.rich_text\[0\]\.text\.content\.length should be ≤ `2000`, instead was `2001`/u,
  ],
  ["half a surrogate pair", () => append(paragraph("a\u{D83D}")), /well-formed/u],
  [
    "null where text is expected",
    () => append({ paragraph: { rich_text: [{ text: { content: null } }] } }),
    /content should be a string, instead was `null`/u,
  ],
  [
    "over 100 blocks",
    () => append(...Array.from({ length: 101 }, () => paragraph("a"))),
    /body\.children\.length should be ≤ `100`, instead was `101`/u,
  ],
  [
    "over 100 rich text items",
    () => append({ paragraph: { rich_text: Array.from({ length: 101 }, () => text("a")[0]) } }),
    /rich_text\.length should be ≤ `100`/u,
  ],
  [
    "over 1,000 blocks in all",
    () => append(...Array.from({ length: 11 }, () => table(...rows))),
    /more than 1000 blocks/u,
  ],
  [
    "over 500 KB",
    () =>
      append(
        ...Array.from({ length: 100 }, () => ({
          paragraph: { rich_text: Array.from({ length: 3 }, () => text("é".repeat(1_000))[0]) },
        })),
      ),
    /bytes/u,
  ],
  [
    "a fourth level of blocks",
    () => append(nested),
    /children\[0\]\.toggle\.children\[0\]\.toggle\.children\[0\]\.toggle\.children should be not present/u,
  ],
  [
    "a row with too few cells",
    () => append(table(["a"])),
    /Number of cells in table row must match/u,
  ],
  ["a table without rows", () => append(table()), /table\.children\.length should be ≥ `1`/u],
  [
    "a row outside a table",
    () => append({ table_row: { cells: [] } }),
    /table_row block cannot be a child of a page/u,
  ],
  [
    "a database as a block",
    () => append({ child_database: { title: "x" } }),
    /child_database should be not present/u,
  ],
  [
    "an unknown code language",
    () => append({ code: { rich_text: [], language: "klingon" } }),
    /language should be/u,
  ],
  [
    "a link without a scheme",
    () =>
      append({
        paragraph: { rich_text: [{ text: { content: "a", link: { url: "acme example" } } }] },
      }),
    /Invalid URL for link/u,
  ],
  [
    "an icon that is no emoji",
    () => create({ icon: { emoji: "A" } }),
    /body\.icon\.emoji should be an emoji/u,
  ],
  [
    "an unknown property",
    () => withProperty("Nope", { number: 1 }),
    /Nope is not a property that exists/u,
  ],
  [
    "a value of another type",
    () => withProperty("Sync", { number: 1 }),
    /body\.properties\.Sync\.number should be not present/u,
  ],
  [
    "an unknown status option",
    () => withProperty("Status", { status: { name: "Lost" } }),
    /Status option "Lost" does not exist/u,
  ],
  [
    "a comma in an option",
    () => withProperty("Severity", { select: { name: "P1, P2" } }),
    /commas not allowed/u,
  ],
  [
    "a URL with spaces",
    () => withProperty("Incident", { url: "https://acme example" }),
    /url should be a valid URL/u,
  ],
  [
    "a URL without a scheme",
    () => withProperty("Incident", { url: "acme.example" }),
    /url should be a valid URL/u,
  ],
  [
    "an unknown person",
    () => withProperty("Lead", { people: [{ id: "00000000-0000-4000-8000-000000000000" }] }),
    /Could not find user/u,
  ],
  [
    "a date that is none",
    () => withProperty("Started", { date: { start: "2026-02-30" } }),
    /start should be a valid ISO 8601/u,
  ],
  [
    "a filter on an unknown property",
    () => query({ property: "Nope", number: { equals: 1 } }),
    /Could not find property with name or id: Nope/u,
  ],
  [
    "a filter of another type",
    () => query({ property: "Name", rich_text: { equals: "1" } }),
    /database property title does not match filter rich_text/u,
  ],
  [
    "a timestamp filter with a property",
    () =>
      query({ property: "Name", timestamp: "created_time", created_time: { after: "2026-01-01" } }),
    /body\.filter\.property should be not present/u,
  ],
  [
    "a filter by an unknown option",
    () => query({ property: "Status", status: { equals: "Lost" } }),
    /Available options: "Live", "Draft"/u,
  ],
  [
    "a third level of conditions",
    () => query({ and: [{ or: [{ and: [] }] }] }),
    /and should be not present/u,
  ],
  [
    "a cursor of another list",
    () => call(notion, `GET /blocks/${page}/children?start_cursor=abc`),
    /start_cursor provided is invalid/u,
  ],
  [
    "a page size over 100",
    () => call(notion, `GET /blocks/${page}/children?page_size=101`),
    /page_size should be ≤ `100`/u,
  ],
  [
    "an id that is none",
    () => call(notion, "GET /pages/abc"),
    /path\.page_id should be a valid uuid/u,
  ],
  [
    "a view without a target",
    () =>
      call(notion, "POST /views", {
        data_source_id: notion.ids.actionItems,
        name: "A",
        type: "table",
      }),
    /Exactly one of/u,
  ],
];

function query(filter: unknown): Promise<unknown> {
  return call(notion, `POST /data_sources/${notion.ids.postMortems}/query`, { filter });
}

describe("the API refuses with 400 and says where", () => {
  it.each(refused)("%s", async (_name, attempt, message) => {
    const before = notion.pages().length;
    expect(await attempt()).toMatchObject({
      ...errorOf(400, "validation_error"),
      body: { message: expect.stringMatching(message) },
    });
    expect(notion.pages()).toHaveLength(before);
  });
});

describe("the API refuses", () => {
  it("a wrong token with 401", async () => {
    const answer = await call(notion, "GET /users/me", undefined, { authorization: "Bearer x" });
    expect(answer).toMatchObject(errorOf(401, "unauthorized"));
  });

  it("a missing version with its own code, and an unknown one", async () => {
    const none = await fetch(`${notion.url}/v1/users/me`, {
      headers: { authorization: `Bearer ${notion.environment()["NOTION_TOKEN"] ?? ""}` },
    });
    expect(await none.json()).toMatchObject(errorOf(400, "missing_version").body as object);
    const old = await call(notion, "GET /users/me", undefined, { "notion-version": "2022-06-28" });
    expect(old).toMatchObject(errorOf(400, "validation_error"));
  });

  it("what is not there with 404, and a wrong address or JSON with 400", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    expect(await call(notion, `GET /pages/${nobody}`)).toMatchObject(
      errorOf(404, "object_not_found"),
    );
    expect(await call(notion, `GET /blocks/${nobody}`)).toMatchObject(
      errorOf(404, "object_not_found"),
    );
    expect(await call(notion, "GET /nothing")).toMatchObject(errorOf(400, "invalid_request_url"));
    const broken = await fetch(`${notion.url}/v1/pages`, {
      method: "POST",
      body: "{",
      headers: {
        authorization: `Bearer ${notion.environment()["NOTION_TOKEN"] ?? ""}`,
        "notion-version": "2026-03-11",
      },
    });
    expect(await broken.json()).toMatchObject({ code: "invalid_json" });
  });

  it("edits of what is in the trash, and takes them again after a restore", async () => {
    const id = await createPostMortem(notion, "Trashed", { children: [paragraph("a")] });
    const block = notion.page(id)?.blocks[0]?.id ?? "";
    expect((await call(notion, `PATCH /pages/${id}`, { in_trash: true })).status).toBe(200);
    const edits = [
      call(notion, `PATCH /pages/${id}`, { properties: { Sync: { rich_text: text("x") } } }),
      call(notion, `PATCH /blocks/${id}/children`, { children: [paragraph("b")] }),
      call(notion, `PATCH /blocks/${block}`, paragraph("b")),
    ];
    for (const edit of edits) {
      expect(await edit).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining("Can't edit block that is archived") },
      });
    }
    await call(notion, `PATCH /pages/${id}`, { in_trash: false });
    expect((await call(notion, `PATCH /blocks/${block}`, paragraph("b"))).status).toBe(200);
  });

  it("nothing of the old spelling on the old version", async () => {
    const old = { "notion-version": "2025-09-03" };
    const id = await createPostMortem(notion, "Old");
    const trashed = await call(notion, `PATCH /pages/${id}`, { archived: true }, old);
    expect(trashed).toMatchObject({ status: 200, body: { in_trash: true, archived: true } });
    const newest = await call(notion, `GET /pages/${id}`);
    expect(newest.body).not.toHaveProperty("archived");
  });
});
