/** Where requests go: to the configured hosts and nowhere else, whatever redirects, payloads and answers say. */

import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownNotes, untilWhole } from "../support/incidents.ts";
import { addRow, openPostMortem, untilIssue } from "../support/items.ts";
import { redisForTests, uniquePrefix, type TestRedis } from "../support/redis.ts";
import { eventBody, post, signatureOf } from "../support/signed.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

const vendors = ["pagerduty", "notion", "jira"] as const;
const watcher = join(import.meta.dirname, "../support/watch-connections.ts");

let trap: Server;
let trapUrl: string;
/** Everything that came to a host that nobody configured. */
const caught: string[] = [];
let redis: TestRedis | undefined;
let world: World;
let page: string;

beforeAll(async () => {
  trap = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    caught.push(`${method} ${url} ${JSON.stringify(headers)}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => {
    trap.listen(0, "127.0.0.1", resolve);
  });
  const address = trap.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  trapUrl = `http://127.0.0.1:${String(port)}`;
  const env = { NODE_OPTIONS: `--import ${watcher}`, ALLOW_UNSAFE_REDIS: "true" };
  redis = await redisForTests();
  const store = redis === undefined ? {} : { storeUrl: redis.url, redisPrefix: uniquePrefix() };
  world = await openWorld({ jira: {}, env, ...store });
  await world.start();
  ({ page } = await openPostMortem(world));
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await redis?.stop();
  trap.closeAllConnections();
  await new Promise<void>((resolve) => {
    trap.close(() => {
      resolve();
    });
  });
});

/** Ports that the service connected to. */
function portsReached(): Set<number> {
  return new Set(
    [...world.output().matchAll(/^connecting to \S+:(\d+)$/gm)].map(([, port]) => Number(port)),
  );
}

describe("a redirect", () => {
  const statuses = [301, 302, 303, 307, 308];

  it.each(vendors)("of %s is not followed, whichever it is", async (vendor) => {
    const { faults } = world[vendor];
    const headers = { location: `${trapUrl}/stolen` };
    for (const status of statuses) {
      faults.add({ kind: "status", match: {}, status, headers, body: {}, times: 1 });
    }
    world.trigger({ title: `Redirected by ${vendor}`, priority: "P1" });
    addRow(world, page, `Redirected by ${vendor}`);
    await waitFor("all redirects", () => faults.counts()["status"] === statuses.length, 30_000);
    expect(caught).toEqual([]);
  });
});

describe("addresses in what is read", () => {
  it("are never called: of alerts, webhooks, notes, rows and answers", async () => {
    const evil = `${trapUrl}/fetch-me`;
    const details = { runbook: evil, image: `<img src="${evil}">`, self: evil, href: evil };
    const incident = world.trigger({
      title: `See ${evil}`,
      alert: { summary: evil, source: evil, details },
    });
    world.pagerduty.act({ do: "note", incident, content: `![x](${evil})` });
    world.pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    const webhook = JSON.parse(eventBody(incident)) as { event: { data: object } };
    Object.assign(webhook.event.data, { self: evil, html_url: evil, next: evil });
    const body = JSON.stringify(webhook);
    const secret = world.pagerduty.subscriptions[0]?.secret ?? "";
    expect((await post(world.url, body, signatureOf(body, secret))).status).toBe(202);
    await untilWhole(world, incident);
    expect(ownNotes(world, incident)).toHaveLength(1);
    const row = addRow(world, page, `Fetch ${evil}`);
    await untilIssue(world, row, "an issue with its links", (one) => one.remoteLinks.length === 2);
    await world.untilResyncs(2);
    expect(caught).toEqual([]);
  });
});

describe("connections", () => {
  it("went to the three vendors and the store, and to no other host", () => {
    expect(world.output()).toContain("connections are watched");
    const urls = vendors.map((vendor) => world[vendor].url);
    const all = redis === undefined ? urls : [...urls, redis.url];
    const configured = all.map((url) => Number(new URL(url).port));
    expect([...portsReached()].toSorted((a, b) => a - b)).toEqual(
      configured.toSorted((a, b) => a - b),
    );
  });
});
