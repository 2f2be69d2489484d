/** Health for everybody, details and orders for the operator only. */

import { describe, expect, it } from "vitest";
import { openWorld, post, eventBody, type World } from "../../test/support/receiver.ts";

const token = "operators-token-0123456789";
const operatorRoutes = [
  ["GET", "/metrics"],
  ["POST", "/api/v1/resync"],
  ["GET", "/api/v1/incidents/P1"],
  ["POST", "/api/v1/incidents/P1/reconcile"],
  ["POST", "/api/v1/incidents/P1/recreate"],
  ["GET", "/api/v1/action-items/0f7c3a526d1e4b8a9c551f2e3d4c5b6a"],
  ["POST", "/api/v1/action-items/0f7c3a526d1e4b8a9c551f2e3d4c5b6a/reconcile"],
  ["GET", "/api/v1/dead-letters"],
  ["POST", "/api/v1/dead-letters/incident:P1/replay"],
  ["GET", "/api/v1/quarantine"],
] as const;

async function askMetrics(
  world: World,
  headers: Readonly<Record<string, string>>,
  remoteAddress = "127.0.0.1",
): Promise<number> {
  const request = {
    url: "/metrics",
    headers: { host: "localhost:3000", ...headers },
    remoteAddress,
  };
  return (await world.server.inject(request)).statusCode;
}

