/** The promises of registering webhooks: one for the program at the start, and those of administrators. */

import { describe, expect, it } from "vitest";
import { startReceiver, type Receiver } from "../core/receiver.ts";
import { basic, call, createTask, startSite, type Answered } from "./testing.ts";
import { signatureOf } from "./webhooks.ts";

const path = "/rest/webhooks/1.0/webhook";
const filters = { "issue-related-events-section": "project = PAY" };
const draft = { name: "x", events: ["jira:issue_created"], filters, secret: "It's a Secret" };

function bodies(receiver: Receiver): unknown[] {
  return receiver.received.map(({ body }): unknown => JSON.parse(body));
}

describe("at the start", () => {
  it("the program is registered with the secret that it is told, and hears its own echo", async () => {
    await using receiver = await startReceiver();
    await using jira = await startSite({ webhookTarget: receiver.url });
    await createTask(jira);
    await expect.poll(() => jira.pendingWebhooks()).toBe(0);
    const { JIRA_WEBHOOK_SECRET = "" } = jira.environment();
    const [one] = receiver.received;
    expect(one?.headers["x-hub-signature"]).toBe(signatureOf(one?.body ?? "", JIRA_WEBHOOK_SECRET));
    expect(bodies(receiver)).toMatchObject([
      { webhookEvent: "jira:issue_created", user: { accountId: jira.ids.bot } },
    ]);
  });

  it("the program can be registered twice, under two identifiers", async () => {
    await using receiver = await startReceiver();
    await using jira = await startSite({ webhookTarget: receiver.url, registerTwice: true });
    await createTask(jira);
    await expect.poll(() => jira.pendingWebhooks()).toBe(0);
    const [one, other] = receiver.received;
    expect(one?.body).toBe(other?.body);
    expect(one?.headers["x-atlassian-webhook-identifier"]).not.toBe(
      other?.headers["x-atlassian-webhook-identifier"],
    );
  });

  it("a reset forgets the issues and keeps the registration", async () => {
    await using receiver = await startReceiver();
    await using jira = await startSite({ webhookTarget: receiver.url });
    jira.reset();
    expect(await createTask(jira)).toBe("OPS-1");
    jira.reset();
    expect(await createTask(jira)).toBe("OPS-1");
    await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
  });
});

describe("administrators", () => {
  it("register webhooks whose secret is never shown, and remove them", async () => {
    await using receiver = await startReceiver();
    await using jira = await startSite();
    const admin = basic(jira.admin);
    const made = await call(jira, `POST ${path}`, { ...draft, url: receiver.url }, admin);
    const shown = expect.objectContaining({ isSigned: true, enabled: true, filters });
    expect(made).toMatchObject({ status: 201, body: shown });
    expect(JSON.stringify(made.body)).not.toContain(draft.secret);
    for (const project of ["OPS", "PAY"]) {
      jira.act({ do: "createIssue", project, summary: "x" });
    }
    await expect.poll(() => jira.pendingWebhooks()).toBe(0);
    expect(bodies(receiver)).toMatchObject([{ issue: { key: "PAY-1" } }]);
    const one = `${path}/${idIn(made)}`;
    expect((await call(jira, `GET ${path}`, undefined, admin)).body).toEqual([made.body]);
    expect((await call(jira, `GET ${one}`, undefined, admin)).body).toEqual(made.body);
    expect((await call(jira, `DELETE ${one}`, undefined, admin)).status).toBe(204);
    expect((await call(jira, `DELETE ${one}`, undefined, admin)).status).toBe(404);
  });

  it.each<[what: string, change: object]>([
    ["without a name", { name: "" }],
    ["with a URL that is none", { url: "nowhere" }],
    ["with a filter that is no JQL", { filters: { "issue-related-events-section": "project" } }],
  ])("are refused a webhook %s", async (_what, change) => {
    await using jira = await startSite();
    const body = { ...draft, url: "http://127.0.0.1:9", ...change };
    expect(await call(jira, `POST ${path}`, body, basic(jira.admin))).toMatchObject({
      status: 400,
      body: { errorMessages: [expect.any(String)] },
    });
  });

  it("are asked for: the bot may not register", async () => {
    await using jira = await startSite();
    const body = { ...draft, url: "http://127.0.0.1:9" };
    expect((await call(jira, `POST ${path}`, body)).status).toBe(403);
  });
});

function idIn({ body }: Answered): string {
  const isFound = typeof body === "object" && body !== null && "self" in body;
  return isFound ? (String(body.self).split("/").at(-1) ?? "") : "";
}
