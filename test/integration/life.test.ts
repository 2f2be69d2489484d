/** An incident's life as its page tells it, through the whole service, on both engines of the store. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, openWorldOn, type EngineWorld } from "../support/engines.ts";
import {
  addEntries,
  ago,
  minutesBefore,
  expectCompleteTimeline,
  ownNotes,
  untilSays,
  untilWhole,
  urlOf,
} from "../support/incidents.ts";
import { headingsOf, rowSaying, rowsOf, syncOf, viewsOf } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";
import type { NotionCall } from "../support/world.ts";

describe.each(engines)("an incident on the %s engine", (engine) => {
  let world: EngineWorld | undefined;

  beforeAll(async () => {
    world = await openWorldOn(engine);
    await world?.start();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("has no page before its priority, and then one complete page", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty, notion } = here;
    const incident = here.trigger({
      title: "Orders fail in the EU",
      at: ago(30),
      alert: { summary: "5xx rate is 38 %", severity: "critical", source: "checkout-eu-3" },
    });
    await waitFor("the webhook to be delivered", () => pagerduty.pendingWebhooks() === 0);
    await here.untilResyncs(1);
    expect(here.pagesOf(incident)).toEqual([]);

    pagerduty.act({ do: "setPriority", incident, priority: "P1", by: "Chloe Tanaka", at: ago(29) });
    const page = await untilWhole(here, incident);
    expect(page.properties).toMatchObject({
      Name: "Orders fail in the EU",
      "Incident ID": incident,
      Incident: urlOf(incident),
      Severity: "P1",
      Services: ["Checkout API"],
      Status: "Live",
      Resolved: null,
      "Duration min": null,
      "Time to acknowledge min": null,
      Lead: ["Ada Okafor"],
      Sync: "Up to date.",
    });
    expect(minutesApart(page.properties["Started"], ago(30))).toBeLessThan(1.5);
    expect(headingsOf(page)).toEqual(fullSections);
    expect(rowsOf(page).map(({ event, actor }) => [event, actor])).toEqual([
      ["Triggered: 5xx rate is 38 % (critical, checkout-eu-3)", "Datadog (integration)"],
      ["Assigned to Ada Okafor, Ben Lindqvist", expect.stringContaining("PagerDuty")],
      ["Paged 2 people, 4 notifications (2 by push, 2 by text message)", "PagerDuty"],
      ["Priority set to P1", "Chloe Tanaka"],
    ]);
    for (const row of rowsOf(page)) {
      expect(row.href).toMatch(new RegExp(`^${urlOf(incident)}#(?:log|alert)-\\w+$`, "u"));
    }
    expectCompleteTimeline(here, incident, page);

    const other = here.trigger({ title: "Another one", priority: "P1" });
    const otherPage = await untilWhole(here, other);
    notion.act({ do: "addActionItem", postMortem: page.id, title: "Alert on pool size" });
    notion.act({ do: "addActionItem", postMortem: otherPage.id, title: "Not of this page" });
    const last = here.pagesOf(incident)[0]?.blocks.at(-1);
    expect(last?.type).toBe("child_database");
    expect(last?.view?.dataSourceId).toBe(notion.ids.actionItems);
    expect(last?.view?.rows).toHaveLength(1);
  });

  it("gets its page at once when it is triggered with a priority", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const incident = here.trigger({ title: "Search is slow", priority: "P2", by: "Ben Lindqvist" });
    const page = await untilWhole(here, incident);
    expect(page.properties).toMatchObject({ Severity: "P2", Status: "Live" });
    expect(headingsOf(page)).not.toContain("Future considerations");
    expect(here.pagesOf(incident)).toHaveLength(1);
  });

  it("is Draft and complete once resolved, Live when reopened, and complete again", async ({
    skip,
  }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const at = minutesBefore(Date.now());
    const incident = here.trigger({ title: "Payments stop", at: at(50) });
    pagerduty.act({ do: "setPriority", incident, priority: "P1", at: at(49) });
    await untilWhole(here, incident);
    pagerduty.act({ do: "acknowledge", incident, by: "Ben Lindqvist", at: at(45) });
    pagerduty.act({ do: "escalate", incident, at: at(40) });
    pagerduty.act({ do: "note", incident, content: "The queue is full", at: at(35) });
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor", at: at(10) });
    const draft = await here.untilPage(
      incident,
      "a draft with its durations",
      ({ properties }) => properties["Status"] === "Draft" && properties["Duration min"] === 40,
    );
    expect(draft.properties["Time to acknowledge min"]).toBe(5);
    expect(minutesApart(draft.properties["Resolved"], ago(10))).toBeLessThan(1.5);
    expectCompleteTimeline(here, incident, await untilSays(here, incident, "Resolved"));

    pagerduty.act({ do: "reopen", incident, by: "Ada Okafor", at: at(8) });
    const live = await here.untilPage(
      incident,
      "a live page again",
      ({ properties }) => properties["Status"] === "Live",
    );
    expect(live.properties).toMatchObject({ Resolved: null, "Duration min": null });

    pagerduty.act({ do: "resolve", incident, by: "Ben Lindqvist", at: at(5) });
    const again = await here.untilPage(
      incident,
      "a draft of the whole",
      ({ properties }) => properties["Status"] === "Draft" && properties["Duration min"] === 45,
    );
    expect(rowsOf(again).filter(({ event }) => event === "Resolved")).toHaveLength(2);
    expectCompleteTimeline(here, incident, again);
    expect(here.pagesOf(incident)).toHaveLength(1);
  });

  it("is closed with a pointer to the other post-mortem when it is merged", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const incident = here.trigger({ title: "Logins fail", priority: "P1" });
    const into = here.trigger({ title: "The database is down", priority: "P1" });
    await untilWhole(here, incident);
    const target = await untilWhole(here, into);
    pagerduty.act({ do: "merge", incident, into, by: "Ada Okafor" });
    const closed = await here.untilPage(
      incident,
      "a closed page",
      ({ properties }) => properties["Status"] === "Closed",
    );
    expect(syncOf(closed)).toContain("Merged into");
    expect(syncOf(closed)).toContain(target.url);
    expect(closed.properties).toMatchObject({ Resolved: null, "Duration min": null });
    expect(rowSaying(closed, "Resolved by merging into").actor).toBe("Ada Okafor");
    await untilSays(here, into, "Linked: ");
    expect(here.pagesOf(into)[0]?.properties["Status"]).toBe("Live");
  });

  it("keeps its page current when its priority falls, and says so until it rises", async ({
    skip,
  }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const incident = here.trigger({ title: "Mails are late", priority: "P2" });
    await untilWhole(here, incident);
    pagerduty.act({ do: "setPriority", incident, priority: "P4" });
    const low = await here.untilPage(
      incident,
      "severity P4",
      ({ properties }) => properties["Severity"] === "P4",
    );
    expect(syncOf(low)).toContain("The priority is now P4, no longer one of P1, P2");
    pagerduty.act({ do: "note", incident, content: "Still looking" });
    await untilSays(here, incident, "Still looking");
    pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    const high = await here.untilPage(
      incident,
      "severity P1",
      ({ properties }) => properties["Severity"] === "P1" && properties["Sync"] === "Up to date.",
    );
    expect(high.properties["Status"]).toBe("Live");
    expect(here.pagesOf(incident)).toHaveLength(1);
  });

  it("takes over a new title and a new service", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const incident = here.trigger({ title: "Something is odd", priority: "P1" });
    await untilWhole(here, incident);
    pagerduty.act({ do: "changeTitle", incident, title: "Card payments are declined" });
    pagerduty.act({ do: "moveService", incident, service: "Payments worker" });
    const page = await here.untilPage(
      incident,
      "the new title and service",
      ({ properties }) =>
        properties["Name"] === "Card payments are declined" &&
        JSON.stringify(properties["Services"]) === '["Payments worker"]',
    );
    expect(rowSaying(page, "Checkout API to Payments worker").actor).toBe("Ada Okafor");
  });

  it("tells all of 250 log entries, in order", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const incident = here.trigger({ title: "A very long night", at: ago(180) });
    const count = 250 - pagerduty.logEntryIdsOf(incident).length - 1;
    const said = addEntries(here, incident, { count, fromMinutesAgo: 170, everyS: 30 });
    pagerduty.act({ do: "setPriority", incident, priority: "P1", at: ago(20) });
    expect(pagerduty.logEntryIdsOf(incident)).toHaveLength(250);
    await untilWhole(here, incident);
    const page = await untilSays(here, incident, "Priority set to P1");
    const told = rowsOf(page).map(({ event }) => event);
    expect(told.filter((event) => event.startsWith("Step"))).toEqual(said);
    expectCompleteTimeline(here, incident, page);
  });

  it("shows neither phone numbers nor secrets, on the page or in the log", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const key = "AKIAIOSFODNN7EXAMPLE";
    const incident = here.trigger({
      title: `Deploy failed, password=hunter2secret ${key}`,
      priority: "P1",
      alert: { summary: `curl -H "Authorization: Bearer ${bearer}" failed`, source: "ci" },
    });
    const people = ["Ada Okafor", "Ben Lindqvist", "Esra Yilmaz"];
    pagerduty.act({ do: "notify", incident, people, means: ["sms", "phone", "email"] });
    pagerduty.act({
      do: "note",
      incident,
      content: "psql postgres://admin:s3cr3tpw@pg-primary/orders fails",
    });
    await untilWhole(here, incident);
    const page = await untilSays(here, incident, "pg-primary/orders fails");
    rowSaying(page, "Paged 3 people");
    const everything = JSON.stringify(page) + here.output();
    for (const secret of ["555555", "acme.example", "hunter2secret", key, bearer, "s3cr3tpw"]) {
      expect(everything).not.toContain(secret);
    }
  });

  it("posts its link at PagerDuty once, and the note's webhook changes nothing", async ({
    skip,
  }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    const incident = here.trigger({ title: "The cache is cold", priority: "P1" });
    const page = await untilWhole(here, incident);
    const after = here.watchNotion();
    await waitFor("the note's webhook", () => pagerduty.pendingWebhooks() === 0);
    await here.untilResyncs(2);
    expect(ownNotes(here, incident)).toEqual([expect.stringContaining(page.url)]);
    expect(after().filter((call) => call.method !== "GET" && call.path.includes(page.id))).toEqual(
      [],
    );
    expect(here.pagesOf(incident)[0]?.editedAt).toBe(page.editedAt);
    expect(rowsOf(page).filter(({ event }) => event.includes("Post-mortem"))).toEqual([]);
  });

  it("is left alone by further resyncs once it says what is true", async ({ skip }) => {
    const here = world ?? skip("no Redis");
    await here.untilResyncs(2);
    const before = here.notion.pages("Post-mortems");
    const calls = here.watchNotion();
    await here.untilResyncs(3);
    expect(calls().filter(isWrite)).toEqual([]);
    expect(here.notion.pages("Post-mortems").map(({ editedAt }) => editedAt)).toEqual(
      before.map(({ editedAt }) => editedAt),
    );
    expect(before.filter((page) => viewsOf(page).length !== 1)).toEqual([]);
    expect(before.filter(({ inTrash }) => inTrash)).toEqual([]);
  });
});

describe.each(engines)("what a page costs on the %s engine", (engine) => {
  let world: EngineWorld | undefined;

  beforeAll(async () => {
    // The resync has calls of its own: it is over before anything is counted, and far from the next one.
    world = await openWorldOn(engine, { timing: { resync_every_s: 600 } });
    await world?.start();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it("costs two calls for a page of 60 log entries, and as many more as it gets rows", async ({
    skip,
  }) => {
    const here = world ?? skip("no Redis");
    const { pagerduty } = here;
    await waitFor("the first pass over both vendors", () =>
      ["resync is complete", "resync of Notion is complete"].every((one) =>
        here.output().includes(one),
      ),
    );
    // PagerDuty tells times in whole seconds; only what is surely younger than the store needs no search.
    const started = Date.now();
    await waitFor("the next second", () => Date.now() > started + 1_000);
    const incident = here.trigger({ title: "Checkout is down" });
    const entries = 60 - pagerduty.logEntryIdsOf(incident).length - 1;
    addEntries(here, incident, {
      count: entries,
      fromMinutesAgo: 0,
      everyS: 0,
    });
    const created = here.watchNotion();
    pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    const page = await untilWhole(here, incident);
    expect(routesOf(created())).toEqual(["POST /v1/pages", "POST /v1/views"]);
    expectCompleteTimeline(here, incident, page);

    const first = here.watchNotion();
    pagerduty.act({ do: "note", incident, content: "It is the connection pool" });
    await untilSays(here, incident, "It is the connection pool");
    expect(blockCalls(first())).toEqual(perInsert);

    const second = here.watchNotion();
    pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor" });
    await here.untilPage(
      incident,
      "a time to acknowledge",
      ({ properties }) => properties["Time to acknowledge min"] !== null,
    );
    expect(blockCalls(second())).toEqual(perInsert);
    expect(routesOf(second()).filter((route) => route.startsWith("PATCH /v1/pages"))).toHaveLength(
      1,
    );
  });
});

/** Find the table, read its rows (up to 100), write (up to 100). */
const perInsert = [
  "GET /v1/blocks/:block_id/children",
  "GET /v1/blocks/:block_id/children",
  "PATCH /v1/blocks/:block_id/children",
];

const bearer = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJlLWZvci1kZW1v";

const fullSections = [
  "Executive summary",
  "Timeline",
  "Detection",
  "What happened",
  "Root cause",
  "Contributing factors",
  "Slowed detection",
  "Slowed resolution",
  "What went well",
  "What is an ongoing problem",
  "Lessons",
  "Future considerations",
  "Action items",
];

function routesOf(calls: readonly NotionCall[]): string[] {
  return calls.map(({ method, route }) => `${method} ${route}`);
}

/** The calls that read or write rows; looking at the page itself is one read besides. */
function blockCalls(calls: readonly NotionCall[]): string[] {
  return routesOf(calls).filter((route) => route.includes("/v1/blocks"));
}

function isWrite({ method, route }: NotionCall): boolean {
  return method !== "GET" && !route.endsWith("/query");
}

function minutesApart(one: unknown, other: string): number {
  return Math.abs(Date.parse(String(one)) - Date.parse(other)) / 60_000;
}
