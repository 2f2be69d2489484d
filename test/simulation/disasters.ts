/** What goes wrong in a simulated world, picked by the seed: faults of the vendors, lost and doubled webhooks, crashes, a wiped store. */

import type { Random } from "../../sandbox/core/random.ts";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import type { World } from "./world.ts";

const secondMs = 1_000;

/** Something strikes, or nothing; faults of the vendors pass by themselves after a while. */
export function strike(world: World, random: Random): void {
  const dice = random.next();
  if (dice < 0.3) {
    strikeVendor(world, random);
  } else if (dice < 0.35) {
    lag(world, random);
  } else if (dice < 0.5) {
    strikeCreates(world, random);
  } else if (dice < 0.7) {
    const places = 1 + random.integer(120);
    const restartAfterMs = (1 + random.integer(60)) * secondMs;
    world.tell(`the service will die within ${String(places)} places`);
    world.crashSoon(places, restartAfterMs);
  } else if (dice < 0.78) {
    refuseConnections(world, random);
  } else if (dice < 0.82) {
    world.wipeStore();
  } else {
    world.tell("webhooks go astray");
    strikeWebhooks(world, random);
  }
}

function vendorOf(world: World, random: Random): World["notion" | "jira" | "pagerduty"] {
  return random.pick([world.notion, world.notion, world.jira, world.jira, world.pagerduty]);
}

function forAWhile(random: Random, end: () => void): void {
  setTimeout(end, (1 + random.integer(120)) * secondMs);
}

function strikeVendor(world: World, random: Random): void {
  const { faults, url } = vendorOf(world, random);
  const rule = faultOf(random);
  world.tell(`fault at ${url}: ${JSON.stringify(rule)}`);
  const id = faults.add(rule);
  forAWhile(random, () => faults.remove(id));
}

/**
 * Lists and searches trail behind, by less than the graces allow for: what a vendor shows later than that, nobody
 * could wait for. What is read by its id is current at Notion and Jira.
 */
function lag(world: World, random: Random): void {
  world.tell("lists and searches lag");
  world.notion.configure({ queryLagMs: random.integer(25) * secondMs });
  world.jira.configure({
    searchLagMs: random.integer(90) * secondMs,
    searchMissProbability: random.next() * 0.3,
  });
  const match = { path: "^/incidents" };
  const id = world.pagerduty.faults.add({ kind: "stale-read", match, probability: 0.3 });
  forAWhile(random, () => world.pagerduty.faults.remove(id));
}

/** What a create made is not known to who asked for it: the worst that can happen to a promise of one. */
function strikeCreates(world: World, random: Random): void {
  const [vendor, path] = random.pick([
    [world.jira, "/issue$"],
    [world.jira, "/issue$"],
    [world.notion, "/v1/pages$"],
    [world.notion, "/children$"],
    [world.pagerduty, "/notes$"],
    [world.jira, "/comment$"],
  ] as const);
  const match = { path };
  const probability = 0.4 + random.next() * 0.6;
  const rule = random.pick<FaultRule>([
    { kind: "lost-answer", match, probability },
    { kind: "lost-answer", match, status: 502, probability },
    { kind: "late-commit", match, delayMs: random.integer(40) * secondMs, probability },
    { kind: "truncated-body", match, probability },
    { kind: "hang", match, probability },
  ]);
  world.tell(`creates at ${vendor.url} are uncertain: ${JSON.stringify(rule)}`);
  const id = vendor.faults.add(rule);
  forAWhile(random, () => vendor.faults.remove(id));
}

const writes = ["POST", "PATCH", "PUT"] as const;

function faultOf(random: Random): FaultRule {
  const isWrite = random.chance(0.6);
  const method = isWrite ? random.pick(writes) : "GET";
  // Queries are sent by POST.
  const match = random.chance(0.2) ? {} : { method };
  const many = random.chance(0.3)
    ? { probability: 0.3 + random.next() * 0.7 }
    : { times: 1 + random.integer(3) };
  const status = random.pick([500, 502, 503, 504, 429]);
  const body = { message: "simulated" };
  return random.pick<FaultRule>([
    { kind: "status", match, status, body, ...many },
    {
      kind: "status",
      match,
      status: 429,
      headers: { "retry-after": String(random.integer(60)) },
      body,
      ...many,
    },
    { kind: "lost-answer", match, ...many },
    { kind: "lost-answer", match, status: random.pick([502, 504]), ...many },
    { kind: "late-commit", match, delayMs: random.integer(40) * secondMs, ...many },
    { kind: "truncated-body", match, ...many },
    { kind: "reset", match, ...many },
    { kind: "hang", match, ...many },
    { kind: "latency", match, delayMs: random.integer(20) * secondMs, ...many },
  ]);
}

function refuseConnections(world: World, random: Random): void {
  const { url } = vendorOf(world, random);
  world.tell(`nobody listens at ${url}`);
  world.network.refused.add(url);
  forAWhile(random, () => world.network.refused.delete(url));
}

function strikeWebhooks(world: World, random: Random): void {
  const { faults } = vendorOf(world, random);
  const probability = 0.3 + random.next() * 0.7;
  const id = faults.add(
    random.pick<FaultRule>([
      { kind: "drop-webhook", probability },
      { kind: "duplicate-webhook", copies: 1 + random.integer(3), probability },
      { kind: "reorder-webhooks", delayMs: random.integer(90) * secondMs, probability },
    ]),
  );
  forAWhile(random, () => faults.remove(id));
}
