/** Promises about users and the data sources' schema: read rarely, and wrong ones named with their fix. */

import { describe, expect, it } from "vitest";
import {
  actionItemsId,
  botId,
  connect,
  list,
  ok,
  page,
  personId,
  postMortemsId,
} from "../../../test/support/notion-client.ts";
import { notionError, type Received, type Reply } from "../../../test/support/notion-server.ts";

const otherPages = "88888888-8888-4888-8888-888888888888";
const otherItems = "99999999-9999-4999-8999-999999999999";

function sources(first: object, second: object): Record<string, Reply> {
  return {
    [`GET data_sources/${postMortemsId}`]: ok({ id: postMortemsId, properties: first }),
    [`GET data_sources/${actionItemsId}`]: ok({ id: actionItemsId, properties: second }),
  };
}

describe("findUserByEmail", () => {
  const users = {
    "GET users": ({ query }: Received) =>
      query.get("start_cursor") === null
        ? list([{ object: "user", id: botId, type: "bot", name: null }], "c2")
        : list([{ id: personId, type: "person", person: { email: "Ada@Acme.example" } }]),
  };

  it("finds people whatever the case, listing all users once", async () => {
    await using t = await connect(users);
    expect(await t.notion.findUserByEmail(" ada@acme.EXAMPLE ")).toBe(personId);
    expect(await t.notion.findUserByEmail("ada@acme.example")).toBe(personId);
    expect(t.server.requests).toHaveLength(2);
  });

  it("lists again on a miss, but at most every ten minutes", async () => {
    await using t = await connect(users);
    expect(await t.notion.findUserByEmail("new@acme.example")).toBeUndefined();
    expect(await t.notion.findUserByEmail("new@acme.example")).toBeUndefined();
    expect(t.server.requests).toHaveLength(2);
    t.clock.now = new Date(t.clock.now.getTime() + 10 * 60_000);
    expect(await t.notion.findUserByEmail("new@acme.example")).toBeUndefined();
    expect(t.server.requests).toHaveLength(4);
  });

  it("knows nobody without the capability, and warns once", async () => {
    const forbidden = notionError(403, "restricted_resource", "Insufficient permissions.");
    await using t = await connect({ "GET users": forbidden });
    for (let hour = 0; hour < 3; hour += 1) {
      t.clock.now = new Date(t.clock.now.getTime() + 60 * 60_000);
      expect(await t.notion.findUserByEmail("ada@acme.example")).toBeUndefined();
    }
    expect(t.warnings).toHaveLength(1);
  });
});

