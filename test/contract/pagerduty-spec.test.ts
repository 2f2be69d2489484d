/**
 * Holds what the PagerDuty sandbox answers and sends against the vendor's OpenAPI document, after
 * its known mistakes are mended. The document is not part of this repository: without it, skipped.
 */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startReceiver } from "../../sandbox/core/receiver.ts";
import { startPagerDutySandbox, type PagerDutySandbox } from "../../sandbox/pagerduty/sandbox.ts";
import { call, from } from "../../sandbox/pagerduty/testing.ts";
import { answerSchema, OpenApi, violations, type Schema } from "../support/json-schema.ts";

const file = new URL("../../../shared/specs/pagerduty.openapi.json", import.meta.url);
const isHere = existsSync(file);
if (!isHere) {
  process.stderr.write("pagerduty-spec: skipped, the vendor's OpenAPI document is not here\n");
}

/** Mends what real answers are known to contradict. */
function readDocument(): OpenApi {
  const document = OpenApi.parse(JSON.parse(readFileSync(file, "utf8")));
  const { schemas } = document.components;
  // Real types exceed the closed list, and some channels have no type or fit several kinds.
  delete schemas["LogEntry"]?.allOf?.[1]?.properties?.["type"]?.enum;
  delete schemas["Channel"]?.required;
  delete schemas["Channel"]?.oneOf;
  // The list and the type's own schema spell it differently; the list is right.
  const acknowledge = schemas["AcknowledgeLogEntry"]?.allOf?.[1]?.properties?.["type"];
  if (acknowledge !== undefined) {
    acknowledge.enum = ["acknowledge_log_entry"];
  }
  return document;
}

/** An account in which every act happened once, and the id of its main incident. */
function play(pagerduty: PagerDutySandbox): string {
  pagerduty.act({ do: "recordChange", summary: "Deploy 1.2", details: { build: 2 } });
  const alert = { summary: "Errors", links: [{ href: "https://acme.example/x", text: "Runbook" }] };
  const incident =
    pagerduty.act({ do: "trigger", title: "Checkout is slow", alert }).incident?.id ?? "";
  const by = "Ada Okafor";
  const other = pagerduty.act({ do: "trigger", title: "Twin", by }).incident?.id ?? "";
  const base = { incident, by };
  pagerduty.act({ do: "setPriority", ...base, priority: "P3" });
  pagerduty.act({ do: "setPriority", ...base, priority: "P1" });
  pagerduty.act({ do: "acknowledge", ...base });
  pagerduty.act({ do: "unacknowledge", incident });
  pagerduty.act({ do: "escalate", incident });
  pagerduty.act({ do: "reassign", ...base, to: ["Esra Yilmaz"] });
  pagerduty.act({ do: "delegate", ...base, to: "Payments on-call" });
  pagerduty.act({ do: "note", ...base, content: "Looking" });
  pagerduty.act({ do: "statusUpdate", ...base, message: "We are on it" });
  pagerduty.act({ do: "addAlert", ...base, alert: { summary: "Another", severity: "warning" } });
  pagerduty.act({ do: "requestResponder", ...base, responder: "Farid Haddad" });
  pagerduty.act({ do: "reply", incident, by: "Farid Haddad", accepts: true });
  pagerduty.act({ do: "snooze", ...base });
  pagerduty.act({ do: "changeUrgency", ...base, urgency: "low" });
  pagerduty.act({ do: "changeTitle", ...base, title: "Checkout is down" });
  pagerduty.act({ do: "moveService", ...base, service: "PostgreSQL cluster" });
  pagerduty.act({ do: "merge", incident: other, into: incident, by });
  pagerduty.act({ do: "resolve", ...base, note: "Rolled back" });
  pagerduty.act({ do: "reopen", ...base });
  return incident;
}

const Entries = z.object({
  log_entries: z.array(z.looseObject({ type: z.string() })),
});

/** The schema of this type of entry, or the base of all where the vendor has none. */
function entrySchema(document: OpenApi, type: string): Schema {
  const schemas = document.components.schemas;
  const own = Object.values(schemas).find((schema) =>
    (schema.allOf ?? []).some((part) => part.properties?.["type"]?.enum?.includes(type) === true),
  );
  return own ?? { $ref: "#/components/schemas/LogEntry" };
}

const dataSchemas: Record<string, string> = {
  incident: "WebhookV3Incident",
  incident_note: "WebhookV3IncidentNote",
  incident_status_update: "WebhookV3IncidentStatusUpdate",
  incident_responder: "WebhookV3IncidentResponder",
  ping: "WebhookV3Ping",
};

const Webhook = z.object({
  event: z.object({ event_type: z.string(), data: z.looseObject({ type: z.string() }) }),
});

