/** What each of Notion's failures means, over real sockets: code, gate, pause, and whether a write may have been done. */

import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { RetryAfterError, TerminalError } from "../../domain/errors.ts";
import { pageId } from "../../domain/keys.ts";
import {
  notionError,
  openMemoryGate,
  startNotionServer,
  type MemoryGate,
  type Reply,
} from "../../../test/support/notion-server.ts";
import { createNotion } from "./client.ts";
import type { Notion } from "./notion.ts";

const token = "ntn_very-secret-token";
const now = new Date("2026-11-20T10:00:00Z");
const page = pageId("11111111-1111-4111-8111-111111111111");
const emptyPage = { properties: { name: "A page" }, icon: "🚨", body: [], rows: [] };

function connect(apiUrl: string, gate: MemoryGate, requestTimeoutMs = 2000): Notion {
  return createNotion({
    apiUrl,
    token,
    postMortemsId: "22222222-2222-4222-8222-222222222222",
    actionItemsId: "33333333-3333-4333-8333-333333333333",
    requestTimeoutMs,
    unauthorizedPauseMs: 60_000,
    gate,
    log: { warn: () => undefined },
    now: () => now,
  });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Everything that a logger could find in an error. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) {
    return JSON.stringify(error) ?? "";
  }
  const own = Object.getOwnPropertyNames(error).map((name) =>
    name === "cause" ? "" : String(Reflect.get(error, name)),
  );
  return [...own, JSON.stringify(error), everythingIn(error.cause)].join("\n");
}

interface Case {
  readonly reply: Reply;
  readonly code: string;
  /** Of a write; undefined for an error that a person must mend. */
  readonly outcome?: "unknown" | "not-applied";
  /** The pause that closes the gate; "growing" where Notion named none. Undefined: it stays open. */
  readonly pauseMs?: number | "growing";
}

const limited = "rate_limited";
const cases: Record<string, Case> = {
  "429 with seconds": {
    reply: notionError(429, limited, "slow down", { headers: { "retry-after": "7" } }),
    code: "NOTION_RATE_LIMITED",
    outcome: "not-applied",
    pauseMs: 7000,
  },
  "429 with a date": {
    reply: notionError(429, limited, "slow down", {
      headers: { "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT" },
    }),
    code: "NOTION_RATE_LIMITED",
    outcome: "not-applied",
    pauseMs: 30_000,
  },
  "429 with a pause in its body": {
    reply: notionError(429, limited, "slow down", {
      data: { retry_after: "120", rate_limit_reason: "public_api_space_request_rate_limit" },
    }),
    code: "NOTION_RATE_LIMITED",
    outcome: "not-applied",
    pauseMs: 120_000,
  },
  "429 with zero": {
    reply: notionError(429, limited, "slow down", { headers: { "retry-after": "0" } }),
    code: "NOTION_RATE_LIMITED",
    outcome: "not-applied",
    pauseMs: "growing",
  },
  "429 with garbage": {
    reply: notionError(429, limited, "slow down", { headers: { "retry-after": "soon 1" } }),
    code: "NOTION_RATE_LIMITED",
    outcome: "not-applied",
    pauseMs: "growing",
  },
  "429 with an absurd pause": {
    reply: notionError(429, limited, "slow down", { headers: { "retry-after": "999999999" } }),
    code: "NOTION_RATE_LIMITED",
    outcome: "not-applied",
    pauseMs: 3_600_000,
  },
  "429 of a blocked connection": {
    reply: notionError(429, limited, "blocked", {
      headers: { "retry-after": "1" },
      data: { rate_limit_reason: "public_api_request_blocked" },
    }),
    code: "NOTION_BLOCKED",
    outcome: "not-applied",
    pauseMs: 900_000,
  },
  "529": {
    reply: notionError(529, "service_overload", "too busy", { headers: { "retry-after": "5" } }),
    code: "NOTION_RATE_LIMITED",
    outcome: "unknown",
    pauseMs: 5000,
  },
  "401": {
    reply: notionError(401, "unauthorized", "API token is invalid."),
    code: "NOTION_UNAUTHORIZED",
    outcome: "not-applied",
    pauseMs: 60_000,
  },
  "409 conflict": {
    reply: notionError(409, "conflict_error", "Conflict occurred while saving."),
    code: "NOTION_CONFLICT",
    outcome: "not-applied",
  },
  "409 of another kind": {
    reply: notionError(409, "row_limit_exceeded", "Too many rows."),
    code: "NOTION_REJECTED",
  },
  "500": {
    reply: notionError(500, "internal_server_error", "Unexpected error occurred."),
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: "growing",
  },
  "502 as HTML": {
    reply: { status: 502, text: "<html>Bad gateway</html>" },
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: "growing",
  },
  "503 with a pause": {
    reply: notionError(503, "service_unavailable", "later", { headers: { "retry-after": "3" } }),
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: 3000,
  },
  "504": {
    reply: notionError(504, "gateway_timeout", "timed out"),
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: "growing",
  },
  "a reset connection": {
    reply: { socket: "reset" },
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: "growing",
  },
  "a reset within the answer": {
    reply: { socket: "reset-in-body" },
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: "growing",
  },
  "a 200 whose JSON is cut off": {
    reply: { socket: "truncated-json" },
    code: "NOTION_UNAVAILABLE",
    outcome: "unknown",
    pauseMs: "growing",
  },
  "a 200 in another shape": {
    reply: { status: 200, json: { object: "page" } },
    code: "NOTION_UNEXPECTED_ANSWER",
    outcome: "unknown",
  },
  "400": {
    reply: notionError(400, "validation_error", "Severity is expected to be select."),
    code: "NOTION_REJECTED",
  },
  "400 of something in the trash": {
    reply: notionError(
      400,
      "validation_error",
      "Can't edit block that is archived. You must unarchive the block before editing.",
    ),
    code: "NOTION_PAGE_ARCHIVED",
  },
  "403": {
    reply: notionError(403, "restricted_resource", "Insufficient permissions."),
    code: "NOTION_FORBIDDEN",
  },
  "403 by the block limit": {
    reply: notionError(403, "restricted_resource", "Block limit.", {
      data: { block_limit: "block_creation" },
    }),
    code: "NOTION_BLOCK_LIMIT",
  },
  "404 of a data source": {
    reply: notionError(404, "object_not_found", "Could not find database with ID: x."),
    code: "NOTION_NOT_SHARED",
  },
  "413 as HTML": { reply: { status: 413, text: "<html>" }, code: "NOTION_REJECTED" },
  "a redirect": {
    reply: { status: 307, headers: { location: "/elsewhere" }, text: "" },
    code: "NOTION_REDIRECTED",
  },
};

