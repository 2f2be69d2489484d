/** Health, metrics and the operator's API. Everything that it shows or does is given to it as functions. */

import type { FastifyInstance, FastifyReply } from "fastify";
import {
  actionItemKey,
  incidentKey,
  pageId,
  parseIncidentId,
  parseUuid,
  type IncidentId,
  type Key,
} from "../domain/keys.ts";
import type { Metrics } from "./metrics.ts";
import { isOperator, operatorOnly } from "./operator.ts";

export interface Readiness {
  /** False only while starting, draining or without the store. */
  readonly ready: boolean;
  /** Which part is not ready, in a word each: `store`, `starting`, `draining`. */
  readonly notReady: readonly string[];
  /** What works less well than it should, in plain words: paused vendors, an old resync, schema problems. */
  readonly degraded: readonly string[];
}

/** What an operator can ask for. Rejections become 503: the store is behind all of it. */
export interface Operations {
  readiness(): Promise<Readiness>;
  resync(): Promise<void>;
  reconcile(key: Key): Promise<void>;
  recreate(id: IncidentId): Promise<"forgotten" | "page stands" | "busy">;
  /** What is known of a key, and what was done for it, newest first; undefined for neither. */
  describe(key: Key): Promise<unknown>;
  listDeadLetters(): Promise<readonly unknown[]>;
  replayDeadLetter(key: string): Promise<boolean>;
  /** All that failed with this code; gives how many. */
  replayDeadLetters(code: string): Promise<number>;
  listQuarantine(): Promise<readonly unknown[]>;
}

export interface OperationsOptions {
  readonly operations: Operations;
  readonly metrics: Metrics;
  readonly token: string | undefined;
  /** The text of openapi.yaml. */
  readonly openapi: string;
}

/** /livez, /readyz, /openapi.yaml: for anybody. */
export function addHealthRoutes(server: FastifyInstance, options: OperationsOptions): void {
  const { operations, token, openapi } = options;
  server.get("/livez", async () => ({ status: "alive" }));

  server.get("/readyz", async (request, reply) => {
    const { ready, notReady, degraded } = await operations.readiness().catch(withoutStore);
    const status = ready ? "ready" : "not ready";
    const details = isOperator(request, token) ? { degraded } : {};
    return reply.code(ready ? 200 : 503).send({ status, notReady, ...details });
  });

  server.get("/openapi.yaml", async (_request, reply) =>
    reply.type("application/yaml; charset=utf-8").send(openapi),
  );
}

/** What can't be read in the middle of looking is the store. */
function withoutStore(error: unknown): Readiness {
  const reason = error instanceof Error ? error.message : String(error);
  return { ready: false, notReady: ["store"], degraded: [`store: ${reason}`] };
}

/** /metrics and /api/v1: for the operator. */
export function addOperatorRoutes(server: FastifyInstance, options: OperationsOptions): void {
  const { operations, metrics, token } = options;
  const onRequest = operatorOnly(token);

  server.get("/metrics", { onRequest }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );

  server.post("/api/v1/resync", { onRequest }, async (_request, reply) => {
    await operations.resync();
    return reply.code(202).send({ status: "enqueued" });
  });

  server.get("/api/v1/dead-letters", { onRequest }, async () => ({
    deadLetters: await operations.listDeadLetters(),
  }));

  server.post<{ Params: { key: string } }>(
    "/api/v1/dead-letters/:key/replay",
    { onRequest },
    async (request, reply) =>
      (await operations.replayDeadLetter(request.params.key))
        ? reply.code(202).send({ status: "enqueued" })
        : reply.code(404).send({ code: "NOT_FOUND", message: "no dead letter has this key" }),
  );

  server.post<{ Querystring: { code?: string } }>(
    "/api/v1/dead-letters/replay",
    { onRequest },
    async (request, reply) => {
      const { code } = request.query;
      if (typeof code !== "string" || !/^[A-Z][A-Z_]{1,60}$/.test(code)) {
        const message = "give the code to replay, such as ?code=JIRA_REJECTED";
        return reply.code(400).send({ code: "REQUEST_INVALID", message });
      }
      const enqueued = await operations.replayDeadLetters(code);
      return reply.code(202).send({ status: "enqueued", enqueued });
    },
  );

  server.get("/api/v1/quarantine", { onRequest }, async () => ({
    quarantine: await operations.listQuarantine(),
  }));

  const shared = { operations, onRequest };
  addKeyRoutes(server, { ...shared, path: "incidents", what: "incident", keyOf: incidentKeyOf });
  addKeyRoutes(server, { ...shared, path: "action-items", what: "action item", keyOf: itemKeyOf });
  addRecreateRoute(server, operations, onRequest);
}

interface ById {
  Params: { id: string };
}

function incidentKeyOf(raw: string): Key | undefined {
  const id = parseIncidentId(raw);
  return id === undefined ? undefined : incidentKey(id);
}

/** By the id of its row in Notion. */
function itemKeyOf(raw: string): Key | undefined {
  const id = parseUuid(raw);
  return id === undefined ? undefined : actionItemKey(pageId(id));
}

interface KeyRoutes {
  readonly operations: Operations;
  readonly onRequest: ReturnType<typeof operatorOnly>;
  readonly path: string;
  readonly what: string;
  readonly keyOf: (raw: string) => Key | undefined;
}

function addKeyRoutes(
  server: FastifyInstance,
  { operations, onRequest, path, what, keyOf }: KeyRoutes,
): void {
  server.get<ById>(`/api/v1/${path}/:id`, { onRequest }, async (request, reply) => {
    const key = keyOf(request.params.id);
    const known = key === undefined ? undefined : await operations.describe(key);
    return known === undefined ? nothingKnown(reply, what) : reply.send(known);
  });

  server.post<ById>(`/api/v1/${path}/:id/reconcile`, { onRequest }, async (request, reply) => {
    const key = keyOf(request.params.id);
    if (key === undefined) {
      return nothingKnown(reply, what);
    }
    await operations.reconcile(key);
    return reply.code(202).send({ status: "enqueued" });
  });
}

function addRecreateRoute(
  server: FastifyInstance,
  operations: Operations,
  onRequest: ReturnType<typeof operatorOnly>,
): void {
  server.post<ById>("/api/v1/incidents/:id/recreate", { onRequest }, async (request, reply) => {
    const id = parseIncidentId(request.params.id);
    if (id === undefined) {
      return nothingKnown(reply, "incident");
    }
    switch (await operations.recreate(id)) {
      case "forgotten":
        return reply.code(202).send({ status: "enqueued" });
      case "page stands":
        return reply.code(409).send({
          code: "PAGE_STANDS",
          message: "the incident has a page that nobody deleted; delete it in Notion first",
        });
      case "busy":
        return reply
          .code(409)
          .send({ code: "INCIDENT_BUSY", message: "a run is working on it; try again shortly" });
    }
  });
}

function nothingKnown(reply: FastifyReply, what: string): FastifyReply {
  const message = `Debrief knows nothing of such an ${what}`;
  return reply.code(404).send({ code: "NOT_FOUND", message });
}
