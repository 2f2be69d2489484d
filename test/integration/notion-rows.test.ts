/** The Notion client and action items, against the sandbox: rows, to-dos, people and comments. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { NotionSandbox } from "../../sandbox/notion/sandbox.ts";
import { call } from "../../sandbox/notion/testing.ts";
import type { Notion } from "../../src/clients/notion/notion.ts";
import {
  blockId,
  notionUserId,
  pageId,
  parseIncidentId,
  type NotionUserId,
  type PageId,
} from "../../src/domain/keys.ts";
import { openWorkspace, type Workspace } from "../support/notion-workspace.ts";

const jira = "https://acme.atlassian.net/browse/OPS-1";
let workspace: Workspace;
let sandbox: NotionSandbox;
let notion: Notion;

beforeAll(async () => {
  workspace = await openWorkspace();
  ({ sandbox, notion } = workspace);
  sandbox.configure({ queryLagMs: 0, queryLagJitterMs: 0, rateLimitOn: false });
});

afterAll(() => workspace[Symbol.asyncDispose]());

async function makePage(): Promise<PageId> {
  const { id } = await notion.createPage({
    icon: "🚨",
    properties: { name: "Checkout errors", incidentId: "Q1NOTIONCLIENT" },
    body: [
      { type: "heading", level: 2, text: [{ text: "Action items" }] },
      { type: "action-items" },
    ],
    rows: [],
  });
  return id;
}

async function person(email: string): Promise<NotionUserId> {
  const id = await notion.findUserByEmail(email);
  if (id === undefined) {
    throw new Error(`nobody has the e-mail ${email}`);
  }
  return id;
}

/** A row that a person adds in the view on the page. */
function addRow(postMortem: PageId, properties: Record<string, string | string[]> = {}): PageId {
  const added = sandbox.act({ do: "addActionItem", postMortem, title: "Add an alert", properties });
  return pageId(added.id ?? "");
}

/** A database under the root page; gives the id of its data source. */
async function makeSource(name: string, properties: object): Promise<string> {
  const answer = await call(sandbox, "POST /databases", {
    parent: { type: "page_id", page_id: sandbox.ids.rootPage },
    title: [{ text: { content: name } }],
    initial_data_source: { properties: { Name: { title: {} }, ...properties } },
  });
  const { data_sources } = Made.parse(answer.body);
  return data_sources[0].id;
}
const Made = z.object({ data_sources: z.tuple([z.object({ id: z.string() })]) });

