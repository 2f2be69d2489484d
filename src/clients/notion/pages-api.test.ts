/** Promises about pages: what a write sends, what a search and a read make of the answers. */

import { describe, expect, it } from "vitest";
import {
  connect,
  incident,
  list,
  ok,
  page,
  pageJson,
  personId,
  postMortemsId,
  row,
} from "../../../test/support/notion-client.ts";
import { notionError, type Received } from "../../../test/support/notion-server.ts";

const otherPages = "88888888-8888-4888-8888-888888888888";
const otherItems = "99999999-9999-4999-8999-999999999999";

describe("createPage", () => {
  it("sends one request with properties, icon and blocks, in the newest API version", async () => {
    await using t = await connect({ "POST pages": ok({ id: page, url: "https://n.example/p" }) });
    const made = await t.notion.createPage({
      icon: "🔥",
      properties: {
        name: "Checkout errors",
        incidentId: "Q1ABCDEF",
        incidentUrl: "https://acme.pagerduty.com/incidents/Q1ABCDEF",
        severity: "P1",
        services: ["Checkout, EU", "Checkout, EU", ""],
        status: "Live",
        started: new Date("2026-11-20T10:02:11Z"),
        resolved: null,
        durationMin: null,
        ackMin: 4,
        leads: [personId],
        sync: "Up to date.",
      },
      body: [{ type: "timeline" }, { type: "action-items" }],
      rows: [row],
    });
    expect(made).toEqual({ id: page, url: "https://n.example/p", rowsWritten: 1 });
    expect(t.server.requests).toHaveLength(1);
    const [request] = t.server.requests;
    expect(request?.headers["notion-version"]).toBe("2026-03-11");
    expect(request?.headers.authorization).toBe("Bearer ntn_x");
    expect(request?.body).toMatchObject({
      parent: { type: "data_source_id", data_source_id: postMortemsId },
      icon: { type: "emoji", emoji: "🔥" },
      children: [{ table: { table_width: 3, children: [{}, {}] } }],
    });
    expect(request?.body.properties).toEqual({
      Name: { title: [{ text: { content: "Checkout errors" } }] },
      "Incident ID": { rich_text: [{ text: { content: "Q1ABCDEF" } }] },
      Incident: { url: "https://acme.pagerduty.com/incidents/Q1ABCDEF" },
      Severity: { select: { name: "P1" } },
      Services: { multi_select: [{ name: "Checkout EU" }] },
      Status: { status: { name: "Live" } },
      Started: { date: { start: "2026-11-20T10:02:11.000Z" } },
      Resolved: { date: null },
      "Duration min": { number: null },
      "Time to acknowledge min": { number: 4 },
      Lead: { people: [{ id: personId }] },
      Sync: { rich_text: [{ text: { content: "Up to date." } }] },
    });
  });

  it("has succeeded when a 503 names the page that was saved", async () => {
    await using t = await connect({
      "POST pages": notionError(503, "service_unavailable", "The change was saved", {
        data: { committed_resource_id: page },
      }),
      [`GET pages/${page}`]: ok({ id: page, url: "https://n.example/p" }),
    });
    const input = { icon: "🔥", properties: { name: "x" }, body: [], rows: [] };
    expect(await t.notion.createPage(input)).toMatchObject({
      id: page,
      url: "https://n.example/p",
    });
  });

  it("knows its page even if the saved page can't be read back", async () => {
    await using t = await connect({
      "POST pages": notionError(503, "service_unavailable", "The change was saved", {
        data: { committed_resource_id: page },
      }),
      [`GET pages/${page}`]: { socket: "reset" },
    });
    const input = { icon: "🔥", properties: { name: "x" }, body: [], rows: [] };
    expect(await t.notion.createPage(input)).toMatchObject({
      id: page,
      url: "https://www.notion.so/11111111111141118111111111111111",
    });
    expect(t.warnings).toHaveLength(1);
  });

  it("goes without a lead that Notion refuses, and says so", async () => {
    await using t = await connect({
      "POST pages": ({ body }) =>
        body.properties.Lead === undefined
          ? ok({ id: page, url: "u" })
          : notionError(400, "validation_error", "Could not find user with ID: 5555."),
    });
    const properties = { name: "x", leads: [personId] };
    const made = await t.notion.createPage({ icon: "🔥", properties, body: [], rows: [] });
    expect(made.id).toBe(page);
    expect(t.warnings).toHaveLength(1);
  });
});

