/** What the receiver's tests share: a server on in-memory ports, signed bodies, a log that is captured. */

import { createHmac } from "node:crypto";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { pino, type Logger } from "pino";
import { createIntake, type IntakeOptions } from "../../src/receiver/intake.ts";
import { createMetrics, type Levels, type Metrics } from "../../src/receiver/metrics.ts";
import type { NotionDataSources } from "../../src/receiver/notion.ts";
import type { Operations } from "../../src/receiver/operations.ts";
import { buildOperatorServer, buildServer, type ServerOptions } from "../../src/receiver/server.ts";
import type { Quarantined, WebhookOptions } from "../../src/receiver/webhooks.ts";

export const secret = "a webhook secret of the tests";
export const now = new Date("2026-11-21T12:00:00.000Z");

export const notionToken = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
export const dataSources: NotionDataSources = {
  actionItems: new Set(["dddddddd-0000-4000-8000-0000000000d2"]),
  postMortems: new Set(["dddddddd-0000-4000-8000-0000000000e2"]),
};
export const row = "eeeeeeee-0000-4000-8000-000000000001";

/** A row's parent, as Notion names it. */
const rowParent = {
  id: "dddddddd-0000-4000-8000-0000000000d1",
  type: "database",
  data_source_id: "dddddddd-0000-4000-8000-0000000000d2",
};

type Headers = Readonly<Record<string, string>>;

/** As PagerDuty signs. */
export function sign(body: string | Uint8Array, key = secret): string {
  return `v1=${createHmac("sha256", key).update(body).digest("hex")}`;
}