describe("the Notion client and action items", () => {
  it("makes a row as it is written, and reads it as a person left it", async () => {
    const postMortem = await makePage();
    const [ada, ben] = [
      await person("ada.okafor@acme.example"),
      await person("ben.lindqvist@acme.example"),
    ];
    const write = {
      title: "Add an alert, soon",
      postMortem,
      owners: [ada, ben],
      due: "2026-12-01",
      priority: "High",
      status: "Open",
      source: "b0000000-0000-4000-8000-000000000001",
    };
    const callsBefore = sandbox.calls().total;
    const id = await notion.createActionItem({ actionItems: sandbox.ids.actionItems, write });
    expect(await notion.findRow(id)).toMatchObject({
      ...write,
      id,
      dataSourceId: sandbox.ids.actionItems,
      inTrash: false,
      jira: "",
    });
    sandbox.act({ do: "editProperty", page: id, property: "Outcome", value: "It rings.\nLoudly." });
    sandbox.act({ do: "editProperty", page: id, property: "Type", value: "Detection" });
    sandbox.act({ do: "editProperty", page: id, property: "Owner", value: ["Ben Lindqvist"] });
    await notion.updateActionItem(id, { status: "Done", due: null, priority: null, jira });
    const read = await notion.findRow(id);
    expect(read).toMatchObject({
      title: "Add an alert, soon",
      outcome: "It rings.\nLoudly.",
      type: "Detection",
      owners: [ben],
      status: "Done",
      jira,
    });
    expect(Object.keys(read ?? {})).not.toContain("due");
    expect(Object.keys(read ?? {})).not.toContain("priority");
    expect(sandbox.calls().total - callsBefore).toBe(4);
  });

  it("goes without people whom Notion does not know, and says which status it lacks", async () => {
    const postMortem = await makePage();
    const ada = await person("ada.okafor@acme.example");
    const stranger = notionUserId("99999999-9999-4999-8999-999999999999");
    const id = addRow(postMortem, { Owner: ["Ben Lindqvist"] });
    await notion.updateActionItem(id, { sync: "x", owners: [stranger, ada] });
    expect(await notion.findRow(id)).toMatchObject({ owners: [ada], sync: "x" });
    await notion.updateActionItem(id, { sync: "y", owners: [stranger] });
    expect(await notion.findRow(id)).toMatchObject({ owners: [ada], sync: "y" });
    await expect(notion.updateActionItem(id, { status: "Shipped" })).rejects.toMatchObject({
      name: "TerminalError",
      code: "NOTION_REJECTED",
      message: expect.stringContaining('no option "Shipped"'),
    });
  });

  it("finds rows by their post-mortem, their source, their edit and their status", async () => {
    const postMortem = await makePage();
    const since = new Date();
    const own = "b0000000-0000-4000-8000-000000000002";
    const open = addRow(postMortem, { Source: own });
    const done = addRow(postMortem, { Source: `${own}0`, Status: "Done" });
    const trashed = addRow(postMortem, { Source: own });
    const elsewhere = addRow(await makePage());
    sandbox.act({ do: "trashPage", page: trashed });
    const { actionItems } = sandbox.ids;
    const related = await notion.listRowsOf(postMortem, actionItems);
    expect(new Set(related.map(({ id }) => id))).toEqual(new Set([open, done]));
    const sourced = await notion.findRowsBySource(own, actionItems);
    expect(new Map(sourced.map(({ id, inTrash }) => [id, inTrash]))).toEqual(
      new Map([
        [open, false],
        [trashed, true],
      ]),
    );
    const edited = (await notion.listRowsEdited(since)).map(({ id }) => id);
    expect(edited).toEqual(expect.arrayContaining([open, done, trashed, elsewhere]));
    const later = new Date(since.getTime() + 10 * 60_000);
    expect(await notion.listRowsEdited(later)).toEqual([]);
    const unfinished = await notion.listRowsExcept(["Done", "Won't do", "Not a status"]);
    const ids = unfinished.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([open, elsewhere]));
    expect(ids).not.toContain(done);
    expect(ids).not.toContain(trashed);
    const pages = await notion.listPagesEdited(since);
    expect(pages.find(({ id }) => id === postMortem)).toMatchObject({
      incidentId: "Q1NOTIONCLIENT",
      inTrash: false,
    });
  });

  it("takes a row that was saved behind a lost answer for made, and finds no row that was deleted", async () => {
    const { actionItems } = sandbox.ids;
    sandbox.loseAnswers({ match: "POST /v1/pages", status: 503, withId: true });
    const id = await notion.createActionItem({ actionItems, write: { title: "Lost" } });
    expect(await notion.findRow(id)).toMatchObject({ title: "Lost" });
    sandbox.loseAnswers({ match: "POST /v1/pages", status: 504, withId: false });
    await expect(
      notion.createActionItem({ actionItems, write: { title: "Lost" } }),
    ).rejects.toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "unknown" });
    sandbox.act({ do: "deletePage", page: id });
    expect(await notion.findRow(id)).toBeUndefined();
  });

  it("finds the to-dos below the action items, and puts their rows in their place", async () => {
    const postMortem = await makePage();
    await notion.createActionItemsView(postMortem);
    const ada = await person("ada.okafor@acme.example");
    const rich_text = [
      { text: { content: "Add an alert " } },
      { mention: { user: { id: ada } } },
      { mention: { date: { start: "2026-12-01" } } },
    ];
    const typed = sandbox.act({
      do: "addBlock",
      parent: postMortem,
      block: { to_do: { rich_text, checked: true } },
    });
    const toggle = sandbox.act({
      do: "addBlock",
      parent: postMortem,
      type: "toggle",
      text: "More",
    });
    sandbox.act({ do: "addBlock", parent: toggle.id ?? "", type: "to_do", text: "Nested" });
    const toDos = await notion.listToDos(postMortem, /^action items$/i);
    expect(toDos).toMatchObject([
      { id: typed.id, plain: "Add an alert", people: [ada], dates: ["2026-12-01"], checked: true },
      { plain: "Nested", people: [], pages: [], checked: false },
    ]);
    const item = addRow(postMortem);
    await notion.replaceToDo(blockId(typed.id ?? ""), item);
    const [replaced] = await notion.listToDos(postMortem, /^action items$/i);
    expect(replaced).toMatchObject({
      text: "Add an alert",
      pages: [item],
      people: [],
      checked: true,
    });
    sandbox.act({ do: "deleteBlock", block: typed.id ?? "" });
    await notion.replaceToDo(blockId(typed.id ?? ""), item);
    expect(await notion.listToDos(postMortem, /^action items$/i)).toHaveLength(1);
  });

  it("knows people both ways, also guests by their id", async () => {
    const henrik = sandbox.state().users.find(({ name }) => name === "Henrik Vos")?.id ?? "";
    expect(await notion.findUserByEmail("henrik.vos@acme.example")).toBeUndefined();
    expect(await notion.findEmail(notionUserId(henrik))).toBe("henrik.vos@acme.example");
    expect(await notion.findUserByEmail("henrik.vos@acme.example")).toBe(henrik);
    expect(await notion.findUsersByName("ada okafor")).toEqual([
      await person("ada.okafor@acme.example"),
    ]);
    const [grace] = await notion.findUsersByName("Grace Nwosu");
    expect(grace === undefined ? "nobody" : await notion.findEmail(grace)).toBeUndefined();
  });

  it("comments where it may, and finds its comment again", async () => {
    const id = await makePage();
    expect(await notion.hasComment(id, "Jira says otherwise")).toBe(false);
    expect(await notion.addComment(id, "Jira says otherwise: <b>@Ada</b>")).toBe(true);
    expect(await notion.hasComment(id, "Jira says otherwise")).toBe(true);
    sandbox.configure({ comments: false });
    expect(await notion.addComment(id, "again")).toBe(false);
    expect(await notion.hasComment(id, "Jira says otherwise")).toBe(false);
    sandbox.configure({ comments: true });
  });

  it("works in the data sources of another route as in its own", async () => {
    const postMortems = await makeSource("Payments post-mortems", {
      "Incident ID": { rich_text: {} },
    });
    const relation = { data_source_id: postMortems, type: "single_property", single_property: {} };
    const status = { options: [{ name: "To do" }, { name: "Shipped" }] };
    const schema = { "Post-mortem": { relation }, Status: { status }, Source: { rich_text: {} } };
    const actionItems = await makeSource("Payments action items", schema);
    const sources = { postMortems, actionItems };
    const payments = workspace.connect({ sources: [sources] });
    const incident = parseIncidentId("Q1PAYMENTS");
    if (incident === undefined) {
      throw new Error("no incident id");
    }
    const properties = { name: "Payments fail", incidentId: incident };
    const made = await payments.createPage({ sources, properties, icon: "🚨", body: [], rows: [] });
    expect(await payments.createActionItemsView(made.id, undefined, actionItems)).toBe(true);
    const write = { title: "Add an alert", postMortem: made.id, status: "To do" };
    const open = await payments.createActionItem({ actionItems, write });
    const shipped = { ...write, status: "Shipped", source: "b-1" };
    const done = await payments.createActionItem({ actionItems, write: shipped });
    const standard = addRow(await makePage());
    expect((await payments.findPagesByIncident(incident)).map(({ id }) => id)).toEqual([made.id]);
    expect(await payments.listRowsOf(made.id, actionItems)).toHaveLength(2);
    const [sourced] = await payments.findRowsBySource("b-1", actionItems);
    expect(sourced).toMatchObject({ id: done, dataSourceId: actionItems, owners: [], jira: "" });
    const unfinished = await payments.listRowsExcept(["Done", "Won't do", "Shipped"]);
    const ids = unfinished.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([open, standard]));
    expect(ids).not.toContain(done);
    const problems = await payments.checkSchema();
    expect(problems).toContain(
      `Data source "Action items" (${actionItems}) lacks options of "Status": add Open, In progress, Done, Won't do.`,
    );
    expect(problems.join("\n")).not.toContain(sandbox.ids.actionItems);
  });
});