describe("routes with their own data sources", () => {
  const other = { postMortems: otherPages, actionItems: otherItems };
  const edited = { last_edited_time: "2026-11-20T10:05:00.000Z" };

  it("get their pages there, with a view of and a link to their action items", async () => {
    const answers = {
      "POST pages": ok({ id: page, url: "u" }),
      "POST views": ok({ id: "v" }),
      [`GET data_sources/${otherItems}`]: ok({
        id: otherItems,
        url: "https://n.example/items",
        properties: {},
      }),
      [`PATCH blocks/${page}/children`]: list([{ object: "block", id: "b" }]),
    };
    await using t = await connect(answers, { sources: [other] });
    const input = { icon: "🔥", properties: { name: "x" }, body: [], rows: [], sources: other };
    await t.notion.createPage(input);
    await t.notion.createActionItemsView(page, undefined, otherItems);
    await t.notion.appendActionItemsLink(page, undefined, otherItems);
    const [create, view] = t.server.requests.map(({ body }) => body);
    expect(create.parent.data_source_id).toBe(otherPages);
    expect(view.data_source_id).toBe(otherItems);
    expect(JSON.stringify(t.server.requests.at(-1)?.body)).toContain("https://n.example/items");
  });

  it("are searched for an incident's pages as well, and for edited ones", async () => {
    const answers = {
      [`POST data_sources/${postMortemsId}/query`]: list([]),
      [`POST data_sources/${otherPages}/query`]: ({ body }: Received) =>
        list(body.in_trash === true ? [] : [pageJson("p-1", incident, edited)]),
    };
    await using t = await connect(answers, { sources: [other] });
    const found = await t.notion.findPagesByIncident(incident);
    expect(found.map(({ id }) => id)).toEqual(["p-1"]);
    const since = new Date("2026-11-20T10:04:30Z");
    expect(await t.notion.listPagesEdited(since)).toEqual([
      {
        id: "p-1",
        incidentId: incident,
        editedAt: new Date("2026-11-20T10:05:00Z"),
        inTrash: false,
      },
    ]);
    expect(t.server.requests.at(-1)?.body).toMatchObject({
      filter: { last_edited_time: { on_or_after: "2026-11-20T10:04:00.000Z" } },
      in_trash: true,
    });
  });
});

describe("findPagesByIncident", () => {
  it("gives live and trashed pages with exactly this id, oldest first, over several pages of results", async () => {
    const query = `POST data_sources/${postMortemsId}/query`;
    await using t = await connect({
      [query]: ({ body }) => {
        if (body.in_trash === true) {
          const older = { in_trash: true, created_time: "2026-11-20T09:00:00.000Z" };
          return list([pageJson("p-trash", incident, older)]);
        }
        return body.start_cursor === undefined
          ? list([pageJson("p-b", incident), pageJson("p-x", "q1abcdef")], "next")
          : list([pageJson("p-a", incident, { last_edited_by: { id: personId } })]);
      },
    });
    const pages = await t.notion.findPagesByIncident(incident);
    expect(pages.map(({ id, inTrash, lastEditedByUs }) => [id, inTrash, lastEditedByUs])).toEqual([
      ["p-trash", true, true],
      ["p-a", false, false],
      ["p-b", false, true],
    ]);
    const [, first] = t.server.requests;
    expect(first?.body).toEqual({
      filter: { property: "Incident ID", rich_text: { equals: "Q1ABCDEF" } },
      page_size: 100,
    });
  });

  it("starts over when Notion refuses a cursor that has expired", async () => {
    let isExpired = true;
    await using t = await connect({
      [`POST data_sources/${postMortemsId}/query`]: ({ body }) => {
        if (body.in_trash === true) {
          return list([]);
        }
        if (body.start_cursor === undefined) {
          return list([pageJson("p-1", incident)], "next");
        }
        if (isExpired) {
          isExpired = false;
          return notionError(400, "validation_error", "start_cursor is invalid");
        }
        return list([pageJson("p-2", incident)]);
      },
    });
    const pages = await t.notion.findPagesByIncident(incident);
    expect(pages.map(({ id }) => id)).toEqual(["p-1", "p-2"]);
  });

  it("says which data source is not shared, and how to share it", async () => {
    await using t = await connect({});
    await expect(t.notion.findPagesByIncident(incident)).rejects.toMatchObject({
      code: "NOTION_NOT_SHARED",
      message: expect.stringMatching(
        new RegExp(`${postMortemsId}.*NOTION_POSTMORTEMS_ID.*Connections`),
      ),
    });
  });
});

