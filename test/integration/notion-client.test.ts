/** The Notion client against the sandbox, which knows the vendor's rules and nothing of the client. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NotionSandbox } from "../../sandbox/notion/sandbox.ts";
import type { CreatePageInput, Notion, TableRowWrite } from "../../src/clients/notion/notion.ts";
import type { Block } from "../../src/domain/document.ts";
import { notionUserId, parseIncidentId, type BlockId, type PageId } from "../../src/domain/keys.ts";
import { openWorkspace, type Workspace } from "../support/notion-workspace.ts";

const incident = parseIncidentId("Q1NOTIONCLIENT");
const incidentUrl = "https://acme.pagerduty.com/incidents/Q1NOTIONCLIENT";
let workspace: Workspace;
let sandbox: NotionSandbox;
let notion: Notion;

beforeAll(async () => {
  workspace = await openWorkspace();
  ({ sandbox, notion } = workspace);
});

afterAll(() => workspace[Symbol.asyncDispose]());

function row(at: number): TableRowWrite {
  const time = `2026-11-20 10:${String(at % 60).padStart(2, "0")}:00`;
  return { time, href: `${incidentUrl}#log-R${at}`, event: `Event ${at} 🚨`, actor: "monitor" };
}

function rows(from: number, count: number): TableRowWrite[] {
  return Array.from({ length: count }, (_, at) => row(from + at));
}

const text = [{ text: "long 🚨 ".repeat(1000), bold: true }];
const deep: Block = {
  type: "bullet",
  text,
  children: [
    {
      type: "bullet",
      text,
      children: [
        { type: "bullet", text, children: [{ type: "paragraph", text: [{ text: "deep" }] }] },
      ],
    },
  ],
};
const input: CreatePageInput = {
  icon: "🚨",
  properties: {
    name: "Checkout, errors",
    incidentId: "Q1NOTIONCLIENT",
    incidentUrl,
    severity: "P1",
    services: ["Checkout, EU", "Search"],
    status: "Live",
    started: new Date("2026-11-20T10:02:11Z"),
    resolved: null,
    ackMin: 3,
    leads: [],
    sync: "Up to date.",
  },
  body: [
    { type: "callout", icon: "ℹ", text, children: [deep] },
    { type: "toggle", text: [{ text: "t", italic: true, strike: true, code: true }], children: [] },
    { type: "number", text: [], children: [] },
    { type: "todo", text: [{ text: "to do" }], checked: true },
    { type: "quote", text: [{ text: "q", href: "https://example.com/" }] },
    { type: "code", language: "promql", text: "rate(errors[5m])" },
    { type: "divider" },
    { type: "heading", level: 2, text: [{ text: "Timeline" }] },
    { type: "timeline" },
    { type: "heading", level: 2, text: [{ text: "Action items" }] },
    { type: "action-items" },
  ],
  rows: rows(0, 120),
};

async function makePage(): Promise<{ readonly id: PageId; readonly table: BlockId }> {
  const { id } = await notion.createPage(input);
  const blocks = await notion.listBlocks(id);
  const table = blocks.find(({ type }) => type === "table");
  if (table === undefined) {
    throw new Error("the page has no table");
  }
  return { id, table: table.id };
}

describe("the Notion client", () => {
  it("finds the sandbox's schema as expected", async () => {
    await notion.warmUp();
    expect(await notion.checkSchema()).toEqual([]);
  });

  it("makes a page with its table and its view, and reads both as written", async () => {
    const made = await notion.createPage(input);
    expect(made.rowsWritten).toBe(99);
    expect(await notion.createActionItemsView(made.id)).toBe(true);
    const { leads: _leads, resolved: _resolved, ...written } = input.properties;
    const read = await notion.findPage(made.id);
    expect(read).toMatchObject({
      ...written,
      services: ["Checkout EU", "Search"],
      inTrash: false,
      lastEditedByUs: true,
      url: made.url,
    });
    expect(read?.resolved).toBeUndefined();
    const blocks = await notion.listBlocks(made.id);
    expect(blocks.at(-1)).toMatchObject({ type: "child_database", text: "Action items" });
    const headings = blocks.filter(({ type }) => type === "heading_2");
    expect(headings.map((block) => block.text)).toEqual(["Timeline", "Action items"]);
  });

  it("inserts rows where they belong, and at the end where that place is gone", async () => {
    const { id, table } = await makePage();
    const before = (await notion.listRows(table)) ?? [];
    expect(before).toHaveLength(100);
    expect(before[1]).toMatchObject({ href: `${incidentUrl}#log-R0`, byUs: true });
    await notion.insertRows(table, rows(1000, 150), before[1]?.id);
    const [elsewhere] = await notion.listBlocks(id);
    await notion.insertRows(table, [row(5000)], elsewhere?.id);
    const events = ((await notion.listRows(table)) ?? []).map(({ cells }) => cells[1]);
    const expected = [0, ...Array.from({ length: 150 }, (_, at) => 1000 + at), 1].map(
      (at) => `Event ${at} 🚨`,
    );
    expect(events.slice(1, 153)).toEqual(expected);
    expect(events.at(-1)).toBe("Event 5000 🚨");
  });

  it("updates a row, lets a deleted one go, and notices a deleted table", async () => {
    const { table } = await makePage();
    const [, first, second] = (await notion.listRows(table)) ?? [];
    if (first === undefined || second === undefined) {
      throw new Error("the table has no rows");
    }
    await notion.updateRow(first.id, { ...row(0), event: "changed" });
    await notion.trashBlock(second.id);
    await notion.updateRow(second.id, row(1));
    const left = (await notion.listRows(table)) ?? [];
    expect(left[1]?.cells[1]).toBe("changed");
    expect(left).toHaveLength(99);
    await notion.trashBlock(table);
    expect(await notion.listRows(table)).toBeUndefined();
    await expect(notion.insertRows(table, [row(1)])).rejects.toMatchObject({
      code: "NOTION_PAGE_ARCHIVED",
    });
  });

  it("writes single properties, and without a lead that Notion does not know", async () => {
    const { id } = await makePage();
    const stranger = notionUserId("99999999-9999-4999-8999-999999999999");
    await notion.updatePage(id, { severity: "P2", status: "Draft", durationMin: 5 });
    await notion.updatePage(id, { sync: "Late.", leads: [stranger] });
    expect(await notion.findPage(id)).toMatchObject({
      severity: "P2",
      status: "Draft",
      durationMin: 5,
      sync: "Late.",
      name: "Checkout, errors",
      leads: [],
    });
  });

  it("knows what was saved behind a lost answer where Notion names it, and is unsure where not", async () => {
    sandbox.loseAnswers({ match: "POST /v1/pages", status: 503, withId: true });
    const made = await notion.createPage(input);
    expect(await notion.findPage(made.id)).toMatchObject({ url: made.url, inTrash: false });
    for (const status of [502, 503, 504] as const) {
      sandbox.loseAnswers({ match: "POST /v1/pages", status, withId: false });
      await expect(notion.createPage(input)).rejects.toMatchObject({
        code: "NOTION_UNAVAILABLE",
        outcome: "unknown",
      });
    }
    sandbox.loseAnswers({ match: "POST /v1/views", status: 503, withId: true });
    expect(await notion.createActionItemsView(made.id)).toBe(true);
  });

  it("finds an incident's pages, also in the trash, once the queries have caught up", async () => {
    const { id } = await makePage();
    await notion.trashPage(id);
    await notion.trashPage(id);
    expect(await notion.findPage(id)).toMatchObject({ inTrash: true });
    if (incident === undefined) {
      throw new Error("no incident id");
    }
    await expect
      .poll(
        async () => (await notion.findPagesByIncident(incident)).find((page) => page.id === id),
        {
          timeout: 45_000,
          interval: 500,
        },
      )
      .toMatchObject({ inTrash: true });
    await expect(notion.updatePage(id, { sync: "x" })).rejects.toMatchObject({
      code: "NOTION_PAGE_ARCHIVED",
    });
  });
});
