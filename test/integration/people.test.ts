/** What people do to a page stays: their values, rows, deletions and words. Through the whole service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addEntries,
  ago,
  minutesBefore,
  expectCompleteTimeline,
  untilSays,
  untilWhole,
  urlOf,
} from "../support/incidents.ts";
import {
  headingNamed,
  rowSaying,
  rowsOf,
  says,
  syncOf,
  timelineTable,
  viewsOf,
} from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

describe("people's part of a page", () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld();
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** A page of an incident that began half an hour ago, with two notes. */
  async function played(
    title: string,
    at = minutesBefore(Date.now()),
  ): Promise<{ incident: string; page: string }> {
    const incident = world.trigger({ title, at: at(30) });
    const { pagerduty } = world;
    pagerduty.act({ do: "note", incident, content: "First guess", at: at(25) });
    pagerduty.act({ do: "note", incident, content: "Second guess", at: at(15) });
    pagerduty.act({ do: "setPriority", incident, priority: "P1", at: at(10) });
    const { id } = await untilWhole(world, incident);
    return { incident, page: id };
  }

  it("keeps the Name, Status and Lead that a person chose, and takes back what is ours", async () => {
    const { pagerduty, notion } = world;
    const at = minutesBefore(Date.now());
    const { incident, page } = await played("Checkout is down", at);
    const by = "Esra Yilmaz";
    for (const [property, value] of Object.entries({
      Name: "The day of the pool",
      Status: "In review",
      Lead: ["Esra Yilmaz"],
      Severity: "P5",
      "Incident ID": incident,
      Services: ["Something else"],
      "Duration min": 12_345,
      Sync: "typed over",
    })) {
      notion.act({ do: "editProperty", by, page, property, value });
    }
    pagerduty.act({ do: "changeTitle", incident, title: "A title of PagerDuty's" });
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor", at: at(1) });
    const after = await world.untilPage(
      incident,
      "our properties as they should be",
      ({ properties }) =>
        properties["Duration min"] === 29 &&
        properties["Sync"] === "Up to date." &&
        properties["Severity"] === "P1",
    );
    expect(after.properties).toMatchObject({
      Name: "The day of the pool",
      Status: "In review",
      Lead: ["Esra Yilmaz"],
      Services: ["Checkout API"],
    });
    expect(after.properties["Resolved"]).not.toBeNull();
  });

  it("keeps the rows that people wrote or edited, in their place, and what they deleted away", async () => {
    const { pagerduty, notion } = world;
    const { incident, page } = await played("Orders are lost");
    const before = await untilSays(world, incident, "Second guess");
    const by = "Diego Marchetti";
    const first = rowSaying(before, "First guess");
    notion.act({ do: "deleteBlock", by, block: rowSaying(before, "Second guess").id });
    notion.act({ do: "editCell", by, row: first.id, column: 1, text: "A good first guess" });
    const own = `${ago(20).slice(11, 16)} `;
    notion.act({
      do: "addRow",
      by,
      table: timelineTable(before).id,
      cells: [own.trim(), "A customer called", "Grace"],
      after: first.id,
    });
    pagerduty.act({ do: "note", incident, content: "Late words of ten to", at: ago(18) });
    pagerduty.act({ do: "note", incident, content: "Third guess", at: ago(2) });
    pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor", at: ago(28) });
    await untilSays(world, incident, "Third guess");
    await world.untilResyncs(2);
    const after = world.notion.page(page);
    expect(after).toBeDefined();
    const told = after === undefined ? [] : rowsOf(after).map(({ event }) => event);
    expect(told.filter((event) => !/^(?:Triggered|Assigned|Paged)/u.test(event))).toEqual([
      "Acknowledged",
      "A good first guess",
      "A customer called",
      "Note: Late words of ten to",
      "Priority set to P1",
      "Note: Third guess",
    ]);
  });

  it("leaves people's words in the sections as they are, through the resolve", async () => {
    const { pagerduty, notion } = world;
    const { incident, page } = await played("Sessions are dropped");
    const before = await untilSays(world, incident, "Second guess");
    const prompts = before.blocks.filter(({ type }) => type === "paragraph").slice(0, 3);
    for (const [index, prompt] of prompts.entries()) {
      notion.act({ do: "editText", block: prompt.id, text: `What I saw, part ${String(index)}` });
    }
    const added = notion.act({
      do: "addBlock",
      parent: page,
      text: "And one thing more",
      after: headingNamed(before, "Root cause").id,
    }).id;
    notion.act({ do: "deleteBlock", block: headingNamed(before, "Lessons").id });
    const mine = world.pagesOf(incident)[0]?.blocks.filter(({ type }) => type !== "table");
    pagerduty.act({ do: "note", incident, content: "Third guess", at: ago(4) });
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor", at: ago(1) });
    const after = await world.untilPage(
      incident,
      "a draft with all its rows",
      (each) => each.properties["Status"] === "Draft" && says(each, "Resolved"),
    );
    await world.untilResyncs(1);
    expect(after.blocks.some(({ id, text }) => id === added && text === "And one thing more")).toBe(
      true,
    );
    expect(world.pagesOf(incident)[0]?.blocks.filter(({ type }) => type !== "table")).toEqual(mine);
  });

  it("does not make a trashed page again, says so, and keeps it current once it is restored", async () => {
    const { pagerduty, notion } = world;
    const { incident, page } = await played("Search is slow");
    notion.act({ do: "trashPage", page });
    pagerduty.act({ do: "note", incident, content: "While it was away", at: ago(5) });
    await waitFor("the service to say that the page was deleted", async () =>
      JSON.stringify(await world.health(incident)).includes("PageTrashed"),
    );
    await world.untilResyncs(2);
    expect(world.pagesOf(incident).map(({ inTrash }) => inTrash)).toEqual([true]);
    expect(world.output()).toContain("PageTrashed");

    notion.act({ do: "restorePage", page });
    pagerduty.act({ do: "note", incident, content: "It is back", at: ago(3) });
    const after = await untilSays(world, incident, "It is back");
    expect(after.id).toBe(page);
    expect(says(after, "While it was away")).toBe(true);
    await waitFor("the service to say that all is well", async () =>
      JSON.stringify(await world.health(incident)).includes('"converged"'),
    );
  });

  it("makes one new page for a deleted one when an operator asks for it", async () => {
    const { notion } = world;
    const { incident, page } = await played("Images are missing");
    notion.act({ do: "trashPage", page });
    await waitFor("the service to say that the page was deleted", async () =>
      JSON.stringify(await world.health(incident)).includes("PageTrashed"),
    );
    const answer = await fetch(`${world.url}/api/v1/incidents/${incident}/recreate`, {
      method: "POST",
    });
    expect(answer.status).toBe(202);
    await answer.arrayBuffer();
    const made = await world.untilPage(
      incident,
      "a new page",
      (each) => each.id !== page && viewsOf(each).length === 1 && says(each, "Second guess"),
    );
    await world.untilResyncs(2);
    const live = world.pagesOf(incident).filter(({ inTrash }) => !inTrash);
    expect(live.map(({ id }) => id)).toEqual([made.id]);
    expectCompleteTimeline(world, incident, made);
  });

  it("does not make a deleted timeline or section again, and Sync says so", async () => {
    const { pagerduty, notion } = world;
    const { incident } = await played("Mails are late");
    const before = await untilSays(world, incident, "Second guess");
    notion.act({ do: "deleteBlock", block: timelineTable(before).id });
    notion.act({ do: "deleteBlock", block: headingNamed(before, "Detection").id });
    pagerduty.act({ do: "note", incident, content: "Third guess", at: ago(4) });
    const after = await world.untilPage(
      incident,
      "a remark in Sync",
      (each) =>
        syncOf(each).includes("The timeline table was removed") &&
        syncOf(each).includes("Sections no longer on the page under their name: Detection."),
    );
    await world.untilResyncs(1);
    expect(after.blocks.filter(({ type }) => type === "table")).toEqual([]);
    expect(world.pagesOf(incident)[0]?.blocks).toEqual(after.blocks);
  });

  it("puts a link where Notion refuses the view, says so, and the view once it is allowed", async () => {
    const { notion } = world;
    notion.configure({ refuseRelationViews: true });
    const incident = world.trigger({ title: "Exports fail", priority: "P1" });
    const refused = await world.untilPage(
      incident,
      "a remark about the view",
      (page) => syncOf(page).includes("Notion refused the filtered view") && says(page, "Paged"),
    );
    expect(viewsOf(refused)).toEqual([]);
    expect(refused.blocks.at(-1)?.text).toContain("Action items");
    expect(JSON.stringify(refused.blocks.at(-1)?.content)).toContain("https://");

    notion.configure({ refuseRelationViews: false });
    const allowed = await world.untilPage(
      incident,
      "the view instead of the link",
      (page) => viewsOf(page).length === 1 && syncOf(page) === "Up to date.",
    );
    expect(allowed.blocks.at(-1)?.type).toBe("child_database");
    expect(allowed.blocks.filter(({ text }) => text.startsWith("Action items:"))).toEqual([]);
  });

  it("appends late entries where Notion refuses positions in a table", async () => {
    const { pagerduty, notion } = world;
    const { incident } = await played("Uploads hang");
    await untilSays(world, incident, "Second guess");
    notion.configure({ refuseTablePositions: true });
    pagerduty.act({ do: "note", incident, content: "In between", at: ago(20) });
    addEntries(world, incident, { count: 3, fromMinutesAgo: 22, everyS: 10 });
    pagerduty.act({ do: "note", incident, content: "At the end", at: ago(2) });
    const page = await untilSays(world, incident, "At the end");
    notion.configure({ refuseTablePositions: false });
    const records = rowsOf(page).map(({ record }) => record);
    expect(new Set(records).size).toBe(records.length);
    expect(says(page, "In between")).toBe(true);
    expect(says(page, "Step 3 of the runbook")).toBe(true);
    expect(rowsOf(page).every(({ href }) => href?.startsWith(urlOf(incident)) === true)).toBe(true);
  });
});
