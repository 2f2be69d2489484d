/** The promises of the webhook sender: signature, headers, order, retries and disablement. */

import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { settableClock, type Clock } from "../core/clock.ts";
import { startReceiver, type ReceivedWebhook, type Receiver } from "../core/receiver.ts";
import type { ActInput } from "./acts.ts";
import {
  startPagerDutySandbox,
  type PagerDutySandbox,
  type PagerDutySandboxOptions,
} from "./sandbox.ts";
import { signatureOf } from "./subscriptions.ts";

const Body = z.object({
  event: z.object({
    id: z.string(),
    event_type: z.string(),
    occurred_at: z.string(),
    agent: z.object({ type: z.string(), summary: z.string() }).nullable(),
    data: z.record(z.string(), z.unknown()),
  }),
});

function eventOf(webhook: ReceivedWebhook): z.infer<typeof Body>["event"] {
  return Body.parse(JSON.parse(webhook.body)).event;
}

function typesOf(receiver: Receiver): string[] {
  return receiver.received.map((one) => eventOf(one).event_type);
}

interface World extends AsyncDisposable {
  readonly receiver: Receiver;
  readonly pagerduty: PagerDutySandbox;
  readonly clock: Clock;
  /** Acts and gives the incident's id. */
  readonly act: (input: ActInput) => string;
  readonly settled: () => Promise<void>;
}

