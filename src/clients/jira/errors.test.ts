/** Every failure is told apart, closes the gate where it should, and tells nobody the token. */

import { describe, expect, it } from "vitest";
import {
  connect,
  created,
  done,
  issue,
  issueJson,
  jiraRoute,
  ok,
  property,
  refusal,
  token,
} from "../../../test/support/jira-server.ts";
import {
  startNotionServer,
  type MemoryGate,
  type Reply,
} from "../../../test/support/notion-server.ts";
import { freePort } from "../../../test/support/ports.ts";
import { RetryAfterError, TerminalError } from "../../domain/errors.ts";

const read = `GET issue/${issue}`;
const edit = `PUT issue/${issue}`;
const create = "POST issue";
const found = ok(issueJson());
const credentials = Buffer.from(`debrief@acme.example:${token}`).toString("base64");

interface Failed {
  readonly error: unknown;
  readonly closed: ReturnType<MemoryGate["closed"]>;
  readonly requests: number;
}

type Options = Parameters<typeof connect>[1];

async function failReading(reply: Reply, options: Options = {}): Promise<Failed> {
  await using t = await connect({ [read]: reply }, options);
  const error: unknown = await t.jira.findIssue(issue).catch((caught: unknown) => caught);
  return { error, closed: t.gate.closed(), requests: t.server.requests.length };
}

async function failCreating(reply: Reply, options: Options = {}): Promise<Failed> {
  await using t = await connect({ [create]: reply }, options);
  const input = { route: jiraRoute, write: { summary: "a" }, property };
  const error: unknown = await t.jira.createIssue(input).catch((caught: unknown) => caught);
  return { error, closed: t.gate.closed(), requests: t.server.requests.length };
}

function down(): Promise<never> {
  return Promise.reject(new Error("store is down"));
}

describe("a request", () => {
  it("carries Basic authentication and goes below the base path", async () => {
    const basePath = "/ex/jira/1b0f7c52";
    await using t = await connect({ [read]: found }, { basePath });
    expect(await t.jira.findIssue(issue)).toMatchObject({ id: issue });
    expect(t.server.requests[0]).toMatchObject({
      path: `${basePath}/rest/api/3/issue/${issue}`,
      headers: { authorization: `Basic ${credentials}`, accept: "application/json" },
    });
    expect(t.gate.entered()).toBe(1);
  });

  it("is not sent while the gate is closed", async () => {
    const error = new RetryAfterError("closed", 5000, { code: "JIRA_PAUSED", vendor: "jira" });
    const gate = {
      enter: () => Promise.reject(error),
      succeeded: () => Promise.resolve(),
      failed: () => Promise.resolve(0),
    };
    await using t = await connect({ [read]: found }, { gate });
    await expect(t.jira.findIssue(issue)).rejects.toBe(error);
    expect(t.server.requests).toEqual([]);
  });

  it("is not sent for what is no issue", async () => {
    await using t = await connect({});
    expect(await t.jira.findIssue("../myself?x=")).toBeUndefined();
    // A brand is a promise; this one is broken on purpose.
    const broken = "1/../../myself" as typeof issue;
    await expect(t.jira.editIssue(broken, { summary: "x" })).rejects.toMatchObject({
      code: "JIRA_REJECTED",
    });
    expect(t.server.requests).toEqual([]);
  });
});

