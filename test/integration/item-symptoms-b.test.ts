/** What went wrong with action items once, each by its symptom: schemas, places, to-dos. Through the whole service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  commentsOnRow,
  expectStill,
  openEdges,
  untilAllResyncs,
  untilSync,
} from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import {
  addRow,
  editRow,
  issuesOf,
  syncOfRow,
  openPostMortem,
  rowOf,
  untilIssue,
  untilRow,
} from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

describe("a property of the action items that is renamed", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges({ timing: { recheck_s: 0.5 } });
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function rename(property: string, name: string): void {
    world.notion.act({ do: "renameProperty", dataSource: "Action items", property, name });
  }

  it.each([
    ["Owner", "Assigned to", "person"],
    ["Due", "Due by", "date"],
    ["Priority", "Urgency", "select"],
  ])(
    "%s clears nothing in Jira, is said, and goes on once it is mended",
    async (name, other, type) => {
      const priority = {
        Owner: ["Ada Okafor"],
        Due: "2026-12-04",
        Status: "Open",
        Priority: "High",
      };
      const row = addRow(world, page, `Keep the ${name}`, priority);
      const { key } = await untilIssue(world, row);
      await untilSync(world, row, "Up to date.");
      const before = world.jira.issue(key);
      rename(name, other);
      editRow(world, row, "Outcome", "Nobody is unassigned");
      await untilSync(world, row, `lacks the property "${name}" (${type})`);
      await untilAllResyncs(world, 3);
      expect(world.jira.issue(key)).toMatchObject({
        assignee: before?.assignee,
        duedate: before?.duedate,
        priority: before?.priority,
        comments: [],
      });

      rename(other, name);
      await untilSync(world, row, "Up to date.");
      await untilIssue(world, row, "the outcome", (one) =>
        JSON.stringify(one.description).includes("Nobody is unassigned"),
      );
      await expectStill(world);
      await untilRow(
        world,
        row,
        "its values",
        ({ properties }) => properties["Due"] === "2026-12-04",
      );
    },
  );
});

describe("a property of the post-mortems that is renamed", () => {
  let world: EngineWorld;

  beforeAll(async () => {
    world = await openEdges({ timing: { recheck_s: 0.5 } });
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function rename(property: string, name: string): void {
    world.notion.act({ do: "renameProperty", dataSource: "Post-mortems", property, name });
  }

  async function untilFailed(incident: string, code: string): Promise<void> {
    await waitFor(`the incident to fail with ${code}`, async () =>
      JSON.stringify(await world.health(incident)).includes(`"reason":"${code}"`),
    );
  }

  it("is no status that a person gave: it is said, and moved on once it is mended", async () => {
    const { incident } = await openPostMortem(world);
    rename("Status", "Stage");
    world.pagerduty.act({ do: "resolve", incident });
    await untilFailed(incident, "NOTION_SCHEMA_CHANGED");
    rename("Stage", "Status");
    const draft = await world.untilPage(
      incident,
      "Draft",
      ({ properties }) => properties["Status"] === "Draft",
    );
    expect(String(draft.properties["Sync"])).not.toContain("lacks");
  });

  it("makes no second page, and no issue by the wrong route, when it was the incident's id", async () => {
    const { incident, page } = await openPostMortem(world, "Search is down");
    rename("Incident ID", "PagerDuty ID");
    await world.wipeStore();
    const row = addRow(world, page, "Shard the index");
    await untilSync(world, row, 'lacks the property "Incident ID" (text)');
    await untilFailed(incident, "NOTION_REJECTED");
    expect(issuesOf(world, row)).toHaveLength(0);
    const named = world.notion
      .pages("Post-mortems")
      .filter(({ title }) => title.includes("Search"));
    expect(named).toHaveLength(1);

    rename("PagerDuty ID", "Incident ID");
    await untilIssue(world, row);
    await expectStill(world);
    expect(world.pagesOf(incident).map(({ id }) => id)).toEqual([page]);
  });
});

/** What a resync looks at by itself is seconds away: what is told at once is told by who did it. */
const unswept = { item_recheck_s: 600, resync_every_s: 600 };

