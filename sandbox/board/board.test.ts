/** The promises of the board: it shows the three vendors, lets people play in them, and lets no text become markup. */

import { describe, expect, it } from "vitest";
import { startJiraSandbox, type JiraSandbox } from "../jira/sandbox.ts";
import { startNotionSandbox, type NotionSandbox } from "../notion/sandbox.ts";
import { call, createPostMortem, paragraph, table, text } from "../notion/testing.ts";
import { startPagerDutySandbox, type PagerDutySandbox } from "../pagerduty/sandbox.ts";
import { startBoard, type Board } from "./board.ts";

const nasty = `<img src=x onerror="alert(1)"> & 'co'`;

interface Ground extends AsyncDisposable {
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  readonly jira: JiraSandbox;
  readonly board: Board;
}

async function startGround(): Promise<Ground> {
  const pagerduty = await startPagerDutySandbox();
  const notion = await startNotionSandbox();
  const jira = await startJiraSandbox();
  const board = await startBoard({ pagerduty, notion, jira });
  return {
    pagerduty,
    notion,
    jira,
    board,
    async [Symbol.asyncDispose]() {
      await Promise.all([board.close(), pagerduty.close(), notion.close(), jira.close()]);
    },
  };
}

async function pageFor(notion: NotionSandbox, incident: string): Promise<string> {
  const id = await createPostMortem(notion, incident, {
    icon: { emoji: "🚨" },
    children: [
      { heading_2: { rich_text: text("Timeline") } },
      table(["Time", "Event"], ["10:02", nasty]),
      { toggle: { rich_text: text("Prompts"), children: [paragraph("Why did it make sense?")] } },
      { to_do: { rich_text: text("Ask databases"), checked: true } },
      {
        paragraph: {
          rich_text: [{ text: { content: "bad", link: { url: "/javascript:alert(1)" } } }],
        },
      },
    ],
  });
  await call(notion, "POST /views", {
    data_source_id: notion.ids.actionItems,
    name: "Action items",
    type: "table",
    create_database: { parent: { type: "page_id", page_id: id } },
    filter: { property: "Post-mortem", relation: { contains: id } },
  });
  return id;
}

function post(board: Board, form: Record<string, string>, headers = {}): Promise<Response> {
  const body = new URLSearchParams(form);
  return fetch(`${board.url}/act`, { method: "POST", body, headers, redirect: "manual" });
}

async function show(board: Board, path: string): Promise<string> {
  return await (await fetch(`${board.url}${path}`)).text();
}

