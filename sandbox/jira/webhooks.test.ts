/** The promises of Jira's webhooks: signed, in the old representation, tried again, echoing the bot. */

import { describe, expect, it } from "vitest";
import { settableClock } from "../core/clock.ts";
import { createFaults, type Faults } from "../core/faults.ts";
import { createRandom } from "../core/random.ts";
import { startReceiver, type Receiver } from "../core/receiver.ts";
import { createAcme } from "./acme.ts";
import { act, type ActInput, type ActResult } from "./acts.ts";
import { getIssue } from "./find.ts";
import { JqlError } from "./jql.ts";
import type { Fields, World } from "./model.ts";
import { createWebhooks, signatureOf, type Webhooks } from "./webhooks.ts";
import { addComment, deleteIssue, editFields } from "./world.ts";

const secret = "It's a Secret to Everybody";

interface Site extends Disposable {
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly faults: Faults;
  readonly act: (input: ActInput) => ActResult;
}

/** Acme with one issue, OPS-1, that nobody was told of. */
function startSite(): Site {
  const clock = settableClock();
  const { world } = createAcme(clock, 1, () => {});
  const faults = createFaults(createRandom(1));
  const webhooks = createWebhooks(world, faults);
  world.emit = (change) => webhooks.emit(change);
  act(world, { do: "createIssue", project: "OPS", summary: "Alert on replica lag" });
  return {
    world,
    webhooks,
    faults,
    act: (input) => act(world, input),
    [Symbol.dispose]: () => webhooks.close(),
  };
}

interface Body extends Fields {
  readonly webhookEvent: string;
  readonly issue: { readonly self: string; readonly key: string; readonly fields: Fields };
  readonly changelog?: { readonly items: readonly Fields[] };
}

function bodies(receiver: Receiver): Body[] {
  return receiver.received.map(({ body }) => JSON.parse(body) as Body);
}

async function settled({ webhooks }: Site): Promise<void> {
  await expect.poll(() => webhooks.pending()).toBe(0);
}

function headerOf(receiver: Receiver, name: string): unknown[] {
  return receiver.received.map(({ headers }) => headers[name]);
}

describe("the signature", () => {
  it("is that of the documented vector", () => {
    expect(signatureOf("Hello World!", secret)).toBe(
      "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
    );
  });

  it("stands over the raw body, and is missing without a secret", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: `${receiver.url}/signed`, secret });
    site.webhooks.register({ url: `${receiver.url}/plain` });
    site.act({ do: "edit", issue: "OPS-1", summary: "Zürich ✓" });
    await settled(site);
    const [body = ""] = receiver.received.map((one) => one.body);
    expect(new Set(headerOf(receiver, "x-hub-signature"))).toEqual(
      new Set([signatureOf(body, secret), undefined]),
    );
    expect(new Set(headerOf(receiver, "x-atlassian-webhook-identifier")).size).toBe(2);
  });
});

