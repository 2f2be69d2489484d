/** Promises about action items: what a row's properties become, what a write sends, and what a listing asks. */

import { describe, expect, it } from "vitest";
import {
  actionItemsId,
  connect,
  list,
  ok,
  page,
  personId,
  postMortemsId,
} from "../../../test/support/notion-client.ts";
import { notionError, type Received, type Reply } from "../../../test/support/notion-server.ts";
import { notionUserId, pageId } from "../../domain/keys.ts";

const rowId = pageId("77777777-7777-4777-8777-777777777777");
const otherItems = "88888888-8888-4888-8888-888888888888";
const otherPerson = notionUserId("99999999-9999-4999-8999-999999999999");
const sources = [{ postMortems: postMortemsId, actionItems: otherItems }];
const query = `POST data_sources/${actionItemsId}/query`;

function rowJson(id: string, more: Record<string, unknown> = {}): unknown {
  return {
    object: "page",
    id,
    url: `https://www.notion.so/${id}`,
    parent: { type: "data_source_id", data_source_id: actionItemsId.replaceAll("-", "") },
    created_time: "2026-11-20T10:00:00.000Z",
    last_edited_time: "2026-11-20T10:05:00.000Z",
    in_trash: false,
    properties: {},
    ...more,
  };
}

function withStatus(name: string | null): { properties: unknown } {
  return {
    properties: { Status: { type: "status", status: name === null ? null : { name } } },
  };
}

function sourced(text: string): { properties: unknown } {
  const rich_text = [{ plain_text: text }];
  return { properties: { Source: { type: "rich_text", rich_text } } };
}

/** Edited in this minute past ten. */
function at(minute: number): unknown {
  return rowJson(`r-${minute}`, { last_edited_time: `2026-11-20T10:0${minute}:00.000Z` });
}

describe("findRow", () => {
  it("reads every property, the day of a date in its own zone", async () => {
    const properties = {
      Name: { type: "title", title: [{ plain_text: "Add " }, { plain_text: "an alert" }] },
      "Post-mortem": { type: "relation", relation: [{ id: page }, { id: "p-2" }], has_more: false },
      Owner: { type: "people", people: [{ object: "user", id: personId }, { id: otherPerson }] },
      Due: { type: "date", date: { start: "2026-12-01T23:30:00.000-08:00", end: null } },
      Priority: { type: "select", select: { name: "High" } },
      Type: { type: "select", select: { name: "Detection" } },
      Status: { type: "status", status: { name: "Open" } },
      Reason: { type: "rich_text", rich_text: [{ plain_text: "r" }] },
      Outcome: { type: "rich_text", rich_text: [{ plain_text: "o1\n" }, { plain_text: "o2" }] },
      Jira: { type: "url", url: "see OPS-1" },
      Source: { type: "rich_text", rich_text: [{ plain_text: "b-1" }] },
      Sync: { type: "rich_text", rich_text: [{ plain_text: "Up to date." }] },
    };
    await using t = await connect({ [`GET pages/${rowId}`]: ok(rowJson(rowId, { properties })) });
    expect(await t.notion.findRow(rowId)).toEqual({
      id: rowId,
      url: `https://www.notion.so/${rowId}`,
      dataSourceId: actionItemsId,
      inTrash: false,
      createdAt: new Date("2026-11-20T10:00:00Z"),
      editedAt: new Date("2026-11-20T10:05:00Z"),
      title: "Add an alert",
      postMortem: page,
      owners: [personId, otherPerson],
      due: "2026-12-01",
      priority: "High",
      type: "Detection",
      status: "Open",
      reason: "r",
      outcome: "o1\no2",
      jira: "see OPS-1",
      source: "b-1",
      sync: "Up to date.",
    });
    expect(t.server.requests).toHaveLength(1);
  });

  it("takes properties that are missing, empty or of another type for empty, and names those it lacks", async () => {
    const properties = {
      Task: { type: "title", title: [{ plain_text: "Renamed" }] },
      Owner: { type: "rich_text", rich_text: [{ plain_text: "Ada" }] },
      Due: { type: "date", date: null },
      Priority: { type: "number", number: 1 },
      Jira: { type: "rich_text", rich_text: [] },
      Odd: 7,
    };
    const trashed = rowJson(rowId, { properties, in_trash: true, parent: { page_id: page } });
    await using t = await connect({ [`GET pages/${rowId}`]: ok(trashed) });
    const { id, url, createdAt, editedAt, ...rest } = (await t.notion.findRow(rowId)) ?? {};
    expect([id, url, createdAt, editedAt]).not.toContain(undefined);
    expect(rest).toEqual({
      dataSourceId: "",
      inTrash: true,
      title: "Renamed",
      owners: [],
      reason: "",
      outcome: "",
      jira: "",
      source: "",
      sync: "",
      lacks: [
        '"Post-mortem" (relation)',
        '"Owner" (person)',
        '"Priority" (select)',
        '"Type" (select)',
        '"Status" (status)',
        '"Reason" (text)',
        '"Outcome" (text)',
        '"Jira" (url)',
        '"Source" (text)',
        '"Sync" (text)',
      ],
    });
  });

  it("finds nothing where there is nothing", async () => {
    await using t = await connect({});
    expect(await t.notion.findRow(rowId)).toBeUndefined();
  });
});

