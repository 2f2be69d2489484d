/** The doors of the real process, at the limits that it ships with: slow clients, strangers, and what every answer carries. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { openAnyWorld } from "../support/engines.ts";
import { eventBody, post, signatureOf } from "../support/signed.ts";
import { waitFor } from "../support/wait.ts";
import type { World } from "../support/world.ts";

const opsToken = "ops-token-of-the-doors-test";
const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
/** A slow request is closed after 10 s, looked at every 2 s. */
const closedWithinMs = 15_000;

const OpenApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ security: z.unknown().optional() }))),
});
const { paths } = OpenApi.parse(
  parse(readFileSync(join(import.meta.dirname, "../../openapi.yaml"), "utf8")),
);
/** Routes that say nothing of being for anybody. */
const operatorRoutes = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, { security }]) => security === undefined)
    .map(([method]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, "PT4KHLK"),
    })),
);

let world: World;

beforeAll(async () => {
  world = await openAnyWorld({ env: { OPS_TOKEN: opsToken } });
  await world.start();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** With node:http, which sends what fetch would not. */
async function ask(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { hostname, port } = new URL(world.url);
  const outgoing = request({ hostname, port, method, path, headers, agent: false });
  outgoing.end();
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  outgoing.once("response", resolve);
  const response = await promise;
  response.resume();
  return { status: response.statusCode ?? 0, headers: response.headers };
}

async function connect(): Promise<{ socket: Socket; isClosed: () => boolean }> {
  const { hostname, port } = new URL(world.url);
  const socket = createConnection(Number(port), hostname);
  let closed = false;
  socket.on("close", () => (closed = true));
  socket.on("error", () => undefined);
  socket.resume();
  await once(socket, "connect");
  return { socket, isClosed: () => closed };
}

describe("the operator's routes", () => {
  const strangers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["nothing", {}],
    ["another token", { authorization: "Bearer of-somebody-else-entirely" }],
    ["the token as a password", { authorization: `Basic ${btoa(`ops:${opsToken}`)}` }],
    ["a cookie", { cookie: `token=${opsToken}` }],
    [
      "what proxies say of who signed in",
      {
        "x-forwarded-user": "admin",
        "x-forwarded-email": "admin@example.com",
        "x-auth-request-user": "admin",
        "x-remote-user": "admin",
        "remote-user": "admin",
      },
    ],
    ["a claim to come from this machine", { "x-forwarded-for": "127.0.0.1", host: "localhost" }],
  ];

  it("are all that show or change something", () => {
    expect(operatorRoutes.length).toBeGreaterThan(8);
    expect(operatorRoutes.map(({ path }) => path)).toContain("/metrics");
  });

  it.each(strangers)("answer nobody who brings %s", async (_, headers) => {
    const statuses = await Promise.all(
      operatorRoutes.map(async ({ method, path }) => {
        const { status } = await ask(method, path, headers);
        return `${method} ${path} ${String(status)}`;
      }),
    );
    expect(statuses.filter((line) => !line.endsWith(" 401"))).toEqual([]);
  });
});

describe("every answer", () => {
  it.each([
    ["GET", "/livez", 200],
    ["GET", "/readyz", 200],
    ["GET", "/openapi.yaml", 200],
    ["GET", "/metrics", 401],
    ["GET", "/", 404],
    ["GET", "/.env", 404],
    ["GET", "/../../etc/passwd", 404],
    ["GET", "/%", 400],
    ["GET", "/api/v1/incidents/%E0%A4%A", 400],
    ["GET", `/${"x".repeat(5_000)}`, 404],
    ["OPTIONS", "/webhooks/pagerduty", 404],
    ["PUT", "/webhooks/pagerduty", 404],
    ["DELETE", "/api/v1/dead-letters", 404],
    ["TRACE", "/livez", 404],
    ["PROPFIND", "/", 404],
    ["POST", "/webhooks/pagerduty", 401],
    ["POST", "/webhooks/nobody", 404],
  ])("to %s %s is %i, with security headers and no banner", async (method, path, status) => {
    const answer = await ask(method, path);
    expect(answer.headers).toMatchObject(securityHeaders);
    expect(Object.keys(answer.headers)).not.toContain("server");
    expect(Object.keys(answer.headers)).not.toContain("x-powered-by");
    expect(JSON.stringify(answer.headers)).not.toMatch(/fastify|node/i);
    expect(answer.status).toBe(status);
  });
});

describe("slow clients", () => {
  it("are closed in time, and webhooks are taken as ever meanwhile", async () => {
    const head =
      "POST /webhooks/pagerduty HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    const openings = ["", "POST /web", head, `${head}content-length: 1000\r\n\r\n`];
    const slow = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const one = await connect();
        const opening = openings[n % openings.length] ?? "";
        one.socket.write(opening);
        return { ...one, drips: opening !== "" };
      }),
    );
    const opened = performance.now();
    const drip = setInterval(() => {
      slow
        .filter(({ drips, isClosed }) => drips && !isClosed())
        .forEach(({ socket }) => socket.write("a"));
    }, 500);
    const secret = world.pagerduty.subscriptions[0]?.secret ?? "";
    const took: number[] = [];
    try {
      await waitFor(
        "all of them to be closed",
        async () => {
          const body = eventBody("Q0SLOWDOORS001", "service.updated");
          const answer = await post(world.url, body, signatureOf(body, secret));
          expect(answer.status).toBe(202);
          took.push(answer.tookMs);
          return slow.every(({ isClosed }) => isClosed());
        },
        closedWithinMs,
      );
    } finally {
      clearInterval(drip);
      slow.forEach(({ socket }) => socket.destroy());
    }
    expect(performance.now() - opened).toBeLessThan(closedWithinMs + 1_000);
    expect(took.length).toBeGreaterThan(20);
    const slowest = took.toSorted((a, b) => b - a)[Math.floor(took.length / 100)] ?? 0;
    expect(slowest, "p99 of webhooks, in ms").toBeLessThan(1_000);
  });
});