describe("a body", () => {
  it("tells a create with links of version 2 and wiki text", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: receiver.url, secret });
    const description = "One\nTwo";
    site.act({ do: "createIssue", by: "Ben", project: "OPS", summary: "Slow", description });
    await settled(site);
    const [body] = bodies(receiver);
    expect(body).toMatchObject({
      timestamp: site.world.clock.now().getTime(),
      webhookEvent: "jira:issue_created",
      issue_event_type_name: "issue_created",
      user: { displayName: "Ben Lindqvist", accountType: "atlassian" },
      issue: { key: "OPS-2", fields: { description: "One\n\nTwo", summary: "Slow" } },
    });
    expect(body).not.toHaveProperty("user.emailAddress");
    expect(body?.issue.self).toMatch(/\/rest\/api\/2\/issue\/\d+$/u);
    expect(receiver.received[0]?.body).not.toContain("/rest/api/3/");
    expect(body?.changelog?.items).toContainEqual({
      field: "Status",
      fieldtype: "jira",
      fieldId: "status",
      from: null,
      fromString: null,
      to: "10000",
      toString: "To Do",
    });
    expect(receiver.received[0]?.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Atlassian Webhook HTTP Client",
      "x-atlassian-webhook-flow": "Primary",
    });
    expect(receiver.received[0]?.headers).not.toHaveProperty("x-atlassian-webhook-retry");
  });

  it("tells a transition and what it resolved, in this order", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.act({ do: "addTransition", project: "OPS", name: "Jump", to: "Done" });
    site.webhooks.register({ url: receiver.url });
    const resolution = "Won't Do";
    site.act({ do: "transition", issue: "OPS-1", to: "Done", resolution });
    await settled(site);
    expect(bodies(receiver)).toMatchObject([
      {
        webhookEvent: "jira:issue_updated",
        issue_event_type_name: "issue_generic",
        issue: { fields: { status: { statusCategory: { id: 3, key: "done" } } } },
        changelog: {
          items: [
            { fieldId: "resolution", from: null, to: "10001", toString: resolution },
            { field: "status", from: "10000", fromString: "To Do", toString: "Done" },
          ],
        },
      },
    ]);
  });

  it("tells a comment without a user and with few fields of the issue", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: receiver.url });
    site.act({ do: "comment", by: "Esra", issue: "OPS-1", text: "On it." });
    await settled(site);
    const [body] = bodies(receiver);
    expect(body).toMatchObject({
      webhookEvent: "comment_created",
      comment: { body: "On it.", author: { displayName: "Esra Yilmaz" } },
    });
    expect(body).not.toHaveProperty("user");
    expect(Object.keys(body?.issue.fields ?? {}).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "assignee",
      "issuetype",
      "priority",
      "project",
      "status",
      "summary",
    ]);
  });

  it("tells a delete with the issue as it stood, and its comments after it", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.act({ do: "comment", issue: "OPS-1", text: "x" });
    const events = ["jira:issue_deleted", "comment_deleted"];
    site.webhooks.register({ url: receiver.url, events });
    site.act({ do: "delete", issue: "OPS-1" });
    await settled(site);
    const deleted = bodies(receiver).find((one) => one.webhookEvent === "jira:issue_deleted");
    expect(deleted?.issue).toMatchObject({
      key: "OPS-1",
      fields: { summary: "Alert on replica lag" },
    });
    expect(deleted).not.toHaveProperty("issue_event_type_name");
    expect(deleted).not.toHaveProperty("changelog");
    const flows = receiver.received.map(({ headers, body }) => [
      (JSON.parse(body) as Body).webhookEvent,
      headers["x-atlassian-webhook-flow"],
    ]);
    expect(Object.fromEntries(flows)).toEqual({
      "jira:issue_deleted": "Primary",
      comment_deleted: "Secondary",
    });
  });

  it("tells a move with the new key and the same id", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: receiver.url });
    const { id } = site.act({ do: "move", issue: "OPS-1", project: "PAY" });
    await settled(site);
    expect(bodies(receiver)).toMatchObject([
      { issue_event_type_name: "issue_moved", issue: { id, key: "PAY-1" } },
    ]);
  });

  it("is empty, and signed as such, when the registration leaves it out", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    const url = `${receiver.url}/{project.key}/\${issue.key}`;
    site.webhooks.register({ url, secret, excludeBody: true });
    site.act({ do: "edit", issue: "OPS-1", summary: "x" });
    await settled(site);
    expect(receiver.received).toMatchObject([
      { body: "", headers: { "x-hub-signature": signatureOf("", secret) } },
    ]);
  });
});

describe("a registration", () => {
  it("gets the events that it names: properties only when it asks for them", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    const one = site.webhooks.register({ url: receiver.url });
    const property = { do: "setProperty", issue: "OPS-1", key: "debrief" } as const;
    site.act({ ...property, value: 1 });
    expect(site.webhooks.pending()).toBe(0);
    site.webhooks.remove(one.id);
    site.webhooks.register({ url: receiver.url, events: ["issue_property_set"] });
    site.act({ ...property, value: { a: [1] } });
    site.act({ do: "edit", issue: "OPS-1", summary: "x" });
    await settled(site);
    expect(bodies(receiver)).toMatchObject([
      { webhookEvent: "issue_property_set", property: { key: "debrief", value: { a: [1] } } },
    ]);
  });

  it("gets only the issues that its JQL takes, as they are after the change", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: receiver.url, filter: "project = OPS AND labels = pm" });
    site.act({ do: "edit", issue: "OPS-1", summary: "Before" });
    site.act({ do: "edit", issue: "OPS-1", addLabels: ["pm"] });
    site.act({ do: "edit", issue: "OPS-1", removeLabels: ["pm"] });
    await settled(site);
    expect(bodies(receiver)).toMatchObject([{ issue: { fields: { labels: ["pm"] } } }]);
    expect(() => site.webhooks.register({ url: receiver.url, filter: "project" })).toThrow(
      JqlError,
    );
  });

  it("echoes what the bot itself did", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: receiver.url });
    const { world } = site;
    editFields(world, world.bot, getIssue(world, "OPS-1"), { labels: ["mine"] });
    await settled(site);
    expect(bodies(receiver)).toMatchObject([{ user: { accountId: world.bot.accountId } }]);
  });
});

