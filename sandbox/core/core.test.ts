/** The promises of the sandbox's core: time, chance, faults, the call log and webhook order. */

import { describe, expect, it } from "vitest";
import { maxWithin } from "./calls.ts";
import { realClock, settableClock } from "./clock.ts";
import { createFaults, type FaultRule } from "./faults.ts";
import { startVendorServer, type VendorServer } from "./http.ts";
import { createRandom } from "./random.ts";
import { startReceiver, type Receiver } from "./receiver.ts";
import type { Answer } from "./router.ts";
import { createWebhookSender, type AttemptResult, type WebhookSender } from "./webhooks.ts";

describe("clock", () => {
  it("runs what falls due on the way, in order, at its own instant", async () => {
    const clock = settableClock(new Date("2026-01-01T00:00:00Z"));
    const seen: string[] = [];
    clock.setTimer(2_000, () => seen.push(`late ${clock.now().toISOString()}`));
    clock.setTimer(1_000, () => {
      seen.push(`early ${clock.now().toISOString()}`);
      clock.setTimer(500, () => seen.push(`nested ${clock.now().toISOString()}`));
    });
    const cancelled = clock.setTimer(1_500, () => seen.push("never"));
    cancelled.cancel();
    await clock.advance(5_000);
    expect(seen).toEqual([
      "early 2026-01-01T00:00:01.000Z",
      "nested 2026-01-01T00:00:01.500Z",
      "late 2026-01-01T00:00:02.000Z",
    ]);
    expect(clock.now().toISOString()).toBe("2026-01-01T00:00:05.000Z");
    await expect(clock.set(new Date("2025-01-01"))).rejects.toThrow(RangeError);
  });

  it("fires timers by itself when it runs, and sooner when it is moved", async () => {
    const clock = realClock();
    const startedMs = clock.now().getTime();
    await clock.sleep(5);
    const day = clock.sleep(86_400_000);
    await clock.advance(86_400_000);
    await day;
    expect(clock.now().getTime() - startedMs).toBeGreaterThanOrEqual(86_400_005);
    clock.close();
  });
});

describe("random", () => {
  it("repeats itself with the same seed and differs with another", () => {
    const [first, again, other] = [7, 7, 8].map((seed) => createRandom(seed).text("ABCDE", 20));
    expect(first).toBe(again);
    expect(first).not.toBe(other);
    expect(createRandom(1).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/u);
  });
});

describe("calls", () => {
  it("counts the busiest window, its end excluded", () => {
    expect(maxWithin([0, 10, 59_999, 60_000, 60_005], 60_000)).toBe(4);
    expect(maxWithin([], 60_000)).toBe(0);
  });
});

interface World {
  readonly server: VendorServer;
  readonly clock: ReturnType<typeof settableClock>;
  readonly addFault: (rule: FaultRule) => Promise<void>;
  readonly count: () => number;
}

async function startCounter(): Promise<World> {
  const clock = settableClock();
  const faults = createFaults(createRandom(1));
  let count = 0;
  function answer(): Answer {
    return { status: 200, body: { count, padding: "x".repeat(200) } };
  }
  const server = await startVendorServer({
    clock,
    faults,
    routes: [
      { method: "GET", path: "/counters/:name", handle: answer },
      {
        method: "POST",
        path: "/counters/:name",
        handle() {
          count += 1;
          return answer();
        },
      },
    ],
    state: () => ({ count }),
    reset() {
      count = 0;
    },
    notFound: () => ({ status: 404, body: { message: "no" } }),
    malformed: () => ({ status: 400, body: { message: "not JSON" } }),
  });
  async function addFault(rule: FaultRule): Promise<void> {
    const body = JSON.stringify(rule);
    const response = await fetch(`${server.url}/_sandbox/faults`, { method: "POST", body });
    expect(response.status).toBe(201);
  }
  return { server, clock, addFault, count: () => count };
}