describe("updateActionItem", () => {
  const route = `PATCH pages/${rowId}`;

  it("writes what is given within Notion's limits, in one request", async () => {
    await using t = await connect({ [route]: ok({ id: rowId }) });
    await t.notion.updateActionItem(rowId, {
      title: `From\nJira ${"x".repeat(3000)}`,
      postMortem: page,
      owners: [personId, personId],
      due: "2026-12-01",
      priority: "High, really",
      status: "Done",
      jira: "https://acme.atlassian.net/browse/OPS-1",
      source: "",
      sync: "Up to date.",
    });
    const [request, ...others] = t.server.requests;
    expect(others).toEqual([]);
    const { Name, ...properties } = request?.body.properties ?? {};
    expect(Name.title).toHaveLength(2);
    expect(Name.title[0].text.content).toMatch(/^From Jira x{100}/);
    expect(Name.title[1].text.content).toMatch(/^… cut, [\d,]+ more characters$/);
    expect(properties).toEqual({
      "Post-mortem": { relation: [{ id: page }] },
      Owner: { people: [{ id: personId }] },
      Due: { date: { start: "2026-12-01" } },
      Priority: { select: { name: "High really" } },
      Status: { status: { name: "Done" } },
      Jira: { url: "https://acme.atlassian.net/browse/OPS-1" },
      Source: { rich_text: [] },
      Sync: { rich_text: [{ text: { content: "Up to date." } }] },
    });
  });

  it("clears with null, leaves out what Notion would refuse, and asks nothing for nothing", async () => {
    await using t = await connect({ [route]: ok({ id: rowId }) });
    await t.notion.updateActionItem(rowId, { due: null, priority: null, jira: null, owners: [] });
    await t.notion.updateActionItem(rowId, { due: "soon", jira: "OPS-1" });
    await t.notion.updateActionItem(rowId, {});
    expect(t.server.requests.map(({ body }) => body.properties)).toEqual([
      {
        Owner: { people: [] },
        Due: { date: null },
        Priority: { select: null },
        Jira: { url: null },
      },
    ]);
  });

  it("goes without the owner whom Notion does not know, and keeps the others", async () => {
    const refused = notionError(400, "validation_error", `Could not find user: ${otherPerson}.`);
    await using t = await connect({
      [route]: ({ body }: Received) =>
        JSON.stringify(body).includes(otherPerson) ? refused : ok({ id: rowId }),
    });
    await t.notion.updateActionItem(rowId, { sync: "x", owners: [otherPerson, personId] });
    expect(t.server.requests[1]?.body.properties.Owner).toEqual({ people: [{ id: personId }] });
    await t.notion.updateActionItem(rowId, { sync: "x", owners: [otherPerson] });
    expect(Object.keys(t.server.requests[3]?.body.properties)).toEqual(["Sync"]);
    expect(t.warnings).toHaveLength(2);
  });

  it("leaves Owner alone where Notion does not say whom it does not know", async () => {
    const refused = notionError(400, "validation_error", "Some people could not be found.");
    await using t = await connect({
      [route]: ({ body }: Received) =>
        body.properties.Owner === undefined ? ok({ id: rowId }) : refused,
    });
    await t.notion.updateActionItem(rowId, { sync: "x", owners: [otherPerson, personId] });
    expect(t.server.requests).toHaveLength(2);
  });

  it("says in words that the status does not exist", async () => {
    const message = 'Invalid status option. Status option "Shipped" does not exist.';
    await using t = await connect({ [route]: notionError(400, "validation_error", message) });
    await expect(t.notion.updateActionItem(rowId, { status: "Shipped" })).rejects.toMatchObject({
      name: "TerminalError",
      code: "NOTION_REJECTED",
      message: expect.stringMatching(/"Status" has no option "Shipped": add it in Notion/),
    });
  });

  it("is refused for a row in the trash", async () => {
    const archived = notionError(400, "validation_error", "Can't edit block that is archived.");
    await using t = await connect({ [route]: archived });
    await expect(t.notion.updateActionItem(rowId, { sync: "x" })).rejects.toMatchObject({
      code: "NOTION_PAGE_ARCHIVED",
    });
  });
});

