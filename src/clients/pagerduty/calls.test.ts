/** Every failure is told apart, closes the gate where it should, and tells nobody the token. */

import { describe, expect, it } from "vitest";
import {
  connect,
  failure,
  incident,
  incidentJson,
  ok,
} from "../../../test/support/pagerduty-client.ts";
import {
  startNotionServer,
  type MemoryGate,
  type Reply,
} from "../../../test/support/notion-server.ts";
import { freePort } from "../../../test/support/ports.ts";
import { RetryAfterError, TerminalError } from "../../domain/errors.ts";
import { createHttp } from "../http.ts";

const read = `GET /incidents/${incident}`;
const write = `POST /incidents/${incident}/notes`;
const found = ok({ incident: incidentJson() });

interface Failed {
  readonly error: unknown;
  readonly closed: ReturnType<MemoryGate["closed"]>;
  readonly requests: number;
}

async function failWith(
  reply: Reply,
  options: Parameters<typeof connect>[1] = {},
): Promise<Failed> {
  await using t = await connect({ [read]: reply }, options);
  const error: unknown = await t.pagerduty
    .findIncident(incident)
    .catch((caught: unknown) => caught);
  return { error, closed: t.gate.closed(), requests: t.server.requests.length };
}

async function failWriting(
  reply: Reply,
  options: Parameters<typeof connect>[1] = {},
): Promise<unknown> {
  await using t = await connect({ [write]: reply }, options);
  return await t.pagerduty.addNote(incident, "hello").catch((caught: unknown) => caught);
}

function down(): Promise<never> {
  return Promise.reject(new Error("store is down"));
}

describe("a request", () => {
  it("carries the key, the version and nothing else that matters", async () => {
    await using t = await connect({ [read]: found });
    await t.pagerduty.findIncident(incident);
    expect(t.server.requests[0]?.headers).toMatchObject({
      authorization: "Token token=y_token_of_the_test",
      accept: "application/vnd.pagerduty+json;version=2",
    });
    expect(t.gate.entered()).toBe(1);
  });

  it("carries an OAuth token as it was given, and keeps a base path", async () => {
    const answers = { [`GET /proxy/pd/incidents/${incident}`]: found };
    await using t = await connect(answers, { token: "Bearer pdus+x", basePath: "/proxy/pd/" });
    expect(await t.pagerduty.findIncident(incident)).toBeDefined();
    expect(t.server.requests[0]?.headers.authorization).toBe("Bearer pdus+x");
  });

  it("is not sent for what is no incident id", async () => {
    await using t = await connect({});
    // A brand is a promise; this one is broken on purpose.
    const broken = "../users/me" as typeof incident;
    await expect(t.pagerduty.findIncident(broken)).rejects.toMatchObject({
      code: "PAGERDUTY_REJECTED",
    });
    expect(t.server.requests).toEqual([]);
  });

  it("is not sent while the gate is closed", async () => {
    const error = new RetryAfterError("closed", 5000, {
      code: "PAGERDUTY_PAUSED",
      vendor: "pagerduty",
    });
    const gate = {
      enter: () => Promise.reject(error),
      succeeded: () => Promise.resolve(),
      failed: () => Promise.resolve(0),
    };
    await using t = await connect({ [read]: found }, { gate });
    await expect(t.pagerduty.findIncident(incident)).rejects.toBe(error);
    expect(t.server.requests).toEqual([]);
  });
});

