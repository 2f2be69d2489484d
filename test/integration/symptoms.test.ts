/** What went wrong once, each by its symptom. Three worlds side by side, through the whole service. */

import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { ago, expectCompleteTimeline, untilSays, untilWhole } from "../support/incidents.ts";
import { says, syncOf, viewsOf } from "../support/pages.ts";
import { redisForTests, uniquePrefix, type TestRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type NotionCall, type World } from "../support/world.ts";

/** So short an overlap that a resync lists no incident that was resolved after a few seconds. */
const overlap = { resync_overlap_s: 2 };
/** The grace covers the client's timeout, the latest commit of a lost create and the lag of queries. */
const graces = { request_timeout_s: 0.8, notion_grace_s: 2.5 };
/** The first pause after a failure that lasts. */
const patience = { recheck_s: 2, item_sweep_s: 600 };

/** The tests of one world follow each other; the worlds run side by side. */
const inTurn = { concurrent: false };
const createPath = { method: "POST", path: "^/v1/pages$" };

function livePages(world: World, incident: string): PageView[] {
  return world.pagesOf(incident).filter(({ inTrash }) => !inTrash);
}

/** What the service knows of an incident, without the trail of what was done. */
async function healthText(world: World, incident: string): Promise<string> {
  return JSON.stringify((await world.health(incident)) ?? {}).replace(/"audit":.*/u, "");
}

async function untilConverged(world: World, incident: string): Promise<void> {
  await waitFor("the service to say that all is well", async () =>
    (await healthText(world, incident)).includes('"state":"converged"'),
  );
}

/** An incident with its page, at which nothing is left to do and nothing will be looked at by itself. */
async function settled(world: World, incident: string): Promise<void> {
  await untilWhole(world, incident);
  await untilConverged(world, incident);
  await world.untilResyncs(3);
}

/** Waits until PagerDuty has not been asked for a while: no run is on its way that could see what comes now. */
async function untilQuiet(world: World): Promise<void> {
  let total = -1;
  let sinceMs = 0;
  await waitFor("no calls to PagerDuty for a while", () => {
    const now = world.pagerduty.calls().total;
    sinceMs = now === total ? sinceMs : Date.now();
    total = now;
    return Date.now() - sinceMs > 300;
  });
}

/** Resolves without anybody being told. */
async function resolveUnheard(world: World, incidents: readonly string[]): Promise<void> {
  const { pagerduty } = world;
  await untilQuiet(world);
  const lost = pagerduty.faults.add({ kind: "drop-webhook" });
  for (const incident of incidents) {
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
  }
  await waitFor("all webhooks", () => pagerduty.pendingWebhooks() === 0);
  pagerduty.faults.remove(lost);
}

function isDraft({ properties }: PageView): boolean {
  return properties["Status"] === "Draft" && properties["Resolved"] !== null;
}

function recreate(world: World, incident: string): Promise<Response> {
  return fetch(`${world.url}/api/v1/incidents/${incident}/recreate`, { method: "POST" });
}

function linkParagraphs(page: PageView | undefined): number {
  return (page?.blocks ?? []).filter(({ text }) => text.startsWith("Action items:")).length;
}

function isWrite({ method, path }: NotionCall): boolean {
  return method !== "GET" && !path.endsWith("/query") && !path.endsWith("/search");
}