describe("createActionItem", () => {
  const write = { title: "Add an alert", postMortem: page };

  it("makes a row in the data source that is named, after its intent is told", async () => {
    await using t = await connect({ "POST pages": ok({ id: rowId }) }, { sources });
    let seen: number | undefined;
    async function beforeSend(): Promise<void> {
      seen = t.server.requests.length;
    }
    const made = await t.notion.createActionItem({ actionItems: otherItems, write, beforeSend });
    expect(made).toBe(rowId);
    expect(seen).toBe(0);
    expect(t.server.requests[0]?.body).toEqual({
      parent: { type: "data_source_id", data_source_id: otherItems },
      properties: {
        Name: { title: [{ text: { content: "Add an alert" } }] },
        "Post-mortem": { relation: [{ id: page }] },
      },
    });
  });

  it("has succeeded when a 503 names the row that was saved", async () => {
    const data = { committed_resource_id: rowId };
    await using t = await connect({
      "POST pages": notionError(503, "service_unavailable", "The change was saved", { data }),
    });
    expect(await t.notion.createActionItem({ actionItems: actionItemsId, write })).toBe(rowId);
  });

  it("is unsure of a lost answer, and names a data source that is not shared", async () => {
    await using lost = await connect({ "POST pages": { socket: "reset" } });
    await expect(
      lost.notion.createActionItem({ actionItems: actionItemsId, write }),
    ).rejects.toMatchObject({ name: "RetryAfterError", outcome: "unknown" });
    await using unshared = await connect({}, { sources });
    await expect(
      unshared.notion.createActionItem({ actionItems: otherItems, write }),
    ).rejects.toMatchObject({
      code: "NOTION_NOT_SHARED",
      message: expect.stringContaining(`${otherItems} (routes[…].notion)`),
    });
  });
});

