/** The servers over real sockets and as built: limits, timeouts, headers, and what errors say. */

import { once } from "node:events";
import { createConnection, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { describe, expect, it } from "vitest";
import {
  eventBody,
  openWorld,
  post,
  sign,
  type WorldOptions,
} from "../../test/support/receiver.ts";
import { waitFor } from "../../test/support/wait.ts";

const limits = { requestTimeoutMs: 600, checkEveryMs: 100, keepAliveMs: 300 };
const slack = 3_000;
/** What a write to the store takes. */
const storeMs = 5;

async function listen(server: FastifyInstance): Promise<number> {
  await server.listen({ host: "127.0.0.1", port: 0 });
  return (server.server.address() as AddressInfo).port;
}

interface Conversation {
  readonly socket: Socket;
  received(): string;
  isClosed(): boolean;
}

async function connect(port: number): Promise<Conversation> {
  const socket = createConnection(port, "127.0.0.1");
  let received = "";
  let closed = false;
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.on("close", () => (closed = true));
  // A server that closes while we write is what the tests are about.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return { socket, received: () => received, isClosed: () => closed };
}

async function untilClosed(conversation: Conversation, withinMs: number): Promise<void> {
  await waitFor("the server to close", () => conversation.isClosed(), withinMs);
}

function requestHead(length: number): string {
  return `POST /webhooks/pagerduty HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

describe("a slow or silent connection", () => {
  it.each([
    ["that says nothing", ""],
    ["whose headers drip", "POST /webhooks/pagerduty HTTP/1.1\r\n"],
    ["whose body drips", requestHead(1_000)],
  ])("%s is closed, and others are served meanwhile", async (_, start) => {
    await using world = openWorld({ server: { limits } });
    const port = await listen(world.server);
    const slow = await connect(port);
    slow.socket.write(start);
    const drip = setInterval(
      () => start !== "" && slow.socket.write(start.includes("length") ? " " : "a"),
      50,
    );
    try {
      expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
      await untilClosed(slow, limits.requestTimeoutMs + slack);
    } finally {
      clearInterval(drip);
      slow.socket.destroy();
    }
    expect(slow.received()).not.toContain("200 OK");
  });

  it("is closed when it stays idle after a request", async () => {
    await using world = openWorld({ server: { limits } });
    const idle = await connect(await listen(world.server));
    idle.socket.write("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n");
    await waitFor("the answer", () => idle.received().includes("200 OK"), slack);
    await untilClosed(idle, limits.keepAliveMs + slack);
    expect(idle.received().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it("does not keep the server from closing", async () => {
    await using world = openWorld({ server: { limits: { keepAliveMs: 60_000 } } });
    const idle = await connect(await listen(world.server));
    idle.socket.write("GET /livez HTTP/1.1\r\nhost: a\r\n\r\n");
    await waitFor("the answer", () => idle.received().includes("200 OK"), slack);
    const began = performance.now();
    await world.server.close();
    expect(performance.now() - began).toBeLessThan(slack);
  });

  it("counts: above the most connections, new ones are closed", async () => {
    await using world = openWorld({ server: { limits: { connectionsMax: 3 } } });
    const port = await listen(world.server);
    const all = await Promise.all(Array.from({ length: 6 }, () => connect(port)));
    await waitFor(
      "the surplus to be closed",
      () => all.filter((one) => one.isClosed()).length === 3,
      slack,
    );
    expect(all.filter((one) => one.isClosed())).toHaveLength(3);
    all.forEach(({ socket }) => socket.destroy());
  });
});

describe("what is no proper request", () => {
  it.each([
    ["no HTTP", "hello\r\n\r\n", 400],
    [
      "too large headers",
      `GET /livez HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(10_000)}\r\n\r\n`,
      431,
    ],
    [
      "two lengths",
      "POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      400,
    ],
    [
      "a length and chunks",
      "POST /livez HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
    ],
    ["headers that never end", "GET /livez HTTP/1.1\r\nhost: a\r\n", 408],
  ])("(%s) is answered with a code and security headers, and closed", async (_, text, status) => {
    await using world = openWorld({ server: { limits } });
    const broken = await connect(await listen(world.server));
    broken.socket.write(text);
    await untilClosed(broken, slack);
    const [head = "", body = ""] = broken.received().split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const [name, value] of Object.entries(securityHeaders)) {
      expect(head).toContain(`${name}: ${value}`);
    }
    expect(JSON.parse(body)).toEqual({ code: "REQUEST_INVALID", message: expect.any(String) });
  });

  it("(a body that is cut short) leaves nothing and harms nobody", async () => {
    await using world = openWorld();
    const port = await listen(world.server);
    const cut = await connect(port);
    cut.socket.write(`${requestHead(1_000)}{"event"`);
    cut.socket.destroy();
    await untilClosed(cut, slack);
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    expect([world.stored, world.quarantined]).toEqual([[], []]);
  });

  it("(a body of unknown length over 1 MiB) is 413", async () => {
    await using world = openWorld();
    const port = await listen(world.server);
    const huge = await connect(port);
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    huge.socket.write(
      "POST /webhooks/pagerduty HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    for (let sent = 0; sent < 20; sent += 1) {
      huge.socket.write(chunk);
    }
    await waitFor("the answer", () => huge.received().includes("BODY_TOO_LARGE"), slack);
    huge.socket.destroy();
    expect(huge.received()).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("every answer", () => {
  const token = "operators-token-0123456789";
  const cases: readonly [
    string,
    number,
    { url: string; method?: "GET" | "POST"; headers?: Record<string, string>; payload?: string },
    WorldOptions?,
  ][] = [
    ["of health", 200, { url: "/livez" }],
    ["of readiness", 200, { url: "/readyz" }],
    ["of the document", 200, { url: "/openapi.yaml" }],
    ["of a route that is none", 404, { url: "/nothing" }],
    ["of a wrong method", 404, { url: "/webhooks/pagerduty" }],
    ["of a URL that can't be read", 400, { url: "/api/v1/incidents/%zz" }],
    [
      "of a part of a URL that is too long",
      414,
      {
        url: `/api/v1/incidents/${"x".repeat(300)}`,
        headers: { authorization: `Bearer ${token}` },
      },
    ],
    [
      "without a signature",
      401,
      {
        url: "/webhooks/pagerduty",
        method: "POST",
        headers: { "content-type": "application/json" },
        payload: "{}",
      },
    ],
    [
      "of a wrong type",
      415,
      {
        url: "/webhooks/pagerduty",
        method: "POST",
        headers: { "content-type": "text/xml" },
        payload: "<x/>",
      },
    ],
    ["without the token", 401, { url: "/metrics" }],
    [
      "of a half that is off",
      503,
      { url: "/webhooks/jira", method: "POST" },
      { webhooks: { jira: undefined } },
    ],
    [
      "of a store that fails",
      503,
      { url: "/api/v1/quarantine", headers: { authorization: `Bearer ${token}` } },
      {
        operations: {
          listQuarantine: () => Promise.reject(new Error("redis at 10.0.0.7 is away")),
        },
      },
    ],
  ];

  it.each(cases)(
    "%s (%i) has security headers, no banner, and in errors a code, a message and no more",
    async (_, status, request, options = {}) => {
      await using world = openWorld({ ...options, server: { token } });
      const answer = await world.server.inject(request);
      expect(answer.statusCode).toBe(status);
      expect(answer.headers).toMatchObject(securityHeaders);
      expect(Object.keys(answer.headers)).not.toContain("server");
      expect(Object.keys(answer.headers)).not.toContain("x-powered-by");
      const error = { code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) };
      expect(status < 400 ? error : answer.json()).toEqual(error);
      expect(answer.body).not.toMatch(/10\.0\.0\.7|\.ts:|node_modules/);
    },
  );

  it("of a webhook has them as well", async () => {
    await using world = openWorld();
    expect((await post(world, eventBody("P1"))).headers).toMatchObject(securityHeaders);
  });
});

describe("a burst", () => {
  it("is taken while silent connections are held open", async () => {
    const groups: number[] = [];
    await using world = openWorld({
      append: async (keys) => {
        groups.push(keys.length);
        await sleep(storeMs);
      },
    });
    const port = await listen(world.server);
    const silent = await Promise.all(Array.from({ length: 200 }, () => connect(port)));
    const statuses = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const body = eventBody(`P${n}`);
        const headers = { "content-type": "application/json", "x-pagerduty-signature": sign(body) };
        const answer = await fetch(`http://127.0.0.1:${port}/webhooks/pagerduty`, {
          method: "POST",
          headers,
          body,
        });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    silent.forEach(({ socket }) => socket.destroy());
    expect(new Set(statuses)).toEqual(new Set([202]));
    expect(new Set(world.stored).size).toBe(300);
    expect(groups.length).toBeLessThan(150);
  });
});