describe("a create that fails", () => {
  it.each(Object.entries(cases))("%s", async (_name, { reply, code, outcome, pauseMs }) => {
    await using server = await startNotionServer(() => reply);
    const gate = openMemoryGate(1234);
    const error = await failureOf(connect(server.url, gate).createPage(emptyPage));
    expect(error).toMatchObject({ code });
    expect(error).toBeInstanceOf(outcome === undefined ? TerminalError : RetryAfterError);
    expect(server.requests).toHaveLength(1);
    expect(everythingIn(error)).not.toContain(token);
    const retryAfterMs = pauseMs === "growing" ? 1234 : (pauseMs ?? 2000);
    expect(error).toMatchObject(
      outcome === undefined ? {} : { outcome, retryAfterMs, vendor: "notion" },
    );
    const closedFor = pauseMs === "growing" ? undefined : pauseMs;
    expect(gate.closed() !== undefined).toBe(pauseMs !== undefined);
    expect(gate.closed()?.retryAfterMs).toBe(closedFor);
  });

  it("is of unknown outcome when it times out, and the request is really given up", async () => {
    for (const socket of ["hang", "hang-in-body"] as const) {
      await using server = await startNotionServer(() => ({ socket }));
      const gate = openMemoryGate();
      const error = await failureOf(connect(server.url, gate, 150).createPage(emptyPage));
      expect(error).toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "unknown" });
      expect(gate.closed()).toEqual({ reason: "timeout" });
      await expect.poll(server.aborted).toBe(1);
    }
  });

  it("is proven not done when the connection was refused or the host does not exist", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    for (const url of [`http://127.0.0.1:${port}`, "http://notion.invalid"]) {
      const gate = openMemoryGate();
      const error = await failureOf(connect(url, gate).createPage(emptyPage));
      expect(error).toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "not-applied" });
      expect(gate.closed()?.reason).toMatch(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/);
    }
  });

  it("is proven not done when TLS could not be set up", async () => {
    await using server = await startNotionServer(() => ({ status: 200 }));
    const url = server.url.replace("http:", "https:");
    const error = await failureOf(connect(url, openMemoryGate()).createPage(emptyPage));
    expect(error).toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "not-applied" });
  });

  it("is of unknown outcome when a kept-alive connection breaks on it", async () => {
    let calls = 0;
    await using server = await startNotionServer(() => {
      calls += 1;
      return calls === 1
        ? { status: 200, json: { id: page, url: "https://www.notion.so/x" } }
        : { socket: "reset" };
    });
    const notion = connect(server.url, openMemoryGate());
    await notion.createPage(emptyPage);
    const error = await failureOf(notion.createPage(emptyPage));
    expect(error).toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "unknown" });
  });

  it("sends nothing while the gate is closed", async () => {
    await using server = await startNotionServer(() => ({ status: 200 }));
    const refusal = new RetryAfterError("closed", 1000, { code: "GATE_CLOSED" });
    const gate = { ...openMemoryGate(), enter: () => Promise.reject(refusal) };
    expect(await failureOf(connect(server.url, gate).createPage(emptyPage))).toBe(refusal);
    expect(server.requests).toHaveLength(0);
  });

  it("keeps its meaning when the gate's own store is down", async () => {
    const broken = {
      ...openMemoryGate(),
      succeeded: () => Promise.reject(new Error("store down")),
      failed: () => Promise.reject(new Error("store down")),
    };
    await using bad = await startNotionServer(() => ({ status: 504 }));
    const error = await failureOf(connect(bad.url, broken).createPage(emptyPage));
    expect(error).toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "unknown" });
    await using good = await startNotionServer(() => ({
      status: 200,
      json: { id: page, url: "u" },
    }));
    const made = await connect(good.url, broken).createPage(emptyPage);
    expect(made.id).toBe(page);
  });
});