describe("rows", () => {
  it("of a post-mortem are those that relate to it", async () => {
    await using t = await connect({ [query]: list([rowJson("r-1"), rowJson("r-2")]) });
    const rows = await t.notion.listRowsOf(page, actionItemsId);
    expect(rows.map(({ id }) => id)).toEqual(["r-1", "r-2"]);
    expect(t.server.requests.map(({ body }) => body)).toMatchObject([
      { filter: { property: "Post-mortem", relation: { contains: page } } },
    ]);
    expect(t.server.requests[0]?.body.in_trash).toBeUndefined();
  });

  it("of a source have exactly this source, oldest first, the trashed ones included", async () => {
    const older = { created_time: "2026-11-20T09:00:00.000Z", in_trash: true };
    await using t = await connect({
      [query]: ({ body }: Received) =>
        body.in_trash === true
          ? list([rowJson("r-trash", { ...older, ...sourced("b-1") })])
          : list([rowJson("r-1", sourced("b-1")), rowJson("r-x", sourced("B-1"))]),
    });
    const rows = await t.notion.findRowsBySource("b-1", actionItemsId);
    expect(rows.map(({ id, inTrash }) => [id, inTrash])).toEqual([
      ["r-trash", true],
      ["r-1", false],
    ]);
    const filter = { property: "Source", rich_text: { equals: "b-1" } };
    expect(t.server.requests.map(({ body }) => body.filter)).toEqual([filter, filter]);
  });

  it("edited lately are asked of every data source from the minute on, live and trashed", async () => {
    const late = { last_edited_time: "2026-11-20T10:07:00.000Z" };
    await using t = await connect(
      {
        [query]: ({ body }: Received) =>
          list(body.in_trash === true ? [rowJson("r-trash", { in_trash: true })] : []),
        [`POST data_sources/${otherItems}/query`]: ({ body }: Received) =>
          list(body.in_trash === true ? [] : [rowJson("r-1"), rowJson("r-late", late)]),
      },
      { sources },
    );
    const rows = await t.notion.listRowsEdited(new Date("2026-11-20T10:04:59.999Z"));
    expect(rows.map(({ id }) => id)).toEqual(["r-trash", "r-1", "r-late"]);
    expect(t.server.requests).toHaveLength(4);
    expect(t.server.requests[0]?.body).toEqual({
      filter: {
        timestamp: "last_edited_time",
        last_edited_time: { on_or_after: "2026-11-20T10:04:00.000Z" },
      },
      sorts: [{ timestamp: "last_edited_time", direction: "ascending" }],
      page_size: 100,
    });
  });

  it("go on from the last one where Notion cuts a query at its limit", async () => {
    const incomplete = { type: "incomplete", incomplete_reason: "query_result_limit_reached" };
    await using t = await connect({
      [query]: ({ body }: Received): Reply => {
        if (body.in_trash === true) {
          return list([]);
        }
        const results = body.filter.and === undefined ? [at(1), at(2)] : [at(2), at(3)];
        const request_status = body.filter.and === undefined ? incomplete : { type: "complete" };
        return ok({ results, has_more: false, next_cursor: null, request_status });
      },
    });
    const rows = await t.notion.listRowsEdited(new Date("2026-11-20T10:00:00Z"));
    expect(rows.map(({ id }) => id)).toEqual(["r-1", "r-2", "r-3"]);
    expect(t.server.requests[1]?.body.filter.and[1]).toEqual({
      timestamp: "last_edited_time",
      last_edited_time: { on_or_after: "2026-11-20T10:02:00.000Z" },
    });
  });

  it("of a cut search are not taken for all", async () => {
    await using t = await connect({
      [query]: ok({ results: [rowJson("r-1")], request_status: { type: "incomplete" } }),
    });
    await expect(t.notion.findRowsBySource("b-1", actionItemsId)).rejects.toMatchObject({
      code: "NOTION_LISTING_TOO_LONG",
    });
  });

  it("that are open are asked for with the options that the data source has", async () => {
    const options = ["Open", "Done"].map((name) => ({ name }));
    const source = { properties: { Status: { type: "status", status: { options } } } };
    await using t = await connect({
      [`GET data_sources/${actionItemsId}`]: ok({ id: actionItemsId, ...source }),
      [query]: list([
        rowJson("r-open", withStatus("Open")),
        rowJson("r-none", withStatus(null)),
        rowJson("r-stale", withStatus("Won't do")),
      ]),
    });
    const rows = await t.notion.listRowsExcept(["Done", "Won't do"]);
    expect(rows.map(({ id }) => id)).toEqual(["r-open", "r-none"]);
    const asked = t.server.requests.filter(({ path }) => path.endsWith("/query"));
    expect(asked.map(({ body }) => body.filter)).toEqual([
      { property: "Status", status: { does_not_equal: "Done" } },
    ]);
  });

  it("that are open are found although an option was renamed since the schema was read", async () => {
    const status = { options: [{ name: "Done" }] };
    const source = { properties: { Status: { type: "status", status } } };
    const message = 'status option "Done" not found for property "Status".';
    await using t = await connect({
      [`GET data_sources/${actionItemsId}`]: ok({ id: actionItemsId, ...source }),
      [query]: ({ body }: Received) =>
        body.filter === undefined
          ? list([rowJson("r-1", withStatus("Finished"))])
          : notionError(400, "validation_error", message),
    });
    const rows = await t.notion.listRowsExcept(["Done"]);
    expect(rows.map(({ id }) => id)).toEqual(["r-1"]);
  });
});