describe("a delivery", () => {
  it.each([408, 409, 425, 429, 500, 503, undefined])(
    "is tried again five times, with the same bytes and identifier, when answered %s",
    async (status) => {
      await using receiver = await startReceiver();
      const timing = { backOffMs: [1_000], answerWithinMs: 100 };
      const { world } = createAcme(settableClock(), 1, () => {});
      const webhooks = createWebhooks(world, createFaults(createRandom(1)), timing);
      world.emit = (change) => webhooks.emit(change);
      webhooks.register({ url: receiver.url, secret });
      receiver.answer = () => status;
      act(world, { do: "createIssue", project: "OPS", summary: "x" });
      for (let attempt = 1; attempt <= 6; attempt += 1) {
        await expect.poll(() => webhooks.attempts().length).toBe(attempt);
        await world.clock.advance(1_000);
      }
      expect(webhooks.pending()).toBe(0);
      expect(headerOf(receiver, "x-atlassian-webhook-retry")).toEqual([
        undefined,
        "1",
        "2",
        "3",
        "4",
        "5",
      ]);
      expect(new Set(headerOf(receiver, "x-atlassian-webhook-identifier")).size).toBe(1);
      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
      webhooks.close();
    },
  );

  it.each([301, 400, 401, 404, 410, 422])(
    "is dropped for good when answered %s",
    async (status) => {
      await using receiver = await startReceiver();
      using site = startSite();
      site.webhooks.register({ url: receiver.url });
      receiver.answer = () => status;
      site.act({ do: "edit", issue: "OPS-1", summary: "x" });
      await settled(site);
      expect(site.webhooks.attempts()).toMatchObject([{ verdict: "dropped", attempt: 1 }]);
    },
  );

  it("arrives once the receiver is back", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    site.webhooks.register({ url: receiver.url });
    receiver.answer = () => (receiver.received.length < 3 ? 503 : 202);
    site.act({ do: "edit", issue: "OPS-1", summary: "x" });
    for (const attempts of [1, 2]) {
      await expect.poll(() => site.webhooks.attempts().length).toBe(attempts);
      await site.world.clock.advance(5_000);
    }
    await settled(site);
    expect(site.webhooks.attempts().at(-1)).toMatchObject({ verdict: "delivered", attempt: 3 });
  });

  it("can be doubled, lost, and overtaken", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    const { faults, world } = site;
    site.webhooks.register({ url: receiver.url });
    faults.add({ kind: "duplicate-webhook", match: { event: "comment_created" }, times: 1 });
    site.act({ do: "comment", issue: "OPS-1", text: "twice" });
    await settled(site);
    expect(receiver.received).toHaveLength(2);
    expect(new Set(headerOf(receiver, "x-atlassian-webhook-identifier")).size).toBe(1);
    faults.add({ kind: "drop-webhook", match: { event: "comment" }, times: 1 });
    site.act({ do: "comment", issue: "OPS-1", text: "never" });
    faults.add({ kind: "reorder-webhooks", match: {}, delayMs: 2_000, times: 1 });
    site.act({ do: "edit", issue: "OPS-1", summary: "first" });
    site.act({ do: "edit", issue: "OPS-1", summary: "second" });
    await expect.poll(() => receiver.received.length).toBe(3);
    await world.clock.advance(2_000);
    await settled(site);
    const summaries = bodies(receiver).map(({ issue }) => issue.fields["summary"]);
    expect(summaries.slice(2)).toEqual(["second", "first"]);
  });

  it("shows the issue as it was at the change, however late it comes", async () => {
    await using receiver = await startReceiver();
    using site = startSite();
    const { world } = site;
    site.webhooks.register({ url: receiver.url });
    const issue = getIssue(world, "OPS-1");
    addComment(world, world.bot, issue, { body: { type: "doc", version: 1, content: [] } });
    editFields(world, world.bot, issue, { summary: "Then" });
    editFields(world, world.bot, issue, { summary: "Now" });
    deleteIssue(world, world.bot, issue);
    await settled(site);
    const byEvent = bodies(receiver).map(
      (one) => `${one.webhookEvent}: ${String(one.issue.fields["summary"])}`,
    );
    expect(new Set(byEvent)).toEqual(
      new Set([
        "comment_created: Alert on replica lag",
        "jira:issue_updated: Then",
        "jira:issue_updated: Now",
        "jira:issue_deleted: Now",
      ]),
    );
  });
});