describe("a post-mortem", () => {
  let world: EngineWorld;

  beforeAll(async () => {
    world = await openEdges({ timing: unswept });
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("that a person made goes by its incident once it has one", async () => {
    const properties = { Name: "Written by hand" };
    const page =
      world.notion.act({ do: "addPage", dataSource: "Post-mortems", properties }).id ?? "";
    const first = addRow(world, page, "Before");
    await untilIssue(world, first);
    const incident = world.trigger({ title: "Disk is full", service: "Checkout API" });
    editRow(world, page, "Incident ID", incident);
    const second = addRow(world, page, "After");
    const { description } = await untilIssue(world, second);
    expect(JSON.stringify(description)).toContain("Disk is full");
  });

  it.each(["ask Mia", "https://", "mailto:mia@acme.example"])(
    "whose incident is %s leaves its action items well, without that link",
    async (Incident) => {
      const properties = { Name: "Found by hand", Incident };
      const page =
        world.notion.act({ do: "addPage", dataSource: "Post-mortems", properties }).id ?? "";
      const row = addRow(world, page, `Linked to ${Incident}`);
      const { key } = await untilIssue(world, row);
      await waitFor("a link", () => world.jira.issue(key)?.remoteLinks.length !== 0);
      editRow(world, row, "Due", "2027-06-01");
      await untilIssue(world, row, "the day", ({ duedate }) => duedate === "2027-06-01");
      await untilSync(world, row, "Up to date.");
      expect(world.jira.issue(key)?.remoteLinks).toHaveLength(1);
    },
  );

  it("that is trashed tells its action items, however long its incident takes to see it", async () => {
    const { page } = await openPostMortem(world);
    const row = addRow(world, page, "Add a replica");
    await untilIssue(world, row);
    await untilSync(world, row, "Up to date.");
    world.pagerduty.faults.add({
      kind: "latency",
      match: { method: "GET", path: "^/incidents/" },
      delayMs: 400,
    });
    world.notion.act({ do: "trashPage", page });
    await untilSync(world, row, "The post-mortem is in the trash");
    world.notion.act({ do: "restorePage", page });
    const back = await untilRow(
      world,
      row,
      "good news",
      (one) => !syncOfRow(one).includes("trash"),
    );
    expect(syncOfRow(back)).toBe("Up to date.");
  });
});

describe("a to-do whose row stands while its mention can't be put in its place", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** Its row stands, and its own block can't be written. */
  async function typeUnreplaced(
    text: string,
  ): Promise<{ readonly toDo: string; readonly row: string }> {
    world.notion.faults.add({ kind: "reset", match: { method: "PATCH", path: "^/v1/blocks/" } });
    const block = { to_do: { rich_text: [{ text: { content: text } }] } };
    const toDo = world.notion.act({ do: "addBlock", parent: page, block }).id ?? "";
    const row = await waitFor("its row", () =>
      world.notion.pages("Action items").find(({ title }) => title === text),
    );
    await waitFor("its replacement to fail", () =>
      world.notion
        .calls()
        .calls.some(({ method, path }) => method === "PATCH" && path.includes(toDo)),
    );
    return { toDo, row: row.id };
  }

  async function untilReplaced(toDo: string, row: string): Promise<void> {
    await waitFor("the mention of the row", () =>
      JSON.stringify(world.notion.page(page)?.blocks.find(({ id }) => id === toDo)).includes(row),
    );
  }

  it("keeps what is typed on in the row", async () => {
    const { toDo, row } = await typeUnreplaced("Raise the limit");
    world.notion.act({ do: "editText", block: toDo, text: "Raise the limit to 500" });
    world.notion.faults.clear();
    await untilReplaced(toDo, row);
    expect(rowOf(world, row).title).toBe("Raise the limit to 500");
  });

  it("keeps what is typed on in a comment where a person has changed the row too", async () => {
    const { toDo, row } = await typeUnreplaced("Add an alert");
    editRow(world, row, "Name", "Add two alerts");
    world.notion.act({ do: "editText", block: toDo, text: "Add an alert on the queue" });
    world.notion.faults.clear();
    await untilReplaced(toDo, row);
    expect(rowOf(world, row).title).toBe("Add two alerts");
    const comments = (await commentsOnRow(world, row)).filter((text) =>
      text.includes("on the queue"),
    );
    expect(comments).toHaveLength(1);
  });

  it("leaves the row as people changed it where the to-do is as it was", async () => {
    const { toDo, row } = await typeUnreplaced("Write a runbook");
    editRow(world, row, "Name", "Write two runbooks");
    world.notion.faults.clear();
    await untilReplaced(toDo, row);
    expect(rowOf(world, row).title).toBe("Write two runbooks");
    expect(await commentsOnRow(world, row)).toEqual([]);
  });
});

describe("an issue in a project that no route names", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("stays the issue of its row when it was moved there and the store was lost", async () => {
    const row = addRow(world, page, "Rotate the keys");
    const { key, id } = await untilIssue(world, row);
    await untilSync(world, row, "Up to date.");
    world.jira.act({ do: "move", issue: key, project: "PAY" });
    await untilSync(world, row, "PAY");
    await world.wipeStore();
    editRow(world, row, "Due", "2027-03-01");
    const moved = await untilIssue(
      world,
      row,
      "the day",
      ({ duedate }) => duedate === "2027-03-01",
    );
    expect(moved.id).toBe(id);
  });

  it("is not taken over for a label and a property that somebody forged", async () => {
    const row = addRow(world, page, "Publish the report", { Status: "Open" });
    await untilSync(world, row, "Waiting for");
    const labels = ["debrief", `debrief-${row.replaceAll("-", "")}`];
    const forged = world.jira.act({
      do: "createIssue",
      project: "PAY",
      summary: "Not ours",
      labels,
    });
    const none = { title: "", outcome: "", owner: "", due: "", priority: "", status: "" };
    const value = { version: 1, row, base: { notion: none, jira: none } };
    const issue = forged.key ?? "";
    world.jira.act({ do: "setProperty", issue, key: "debrief.action-item", value });
    await world.wipeStore();
    editRow(world, row, "Owner", ["Ada Okafor"]);
    editRow(world, row, "Due", "2026-12-04");
    const made = await waitFor("an issue of its own", () =>
      issuesOf(world, row).find(({ project, key }) => project !== "PAY" && key !== issue),
    );
    await untilSync(world, row, "Up to date.");
    expect(rowOf(world, row).properties["Jira"]).toContain(made.key);
    expect(world.jira.issue(issue)).toMatchObject({ summary: "Not ours", comments: [] });
  });
});