describe("findPage, updatePage, trashPage", () => {
  it("reads every property, and takes missing, unknown and empty ones for absent", async () => {
    await using t = await connect({
      [`GET pages/${page}`]: ok(
        pageJson(page, "x", {
          properties: {
            Name: { type: "title", title: [{ plain_text: "Check" }, { plain_text: "out" }] },
            "Incident ID": { type: "rich_text", rich_text: [{ plain_text: "Q1ABCDEF" }] },
            Incident: { type: "url", url: "https://acme.pagerduty.com/incidents/Q1ABCDEF" },
            Severity: { type: "select", select: null },
            Services: { type: "multi_select", multi_select: [{ id: "1", name: "Checkout" }] },
            Status: { type: "status", status: { name: "In review" } },
            Started: { type: "date", date: { start: "2026-11-20T12:02:00.000+02:00", end: null } },
            "Duration min": { type: "number", number: 12 },
            Lead: { type: "people", people: [{ object: "user", id: personId }] },
            Sync: { type: "rich_text", rich_text: [] },
            Extra: { type: "button", button: {} },
            Odd: "not even an object",
          },
        }),
      ),
    });
    expect(await t.notion.findPage(page)).toEqual({
      id: page,
      url: `https://www.notion.so/${page}`,
      inTrash: false,
      createdAt: new Date("2026-11-20T10:00:00Z"),
      lastEditedByUs: true,
      name: "Checkout",
      incidentId: "Q1ABCDEF",
      incidentUrl: "https://acme.pagerduty.com/incidents/Q1ABCDEF",
      services: ["Checkout"],
      status: "In review",
      started: new Date("2026-11-20T10:02:00Z"),
      durationMin: 12,
      leads: [personId],
      sync: "",
      lacks: ['"Resolved" (date)', '"Time to acknowledge min" (number)'],
    });
  });

  it("writes only what is given, and asks nothing for nothing", async () => {
    await using t = await connect({ [`PATCH pages/${page}`]: ok({ object: "page", id: page }) });
    await t.notion.updatePage(page, { severity: null, incidentUrl: "not a url", sync: "Late." });
    await t.notion.updatePage(page, {});
    expect(t.server.requests.map(({ body }) => body)).toEqual([
      {
        properties: {
          Severity: { select: null },
          Sync: { rich_text: [{ text: { content: "Late." } }] },
        },
      },
    ]);
  });

  it("names a page that is in the trash when it can't be written", async () => {
    const archived = notionError(400, "validation_error", "Can't edit block that is archived.");
    await using t = await connect({ [`PATCH pages/${page}`]: archived });
    await expect(t.notion.updatePage(page, { sync: "x" })).rejects.toMatchObject({
      code: "NOTION_PAGE_ARCHIVED",
    });
  });

  it("takes a page that is in the trash or gone for trashed", async () => {
    await using t = await connect({});
    await t.notion.trashPage(page);
    expect(t.server.requests.map(({ path }) => path)).toEqual([`/v1/pages/${page}`]);
  });
});
