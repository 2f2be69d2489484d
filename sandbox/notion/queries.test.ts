/** The promises of queries and search: filters, sorts, pages, caps and lag. */

import { describe, expect, it } from "vitest";
import type { NotionSandbox } from "./sandbox.ts";
import { call, createPostMortem, paragraph, startWorkspace, text } from "./testing.ts";

const noLag = { queryLagMs: 0, queryLagJitterMs: 0 };

interface List {
  readonly results: {
    id: string;
    properties: Record<string, { title?: { plain_text: string }[] }>;
  }[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
  readonly request_status?: unknown;
}

async function query(
  notion: NotionSandbox,
  body: object,
  source = notion.ids.postMortems,
): Promise<List> {
  const answer = await call(notion, `POST /data_sources/${source}/query`, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as List;
}

async function titles(
  notion: NotionSandbox,
  filter: object,
  sorts: object[] = [],
): Promise<string[]> {
  const { results } = await query(notion, { filter, sorts });
  return results.map((page) => page.properties["Name"]?.title?.[0]?.plain_text ?? "").toSorted();
}

/** Three post-mortems that differ in everything. */
async function furnish(notion: NotionSandbox): Promise<string[]> {
  const rows = [
    {
      name: "A",
      Severity: { select: { name: "P1" } },
      Services: { multi_select: [{ name: "db" }] },
      "Duration min": { number: 5 },
      Started: { date: { start: "2026-03-01T10:00:00Z" } },
      Incident: { url: "https://acme.example/A" },
    },
    {
      name: "B",
      Severity: { select: { name: "P2" } },
      Services: { multi_select: [{ name: "db" }, { name: "web" }] },
      "Duration min": { number: 50 },
      Started: { date: { start: "2026-03-02" } },
      Status: { status: { name: "Final" } },
    },
    { name: "C", Status: { status: { name: "Closed" } } },
  ];
  const ids: string[] = [];
  for (const { name, ...properties } of rows) {
    const base = { Name: { title: text(name) }, "Incident ID": { rich_text: text(`Q-${name}`) } };
    ids.push(await createPostMortem(notion, name, { properties: { ...base, ...properties } }));
  }
  return ids;
}

describe("a query", () => {
  it.each([
    ["text", { property: "Incident ID", rich_text: { equals: "Q-A" } }, ["A"]],
    ["part of a title", { property: "Name", title: { contains: "b" } }, ["B"]],
    ["a number", { property: "Duration min", number: { greater_than: 5 } }, ["B"]],
    ["an empty URL", { property: "Incident", url: { is_empty: true } }, ["B", "C"]],
    ["a select", { property: "Severity", select: { does_not_equal: "P1" } }, ["B", "C"]],
    ["one of several", { property: "Services", multi_select: { contains: "web" } }, ["B"]],
    ["a status", { property: "Status", status: { equals: "Live" } }, ["A"]],
    [
      "a list of statuses",
      { property: "Status", status: { does_not_equal: ["Final", "Closed"] } },
      ["A"],
    ],
    ["a day", { property: "Started", date: { equals: "2026-03-01" } }, ["A"]],
    ["an instant", { property: "Started", date: { after: "2026-03-01T10:00:00Z" } }, ["B"]],
    ["nobody", { property: "Lead", people: { is_empty: true } }, ["A", "B", "C"]],
    [
      "when it was created",
      { timestamp: "created_time", created_time: { on_or_after: "2026-03-02T09:00:00Z" } },
      ["A", "B", "C"],
    ],
    [
      "two levels",
      {
        or: [
          {
            and: [
              { property: "Severity", select: { equals: "P1" } },
              { property: "Duration min", number: { less_than: 9 } },
            ],
          },
          { property: "Name", title: { equals: "C" } },
        ],
      },
      ["A", "C"],
    ],
  ])("filters by %s", async (_what, filter, expected) => {
    await using notion = await startWorkspace({ settings: noLag });
    await furnish(notion);
    expect(await titles(notion, filter)).toEqual(expected);
  });

  it("filters by relation and by person", async () => {
    await using notion = await startWorkspace({ settings: noLag });
    const [a = ""] = await furnish(notion);
    const item = notion.act({
      do: "addActionItem",
      title: "Fix",
      postMortem: a,
      properties: { Owner: ["Esra Yilmaz"] },
    }).id;
    notion.act({ do: "addActionItem", title: "Else" });
    const users = (await call(notion, "GET /users")).body as {
      results: { id: string; name: string }[];
    };
    const esra = users.results.find(({ name }) => name === "Esra Yilmaz")?.id;
    for (const filter of [
      { property: "Post-mortem", relation: { contains: a } },
      { property: "Owner", people: { contains: esra } },
    ]) {
      const { results } = await query(notion, { filter }, notion.ids.actionItems);
      expect(results.map(({ id }) => id)).toEqual([item]);
    }
  });

  it("sorts by option order and by number, empty values last", async () => {
    await using notion = await startWorkspace({ settings: noLag });
    const [a, b, c] = await furnish(notion);
    const byStatus = await query(notion, {
      sorts: [{ property: "Status", direction: "descending" }],
    });
    expect(byStatus.results.map(({ id }) => id)).toEqual([c, b, a]);
    const byMinutes = await query(notion, {
      sorts: [{ property: "Duration min", direction: "ascending" }],
    });
    expect(byMinutes.results.map(({ id }) => id)).toEqual([a, b, c]);
  });

  it("leaves out what is in the trash unless asked for it", async () => {
    await using notion = await startWorkspace({ settings: noLag });
    const [a = "", b, c] = await furnish(notion);
    await call(notion, `PATCH /pages/${a}`, { in_trash: true });
    const left = await query(notion, {});
    expect(new Set(left.results.map(({ id }) => id))).toEqual(new Set([b, c]));
    const trashed = await query(notion, { in_trash: true });
    expect(trashed.results.map(({ id }) => id)).toEqual([a]);
  });

  it("gives every row once over pages, also when rows come and go meanwhile", async () => {
    await using notion = await startWorkspace({ settings: { ...noLag, rateLimitOn: false } });
    for (let count = 0; count < 12; count += 1) {
      notion.act({
        do: "addPage",
        dataSource: "Post-mortems",
        properties: { Name: String(count) },
      });
    }
    const sorts = [{ timestamp: "created_time", direction: "ascending" }];
    const first = await query(notion, { sorts, page_size: 5 });
    notion.act({ do: "addPage", dataSource: "Post-mortems", properties: { Name: "new" } });
    const second = await query(notion, { sorts, page_size: 100, start_cursor: first.next_cursor });
    expect(second.has_more).toBe(false);
    const seen = [...first.results, ...second.results].map(({ id }) => id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(12);
  });

  it("stops at 10,000 results and says so", async () => {
    await using notion = await startWorkspace({ settings: { ...noLag, rateLimitOn: false } });
    for (let count = 0; count < 10_001; count += 1) {
      notion.act({ do: "addPage", dataSource: "Action items", properties: { Name: "x" } });
    }
    let cursor: string | null = null;
    let seen = 0;
    let last: List | undefined;
    do {
      last = await query(notion, { start_cursor: cursor }, notion.ids.actionItems);
      seen += last.results.length;
      cursor = last.next_cursor;
    } while (cursor !== null);
    expect(seen).toBe(10_000);
    expect(last.request_status).toEqual({
      type: "incomplete",
      incomplete_reason: "query_result_limit_reached",
    });
  }, 30_000);
});

describe("queries and search lag", () => {
  it("and miss a new page for a while, though a read by id finds it", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "Late");
    const filter = { property: "Incident ID", rich_text: { equals: "Late" } };
    const search = { query: "late", filter: { property: "object", value: "page" } };
    expect((await call(notion, `GET /pages/${id}`)).status).toBe(200);
    expect((await query(notion, { filter })).results).toEqual([]);
    expect(await call(notion, "POST /search", search)).toMatchObject({ body: { results: [] } });
    await notion.clock.advance(3_000);
    expect((await query(notion, { filter })).results).toHaveLength(1);
    expect(await call(notion, "POST /search", search)).toMatchObject({
      body: { results: [{ id }] },
    });
  });

  it("and give old values of an edited page", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "Old", { children: [paragraph("a")] });
    await notion.clock.advance(3_000);
    await call(notion, `PATCH /pages/${id}`, { properties: { Name: { title: text("New") } } });
    expect((await query(notion, {})).results[0]?.properties["Name"]?.title?.[0]?.plain_text).toBe(
      "Old",
    );
    await notion.clock.advance(3_000);
    expect((await query(notion, {})).results[0]?.properties["Name"]?.title?.[0]?.plain_text).toBe(
      "New",
    );
  });
});