describe("the operator's routes", () => {
  it.each(operatorRoutes)("%s %s does nothing without the token", async (method, url) => {
    let acted = 0;
    function act(): Promise<never> {
      acted += 1;
      return Promise.reject(new Error("called"));
    }
    await using world = openWorld({
      server: { token },
      operations: {
        resync: act,
        reconcile: act,
        recreate: act,
        describe: act,
        listDeadLetters: act,
        replayDeadLetter: act,
        replayDeadLetters: act,
        listQuarantine: act,
      },
    });
    for (const authorization of [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Basic ${token}`,
      token,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
    ]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await world.server.inject({ method, url, headers });
      expect([authorization, answer.statusCode]).toEqual([authorization, 401]);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
      expect(answer.json()).toMatchObject({ code: "OPERATOR_REQUIRED" });
    }
    expect(acted).toBe(0);
    const allowed = await world.server.inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(allowed.statusCode).not.toBe(401);
  });

  it("with a token, trust it from anywhere, and nobody on this machine without it", async () => {
    await using world = openWorld({ server: { token } });
    const right = { authorization: `Bearer ${token}` };
    expect(await askMetrics(world, right, "203.0.113.9")).toBe(200);
    expect(await askMetrics(world, { ...right, "x-forwarded-for": "203.0.113.9" })).toBe(200);
    expect(await askMetrics(world, { authorization: `bearer ${token}` })).toBe(200);
    expect(await askMetrics(world, {})).toBe(401);
  });

  it.each(["127.0.0.1", "::1", "::ffff:127.0.0.1"])(
    "without a token, trust %s",
    async (address) => {
      await using world = openWorld();
      expect(await askMetrics(world, {}, address)).toBe(200);
    },
  );

  it.each(["localhost", "LOCALHOST:3000", "127.0.0.1", "127.0.0.1:3000", "[::1]:3000"])(
    "without a token, answer to the name %s",
    async (host) => {
      await using world = openWorld();
      expect(await askMetrics(world, { host })).toBe(200);
    },
  );

  it.each([
    ["from elsewhere", {}, "203.0.113.9"],
    ["from this network", {}, "192.168.1.5"],
    ["from elsewhere, saying it is here", { "x-forwarded-for": "127.0.0.1" }, "203.0.113.9"],
    ["through a proxy", { "x-forwarded-for": "203.0.113.9" }, "127.0.0.1"],
    ["through a proxy that says Forwarded", { forwarded: "for=203.0.113.9" }, "127.0.0.1"],
    ["under a rebound name", { host: "attacker.example" }, "127.0.0.1"],
    ["under a name that only begins well", { host: "localhost.attacker.example" }, "127.0.0.1"],
    ["under a name that only ends well", { host: "attacker.example#localhost" }, "127.0.0.1"],
    ["from a web page", { origin: "https://attacker.example" }, "127.0.0.1"],
    ["from a local page", { origin: "http://localhost:3000" }, "127.0.0.1"],
    ["from a sandboxed page", { origin: "null" }, "127.0.0.1"],
  ])("without a token, refuse who comes %s", async (_, headers, address) => {
    await using world = openWorld();
    expect(await askMetrics(world, headers, address)).toBe(401);
  });

  it("stand on OPS_PORT only where it is set, without webhooks there", async () => {
    await using world = openWorld({ server: { servesOperator: false } });
    for (const [method, url] of operatorRoutes) {
      expect([url, (await world.server.inject({ method, url })).statusCode]).toEqual([url, 404]);
      const there = await world.operator.inject({ method, url });
      const message = there.statusCode === 404 ? there.json<{ message: string }>().message : "";
      expect(message).not.toBe("no such route");
    }
    expect((await world.operator.inject({ url: "/readyz" })).statusCode).toBe(200);
    expect((await world.server.inject({ url: "/readyz" })).statusCode).toBe(200);
    const misplaced = await post({ server: world.operator }, eventBody("P1"));
    expect(misplaced.statusCode).toBe(404);
    expect((await post(world, eventBody("P1"))).statusCode).toBe(202);
  });

  it("pass on ids that can be an incident's or a row's, and no others", async () => {
    const ids: string[] = [];
    await using world = openWorld({
      operations: { reconcile: (key) => Promise.resolve(void ids.push(key)) },
    });
    for (const id of [
      "PT4KHLK",
      "a:b",
      "..%2Fusers",
      "%00",
      "P%20",
      "x".repeat(65),
      "%F0%9F%92%A9",
    ]) {
      await world.server.inject({ method: "POST", url: `/api/v1/incidents/${id}/reconcile` });
    }
    const row = "0F7C3A526D1E4B8A9C551F2E3D4C5B6A";
    for (const id of [row, "PT4KHLK", "%00"]) {
      await world.server.inject({ method: "POST", url: `/api/v1/action-items/${id}/reconcile` });
    }
    expect(ids).toEqual(["incident:PT4KHLK", "action-item:0f7c3a52-6d1e-4b8a-9c55-1f2e3d4c5b6a"]);
  });

  it("pass on a dead letter's key as it was written", async () => {
    const keys: string[] = [];
    await using world = openWorld({
      operations: { replayDeadLetter: (key) => Promise.resolve(keys.push(key) > 0) },
    });
    for (const key of ["incident:PT4KHLK", "incident%3APT4KHLK"]) {
      const url = `/api/v1/dead-letters/${key}/replay`;
      expect((await world.server.inject({ method: "POST", url })).statusCode).toBe(202);
    }
    expect(keys).toEqual(["incident:PT4KHLK", "incident:PT4KHLK"]);
  });
});

describe("/readyz", () => {
  const degraded = ["notion is paused until 12:00: RateLimited"];

  it("gives details to the operator only", async () => {
    const operations = {
      readiness: () => Promise.resolve({ ready: true, notReady: [], degraded }),
    };
    await using world = openWorld({ server: { token }, operations });
    const open = await world.server.inject({ url: "/readyz" });
    expect(open.json()).toEqual({ status: "ready", notReady: [] });
    const headers = { authorization: `Bearer ${token}` };
    const full = await world.server.inject({ url: "/readyz", headers });
    expect(full.json()).toEqual({ status: "ready", notReady: [], degraded });
  });

  it.each(["store", "starting", "draining"])("is 503 while %s is in the way", async (part) => {
    const operations = {
      readiness: () => Promise.resolve({ ready: false, notReady: [part], degraded: [] }),
    };
    await using world = openWorld({ operations });
    const answer = await world.server.inject({ url: "/readyz" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ status: "not ready", notReady: [part] });
  });

  it("is 503 and names the store when it goes away in the middle of looking", async () => {
    const operations = { readiness: () => Promise.reject(new Error("connection closed")) };
    await using world = openWorld({ operations });
    const answer = await world.server.inject({ url: "/readyz" });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      status: "not ready",
      notReady: ["store"],
      degraded: ["store: connection closed"],
    });
  });
});

describe("/metrics", () => {
  const levels = {
    queue: { waiting: 3, delayed: 1, active: 2, failed: 4 },
    oldestWaitingMs: 1_500,
    closedGates: ["notion"],
    resyncAgeMs: 60_000,
  };

  it("shows every metric, with the levels of this very scrape", async () => {
    await using world = openWorld({ readLevels: () => Promise.resolve(levels) });
    await post(world, eventBody("P1"));
    world.metrics.ran("incident", "converged", 120);
    world.metrics.called("notion", "failed");
    world.metrics.repeated("pagerduty");
    const answer = await world.server.inject({ url: "/metrics" });
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    for (const line of [
      'debrief_webhooks_total{vendor="pagerduty",outcome="accepted"} 1',
      'debrief_webhook_repeats_total{vendor="pagerduty"} 1',
      'debrief_vendor_calls_total{vendor="notion",outcome="failed"} 1',
      'debrief_run_seconds_count{kind="incident",outcome="converged"} 1',
      "debrief_intake_commit_seconds_count 1",
      "debrief_intake_group_size_sum 1",
      'debrief_queue_jobs{state="failed"} 4',
      "debrief_queue_oldest_waiting_seconds 1.5",
      'debrief_gate_closed{vendor="notion"} 1',
      "debrief_resync_age_seconds 60",
    ]) {
      expect(answer.body.split("\n")).toContain(line);
    }
    expect(answer.body).toContain("process_resident_memory_bytes");
  });

  it("forgets a gate that has opened", async () => {
    let closedGates = ["notion"];
    await using world = openWorld({
      readLevels: () => Promise.resolve({ ...levels, closedGates }),
    });
    expect(await world.metrics.render()).toContain('debrief_gate_closed{vendor="notion"} 1');
    closedGates = [];
    expect(await world.metrics.render()).not.toContain("debrief_gate_closed{");
  });

  it.each([
    ["fails", () => Promise.reject(new Error("no store"))],
    ["hangs", () => Promise.withResolvers<never>().promise],
  ])("keeps the last levels when the store %s, and answers in time", async (_, broken) => {
    let isBroken = false;
    await using world = openWorld({
      readLevels: () => (isBroken ? broken() : Promise.resolve(levels)),
    });
    await world.metrics.render();
    isBroken = true;
    const began = performance.now();
    const answer = await world.server.inject({ url: "/metrics" });
    expect(performance.now() - began).toBeLessThan(3_500);
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain("debrief_queue_oldest_waiting_seconds 1.5");
  });
});