describe("a refusal", () => {
  it.each<[string, Record<string, string>, number, number | undefined]>([
    ["seconds", { "retry-after": "7" }, 7000, 7000],
    ["a date", { "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT" }, 30_000, 30_000],
    ["ratelimit-reset", { "ratelimit-reset": "11" }, 11_000, 11_000],
    ["zero", { "retry-after": "0" }, 1234, undefined],
    ["garbage", { "retry-after": "soon" }, 1234, undefined],
    ["far too long", { "retry-after": "99999999" }, 3_600_000, 3_600_000],
    ["nothing", {}, 1234, undefined],
  ])("by rate limit waits as long as PagerDuty says: %s", async (_, headers, waitMs, told) => {
    const { error, closed } = await failWith(
      failure(429, 2020, "Rate Limit Exceeded", { headers }),
    );
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({
      code: "PAGERDUTY_RATE_LIMITED",
      vendor: "pagerduty",
      retryAfterMs: waitMs,
    });
    expect(closed?.retryAfterMs).toBe(told);
  });

  it("without headers or body is a rate limit all the same", async () => {
    const { error } = await failWith({ status: 429, text: "" });
    expect(error).toMatchObject({ code: "PAGERDUTY_RATE_LIMITED", retryAfterMs: 1234 });
  });

  it("of the token pauses everybody, and never tells the token", async () => {
    const { error, closed } = await failWith(failure(401, 2006, "Bad y_token_of_the_test"));
    expect(error).toMatchObject({ code: "PAGERDUTY_UNAUTHORIZED", retryAfterMs: 60_000 });
    expect(closed?.retryAfterMs).toBe(60_000);
    expect(String(error)).toContain("Bad [token]");
  });

  it.each([402, 403])(
    "of a read that a page needs (%i) is for a person to settle",
    async (status) => {
      const { error, closed } = await failWith(failure(status, 2010, "Access Denied"));
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ code: "PAGERDUTY_FORBIDDEN" });
      expect(closed).toBeUndefined();
    },
  );

  it("of a request tells PagerDuty's words, cleaned and cut", async () => {
    const { error } = await failWith(
      failure(400, 2001, "Invalid\u0000 Input", {
        errors: ["Content can't be blank", "x".repeat(500), 7],
      }),
    );
    expect(error).toMatchObject({ code: "PAGERDUTY_REJECTED" });
    expect(String(error)).toContain("400 (2001: Invalid Input: Content can't be blank: xxx");
    expect(String(error).length).toBeLessThan(450);
  });

  it("is not followed when it is a redirect", async () => {
    await using other = await startNotionServer(() => found);
    const location = `${other.url}/incidents/${incident}`;
    const { error, requests } = await failWith({ status: 302, headers: { location } });
    expect(error).toMatchObject({ code: "PAGERDUTY_REJECTED" });
    expect(String(error)).toContain("check PAGERDUTY_API_URL");
    expect([requests, other.requests.length]).toEqual([1, 0]);
  });

  it("opens the gate all the same when PagerDuty answered", async () => {
    await using t = await connect({ [read]: failure(403, 2010, "Access Denied") });
    await t.gate.failed("pagerduty", { reason: "earlier" });
    await expect(t.pagerduty.findIncident(incident)).rejects.toThrow("403");
    expect(t.gate.closed()).toBeUndefined();
  });
});

