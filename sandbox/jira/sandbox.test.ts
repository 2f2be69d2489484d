/** The promises of the Jira site as a whole: its webhooks reach the program, its control API does all. */

import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { settableClock } from "../core/clock.ts";
import { startReceiver } from "../core/receiver.ts";
import type { JiraSandbox } from "./sandbox.ts";
import { call, createTask, startSite } from "./testing.ts";

const Webhook = z.object({
  webhookEvent: z.string(),
  user: z.object({ accountId: z.string() }).optional(),
  issue: z.object({ key: z.string() }),
});

async function settled(jira: JiraSandbox): Promise<void> {
  await expect.poll(() => jira.pendingWebhooks(), { timeout: 5_000 }).toBe(0);
}

describe("webhooks", () => {
  it("tell the program of its own writes and of people's, signed with the secret it was given", async () => {
    await using receiver = await startReceiver();
    await using jira = await startSite({ webhookTarget: `${receiver.url}/` });
    const key = await createTask(jira);
    jira.act({ do: "transition", issue: key, to: "In Progress" });
    await settled(jira);
    const secret = jira.environment()["JIRA_WEBHOOK_SECRET"] ?? "";
    for (const { headers, body } of receiver.received) {
      const hmac = createHmac("sha256", secret).update(body).digest("hex");
      expect(headers["x-hub-signature"]).toBe(`sha256=${hmac}`);
    }
    const events = receiver.received
      .map(({ body }) => Webhook.parse(JSON.parse(body)))
      .toSorted((left, right) => left.webhookEvent.localeCompare(right.webhookEvent));
    expect(events).toMatchObject([
      { webhookEvent: "jira:issue_created", user: { accountId: jira.ids.bot }, issue: { key } },
      { webhookEvent: "jira:issue_updated", issue: { key } },
    ]);
    expect(events[1]?.user?.accountId).not.toBe(jira.ids.bot);
  });

  it("stay registered over a reset, which nobody is told of", async () => {
    await using receiver = await startReceiver();
    await using jira = await startSite({ webhookTarget: receiver.url, registerTwice: true });
    await createTask(jira);
    await settled(jira);
    expect(receiver.received).toHaveLength(2);
    jira.reset();
    expect(jira.issues()).toEqual([]);
    expect(jira.webhooks).toHaveLength(2);
    expect(jira.deliveries()).toEqual([]);
    await createTask(jira);
    await settled(jira);
    expect(receiver.received).toHaveLength(4);
  });
});

describe("automation", () => {
  it("changes an issue right after the program did, by the clock", async () => {
    const clock = settableClock();
    await using jira = await startSite({ clock });
    const rule = { do: "automate", project: "OPS", on: { status: "In Progress" } } as const;
    jira.act({ ...rule, delayMs: 500, transition: "In Review", addLabel: "seen" });
    const key = await createTask(jira);
    await call(jira, `POST /issue/${key}/transitions`, { transition: { id: "11" } });
    expect(jira.issue(key)?.status.name).toBe("In Progress");
    await clock.advance(500);
    expect(jira.issue(key)).toMatchObject({ status: { name: "In Review" }, labels: ["seen"] });
    const { body } = await call(jira, `GET /issue/${key}/changelog?startAt=1`);
    expect(body).toMatchObject({ values: [{ author: { accountId: jira.ids.automation } }, {}] });
  });
});

describe("the control API", () => {
  it("acts, switches, shows and resets, and counts as no call of the program", async () => {
    await using jira = await startSite();
    const control = "/_sandbox";
    async function send(method: string, path: string, body?: unknown): Promise<unknown> {
      const answer = await fetch(`${jira.url}${control}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const raw = await answer.text();
      return raw === "" ? answer.status : { status: answer.status, ...JSON.parse(raw) };
    }
    const act = { do: "createIssue", project: "OPS", summary: "By hand" };
    expect(await send("POST", "/act", act)).toMatchObject({ status: 200, key: "OPS-1" });
    expect(await send("POST", "/act", { do: "nonsense" })).toMatchObject({ status: 400 });
    expect(await send("POST", "/settings", { issueLimitOn: true })).toMatchObject({
      issueLimitOn: true,
      burstLimitOn: false,
    });
    expect(await send("POST", "/settings", { nonsense: 1 })).toMatchObject({ status: 400 });
    expect(await send("GET", "/issues/OPS-1")).toMatchObject({ summary: "By hand" });
    expect(await send("GET", "/issues/OPS-2")).toBe(404);
    expect(await send("GET", "/state")).toMatchObject({
      issues: [{ key: "OPS-1" }],
      projects: [{ key: "OPS" }, { key: "PAY" }, { key: "SEC" }, { key: "LEGAL" }],
      webhooks: [],
    });
    expect(jira.calls().total).toBe(0);
    expect(await send("POST", "/reset")).toBe(204);
    expect(jira.issues()).toEqual([]);
    expect(jira.settings.issueLimitOn).toBe(false);
  });
});
