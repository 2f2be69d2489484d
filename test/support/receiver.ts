/** What the receiver's tests share: a server on in-memory ports, signed bodies, a log that is captured. */

import { createHmac } from "node:crypto";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { pino, type Logger } from "pino";
import { createIntake, type IntakeOptions } from "../../src/receiver/intake.ts";
import { createMetrics, type Levels, type Metrics } from "../../src/receiver/metrics.ts";
import type { Operations } from "../../src/receiver/operations.ts";
import { buildOperatorServer, buildServer, type ServerOptions } from "../../src/receiver/server.ts";
import type { Quarantined, WebhookOptions } from "../../src/receiver/webhooks.ts";

export const secret = "a webhook secret of the tests";
export const now = new Date("2026-11-21T12:00:00.000Z");

export function sign(body: string | Uint8Array, key = secret): string {
  return `v1=${createHmac("sha256", key).update(body).digest("hex")}`;
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
    webhookSecrets: [secret],
    subscriptionSecrets: {},
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

/** Posts a webhook; signed unless `headers` say otherwise. */
export async function post(
  { server }: Pick<World, "server">,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = { "x-pagerduty-signature": sign(body) },
): Promise<LightMyRequestResponse> {
  return server.inject({
    method: "POST",
    url: "/webhooks/pagerduty",
    headers: { "content-type": "application/json", ...headers },
    payload: body,
  });
}