describe("checkSchema", () => {
  const options = ["Live", "Draft", "In review", "Final", "Closed"].map((name) => ({ name }));
  const postMortems = {
    Name: { type: "title" },
    "Incident ID": { type: "rich_text" },
    Incident: { type: "url" },
    Severity: { type: "select" },
    Services: { type: "multi_select" },
    Status: { type: "status", status: { options } },
    Started: { type: "date" },
    Resolved: { type: "date" },
    "Duration min": { type: "number" },
    "Time to acknowledge min": { type: "number" },
    Lead: { type: "people" },
    "Action items": { type: "relation" },
    Sync: { type: "rich_text" },
  };
  const actionItems = {
    Name: { type: "title" },
    "Post-mortem": { type: "relation", relation: { data_source_id: postMortemsId } },
    Owner: { type: "people" },
    Due: { type: "date" },
    Priority: { type: "select" },
    Type: { type: "select" },
    Status: { type: "status", status: { options: [] } },
    Reason: { type: "rich_text" },
    Outcome: { type: "rich_text" },
    Jira: { type: "url" },
    Source: { type: "rich_text" },
    Sync: { type: "rich_text" },
    "Something else": { type: "button" },
  };

  it("has nothing to say about the schema of the documentation, and asks once", async () => {
    await using t = await connect(sources(postMortems, actionItems));
    expect(await t.notion.checkSchema()).toEqual([]);
    expect(await t.notion.checkSchema()).toEqual([]);
    expect(t.server.requests).toHaveLength(2);
  });

  it("says in words what is missing or of the wrong type, and what to do", async () => {
    const { Severity: _gone, Name: title, ...rest } = postMortems;
    const wrong = {
      ...rest,
      Titel: title,
      Status: { type: "select" },
      Lead: { type: "rich_text" },
    };
    const foreign = { type: "relation", relation: { data_source_id: actionItemsId } };
    await using t = await connect(sources(wrong, { ...actionItems, "Post-mortem": foreign }));
    const name = `Data source "Post-mortems" (${postMortemsId})`;
    expect(await t.notion.checkSchema()).toEqual([
      `${name} calls its title property "Titel": rename it to "Name".`,
      `${name} lacks the property "Severity" (select): add it, with exactly this name.`,
      `${name} has the property "Status" with the type select, but it has to be status: change its type, or rename it and add "Status" (status).`,
      `${name} has the property "Lead" with the type text, but it has to be person: change its type, or rename it and add "Lead" (person).`,
      `Data source "Action items" (${actionItemsId}) relates "Post-mortem" to another data source (${actionItemsId}): it has to be ${postMortemsId} (NOTION_POSTMORTEMS_ID).`,
    ]);
  });

  it("names the status options that are missing, and looks again after a minute", async () => {
    let isMended = false;
    const lacking = { type: "status", status: { options: options.slice(0, 3) } };
    const answers = sources(postMortems, actionItems);
    const broken = { id: postMortemsId, properties: { ...postMortems, Status: lacking } };
    const route = `GET data_sources/${postMortemsId}`;
    const mended = ok({ id: postMortemsId, properties: postMortems });
    await using t = await connect({ ...answers, [route]: () => (isMended ? mended : ok(broken)) });
    expect(await t.notion.checkSchema()).toEqual([
      `Data source "Post-mortems" (${postMortemsId}) lacks options of "Status": add Final, Closed.`,
    ]);
    isMended = true;
    t.clock.now = new Date(t.clock.now.getTime() + 60_000);
    expect(await t.notion.checkSchema()).toEqual([]);
  });

  it("names the statuses of the configuration that the action items lack", async () => {
    const open = { type: "status", status: { options: [{ name: "Open" }, { name: "Done" }] } };
    const itemStatuses = ["Open", "Done", "Won't do"];
    const answers = sources(postMortems, { ...actionItems, Status: open });
    await using t = await connect(answers, { itemStatuses });
    expect(await t.notion.checkSchema()).toEqual([
      `Data source "Action items" (${actionItemsId}) lacks options of "Status": add Won't do.`,
    ]);
  });

  it("takes the statuses of the routes that lead to a data source, where they name any", async () => {
    const shipped = { type: "status", status: { options: [{ name: "To do" }] } };
    await using t = await connect(
      {
        ...sources(postMortems, actionItems),
        [`GET data_sources/${otherItems}`]: ok({
          id: otherItems,
          properties: { ...actionItems, Status: shipped },
        }),
      },
      {
        sources: [
          {
            postMortems: postMortemsId,
            actionItems: otherItems,
            itemStatuses: ["To do", "Review"],
          },
          {
            postMortems: postMortemsId,
            actionItems: otherItems,
            itemStatuses: ["Shipped", "To do"],
          },
        ],
        itemStatuses: ["Open"],
      },
    );
    expect(await t.notion.checkSchema()).toEqual([
      `Data source "Action items" (${actionItemsId}) lacks options of "Status": add Open.`,
      `Data source "Action items" (${otherItems}) lacks options of "Status": add Review, Shipped.`,
    ]);
  });

  it("checks every pair that routes name, each data source with one call", async () => {
    const relation = { type: "relation", relation: { data_source_id: otherPages } };
    const { Sync: _gone, ...rest } = postMortems;
    await using t = await connect(
      {
        ...sources(postMortems, actionItems),
        [`GET data_sources/${otherPages}`]: ok({ id: otherPages, properties: rest }),
        [`GET data_sources/${otherItems}`]: ok({
          id: otherItems,
          properties: { ...actionItems, "Post-mortem": relation },
        }),
      },
      {
        sources: [
          { postMortems: postMortemsId.replaceAll("-", ""), actionItems: actionItemsId },
          { postMortems: otherPages, actionItems: otherItems },
          { postMortems: postMortemsId, actionItems: otherItems },
        ],
      },
    );
    expect(await t.notion.checkSchema()).toEqual([
      `Data source "Post-mortems" (${otherPages}) lacks the property "Sync" (text): add it, with exactly this name.`,
      `Data source "Action items" (${otherItems}) relates "Post-mortem" to another data source (${otherPages}): it has to be ${postMortemsId} (NOTION_POSTMORTEMS_ID).`,
    ]);
    expect(t.server.requests).toHaveLength(4);
  });

  it("names the routes where a data source of theirs can't be read", async () => {
    const answers = sources(postMortems, actionItems);
    const pair = { postMortems: otherPages, actionItems: actionItemsId };
    await using t = await connect(answers, { sources: [pair] });
    const problems = await t.notion.checkSchema();
    expect(problems[0]).toMatch(
      /^Data source "Post-mortems" \(8888.*check that routes\[…\]\.notion is/,
    );
  });

  it("notices a database's id, and names the data source inside", async () => {
    await using t = await connect({
      [`GET data_sources/${actionItemsId}`]: ok({ id: actionItemsId, properties: actionItems }),
      [`GET databases/${postMortemsId}`]: ok({ data_sources: [{ id: "ds-1", name: "Reviews" }] }),
    });
    expect(await t.notion.checkSchema()).toEqual([
      'NOTION_POSTMORTEMS_ID is the id of a database: set it to that of its data source, ds-1 ("Reviews").',
    ]);
  });

  it("says how to share what is not shared", async () => {
    await using t = await connect({});
    const problems = await t.notion.checkSchema();
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/NOTION_POSTMORTEMS_ID/);
    expect(problems[1]).toMatch(/not shared: open its database in Notion, ••• > Connections/);
  });

  it("is done with the bot and the users by warmUp, so that a page then costs two calls", async () => {
    await using t = await connect({
      ...sources(postMortems, actionItems),
      "GET users": list([{ id: personId, type: "person", person: { email: "ada@acme.example" } }]),
      "POST pages": ok({ id: page, url: "u" }),
      "POST views": ok({ id: "v1" }),
    });
    await t.notion.warmUp();
    const before = t.server.requests.length;
    const lead = await t.notion.findUserByEmail("ada@acme.example");
    const properties = { name: "x", leads: lead === undefined ? [] : [lead] };
    await t.notion.createPage({ icon: "🔥", properties, body: [], rows: [] });
    await t.notion.createActionItemsView(page);
    expect(t.server.requests.length - before).toBe(2);
  });
});