/** As Notion and Jira sign. */
export function signSha256(body: string | Uint8Array, key = secret): string {
  return `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;
}

/** The body of an event about an incident; `event` and `data` override or add fields. */
export function eventBody(id: string, event: object = {}, data: object = {}): string {
  return JSON.stringify({
    event: {
      id: "01GI0KJAEAC3CFEOFSC8BIJF3O",
      event_type: "incident.triggered",
      resource_type: "incident",
      occurred_at: "2026-11-21T11:59:59.000Z",
      agent: null,
      client: null,
      data: { id, type: "incident", title: "Checkout is down", ...data },
      ...event,
    },
  });
}

/** The body of a Notion event about a row of Action items; `event` overrides or adds fields. */
export function notionBody(type = "page.properties_updated", event: object = {}): string {
  return JSON.stringify({
    id: "11111111-0000-4000-8000-000000000003",
    timestamp: "2026-11-21T11:59:59.000Z",
    workspace_id: "aaaaaaaa-0000-4000-8000-000000000001",
    workspace_name: "Acme SRE",
    subscription_id: "aaaaaaaa-0000-4000-8000-000000000002",
    integration_id: "aaaaaaaa-0000-4000-8000-000000000003",
    authors: [{ id: "cccccccc-0000-4000-8000-000000000001", type: "person" }],
    attempt_number: 1,
    api_version: "2026-03-11",
    entity: { id: row, type: "page" },
    type,
    data: { parent: rowParent, updated_properties: ["title", "bDf%5B"] },
    ...event,
  });
}

/** The body of a Jira event about an issue; `event` overrides or adds fields. */
export function jiraBody(event: object = {}, fields: object = {}): string {
  return JSON.stringify({
    timestamp: now.getTime() - 1_000,
    webhookEvent: "jira:issue_updated",
    issue_event_type_name: "issue_generic",
    user: { accountId: "5b10a2844c20165700ede21f", displayName: "Alana Song" },
    issue: {
      id: "10042",
      self: "https://example.atlassian.net/rest/api/2/10042",
      key: "OPS-17",
      fields: { summary: "Add an alert", description: "h1. *wiki* [~user]", ...fields },
    },
    changelog: {
      id: "10100",
      items: [{ field: "status", fieldId: "status", from: "1", to: "3", toString: "Done" }],
    },
    ...event,
  });
}

export interface CapturedLog {
  readonly log: Logger;
  lines(): readonly string[];
}

function captureLog(): CapturedLog {
  const written: string[] = [];
  return {
    log: pino({ base: null }, { write: (line) => void written.push(line) }),
    lines: () => written,
  };
}

const quietOperations: Operations = {
  readiness: () => Promise.resolve({ ready: true, notReady: [], degraded: [] }),
  resync: () => Promise.resolve(),
  reconcile: () => Promise.resolve(),
  recreate: () => Promise.resolve("forgotten"),
  describe: () => Promise.resolve(undefined),
  listDeadLetters: () => Promise.resolve([]),
  replayDeadLetter: () => Promise.resolve(false),
  replayDeadLetters: () => Promise.resolve(0),
  listQuarantine: () => Promise.resolve([]),
};

const emptyLevels: Levels = {
  queue: {},
  oldestWaitingMs: 0,
  closedGates: [],
  resyncAgeMs: undefined,
};

export interface WorldOptions {
  readonly append?: IntakeOptions["append"];
  readonly storeTimeoutMs?: number;
  readonly readLevels?: () => Promise<Levels>;
  readonly operations?: Partial<Operations>;
  readonly webhooks?: Partial<WebhookOptions>;
  readonly server?: Partial<ServerOptions>;
}

export interface World extends AsyncDisposable {
  readonly server: FastifyInstance;
  /** The one on OPS_PORT. */
  readonly operator: FastifyInstance;
  readonly metrics: Metrics;
  readonly captured: CapturedLog;
  /** What was made durable, in order. */
  readonly stored: readonly string[];
  readonly quarantined: readonly Quarantined[];
}

/** The receiver on a store that is an array; whatever is given takes the place of a part of it. */
export function openWorld(options: WorldOptions = {}): World {
  const stored: string[] = [];
  const quarantined: Quarantined[] = [];
  const captured = captureLog();
  const metrics = createMetrics(options.readLevels ?? (() => Promise.resolve(emptyLevels)));
  const append = options.append ?? (() => Promise.resolve());
  const intake = createIntake({
    append: async (keys) => {
      await append(keys);
      stored.push(...keys);
    },
    timeoutMs: options.storeTimeoutMs ?? 1_000,
    onCommit: (hints, ms) => {
      metrics.committed(hints, ms);
    },
  });
  const webhooks: WebhookOptions = {
    pagerduty: { webhookSecrets: [secret], subscriptionSecrets: {} },
    notion: { token: notionToken, dataSources },
    jira: { secrets: [secret] },
    intake,
    quarantine: async (entry) => void quarantined.push(entry),
    metrics,
    log: captured.log,
    now: () => now,
    ...options.webhooks,
  };
  const all: ServerOptions = {
    operations: { ...quietOperations, ...options.operations },
    metrics,
    token: undefined,
    openapi: "openapi: 3.1.0\n",
    webhooks,
    servesOperator: true,
    log: captured.log,
    ...options.server,
  };
  const server = buildServer(all);
  const operator = buildOperatorServer(all);
  return {
    server,
    operator,
    metrics,
    captured,
    stored,
    quarantined,
    async [Symbol.asyncDispose]() {
      await Promise.all([server.close(), operator.close()]);
    },
  };
}

/** Posts a webhook of PagerDuty; signed unless `headers` say otherwise. */
export async function post(
  world: Pick<World, "server">,
  body: string | Buffer,
  headers: Headers = { "x-pagerduty-signature": sign(body) },
): Promise<LightMyRequestResponse> {
  return postTo(world, "pagerduty", body, headers);
}

/** Posts a webhook of Notion; signed unless `headers` say otherwise. */
export async function postNotion(
  world: Pick<World, "server">,
  body: string | Buffer,
  headers: Headers = { "x-notion-signature": signSha256(body, notionToken) },
): Promise<LightMyRequestResponse> {
  return postTo(world, "notion", body, headers);
}

/** Posts a webhook of Jira; signed unless `headers` say otherwise. */
export async function postJira(
  world: Pick<World, "server">,
  body: string | Buffer,
  headers: Headers = { "x-hub-signature": signSha256(body) },
): Promise<LightMyRequestResponse> {
  return postTo(world, "jira", body, headers);
}

export async function postTo(
  { server }: Pick<World, "server">,
  vendor: string,
  body: string | Buffer,
  headers: Headers,
): Promise<LightMyRequestResponse> {
  return server.inject({
    method: "POST",
    url: `/webhooks/${vendor}`,
    headers: { "content-type": "application/json", ...headers },
    payload: body,
  });
}
