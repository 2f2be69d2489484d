/** Routes: where post-mortems and action items of some services go, in Notion and in Jira, and how they look there. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { addPair, readiness, reconfigure, type Pair } from "../support/item-routes.ts";
import {
  addRow,
  complete,
  editRow,
  issuesOf,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";
import { headingsOf } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";

describe("two routes to two projects", () => {
  let world: EngineWorld;
  let pair: Pair;

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {} });
    pair = await addPair(world, "Payment", ["To do", "Doing", "In review", "Finished", "Dropped"]);
    await reconfigure(world, yamlOf(pair));
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** A P1 of a service; gives its page, wherever that is. */
  async function postMortem(service: string, dataSource: string): Promise<PageView> {
    const incident = world.trigger({ title: `${service} is down`, service, priority: "P1" });
    return waitFor(`a page in ${dataSource}`, () =>
      world.notion
        .pages(dataSource)
        .find(({ properties }) => properties["Incident ID"] === incident),
    );
  }

  function addPayment(
    page: string,
    title: string,
    more: Record<string, string | string[]>,
  ): string {
    const properties = {
      ...complete,
      "Post-mortem": [page],
      Name: title,
      Status: "To do",
      ...more,
    };
    const { id } = world.notion.act({ do: "addPage", dataSource: pair.actionItems, properties });
    return id ?? "";
  }

  /** When every page and issue was changed last. */
  function stamps(): readonly string[] {
    return [
      ...world.notion.pages().map(({ id, editedAt }) => `${id} ${editedAt}`),
      ...world.jira.issues().map(({ key, updatedAt }) => `${key} ${updatedAt}`),
    ];
  }

  it("takes what the route says: data sources, template, project, type, labels, components, fields", async () => {
    const page = await postMortem("Payments worker", "Payment post-mortems");
    expect(headingsOf(page)).not.toContain("Future considerations");
    await untilRow(
      world,
      page.id,
      "the view of its action items",
      ({ blocks }) => blocks.at(-1)?.view?.dataSourceId === pair.actionItems,
    );
    const row = addPayment(page.id, "Retry card charges", { Priority: "High" });
    const issue = await untilIssue(world, row);
    expect(issue).toMatchObject({
      project: "OPS",
      issueType: "Bug",
      priority: "Highest",
      components: ["Checkout"],
      custom: { customfield_10050: expect.anything() },
      summary: "Retry card charges",
    });
    expect(issue.labels).toEqual(expect.arrayContaining(["payments", "debrief"]));
    expect(syncOfRow(rowOf(world, row))).toBe("Up to date.");
    await untilRow(world, page.id, "its count", ({ properties }) =>
      String(properties["Sync"]).includes("Action items: 1 open"),
    );
  });

  it("leaves everything else to the route behind it", async () => {
    const page = await postMortem("Checkout API", "Post-mortems");
    expect(headingsOf(page)).toContain("Future considerations");
    const issue = await untilIssue(world, addRow(world, page.id, "Alert earlier"));
    expect(issue).toMatchObject({ project: "PAY", issueType: "Task", components: [] });
    expect(issue.labels).not.toContain("payments");
  });

  it("opens no page for a service that is skipped", async () => {
    const incident = world.trigger({
      title: "The database is slow",
      service: "PostgreSQL cluster",
      priority: "P1",
    });
    await waitFor("its webhook", () => world.pagerduty.pendingWebhooks() === 0);
    await world.untilResyncs(2);
    const pages = world.notion
      .pages()
      .filter(({ properties }) => Object.values(properties).includes(incident));
    expect(pages).toEqual([]);
  });

  it("needs only what the route asks for before an issue is made", async () => {
    const page = await postMortem("Payments worker", "Payment post-mortems");
    const properties = { "Post-mortem": [page.id], Name: "", Status: "To do" };
    const { id: row = "" } = world.notion.act({
      do: "addPage",
      dataSource: pair.actionItems,
      properties,
    });
    await untilRow(world, row, "what it lacks", (one) => syncOfRow(one) === "Waiting for: Name.");
    editRow(world, row, "Name", "Only a title");
    const issue = await untilIssue(world, row);
    expect(issue).toMatchObject({ summary: "Only a title", assignee: null, duedate: null });
  });

  it("speaks of statuses by the route's names, finer than Jira's categories", async () => {
    const page = await postMortem("Payments worker", "Payment post-mortems");
    const row = addPayment(page.id, "Settle twice a day", {});
    const { key } = await untilIssue(world, row);
    for (const [there, here] of [
      ["In Progress", "Doing"],
      ["In Review", "In review"],
      ["Done", "Finished"],
    ] as const) {
      world.jira.act({ do: "transition", issue: key, to: there });
      await untilRow(world, row, here, ({ properties }) => properties["Status"] === here);
    }
    const back = addPayment(page.id, "Settle at night", {});
    await untilIssue(world, back);
    // To Do, In Progress, In Review: two hops.
    editRow(world, back, "Status", "In review");
    await untilIssue(world, back, "In Review", ({ status }) => status.name === "In Review");
    editRow(world, back, "Status", "Finished");
    await untilIssue(
      world,
      back,
      "Done with its resolution",
      ({ status, resolution }) => status.name === "Done" && resolution === "Done",
    );
    expect(syncOfRow(rowOf(world, back))).toBe("Up to date.");
  });

  it("drops an item with the reason as a comment and the route's resolution", async () => {
    const page = await postMortem("Payments worker", "Payment post-mortems");
    const row = addPayment(page.id, "Rewrite everything", {});
    await untilIssue(world, row);
    editRow(world, row, "Status", "Dropped");
    await untilRow(world, row, "what it lacks", (one) =>
      syncOfRow(one).startsWith("Waiting for: Reason."),
    );
    editRow(world, row, "Reason", "It is not worth it.");
    const issue = await untilIssue(
      world,
      row,
      "Won't Do",
      ({ resolution }) => resolution === "Won't Do",
    );
    expect(issue.comments.filter(({ text }) => text.includes("It is not worth it."))).toHaveLength(
      1,
    );
  });

  it("is fine with all that, and a further resync writes nothing", async () => {
    expect((await readiness(world)).degraded).toEqual([]);
    // The counts on the pages are repeated once, two seconds later.
    await world.untilResyncs(4);
    const before = stamps();
    await world.untilResyncs(3);
    expect(stamps()).toEqual(before);
    for (const { id } of world.notion.pages("Payment items")) {
      expect(issuesOf(world, id)).toHaveLength(1);
    }
  });
});

function yamlOf({ postMortems, actionItems }: Pair): string {
  return `routes:
  - name: payments
    when: { service: payments worker, team: [Payments, Nobody] }
    template: short.md
    notion:
      post_mortems: ${postMortems}
      action_items: ${actionItems}
    jira:
      project: OPS
      issue_type: Bug
      labels: [payments]
      components: [Checkout]
      fields: { customfield_10050: { value: Payments } }
      priorities: { High: [Highest, High], Medium: Medium, Low: [Low, Lowest] }
      statuses:
        To do: new
        Doing: indeterminate
        In review: { category: indeterminate, status: In Review }
        Finished: done
        Dropped: { category: done, resolution: Won't Do, needs_reason: true }
      ready: [title]
      hops: 3
  - name: databases
    when: { service: PostgreSQL cluster }
    skip: true
  - name: everything else
    jira: { project: PAY, priorities: {} }
`;
}