describe("users", () => {
  it("are listed without guests, and with addresses only where the capability is there", async () => {
    await using notion = await startWorkspace();
    const { body } = await call(notion, "GET /users");
    const users = (body as { results: { id: string; name: string; person?: { email?: string } }[] })
      .results;
    expect(users.map(({ name }) => name)).not.toContain("Henrik Vos");
    expect(users.find(({ name }) => name === "Ada Okafor")?.person?.email).toBe(
      "ada.okafor@acme.example",
    );
    expect(users.find(({ name }) => name === "Grace Nwosu")?.person).toEqual({});
    notion.configure({ userInformation: "without email" });
    expect(JSON.stringify((await call(notion, "GET /users")).body)).not.toContain("@acme.example");
    notion.configure({ userInformation: "none" });
    expect((await call(notion, "GET /users")).status).toBe(403);
  });

  it("may comment", async () => {
    await using notion = await startWorkspace();
    const id = await createPostMortem(notion, "One");
    await call(notion, "POST /comments", {
      parent: { page_id: id },
      rich_text: text("Sync failed"),
    });
    const list = await call(notion, `GET /comments?block_id=${id}`);
    expect(list).toMatchObject({
      body: { results: [{ rich_text: [{ plain_text: "Sync failed" }] }] },
    });
  });

  it("may not comment, nor read comments, without the capability", async () => {
    await using notion = await startWorkspace({ settings: { comments: false } });
    const id = await createPostMortem(notion, "One");
    const comment = { parent: { page_id: id }, rich_text: text("Sync failed") };
    for (const answer of [
      await call(notion, "POST /comments", comment),
      await call(notion, `GET /comments?block_id=${id}`),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { code: "restricted_resource" } });
    }
  });
});