describe("an outage", () => {
  it.each<[string, Reply]>([
    ["500", { status: 500, text: "<html>oops</html>" }],
    ["503", failure(503, 2016, "Took too long")],
    ["408", { status: 408, text: "" }],
    ["a page of a proxy", { status: 200, text: "<html>log in</html>" }],
    ["a connection that is cut", { socket: "reset" }],
    ["a body that is cut", { socket: "reset-in-body" }],
    ["JSON that is cut", { socket: "truncated-json" }],
  ])("closes the gate and costs no attempt: %s", async (_, reply) => {
    const { error, closed } = await failWith(reply);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({
      code: "PAGERDUTY_UNAVAILABLE",
      retryAfterMs: 1234,
      outcome: "not-applied",
    });
    expect(closed).toBeDefined();
  });

  it.each<[string, Reply]>([
    ["no answer", { socket: "hang" }],
    ["half an answer", { socket: "hang-in-body" }],
  ])("is over after the deadline, and the connection with it: %s", async (_, reply) => {
    const started = performance.now();
    const { error } = await failWith(reply, { requestTimeoutMs: 200 });
    expect(error).toMatchObject({ code: "PAGERDUTY_UNAVAILABLE" });
    expect(String(error)).toContain("timeout");
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it("keeps Retry-After of a 503", async () => {
    const { error } = await failWith(failure(503, 2016, "x", { headers: { "retry-after": "9" } }));
    expect(error).toMatchObject({ retryAfterMs: 9000 });
  });

  it("is noticed where nobody listens", async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`;
    const { error } = await failWith(found, { apiUrl });
    expect(error).toMatchObject({ code: "PAGERDUTY_UNAVAILABLE" });
    expect(String(error)).toContain("ECONNREFUSED");
  });

  it("is told even where the gate's own store is down", async () => {
    const gate = { enter: () => Promise.resolve(), succeeded: down, failed: down };
    const { error } = await failWith({ socket: "reset" }, { gate });
    expect(error).toMatchObject({ code: "PAGERDUTY_UNAVAILABLE", retryAfterMs: 5000 });
    await using t = await connect({ [read]: found }, { gate });
    expect(await t.pagerduty.findIncident(incident)).toBeDefined();
    expect(t.warnings).toHaveLength(1);
  });

  it("does not fill the memory with an answer without end", async () => {
    await using server = await startNotionServer(() => ({
      status: 200,
      text: "x".repeat(100_000),
    }));
    await using http = createHttp({
      vendor: "PagerDuty",
      apiUrl: server.url,
      headers: {},
      requestTimeoutMs: 2000,
      responseBytesMax: 50_000,
    });
    await expect(http.send({ method: "GET", path: "/x" })).rejects.toMatchObject({
      reason: "answer too large",
    });
  });
});

describe("a note", () => {
  it("is posted as the configured user", async () => {
    await using t = await connect({ [write]: ok({ note: { id: "P1" } }) });
    await t.pagerduty.addNote(incident, 'with "quotes"\nand lines');
    const [request] = t.server.requests;
    expect(request?.headers).toMatchObject({
      from: "ada@acme.example",
      "content-type": "application/json",
    });
    expect(request?.body).toEqual({ note: { content: 'with "quotes"\nand lines' } });
  });

  it("has been posted whatever a 2xx says", async () => {
    await using t = await connect({ [write]: { status: 201, text: "not JSON" } });
    await expect(t.pagerduty.addNote(incident, "x")).resolves.toBeUndefined();
  });

  it.each<[string, Reply, object]>([
    ["500", { status: 500, text: "" }, { outcome: "unknown" }],
    ["a cut connection", { socket: "reset" }, { outcome: "unknown" }],
    ["429", { status: 429, text: "" }, { outcome: "not-applied" }],
    ["401", { status: 401, text: "" }, { outcome: "not-applied" }],
    ["400", failure(400, 1008, "Requester User Not Found"), { code: "PAGERDUTY_REJECTED" }],
    ["404", failure(404, 2100, "Not Found"), { code: "PAGERDUTY_REJECTED" }],
    ["403", failure(403, 2010, "Access Denied"), { code: "PAGERDUTY_FORBIDDEN" }],
  ])("says whether it may have been posted: %s", async (_, reply, wanted) => {
    expect(await failWriting(reply)).toMatchObject(wanted);
  });

  it("was not posted where nobody listened, or nobody is to post it", async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`;
    expect(await failWriting(found, { apiUrl })).toMatchObject({ outcome: "not-applied" });
    expect(await failWriting(found, { from: undefined })).toMatchObject({
      code: "PAGERDUTY_REJECTED",
    });
  });

  it("never tells the token in an error, its cause included", async () => {
    for (const reply of [
      { socket: "reset" },
      { status: 500, text: "y_token_of_the_test" },
    ] as const) {
      const error = await failWriting(reply);
      const cause = error instanceof Error ? error.cause : undefined;
      expect(
        `${String(error)} ${JSON.stringify(error)} ${String(cause)} ${JSON.stringify(cause)}`,
      ).not.toContain("y_token");
    }
  });
});