describe.skipIf(!isHere)("the PagerDuty sandbox", () => {
  it.each([
    ["GET /incidents", "", 200],
    ["GET /incidents/{id}", "?include[]=services&include[]=assignees&include[]=teams", 200],
    ["GET /incidents/{id}/alerts", "", 200],
    ["GET /incidents/{id}/notes", "", 200],
    ["GET /incidents/{id}/related_change_events", "", 200],
    ["GET /priorities", "", 200],
    ["GET /services", "", 200],
    ["GET /users", "?query=ada", 200],
    ["GET /webhook_subscriptions", "", 200],
    ["GET /incidents/{id}", "?include[]=wrong", 400],
    ["GET /incidents", "?limit=0", 400],
  ] as const)("answers %s%s as the document says", async (line, query, status) => {
    const document = readDocument();
    await using pagerduty = await startPagerDutySandbox({ webhookTarget: "http://127.0.0.1:1" });
    const id = play(pagerduty);
    const answer = await call(pagerduty, `${line.replace("{id}", id)}${query}`);
    expect(answer.status).toBe(status);
    const schema = answerSchema(document, line, status) ?? errorEnvelope;
    expect(violations(document, schema, answer.body)).toEqual([]);
  });

  it("answers writes as the document says", async () => {
    const document = readDocument();
    await using pagerduty = await startPagerDutySandbox();
    const id = play(pagerduty);
    const incident = { type: "incident", title: "By hand", service: { id: "PSCHECK" } };
    const webhook_subscription = {
      type: "webhook_subscription",
      delivery_method: { type: "http_delivery_method", url: "http://127.0.0.1:1/" },
      events: ["incident.triggered"],
      filter: { type: "account_reference" },
    };
    const writes = [
      ["POST /incidents/{id}/notes", 200, { note: { content: "Hello" } }],
      ["POST /incidents/{id}/status_updates", 200, { message: "Hello" }],
      ["PUT /incidents/{id}", 200, { incident: { type: "incident", status: "resolved" } }],
      ["POST /incidents", 201, { incident }],
      ["POST /webhook_subscriptions", 200, { webhook_subscription }],
    ] as const;
    for (const [line, status, body] of writes) {
      const answer = await call(pagerduty, line.replace("{id}", id), { headers: from, body });
      expect([line, answer.status]).toEqual([line, status]);
      const schema = answerSchema(document, line, status);
      expect(schema).toBeDefined();
      expect([line, violations(document, schema ?? {}, answer.body)]).toEqual([line, []]);
    }
  });

  it("shows log entries as the document says, each by its type", async () => {
    const document = readDocument();
    await using pagerduty = await startPagerDutySandbox();
    const id = play(pagerduty);
    const path = `/incidents/${id}/log_entries?limit=100&include[]=channels`;
    const { body } = await call(pagerduty, `GET ${path}`);
    const entries = Entries.parse(body).log_entries;
    expect(entries.length).toBeGreaterThan(25);
    for (const entry of entries) {
      const found = violations(document, entrySchema(document, entry.type), entry);
      expect([entry.type, found]).toEqual([entry.type, []]);
    }
  });

  it("sends webhooks as the derived schemas say, each by its type", async () => {
    const document = readDocument();
    await using receiver = await startReceiver();
    await using pagerduty = await startPagerDutySandbox({ webhookTarget: receiver.url });
    play(pagerduty);
    const subscription = pagerduty.subscriptions[0]?.id ?? "";
    await call(pagerduty, `POST /webhook_subscriptions/${subscription}/ping`);
    await expect.poll(() => pagerduty.pendingWebhooks(), { timeout: 5_000 }).toBe(0);
    expect(receiver.received.length).toBeGreaterThan(18);
    for (const { body } of receiver.received) {
      const payload: unknown = JSON.parse(body);
      const { event } = Webhook.parse(payload);
      const envelope = violations(document, { $ref: "#/WebhookV3Payload" }, payload);
      const schema = { $ref: `#/${dataSchemas[event.data.type] ?? "missing"}` };
      const data = violations(document, schema, event.data);
      expect([event.event_type, ...envelope, ...data]).toEqual([event.event_type]);
    }
  });

  it("would be caught with a wrong type, a missing field or a bad time", () => {
    const document = readDocument();
    const schema = { $ref: "#/components/schemas/Incident" };
    const wrong = { incident_number: "1", created_at: "yesterday", service: { id: "P1" } };
    expect(violations(document, schema, wrong)).toHaveLength(3);
  });
});

const errorEnvelope: Schema = {
  allOf: [{ $ref: "#/components/schemas/ErrorEnvelope" }, { type: "object", required: ["error"] }],
};
