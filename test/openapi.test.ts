/** openapi.yaml and the servers say the same: every route, and every status with a body of its schema. */

import { deadLetter, described, describedItem } from "./support/openapi-answers.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { OpenApi, violations, type Schema } from "./support/json-schema.ts";
import {
  dataSources,
  eventBody,
  jiraBody,
  notionBody,
  notionToken,
  openWorld,
  sign,
  signSha256,
  type World,
  type WorldOptions,
} from "./support/receiver.ts";

const Content = z.record(z.string(), z.object({ schema: z.custom<Schema>() }));
const Parameter = z.object({ name: z.string(), in: z.string(), required: z.boolean().optional() });
const Answer = z.object({ content: Content.default({}) });
const Responses = z.record(z.string(), z.unknown());
const Operation = z.object({
  operationId: z.string(),
  security: z.array(z.unknown()).optional(),
  parameters: z.array(z.unknown()).default([]),
  responses: Responses,
});
const Document = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

const text = readFileSync(join(import.meta.dirname, "../openapi.yaml"), "utf8");
const raw: unknown = parse(text);
const document = Document.parse(raw);
const openApi = OpenApi.parse(raw);

/** `GET /livez` → what is documented of it. */
const operations: ReadonlyMap<string, z.infer<typeof Operation>> = new Map(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  ),
);

/** Follows `{ $ref: "#/…" }`; fails where it leads nowhere. */
function resolved(value: unknown): unknown {
  const pointer = z.object({ $ref: z.string() }).safeParse(value).data?.$ref;
  if (pointer === undefined) {
    return value;
  }
  const found = pointer
    .replace("#/", "")
    .split("/")
    .reduce<unknown>((at, step) => z.record(z.string(), z.unknown()).parse(at)[step], raw);
  if (found === undefined) {
    throw new Error(`${pointer} leads nowhere`);
  }
  return resolved(found);
}

async function routesOf(pick: "server" | "operator"): Promise<string[]> {
  const routes: string[] = [];
  await using world = openWorld({
    server: {
      servesOperator: pick === "operator",
      onRoute: ({ method, url }) => {
        const methods = [method].flat().filter((each) => each !== "HEAD");
        routes.push(...methods.map((each) => `${each} ${url.replaceAll(/:(\w+)/g, "{$1}")}`));
      },
    },
  });
  await world[pick].ready();
  return [...new Set(routes)];
}

describe("openapi.yaml", () => {
  it("names every route of the servers, and no other", async () => {
    // With servesOperator both servers were built: together they carry everything there is.
    expect((await routesOf("operator")).toSorted()).toEqual([...operations.keys()].toSorted());
  });

  it("refers only to what it holds", () => {
    const references = text.match(/\$ref: "[^"]+"/g) ?? [];
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      resolved({ $ref: reference.slice('$ref: "'.length, -1) });
    }
  });

  it.each([...operations])(
    "names the parameters in the path of %s",
    (operation, { parameters }) => {
      const inPath = [...operation.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const named = parameters.map((one) => Parameter.parse(resolved(one)));
      const ofPath = named.filter((parameter) => parameter.in === "path");
      expect(ofPath.map(({ name }) => name)).toEqual(inPath);
      expect(ofPath.every(({ required }) => required === true)).toBe(true);
    },
  );

  it.each([...operations])(
    "says truly whether %s is the operator's",
    async (name, { security }) => {
      await using world = openWorld({ server: { token } });
      const operation = name.replace(/\{\w+\}/, "P1");
      const answer = await ask(world, { operation, status: 401, when: "no token", headers: {} });
      expect(answer.body.includes("OPERATOR_REQUIRED")).toBe(security === undefined);
    },
  );

  it("gives every operation a name of its own", () => {
    const names = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });
});

interface Case {
  readonly operation: string;
  readonly status: number;
  readonly when: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string;
  readonly world?: WorldOptions;
}

const token = "operators-token-0123456789";
const json = { "content-type": "application/json" };
const incident = "/api/v1/incidents/PT4KHLK";
const actionItem = "/api/v1/action-items/0f7c3a526d1e4b8a9c551f2e3d4c5b6a";
const replay = "POST /api/v1/dead-letters/{key}/replay";

async function away(): Promise<never> {
  throw new Error("the store is away");
}

