/** The promises of the board: it shows both vendors, plays PagerDuty, and lets no text become markup. */

import { describe, expect, it } from "vitest";
import { startNotionSandbox, type NotionSandbox } from "../notion/sandbox.ts";
import { call, createPostMortem, paragraph, table, text } from "../notion/testing.ts";
import { startPagerDutySandbox, type PagerDutySandbox } from "../pagerduty/sandbox.ts";
import { startBoard, type Board } from "./board.ts";

const nasty = `<img src=x onerror="alert(1)"> & 'co'`;

interface Ground extends AsyncDisposable {
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  readonly board: Board;
}

async function startGround(): Promise<Ground> {
  const pagerduty = await startPagerDutySandbox();
  const notion = await startNotionSandbox();
  const board = await startBoard({ pagerduty, notion });
  return {
    pagerduty,
    notion,
    board,
    async [Symbol.asyncDispose]() {
      await Promise.all([board.close(), pagerduty.close(), notion.close()]);
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
    const { pagerduty, notion, board } = ground;
    const incident = pagerduty.act({ do: "trigger", title: nasty }).incident?.id ?? "";
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
    expect(shown.match(/&lt;img src=x/gu)?.length).toBeGreaterThanOrEqual(6);
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