function post(server: VendorServer, signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/counters/a`, { method: "POST", ...(signal ? { signal } : {}) });
}

describe("faults of requests", () => {
  it("answers a status without carrying the request out, as often as told", async () => {
    const { server, addFault, count } = await startCounter();
    await using _ = server;
    await addFault({
      kind: "status",
      match: { method: "POST", path: "^/counters" },
      status: 429,
      headers: { "retry-after": "7" },
      body: { message: "slow down" },
      times: 1,
    });
    const refused = await post(server);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(await refused.json()).toEqual({ message: "slow down" });
    expect(count()).toBe(0);
    expect((await post(server)).status).toBe(200);
    const told = await fetch(`${server.url}/_sandbox/faults`);
    expect(await told.json()).toEqual({ faults: [], injected: { status: 1 } });
  });

  it("carries the request out when only its answer is lost or cut", async () => {
    const { server, addFault, count } = await startCounter();
    await using _ = server;
    await addFault({ kind: "lost-answer", times: 1 });
    await expect(post(server)).rejects.toThrow("fetch failed");
    expect(count()).toBe(1);
    await addFault({ kind: "lost-answer", status: 504, times: 1 });
    expect((await post(server)).status).toBe(504);
    expect(count()).toBe(2);
    await addFault({ kind: "truncated-body", times: 1 });
    await expect(post(server).then((response) => response.text())).rejects.toThrow("terminated");
    expect(count()).toBe(3);
  });

  it("cuts the socket of a reset and leaves a hang silent, both without effect", async () => {
    const { server, addFault, count } = await startCounter();
    await using _ = server;
    await addFault({ kind: "reset", times: 1 });
    await expect(post(server)).rejects.toThrow("fetch failed");
    await addFault({ kind: "hang", times: 1 });
    await expect(post(server, AbortSignal.timeout(50))).rejects.toThrow("timeout");
    expect(count()).toBe(0);
  });

  it("lets a late commit appear only after its delay", async () => {
    const { server, addFault, count, clock } = await startCounter();
    await using _ = server;
    await addFault({ kind: "late-commit", delayMs: 25_000, status: 504, times: 1 });
    expect((await post(server)).status).toBe(504);
    await clock.advance(24_000);
    expect(count()).toBe(0);
    await clock.advance(1_000);
    await expect.poll(count).toBe(1);
  });

  it("repeats the answer before for a stale read", async () => {
    const { server, addFault } = await startCounter();
    await using _ = server;
    async function read(): Promise<unknown> {
      return await (await fetch(`${server.url}/counters/a`)).json();
    }
    expect(await read()).toMatchObject({ count: 0 });
    await post(server);
    await addFault({ kind: "stale-read", times: 1 });
    expect(await read()).toMatchObject({ count: 0 });
    expect(await read()).toMatchObject({ count: 1 });
  });

  it("refuses a rule that it does not know and says why", async () => {
    const { server } = await startCounter();
    await using _ = server;
    const body = JSON.stringify({ kind: "explode" });
    const response = await fetch(`${server.url}/_sandbox/faults`, { method: "POST", body });
    expect(response.status).toBe(400);
  });
});

describe("control", () => {
  it("counts the calls by route and status, and forgets all on reset", async () => {
    const { server, count } = await startCounter();
    await using _ = server;
    await post(server);
    await fetch(`${server.url}/nowhere`);
    await fetch(`${server.url}/counters/a`, { method: "POST", body: "{" });
    expect(server.calls.summary()).toMatchObject({
      total: 3,
      maxPer60s: 3,
      byRoute: { "POST /counters/:name": 2, "GET /nowhere": 1 },
      byStatus: { "200": 1, "404": 1, "400": 1 },
    });
    expect(await (await fetch(`${server.url}/_sandbox/state`)).json()).toEqual({ count: 1 });
    await fetch(`${server.url}/_sandbox/reset`, { method: "POST" });
    expect(count()).toBe(0);
    expect(server.calls.summary().total).toBe(0);
  });

  it("moves the clock", async () => {
    const { server, clock } = await startCounter();
    await using _ = server;
    const before = clock.now().getTime();
    const body = JSON.stringify({ advanceMs: 1_000 });
    await fetch(`${server.url}/_sandbox/clock`, { method: "POST", body });
    expect(clock.now().getTime() - before).toBe(1_000);
  });
});

function bodiesOf(receiver: Receiver): string[] {
  return receiver.received.map(({ body }) => body);
}

function classify(result: AttemptResult): "delivered" | "retry" | "dropped" {
  if ("error" in result || result.status >= 500) {
    return "retry";
  }
  return result.status < 300 ? "delivered" : "dropped";
}

function createSender(target: string): {
  sender: WebhookSender;
  send: (lane: string, body: string, event?: string) => void;
  faults: ReturnType<typeof createFaults>;
  clock: ReturnType<typeof settableClock>;
} {
  const clock = settableClock();
  const faults = createFaults(createRandom(1));
  const sender = createWebhookSender({
    clock,
    faults,
    backOffMs: [1_000],
    giveUpAfterMs: 10_000,
    answerWithinMs: 200,
    classify,
  });
  function send(lane: string, body: string, event = "thing.changed"): void {
    sender.send({ lane, event, build: () => ({ url: target, headers: {}, body }) });
  }
  return { sender, send, faults, clock };
}

describe("webhooks", () => {
  it("holds a lane behind a retrying delivery and lets other lanes pass", async () => {
    await using receiver = await startReceiver();
    const { sender, send, clock } = createSender(receiver.url);
    let down = true;
    receiver.answer = ({ body }) => (down && body === "a1" ? 503 : 202);
    send("a", "a1");
    send("a", "a2");
    send("b", "b1");
    await expect.poll(() => bodiesOf(receiver).toSorted()).toEqual(["a1", "b1"]);
    down = false;
    await expect.poll(() => sender.attempts().length).toBe(2);
    await clock.advance(1_000);
    await expect.poll(() => sender.pending()).toBe(0);
    expect(bodiesOf(receiver).filter((body) => body.startsWith("a"))).toEqual(["a1", "a1", "a2"]);
    sender.close();
  });

  it("retries a silent receiver and drops the delivery when its time is over", async () => {
    await using receiver = await startReceiver();
    const { sender, send, clock } = createSender(receiver.url);
    receiver.answer = () => undefined;
    send("a", "a1");
    await expect.poll(() => sender.attempts().map(({ verdict }) => verdict)).toEqual(["retry"]);
    expect(sender.attempts()[0]?.result).toEqual({ error: "timeout" });
    await clock.advance(11_000);
    await expect.poll(() => sender.attempts().at(-1)?.verdict).toBe("dropped");
    expect(sender.pending()).toBe(0);
    sender.close();
  });

  it("drops, doubles and reorders on demand", async () => {
    await using receiver = await startReceiver();
    const { sender, send, faults, clock } = createSender(receiver.url);
    faults.add({ kind: "drop-webhook", match: { event: "^thing.lost$" } });
    faults.add({ kind: "duplicate-webhook", match: { event: "^thing.twice$" } });
    faults.add({ kind: "reorder-webhooks", match: { event: "^thing.held$" }, delayMs: 500 });
    send("a", "held", "thing.held");
    send("a", "lost", "thing.lost");
    send("a", "twice", "thing.twice");
    await expect.poll(() => bodiesOf(receiver)).toEqual(["twice", "twice"]);
    await clock.advance(500);
    await expect.poll(() => bodiesOf(receiver)).toEqual(["twice", "twice", "held"]);
    sender.close();
  });
});