/** The three vendors alike: a body that is of use, and how each signs. */
const vendors = [
  {
    vendor: "pagerduty",
    useful: eventBody("PT4KHLK"),
    useless: '{"event":{"event_type":"x"}}',
    signed: (body: string) => ({ "x-pagerduty-signature": sign(body) }),
  },
  {
    vendor: "notion",
    useful: notionBody(),
    useless: notionBody("comment.created"),
    signed: (body: string) => ({ "x-notion-signature": signSha256(body, notionToken) }),
  },
  {
    vendor: "jira",
    useful: jiraBody(),
    useless: jiraBody({ webhookEvent: "sprint_created" }),
    signed: (body: string) => ({ "x-hub-signature": signSha256(body) }),
  },
] as const;

const webhookCases = vendors.flatMap(({ vendor, useful, useless, signed }): Case[] => {
  const operation = `POST /webhooks/${vendor}`;
  function of(status: number, when: string, payload: string): Case {
    return { operation, status, when, payload, headers: { ...json, ...signed(payload) } };
  }
  return [
    of(202, "it names something of ours", useful),
    of(202, "it is of no use", useless),
    of(202, "it can't be read", "{"),
    { ...of(401, "no signature is there", "{}"), headers: json },
    of(413, "it is too large", " ".repeat(1024 * 1024 + 1)),
    { ...of(415, "it is text", "x"), headers: { "content-type": "text/plain" } },
    {
      ...of(429, "too many signatures of its address failed", "{}"),
      headers: json,
      world: { webhooks: { failuresPerMinute: 0 } },
    },
    { ...of(503, "the store is away", useful), world: { append: away } },
  ];
});

const notion = "POST /webhooks/notion";
const noToken: WorldOptions = { webhooks: { notion: { token: undefined, dataSources } } };
const handshake = JSON.stringify({ verification_token: notionToken });
const setUpCases: readonly Case[] = [
  {
    operation: notion,
    status: 202,
    when: "it is the handshake",
    headers: json,
    payload: handshake,
    world: noToken,
  },
  {
    operation: notion,
    status: 401,
    when: "the handshake is forged",
    headers: { ...json, "x-notion-signature": signSha256(handshake, "another") },
    payload: handshake,
    world: noToken,
  },
  {
    operation: notion,
    status: 503,
    when: "it comes before the handshake",
    headers: json,
    payload: notionBody(),
    world: noToken,
  },
  {
    operation: "POST /webhooks/jira",
    status: 503,
    when: "its half is off",
    headers: json,
    payload: jiraBody(),
    world: { webhooks: { jira: undefined } },
  },
];

/** What every operator's route may answer beside its own. */
function guarded(operation: string, url: string, failing?: WorldOptions["operations"]): Case[] {
  const refused = { operation, url, status: 401, when: "the token is wrong", headers: {} };
  return failing === undefined
    ? [refused]
    : [
        refused,
        { operation, url, status: 503, when: "the store is away", world: { operations: failing } },
      ];
}