async function startWorld(options: PagerDutySandboxOptions = {}): Promise<World> {
  const receiver = await startReceiver();
  const clock = settableClock();
  const pagerduty = await startPagerDutySandbox({
    clock,
    webhookTarget: receiver.url,
    timing: { answerWithinMs: 150 },
    ...options,
  });
  return {
    receiver,
    pagerduty,
    clock,
    act: (input) => pagerduty.act(input).incident?.id ?? "",
    settled: async () => await expect.poll(() => pagerduty.pendingWebhooks()).toBe(0),
    async [Symbol.asyncDispose]() {
      await pagerduty.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

describe("a webhook", () => {
  it("carries the headers, one compact line and the signature of the vendor", async () => {
    await using world = await startWorld();
    world.act({ do: "trigger", title: 'Zürich "down" 🔥' });
    await world.settled();
    const [webhook] = world.receiver.received;
    const [subscription] = world.pagerduty.subscriptions;
    const secret = subscription?.secret ?? "";
    expect(webhook?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "PagerDuty-Webhook/V3.0",
      "x-webhook-subscription": subscription?.id,
      "x-pagerduty-signature": `v1=${createHmac("sha256", secret)
        .update(webhook?.body ?? "")
        .digest("hex")}`,
    });
    expect(webhook?.headers["x-webhook-id"]).toMatch(/^[0-9a-f-]{36}$/u);
    expect(webhook?.body).toBe(JSON.stringify(JSON.parse(webhook?.body ?? "")));
  });

  it("signs as in the vendor's published vector", () => {
    const secret = "HvPtlQNKMPpHSSqJpCdndXfo7HnGXa1pnH6w5axpxLFn9aRBNBGh4e8/HlonK5mz";
    const body =
      `{"event":{"id":"01FKZSYEOK0YQYTT9OZQJDS1P4","event_type":"incident.annotated",` +
      `"resource_type":"incident","occurred_at":"2025-04-07T03:49:36.680Z","agent":{"html_url":` +
      `"https://aldaviva.pagerduty.com/users/PVE0ZR9","id":"PVE0ZR9","self":` +
      `"https://api.pagerduty.com/users/PVE0ZR9","summary":"Ben","type":"user_reference"},` +
      `"client":null,"data":{"incident":{"html_url":` +
      `"https://aldaviva.pagerduty.com/incidents/Q2CKYRLH85UNN4","id":"Q2CKYRLH85UNN4","self":` +
      `"https://api.pagerduty.com/incidents/Q2CKYRLH85UNN4","summary":"Test","type":` +
      `"incident_reference"},"id":"PTSAIFZ","content":"Resolution Note: I'm resolving it",` +
      `"trimmed":false,"type":"incident_note"}}}`;
    expect(signatureOf(body, secret)).toBe(
      "v1=7b1cc279d644e35511cfca431696498477e97d46f2403ed46d426435e0efef2b",
    );
  });

  it("carries a foreign signature before the valid one while secrets rotate", async () => {
    await using world = await startWorld({ settings: { twoSignatures: true } });
    world.act({ do: "trigger", title: "Rotation" });
    await world.settled();
    const header = String(world.receiver.received[0]?.headers["x-pagerduty-signature"]);
    const secret = world.pagerduty.subscriptions[0]?.secret ?? "";
    const valid = signatureOf(world.receiver.received[0]?.body ?? "", secret);
    expect(header.split(",")).toHaveLength(2);
    expect(header.split(",").indexOf(valid)).toBe(1);
  });

  it("arrives twice under one event id when two subscriptions want it", async () => {
    await using world = await startWorld({ subscribeTwice: true });
    world.act({ do: "trigger", title: "Twice" });
    await world.settled();
    const [one, other] = world.receiver.received;
    expect(world.receiver.received).toHaveLength(2);
    expect(one && eventOf(one).id).toBe(other && eventOf(other).id);
    expect(one?.headers["x-webhook-id"]).not.toBe(other?.headers["x-webhook-id"]);
    expect(one?.headers["x-pagerduty-signature"]).not.toBe(other?.headers["x-pagerduty-signature"]);
  });
});

describe("delivery", () => {
  it("retries 503 under the same webhook id, holds that incident back and no other", async () => {
    await using world = await startWorld();
    let down = true;
    world.receiver.answer = ({ body }) => (down && body.includes("Held") ? 503 : 202);
    const held = world.act({ do: "trigger", title: "Held" });
    world.act({ do: "acknowledge", incident: held });
    world.act({ do: "trigger", title: "Free" });
    await expect.poll(() => world.receiver.received.length).toBe(2);
    down = false;
    await expect.poll(() => world.pagerduty.deliveries().length).toBe(2);
    await world.clock.advance(1_000);
    await world.settled();
    const ofHeld = world.receiver.received.filter(({ body }) => body.includes("Held"));
    expect(ofHeld.map((one) => eventOf(one).event_type)).toEqual([
      "incident.triggered",
      "incident.triggered",
      "incident.acknowledged",
    ]);
    expect(ofHeld[0]?.headers["x-webhook-id"]).toBe(ofHeld[1]?.headers["x-webhook-id"]);
  });

  it.each([
    ["429", 429, "retry"],
    ["500", 500, "retry"],
    ["silence", undefined, "retry"],
    ["400", 400, "dropped"],
    ["401", 401, "dropped"],
    ["302", 302, "dropped"],
    ["204", 204, "delivered"],
  ] as const)("takes %s as the vendor does", async (_, status, verdict) => {
    await using world = await startWorld();
    world.receiver.answer = () => status;
    world.act({ do: "trigger", title: "Classified" });
    await expect.poll(() => world.pagerduty.deliveries()[0]?.verdict).toBe(verdict);
  });

  it("gives up after 48 hours of retries", async () => {
    await using world = await startWorld();
    world.receiver.answer = () => 500;
    world.act({ do: "trigger", title: "Hopeless" });
    await expect.poll(() => world.pagerduty.deliveries().length).toBe(1);
    await world.clock.advance(48 * 3_600_000);
    await expect.poll(() => world.pagerduty.deliveries().at(-1)?.verdict).toBe("dropped");
    expect(world.pagerduty.pendingWebhooks()).toBe(0);
  });

  it("disables the subscription after three drops in a row, for 24 hours", async () => {
    await using world = await startWorld();
    world.receiver.answer = () => 404;
    for (const title of ["one", "two", "three"]) {
      world.act({ do: "trigger", title });
    }
    await expect.poll(() => world.pagerduty.deliveries().length).toBe(3);
    world.receiver.answer = () => 202;
    world.act({ do: "trigger", title: "lost" });
    await world.clock.advance(23 * 3_600_000);
    world.act({ do: "trigger", title: "lost as well" });
    expect(world.pagerduty.pendingWebhooks()).toBe(0);
    await world.clock.advance(2 * 3_600_000);
    world.act({ do: "trigger", title: "heard" });
    await world.settled();
    expect(world.receiver.received.map((one) => eventOf(one).data["title"])).toEqual([
      "one",
      "two",
      "three",
      "heard",
    ]);
  });

  it("forgets earlier drops as soon as one webhook is taken", async () => {
    await using world = await startWorld();
    for (const [index, status] of [400, 400, 202, 400, 400].entries()) {
      world.receiver.answer = () => status;
      world.act({ do: "trigger", title: `number ${index}` });
      await world.settled();
    }
    world.receiver.answer = () => 202;
    world.act({ do: "trigger", title: "still here" });
    await world.settled();
    expect(world.receiver.received).toHaveLength(6);
  });
});

describe("the people's acts", () => {
  it("send the events that the vendor sends, and none where it sends none", async () => {
    await using world = await startWorld();
    const incident = world.act({ do: "trigger", title: "Checkout is slow" });
    world.act({ do: "setPriority", incident, priority: "P1" });
    world.act({ do: "acknowledge", incident });
    world.act({ do: "changeTitle", incident, title: "Checkout is down" });
    world.act({ do: "changeUrgency", incident, urgency: "low" });
    world.act({ do: "addAlert", incident, alert: { summary: "Another one" } });
    world.act({ do: "note", incident, content: "Looking" });
    world.act({ do: "statusUpdate", incident, message: "We are on it" });
    world.act({ do: "unacknowledge", incident });
    world.act({ do: "escalate", incident });
    world.act({ do: "reassign", incident, to: ["Esra Yilmaz"] });
    world.act({ do: "delegate", incident, to: "Payments on-call" });
    world.act({ do: "requestResponder", incident, responder: "Farid Haddad" });
    world.act({ do: "reply", incident, by: "Farid Haddad" });
    world.act({ do: "moveService", incident, service: "PostgreSQL cluster" });
    world.act({ do: "resolve", incident, note: "Rolled back", noteAt: "before" });
    world.act({ do: "reopen", incident });
    world.act({ do: "resolve", incident, through: "timeout" });
    world.act({ do: "webhook", type: "incident.task.created", incident, data: { id: "PTASK01" } });
    await world.settled();
    expect(typesOf(world.receiver).map((type) => type.slice("incident.".length))).toEqual([
      "triggered",
      "priority_updated",
      "acknowledged",
      "annotated",
      "status_update_published",
      "unacknowledged",
      "escalated",
      "reassigned",
      "delegated",
      "responder.added",
      "responder.replied",
      "service_updated",
      "annotated",
      "resolved",
      "reopened",
      "resolved",
      "task.created",
    ]);
    const [first, last] = [world.receiver.received[0], world.receiver.received[15]];
    expect(first && eventOf(first)).toMatchObject({
      agent: { type: "inbound_integration_reference" },
      data: { priority: null, incident_key: null, status: "triggered" },
    });
    expect(last && eventOf(last)).toMatchObject({ agent: null, data: { assignees: [] } });
  });

  it("resolve the merged incident with the merge as its reason and move its alerts", async () => {
    await using world = await startWorld();
    const source = world.act({ do: "trigger", title: "Source" });
    const target = world.act({ do: "trigger", title: "Target" });
    world.act({ do: "merge", incident: source, into: target, by: "Chloe Tanaka" });
    await world.settled();
    const resolved = world.receiver.received.map(eventOf).at(-1);
    expect(resolved).toMatchObject({
      event_type: "incident.resolved",
      agent: { summary: "Chloe Tanaka" },
      data: {
        id: source,
        status: "resolved",
        resolve_reason: { type: "merge_resolve_reason", incident: { id: target } },
      },
    });
  });

  it("acknowledge at once what a person assigns to himself", async () => {
    await using world = await startWorld();
    const by = "Ben Lindqvist";
    world.act({ do: "trigger", title: "Mine", by, assignees: [by] });
    await world.settled();
    const [triggered, acknowledged] = world.receiver.received.map(eventOf);
    const gapMs =
      Date.parse(acknowledged?.occurred_at ?? "") - Date.parse(triggered?.occurred_at ?? "");
    expect(acknowledged?.event_type).toBe("incident.acknowledged");
    expect(gapMs).toBe(132);
  });

  it("refuse names that nobody has", async () => {
    await using world = await startWorld();
    expect(() => world.act({ do: "trigger", title: "x", service: "Nowhere" })).toThrow(
      'there is no service "Nowhere"',
    );
    const body = JSON.stringify({ do: "note", incident: "Q1", content: "x" });
    const answer = await fetch(`${world.pagerduty.url}/_sandbox/act`, { method: "POST", body });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'there is no incident "Q1" in the sandbox' },
    ]);
  });
});