describe("a read that fails", () => {
  const me = { status: 200, json: { id: "44444444-4444-4444-8444-444444444444" } };

  async function read(reply: Reply, gate: MemoryGate): Promise<unknown> {
    await using server = await startNotionServer(({ path }) =>
      path === "/v1/users/me" ? me : reply,
    );
    return await connect(server.url, gate, 300).findPage(page);
  }

  it.each([
    ["500", notionError(500, "internal_server_error", "oops")],
    ["a reset", { socket: "reset" } as const],
    ["a hanging answer", { socket: "hang-in-body" } as const],
    ["a 200 that is not JSON", { socket: "truncated-json" } as const],
  ])("closes the gate and has no effect to be unsure of: %s", async (_name, reply) => {
    const gate = openMemoryGate();
    const error = await failureOf(read(reply, gate));
    expect(error).toMatchObject({ code: "NOTION_UNAVAILABLE", outcome: "not-applied" });
    expect(gate.closed()).toBeDefined();
  });

  it("finds nothing where Notion answers 404", async () => {
    const gate = openMemoryGate();
    expect(await read(notionError(404, "object_not_found", "no such page"), gate)).toBeUndefined();
    expect(gate.closed()).toBeUndefined();
  });

  it("is an unexplained error, to be retried, when the answer has another shape", async () => {
    const gate = openMemoryGate();
    const error = await failureOf(read({ status: 200, json: { id: 7 } }, gate));
    expect(error).not.toBeInstanceOf(RetryAfterError);
    expect(error).not.toBeInstanceOf(TerminalError);
    expect(String(error)).toContain("not as documented");
  });

  it("refuses an answer larger than it wants to hold", async () => {
    const text = "x".repeat(33 * 1024 * 1024);
    const gate = openMemoryGate();
    await using server = await startNotionServer(({ path }) =>
      path === "/v1/users/me" ? me : { status: 200, text },
    );
    const error = await failureOf(connect(server.url, gate, 20_000).findPage(page));
    expect(error).toMatchObject({ code: "NOTION_ANSWER_TOO_LARGE" });
  });
});

describe("the token", () => {
  it("goes to the configured origin alone, and a redirect there is not followed", async () => {
    await using thief = await startNotionServer(() => ({ status: 200 }));
    await using server = await startNotionServer(() => ({
      status: 302,
      headers: { location: `${thief.url}/v1/pages` },
      text: "",
    }));
    const error = await failureOf(connect(server.url, openMemoryGate()).createPage(emptyPage));
    expect(error).toMatchObject({ code: "NOTION_REDIRECTED" });
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(thief.requests).toHaveLength(0);
  });

  it("and long values are in no message, even if Notion repeats them", async () => {
    const alertText = "customer data that must not reach a log";
    const message = `Bad token ${token}. length should be ok, instead was \`${alertText}\`.`;
    await using server = await startNotionServer(() =>
      notionError(400, "validation_error", message),
    );
    const error = await failureOf(connect(server.url, openMemoryGate()).createPage(emptyPage));
    expect(error).toMatchObject({ code: "NOTION_REJECTED" });
    expect(everythingIn(error)).not.toContain(token);
    expect(everythingIn(error)).not.toContain(alertText);
    expect(String(error)).toContain("[token]");
  });
});

describe("an id with a path in it", () => {
  it("stays inside its segment", async () => {
    await using server = await startNotionServer(() => notionError(404, "object_not_found", ""));
    await failureOf(connect(server.url, openMemoryGate()).trashPage(pageId("a/b?c")));
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/pages/a%2Fb%3Fc"]);
  });
});