const cases: readonly Case[] = [
  ...webhookCases,
  ...setUpCases,
  { operation: "GET /livez", status: 200, when: "it runs" },
  { operation: "GET /readyz", status: 200, when: "it is ready" },
  {
    operation: "GET /readyz",
    status: 503,
    when: "the store is away",
    world: { operations: { readiness: away } },
  },
  { operation: "GET /openapi.yaml", status: 200, when: "it runs" },
  { operation: "GET /metrics", status: 200, when: "asked by the operator" },
  ...guarded("GET /metrics", "/metrics"),
  { operation: "POST /api/v1/resync", status: 202, when: "asked by the operator" },
  ...guarded("POST /api/v1/resync", "/api/v1/resync", { resync: away }),
  {
    operation: "GET /api/v1/incidents/{id}",
    url: incident,
    status: 200,
    when: "it is known",
    world: { operations: { describe: () => Promise.resolve(described) } },
  },
  { operation: "GET /api/v1/incidents/{id}", url: incident, status: 404, when: "it is unknown" },
  ...guarded("GET /api/v1/incidents/{id}", incident, { describe: away }),
  {
    operation: "GET /api/v1/action-items/{id}",
    url: actionItem,
    status: 200,
    when: "it is known",
    world: { operations: { describe: () => Promise.resolve(describedItem) } },
  },
  {
    operation: "GET /api/v1/action-items/{id}",
    url: actionItem,
    status: 404,
    when: "it is unknown",
  },
  ...guarded("GET /api/v1/action-items/{id}", actionItem, { describe: away }),
  {
    operation: "POST /api/v1/action-items/{id}/reconcile",
    url: `${actionItem}/reconcile`,
    status: 202,
    when: "asked by the operator",
  },
  {
    operation: "POST /api/v1/action-items/{id}/reconcile",
    url: "/api/v1/action-items/none/reconcile",
    status: 404,
    when: "it is no id",
  },
  ...guarded("POST /api/v1/action-items/{id}/reconcile", `${actionItem}/reconcile`, {
    reconcile: away,
  }),
  ...(["reconcile", "recreate"] as const).flatMap((order): Case[] => {
    const operation = `POST /api/v1/incidents/{id}/${order}`;
    const url = `${incident}/${order}`;
    return [
      { operation, url, status: 202, when: "asked by the operator" },
      { operation, url: `/api/v1/incidents/no%20id/${order}`, status: 404, when: "it is no id" },
      ...guarded(operation, url, { [order]: away }),
    ];
  }),
  ...(["page stands", "busy"] as const).map((result): Case => ({
    operation: "POST /api/v1/incidents/{id}/recreate",
    url: `${incident}/recreate`,
    status: 409,
    when: result,
    world: { operations: { recreate: () => Promise.resolve(result) } },
  })),
  {
    operation: "GET /api/v1/dead-letters",
    status: 200,
    when: "there is one",
    world: { operations: { listDeadLetters: () => Promise.resolve([deadLetter]) } },
  },
  ...guarded("GET /api/v1/dead-letters", "/api/v1/dead-letters", { listDeadLetters: away }),
  {
    operation: replay,
    url: "/api/v1/dead-letters/incident%3APT4KHLK/replay",
    status: 202,
    when: "it is dead",
    world: { operations: { replayDeadLetter: () => Promise.resolve(true) } },
  },
  { operation: replay, url: "/api/v1/dead-letters/x/replay", status: 404, when: "it is not" },
  ...guarded(replay, "/api/v1/dead-letters/x/replay", { replayDeadLetter: away }),
  {
    operation: "POST /api/v1/dead-letters/replay",
    url: "/api/v1/dead-letters/replay?code=JIRA_REJECTED",
    status: 202,
    when: "asked by the operator",
  },
  {
    operation: "POST /api/v1/dead-letters/replay",
    url: "/api/v1/dead-letters/replay",
    status: 400,
    when: "no code is given",
  },
  ...guarded("POST /api/v1/dead-letters/replay", "/api/v1/dead-letters/replay?code=JIRA_REJECTED", {
    replayDeadLetters: away,
  }),
  { operation: "GET /api/v1/quarantine", status: 200, when: "asked by the operator" },
  ...guarded("GET /api/v1/quarantine", "/api/v1/quarantine", { listQuarantine: away }),
];

async function ask(
  { server }: World,
  { operation, url, headers, payload }: Case,
): Promise<Awaited<ReturnType<World["server"]["inject"]>>> {
  const [method, path = ""] = operation.split(" ");
  return server.inject({
    method: method === "GET" ? "GET" : "POST",
    url: url ?? path,
    headers: headers ?? { authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  });
}

/** The documented answer's content types, and the schema of its JSON. */
function documented({ operation, status }: Case): { types: string[]; schema: Schema } {
  const responses = operations.get(operation)?.responses ?? {};
  const { content } = Answer.parse(resolved(responses[String(status)]));
  return { types: Object.keys(content), schema: content["application/json"]?.schema ?? {} };
}

describe("an answer", () => {
  it.each(cases)("of $operation is $status when $when, as documented", async (one) => {
    await using world = openWorld({ ...one.world, server: { token } });
    const answer = await ask(world, one);
    expect(answer.statusCode).toBe(one.status);
    const { types, schema } = documented(one);
    const type = String(answer.headers["content-type"]).split(";")[0];
    expect(types).toEqual([type]);
    const value: unknown = type === "application/json" ? answer.json() : {};
    expect(violations(openApi, schema, value)).toEqual([]);
    const comesAgain = one.status === 429 || one.status === 503;
    expect(comesAgain && !one.operation.includes("/readyz")).toBe(
      answer.headers["retry-after"] !== undefined,
    );
  });

  it("is tried for every status that is documented", () => {
    const tried = new Set<string>(
      cases.map(({ operation, status }) => `${operation} ${String(status)}`),
    );
    const named = [...operations].flatMap(([operation, { responses }]) =>
      Object.keys(responses).map((status) => `${operation} ${status}`),
    );
    expect(named.filter((name) => !tried.has(name))).toEqual([]);
  });
});