describe("the board", () => {
  it("shows an incident beside its page, with rows, toggles, to-dos and action items", async () => {
    await using ground = await startGround();
    const { pagerduty, notion, board } = ground;
    const incident = pagerduty.act({ do: "trigger", title: "Checkout is slow" }).incident?.id ?? "";
    expect(await show(board, "/")).toContain("No post-mortem page yet.");
    const page = await pageFor(notion, incident);
    notion.act({
      do: "addActionItem",
      title: "Alert on it",
      postMortem: page,
      properties: { Owner: ["Ada Okafor"] },
    });
    const shown = await show(board, "/");
    for (const part of [
      "Checkout is slow",
      "🚨",
      "<details",
      "Why did it make sense?",
      "checked disabled",
      "Alert on it",
      "Ada Okafor",
      "Live",
    ]) {
      expect(shown).toContain(part);
    }
  });

  it("escapes text from everywhere and follows no script", async () => {
    await using ground = await startGround();
    const { pagerduty, notion, jira, board } = ground;
    const incident = pagerduty.act({ do: "trigger", title: nasty }).incident?.id ?? "";
    const { key = "" } = jira.act({ do: "createIssue", project: "OPS", summary: nasty });
    jira.act({ do: "comment", issue: key, text: nasty });
    pagerduty.act({ do: "note", incident, content: nasty });
    const page = await pageFor(notion, incident);
    notion.act({ do: "editProperty", page, property: "Sync", value: nasty });
    notion.act({
      do: "addActionItem",
      title: nasty,
      postMortem: page,
      properties: { Outcome: nasty },
    });
    const answer = await fetch(board.url);
    const shown = await answer.text();
    expect(shown.match(/&lt;img src=x/gu)?.length).toBeGreaterThanOrEqual(12);
    expect(shown).not.toContain("<img");
    expect(shown).not.toContain("javascript:alert");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  it("plays an incident through its buttons", async () => {
    await using ground = await startGround();
    const { pagerduty, board } = ground;
    const made = await post(board, {
      do: "trigger",
      text: "Down",
      service: "Checkout API",
      priority: "P1",
    });
    expect(made.status).toBe(303);
    const incident =
      new URL(made.headers.get("location") ?? "", board.url).searchParams.get("incident") ?? "";
    const forms = [
      { do: "acknowledge" },
      { do: "note", text: "Looking" },
      { do: "statusUpdate", text: "We are on it" },
      { do: "escalate" },
      { do: "setPriority", priority: "P2" },
      { do: "resolve" },
      { do: "reopen" },
    ];
    for (const form of forms) {
      expect((await post(board, { ...form, incident })).status).toBe(303);
    }
    expect(pagerduty.state()).toMatchObject({
      incidents: [
        {
          id: incident,
          title: "Down",
          status: "triggered",
          priority: { summary: "P2" },
          notes: [{ content: "Looking" }],
        },
      ],
    });
  });

  it("adds an action item to the page of the incident, and edits it as a person", async () => {
    await using ground = await startGround();
    const { pagerduty, notion, board } = ground;
    const incident = pagerduty.act({ do: "trigger", title: "Down" }).incident?.id ?? "";
    const add = { do: "addItem", incident, title: "Alert on it", owner: "", due: "" };
    const early = await post(board, add);
    expect([early.status, await early.text()]).toEqual([
      400,
      "This incident has no post-mortem page yet.",
    ]);
    const page = await pageFor(notion, incident);
    expect((await post(board, { ...add, due: "2026-12-01" })).status).toBe(303);
    const [row] = notion.pages("Action items");
    expect(row).toMatchObject({
      title: "Alert on it",
      createdBy: "Ada Okafor",
      properties: { "Post-mortem": [page], Owner: [], Due: "2026-12-01", Status: "Open" },
    });
    notion.act({ do: "editProperty", page: row?.id ?? "", property: "Due", value: "2026-12-24" });
    // The form was shown before the date was moved: what it does not change stays.
    const edit = { ownerWas: "", dueWas: "2026-12-01", due: "2026-12-01", statusWas: "Open" };
    const form = { do: "editRow", row: row?.id ?? "", ...edit };
    expect(
      (await post(board, { ...form, owner: "Ben Lindqvist", status: "In progress" })).status,
    ).toBe(303);
    expect(notion.page(row?.id ?? "")?.properties).toMatchObject({
      Owner: ["Ben Lindqvist"],
      Due: "2026-12-24",
      Status: "In progress",
    });
    const shown = await show(board, `/?incident=${incident}`);
    expect(shown).toContain('aria-label="Due date of Alert on it"');
  });

  it("carries a card where the workflow leads, through the columns between, and says where it does not", async () => {
    await using ground = await startGround();
    const { jira, board } = ground;
    const { key = "" } = jira.act({ do: "createIssue", project: "OPS", summary: "Cap the pool" });
    async function move(to: string): Promise<unknown> {
      const { status } = await post(board, { do: "moveCard", issue: key, to });
      return [status, jira.issue(key)?.status.name, jira.issue(key)?.resolution];
    }
    expect(await move("Done")).toEqual([303, "Done", "Done"]);
    expect(await move("In Progress")).toEqual([303, "In Progress", null]);
    expect(await move("To Do")).toEqual([303, "To Do", null]);
    expect(await move("Nowhere")).toEqual([400, "To Do", null]);
    const { key: paid = "" } = jira.act({ do: "createIssue", project: "PAY", summary: "Pay" });
    const shown = await show(board, "/");
    expect(shown).toMatch(
      new RegExp(`aria-label="To Do in Payments"[\\s\\S]*id="card-${paid}"`, "u"),
    );
    expect(shown).toContain('aria-label="In Review in Operations"');
    expect(shown).not.toContain("in Security");
  });

  it("edits an issue, and only what was changed in the form", async () => {
    await using ground = await startGround();
    const { jira, board } = ground;
    const { key = "" } = jira.act({ do: "createIssue", project: "OPS", summary: "Cap" });
    const shown = { summaryWas: "Cap", assigneeWas: "", dueWas: "" };
    const form = { do: "editIssue", issue: key, ...shown, due: "" };
    jira.act({ do: "edit", issue: key, duedate: "2026-12-01" });
    const changed = { summary: "Cap the pool", assignee: "Chloe Tanaka" };
    expect((await post(board, { ...form, ...changed })).status).toBe(303);
    expect(jira.issue(key)).toMatchObject({
      summary: "Cap the pool",
      assignee: { name: "Chloe Tanaka" },
      duedate: "2026-12-01",
    });
    expect((await post(board, { ...form, summary: "Cap", assignee: "Nobody" })).status).toBe(400);
  });

  it("sends parts only when something changed", async () => {
    await using ground = await startGround();
    const { pagerduty, board } = ground;
    const incident = pagerduty.act({ do: "trigger", title: "Down" }).incident?.id ?? "";
    const first = await (await fetch(`${board.url}/parts?incident=${incident}`)).json();
    const { version } = first as { version: string };
    const again = `${board.url}/parts?incident=${incident}&version=${version}`;
    expect((await fetch(again)).status).toBe(204);
    pagerduty.act({ do: "acknowledge", incident });
    const changed = await (await fetch(again)).json();
    expect((changed as { parts: { incident: string } }).parts.incident).toContain("acknowledged");
  });

  it("takes nothing from other sites and says what is wrong with a form", async () => {
    await using ground = await startGround();
    const { board } = ground;
    const form = { do: "trigger", text: "x", service: "Checkout API", priority: "P1" };
    expect((await post(board, form, { origin: "https://evil.example" })).status).toBe(403);
    expect((await post(board, { do: "dance" })).status).toBe(400);
    expect((await post(board, { do: "resolve", incident: "nope" })).status).toBe(400);
  });
});