describe("a rate limit", () => {
  it.each<[string, Record<string, string>, number, number | undefined]>([
    ["in seconds", { "retry-after": "7" }, 7000, 7000],
    ["as a date", { "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT" }, 30_000, 30_000],
    [
      "by its reset",
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-20T10:00:11Z" },
      11_000,
      11_000,
    ],
    ["by nothing", {}, 1234, undefined],
  ])("pauses everybody as long as Jira says: %s", async (_, headers, waitMs, told) => {
    const limited = { ...headers, "ratelimit-reason": "jira-burst-based" };
    const { error, closed } = await failReading(
      refusal(429, {}, ["Rate limit exceeded."], limited),
    );
    expect(error).toMatchObject({
      code: "JIRA_RATE_LIMITED",
      vendor: "jira",
      retryAfterMs: waitMs,
      outcome: "not-applied",
    });
    expect(closed).toMatchObject({ reason: "jira-burst-based" });
    expect(closed?.retryAfterMs).toBe(told);
  });

  it("of one issue pauses nobody else", async () => {
    const headers = { "ratelimit-reason": "jira-per-issue-on-write", "retry-after": "3" };
    await using t = await connect({ [edit]: refusal(429, {}, [], headers) });
    const error: unknown = await t.jira.editIssue(issue, { summary: "x" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({ code: "JIRA_RATE_LIMITED", retryAfterMs: 3000 });
    expect(t.gate.closed()).toBeUndefined();
  });
});

describe("a dead token", () => {
  const anonymous = { "x-seraph-loginreason": "AUTHENTICATED_FAILED" };

  it("pauses everybody, and never tells the token", async () => {
    const said = refusal(401, {}, [`Bad ${token} ${credentials}`]);
    const { error, closed } = await failReading(said);
    expect(error).toMatchObject({ code: "JIRA_UNAUTHORIZED", retryAfterMs: 60_000 });
    expect(closed).toMatchObject({ retryAfterMs: 60_000 });
    expect(String(error)).toContain("Bad [token] [token]");
    expect(String(error)).toContain("JIRA_API_TOKEN");
  });

  it.each<[string, Reply]>([
    ["an empty 200", { status: 200, json: issueJson(), headers: anonymous }],
    ["404", refusal(404, {}, ["Issue does not exist"], anonymous)],
    ["403", refusal(403, {}, [], anonymous)],
  ])("is seen where Jira answers as to nobody: %s", async (_, reply) => {
    const { error, closed } = await failReading(reply);
    expect(error).toMatchObject({ code: "JIRA_UNAUTHORIZED", retryAfterMs: 60_000 });
    expect(closed).toBeDefined();
  });

  it("leaves open whether a write went through that was answered with success", async () => {
    const { error } = await failCreating({ status: 201, json: {}, headers: anonymous });
    expect(error).toMatchObject({ code: "JIRA_UNAUTHORIZED", outcome: "unknown" });
  });

  it("is asked for before a missing issue is believed", async () => {
    await using t = await connect({ "GET myself": refusal(401) });
    await expect(t.jira.findIssue(issue)).rejects.toMatchObject({ code: "JIRA_UNAUTHORIZED" });
  });

  it("is asked for before an empty search is believed, once a minute", async () => {
    await using t = await connect({ "POST search/jql": ok({ issues: [], isLast: true }) });
    expect(await t.jira.findIssuesByLabel("x")).toEqual([]);
    expect(await t.jira.listOpen("x")).toEqual([]);
    const asked = t.server.requests.filter(({ path }) => path.endsWith("/myself"));
    expect(asked).toHaveLength(1);
    t.clock.now = new Date(t.clock.now.getTime() + 61_000);
    expect(await t.jira.listUpdated("x", 5)).toEqual([]);
    expect(t.server.requests.filter(({ path }) => path.endsWith("/myself"))).toHaveLength(2);
  });
});

describe("a refusal", () => {
  it.each([
    [403, "JIRA_FORBIDDEN"],
    [400, "JIRA_REJECTED"],
    [404, "JIRA_ISSUE_MISSING"],
    [410, "JIRA_REJECTED"],
    [413, "JIRA_REJECTED"],
    [422, "JIRA_REJECTED"],
  ])("by %i is for a person to settle", async (status, code) => {
    await using t = await connect({ [edit]: refusal(status, { summary: "Is \u0000 not good" }) });
    await t.gate.failed("jira", { reason: "earlier" });
    const error: unknown = await t.jira.editIssue(issue, { summary: "x" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain("summary: Is not good");
    expect(t.gate.closed()).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ["a problem", { title: "Not Found", status: 404, detail: "No endpoint." }, "(No endpoint.)"],
    ["the gateway", { code: 403, message: "Scope does not match" }, "(Scope does not match)"],
    ["a list", { errors: [{ message: "one" }, { message: "two" }] }, "(one; two)"],
    ["messages", { errorMessages: ["first"], errors: {} }, "(first)"],
    ["nothing", {}, "answered 403"],
  ])("is told in the words of %s", async (_, json, words) => {
    const { error } = await failReading({ status: 403, json });
    expect(String(error)).toContain(words);
  });

  it("is cut when it is long", async () => {
    const { error } = await failReading(refusal(403, {}, ["x".repeat(5000)]));
    expect(String(error).length).toBeLessThan(500);
  });

  it("is not followed when it is a redirect", async () => {
    await using other = await startNotionServer(() => found);
    const { error, requests } = await failReading({
      status: 302,
      headers: { location: other.url },
    });
    expect(error).toMatchObject({ code: "JIRA_REDIRECTED" });
    expect([requests, other.requests.length]).toEqual([1, 0]);
  });

  it("for a conflict is tried again soon, with the gate open", async () => {
    await using t = await connect({ [edit]: refusal(409) });
    const error: unknown = await t.jira.editIssue(issue, { summary: "x" }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "JIRA_CONFLICT",
      retryAfterMs: 2000,
      outcome: "not-applied",
    });
    expect(t.gate.closed()).toBeUndefined();
  });

  it("leaves Jira's trace id in the log", async () => {
    await using t = await connect({ [edit]: refusal(403, {}, [], { "atl-traceid": "abc123" }) });
    await expect(t.jira.editIssue(issue, { summary: "x" })).rejects.toThrow("403");
    expect(t.warnings[0]?.fields).toMatchObject({ traceId: "abc123", status: 403 });
  });
});

const outages: [string, Reply][] = [
  ["500", { status: 500, text: "<html>oops</html>" }],
  ["503", refusal(503)],
  ["408", { status: 408, text: "" }],
  ["a page of a proxy", { status: 200, text: "<html>log in</html>" }],
  ["a connection that is cut", { socket: "reset" }],
  ["a body that is cut", { socket: "reset-in-body" }],
  ["JSON that is cut", { socket: "truncated-json" }],
];

describe("an outage", () => {
  it.each(outages)("closes the gate and costs no attempt: %s", async (_, reply) => {
    const { error, closed } = await failReading(reply);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({
      code: "JIRA_UNAVAILABLE",
      retryAfterMs: 1234,
      outcome: "not-applied",
    });
    expect(closed).toBeDefined();
  });

  it.each(outages)("leaves open whether an issue was made: %s", async (_, reply) => {
    const { error } = await failCreating(reply);
    expect(error).toMatchObject({ code: "JIRA_UNAVAILABLE", outcome: "unknown" });
  });

  it.each<[string, Reply]>([
    ["no answer", { socket: "hang" }],
    ["half an answer", { socket: "hang-in-body" }],
  ])("is over after the deadline, and the connection with it: %s", async (_, reply) => {
    const started = performance.now();
    const { error } = await failCreating(reply, { requestTimeoutMs: 200 });
    expect(error).toMatchObject({ code: "JIRA_UNAVAILABLE", outcome: "unknown" });
    expect(String(error)).toContain("timeout");
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it("keeps Retry-After of a 503", async () => {
    const { error } = await failReading(refusal(503, {}, [], { "retry-after": "9" }));
    expect(error).toMatchObject({ retryAfterMs: 9000 });
  });

  it("made nothing where nobody listens", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { error } = await failCreating(created, { url });
    expect(error).toMatchObject({ code: "JIRA_UNAVAILABLE", outcome: "not-applied" });
    expect(String(error)).toContain("ECONNREFUSED");
  });

  it("is told even where the gate's own store is down", async () => {
    const gate = { enter: () => Promise.resolve(), succeeded: down, failed: down };
    const { error } = await failReading({ socket: "reset" }, { gate });
    expect(error).toMatchObject({ code: "JIRA_UNAVAILABLE", retryAfterMs: 5000 });
    await using t = await connect({ [edit]: done }, { gate });
    await expect(t.jira.editIssue(issue, { summary: "x" })).resolves.toEqual([]);
    expect(t.warnings).toHaveLength(1);
  });

  it("never tells the token in an error, its cause included", async () => {
    for (const reply of [{ socket: "reset" }, { status: 500, text: token }] as const) {
      const { error } = await failCreating(reply);
      const cause = error instanceof Error ? error.cause : undefined;
      const told = [error, cause].map((each) => `${String(each)} ${JSON.stringify(each)}`).join();
      expect(told).not.toContain(token);
      expect(told).not.toContain(credentials);
    }
  });
});

describe("an answer that is not as documented", () => {
  it("is retried where it was read", async () => {
    const { error } = await failReading(ok({ id: "1", key: "OPS-1", fields: {} }));
    expect(error).not.toBeInstanceOf(RetryAfterError);
    expect(String(error)).toContain("not as documented (fields.project");
  });

  it("leaves open whether an issue was made", async () => {
    for (const reply of [ok({}, 201), ok({ id: "x", key: "OPS-1" }, 201), done]) {
      const { error } = await failCreating(reply);
      expect(error).toMatchObject({ code: "JIRA_UNEXPECTED_ANSWER", outcome: "unknown" });
    }
  });
});