describe.concurrent("webhooks, people and a store that get lost", () => {
  let world: EngineWorld;

  beforeAll(async () => {
    world = await openAnyWorld({ timing: overlap });
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("a resolve that nobody heard of still makes a Draft", inTurn, async () => {
    const young = world.trigger({ title: "Resolved unheard", priority: "P1" });
    const old = world.trigger({ title: "Old, resolved unheard", priority: "P1", at: ago(180) });
    await settled(world, young);
    await settled(world, old);
    await resolveUnheard(world, [young, old]);
    for (const incident of [young, old]) {
      const page = await world.untilPage(incident, "a draft with its resolve", isDraft);
      expectCompleteTimeline(world, incident, page);
      expect(world.pagesOf(incident)).toHaveLength(1);
    }
  });

  it("a page that was restored gets no twin by recreate", inTurn, async () => {
    const { pagerduty, notion } = world;
    const incident = world.trigger({ title: "Deleted and restored", priority: "P1" });
    const { id: page } = await untilWhole(world, incident);
    await untilConverged(world, incident);
    notion.act({ do: "trashPage", page });
    pagerduty.act({ do: "note", incident, content: "While it was away" });
    await waitFor("the service to say that the page was deleted", async () =>
      (await healthText(world, incident)).includes("PageTrashed"),
    );
    // By then the search shows it in the trash, and goes on to do so for a moment after the restore.
    await world.untilResyncs(2);
    notion.act({ do: "restorePage", page });
    const answer = await recreate(world, incident);
    expect([202, 409]).toContain(answer.status);
    await answer.arrayBuffer();
    pagerduty.act({ do: "note", incident, content: "After the restore" });
    await waitFor("the last note on a page", () =>
      world.pagesOf(incident).some((each) => says(each, "After the restore")),
    );
    await world.untilResyncs(3);
    expect(world.pagesOf(incident).map(({ id, inTrash }) => ({ id, inTrash }))).toEqual([
      { id: page, inTrash: false },
    ]);
  });

  it(
    "a page that is asked for again is made although the priority was lowered",
    inTurn,
    async () => {
      const { pagerduty, notion } = world;
      const incident = world.trigger({ title: "Lowered and deleted", priority: "P1" });
      const { id: page } = await untilWhole(world, incident);
      await untilConverged(world, incident);
      pagerduty.act({ do: "setPriority", incident, priority: "P4" });
      notion.act({ do: "trashPage", page });
      await waitFor("the service to say that the page was deleted", async () =>
        (await healthText(world, incident)).includes("PageTrashed"),
      );
      const answer = await recreate(world, incident);
      expect(answer.status).toBe(202);
      await answer.arrayBuffer();
      await waitFor("a new page", () => world.pagesOf(incident).some((each) => !each.inTrash));
      expect(world.pagesOf(incident).filter((each) => !each.inTrash)).toHaveLength(1);
    },
  );

  it("a secret in the title of a merge's target is masked", inTurn, async () => {
    const { pagerduty } = world;
    const key = "AKIAIOSFODNN7EXAMPLE";
    const incident = world.trigger({ title: "Merged away", priority: "P1" });
    const target = world.trigger({ title: `Leaked ${key} in a log`, priority: "P1" });
    await untilWhole(world, incident);
    await untilWhole(world, target);
    pagerduty.act({ do: "merge", incident, into: target });
    const page = await world.untilPage(incident, "a remark about the merge", (each) =>
      syncOf(each).includes("Merged into"),
    );
    expect(syncOf(page)).toContain("[masked: AWS key]");
    for (const one of [incident, target]) {
      expect(JSON.stringify(world.pagesOf(one))).not.toContain(key);
    }
  });

  it("a refused view and a lost store leave one link", inTurn, async () => {
    const { notion } = world;
    notion.configure({ refuseRelationViews: true });
    const incident = world.trigger({ title: "View refused", priority: "P1" });
    await world.untilPage(
      incident,
      "a link instead of the view",
      (page) => linkParagraphs(page) === 1 && syncOf(page).includes("refused the filtered view"),
    );
    await world.wipeStore();
    await world.untilResyncs(1);
    await waitFor("the page to be found again", async () =>
      (await healthText(world, incident)).includes('"refused"'),
    );
    await world.untilResyncs(3);
    expect(livePages(world, incident).map(linkParagraphs)).toEqual([1]);

    notion.configure({ refuseRelationViews: false });
    const page = await world.untilPage(
      incident,
      "the view instead of the link",
      (each) => viewsOf(each).length === 1 && linkParagraphs(each) === 0,
    );
    expect(world.pagesOf(incident).map(({ id }) => id)).toEqual([page.id]);
  });

  it("a low priority that is older than the store costs no search", inTurn, async () => {
    const { pagerduty } = world;
    const incident = world.trigger({
      title: "Nobody's post-mortem",
      priority: "P4",
      at: ago(60),
    });
    await waitFor("all webhooks", () => pagerduty.pendingWebhooks() === 0);
    pagerduty.act({ do: "note", incident, content: "Older than the store" });
    await untilConverged(world, incident);
    await world.untilResyncs(3);
    const calls = world.watchNotion();
    const before = notionPasses(world);
    await world.untilResyncs(10);
    const passes = notionPasses(world) - before;
    // What Notion's own resync asks in a pass: rows and pages that were edited, those in the trash too; and
    // a few counts of other pages. A search for the page would be two more with each look at the incident.
    const queries = calls().filter(({ path }) => path.endsWith("/query")).length;
    expect(queries).toBeLessThanOrEqual((passes + 1) * 4 + 6);
    expect(world.pagesOf(incident)).toEqual([]);
  });
});

function notionPasses(world: EngineWorld): number {
  return world.output().split("resync of Notion is complete").length - 1;
}

describe.concurrent("vendors that refuse for good", () => {
  let world: EngineWorld;

  beforeAll(async () => {
    world = await openAnyWorld({
      env: { PAGERDUTY_FROM: "nobody@acme.example" },
      timing: patience,
    });
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("a note that is refused for good does not hold up the page", inTurn, async () => {
    const { pagerduty } = world;
    const incident = world.trigger({ title: "Note refused", priority: "P1", at: ago(10) });
    await world.untilPage(
      incident,
      "words about the note in Sync",
      (page) => viewsOf(page).length === 1 && /note.*refused|refused.*note/iu.test(syncOf(page)),
    );
    await untilConverged(world, incident);
    pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor" });
    pagerduty.act({ do: "note", incident, content: "Written all the same" });
    await untilSays(world, incident, "Written all the same");
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
    const page = await world.untilPage(
      incident,
      "a draft that says that the note was refused",
      (each) => isDraft(each) && /note.*refused|refused.*note/iu.test(syncOf(each)),
    );
    expectCompleteTimeline(world, incident, page);
    expect(page.properties["Lead"]).toEqual(["Ada Okafor"]);
    await untilConverged(world, incident);
    await world.untilResyncs(3);
    const calls = world.watchNotion();
    await world.untilResyncs(4);
    expect(calls().filter((call) => isWrite(call))).toEqual([]);
    expect(pagerduty.notesOf(incident)).toEqual(["Written all the same"]);
  });

  it("action items that are not shared cost no more than the view", inTurn, async () => {
    const { pagerduty, notion } = world;
    notion.act({ do: "unshare", dataSource: "Action items" });
    const incident = world.trigger({ title: "Action items not shared", priority: "P1" });
    await untilSays(world, incident, "Triggered");
    pagerduty.act({ do: "note", incident, content: "Told all the same" });
    await untilSays(world, incident, "Told all the same");
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
    const page = await world.untilPage(incident, "a draft", isDraft);
    expectCompleteTimeline(world, incident, page);
    expect(viewsOf(page)).toEqual([]);
    await waitFor("the service to say why there is no view", async () =>
      /"reason":"[^"]*(?:View|NOT_SHARED)/u.test(await healthText(world, incident)),
    );

    notion.act({ do: "share", dataSource: "Action items" });
    const whole = await world.untilPage(
      incident,
      "the view, and nothing to complain of but the note",
      (each) => viewsOf(each).length === 1 && !/shared|view/iu.test(syncOf(each)),
    );
    expect(linkParagraphs(whole)).toBe(0);
    expect(world.pagesOf(incident)).toHaveLength(1);
  });
});

describe.concurrent("creates that are late, refused or never asked for", () => {
  let redis: TestRedis | undefined;
  let world: World;
  const prefix = uniquePrefix();

  beforeAll(async () => {
    redis = await redisForTests();
    world = await openWorld({
      ...(redis === undefined ? {} : { storeUrl: redis.url, redisPrefix: prefix }),
      env: {
        CREATE_ON: "resolved",
        NOTION_CALLS_PER_MINUTE: "900",
        ALLOW_UNSAFE_REDIS: String(redis !== undefined && redis.pid === undefined),
      },
      timing: { ...overlap, ...graces, ...patience },
    });
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await redis?.stop();
  });

  it("a resolve that nobody heard of still makes the page at resolve", inTurn, async () => {
    const { pagerduty } = world;
    const young = world.trigger({ title: "Page at resolve", priority: "P1" });
    const old = world.trigger({ title: "Old, page at resolve", priority: "P1", at: ago(180) });
    await waitFor("all webhooks", () => pagerduty.pendingWebhooks() === 0);
    await world.untilResyncs(5);
    expect([young, old].flatMap((incident) => world.pagesOf(incident))).toEqual([]);
    await resolveUnheard(world, [young, old]);
    for (const incident of [young, old]) {
      await world.untilPage(incident, "a draft", isDraft);
      expectCompleteTimeline(world, incident, await untilWhole(world, incident));
      expect(world.pagesOf(incident)).toHaveLength(1);
    }
  });

  it("a create that waited for the budget is not sent twice", inTurn, async ({ skip }) => {
    const { pagerduty, notion } = world;
    await spendBudget(redis ?? skip("no Redis"), prefix, 4_000);
    notion.faults.add({ kind: "late-commit", match: createPath, delayMs: 1_100, times: 1 });
    const calls = world.watchNotion();
    const incident = world.trigger({ title: "Waits for the budget", priority: "P1" });
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
    const startedAt = Date.now();
    await waitFor("the create to be sent", () => notion.faults.list().length === 0);
    expect(Date.now() - startedAt, "it did wait for the budget").toBeGreaterThan(3_000);
    await untilWhole(world, incident);
    await world.untilResyncs(4);
    expect(world.pagesOf(incident)).toHaveLength(1);
    expect(creates(calls())).toBe(1);
  });

  it("a create that is refused as archived does not loop, and is told", inTurn, async () => {
    const { pagerduty, notion } = world;
    const message =
      "Can't edit block that is archived. You must unarchive the block before editing.";
    const refused = notion.faults.add({
      kind: "status",
      match: createPath,
      status: 400,
      body: { object: "error", status: 400, code: "validation_error", message },
    });
    const calls = world.watchNotion();
    const incident = world.trigger({ title: "Database in the trash", priority: "P1" });
    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
    const startedAt = Date.now();
    await waitFor("the first create", () => creates(calls()) > 0);
    await waitFor("a failure that can be seen", async () => {
      const dead = await fetch(`${world.url}/api/v1/dead-letters`);
      const seen = `${await dead.text()} ${await healthText(world, incident)}`;
      return seen.includes(`"key":"incident:${incident}"`) && seen.includes('"state":"failed"');
    });
    await waitFor("six seconds", () => Date.now() - startedAt > 6_000);
    // At once, once more while its webhooks are news, and then after ever longer pauses.
    expect(creates(calls())).toBeLessThanOrEqual(4);
    notion.faults.remove(refused);
    await untilWhole(world, incident);
    expect(world.pagesOf(incident)).toHaveLength(1);
  });
});

function creates(calls: readonly NotionCall[]): number {
  return calls.filter(({ method, path }) => method === "POST" && path === "/v1/pages").length;
}

/** As if other processes on the same store had spent the budget of Notion, for this long. */
async function spendBudget(redis: TestRedis, prefix: string, forMs: number): Promise<void> {
  const client = new Redis(redis.url);
  try {
    const [key = `${prefix}:calls:notion`] = await client.keys(`*${prefix}*:calls:notion`);
    const at = Date.now() - 60_000 + forMs;
    const calls = Array.from({ length: 900 }, (_, index) => [String(at), `spent-${String(index)}`]);
    await client.zadd(key, ...calls.flat());
  } finally {
    client.disconnect();
  }
}
