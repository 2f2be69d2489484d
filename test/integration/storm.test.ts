/** Webhooks that come a hundred times in any order make one page, on both engines. */

import { describe, expect, it } from "vitest";
import { startReceiver, type ReceivedWebhook } from "../../sandbox/core/receiver.ts";
import { engines, openWorldOn } from "../support/engines.ts";
import { expectCompleteTimeline, ownNotes, untilSays, untilWhole } from "../support/incidents.ts";
import { viewsOf } from "../support/pages.ts";
import { waitFor } from "../support/wait.ts";
import type { World } from "../support/world.ts";

const copies = 100;
const socketsMax = 50;

describe.each(engines)("a storm of webhooks on the %s engine", (engine) => {
  it("of one incident, each a hundred times and shuffled, makes one page and tells it once", async ({
    skip,
  }) => {
    const seed = Date.now() % 2 ** 31;
    await using receiver = await startReceiver();
    await using world =
      (await openWorldOn(engine, {
        webhookTarget: receiver.url,
        timing: { resync_every_s: 300, recheck_s: 300, refresh_after_s: [300] },
      })) ?? skip("no Redis");
    await world.start();
    const incident = await play(world, receiver.received);
    const recorded = [...receiver.received];
    expect(recorded.length).toBeGreaterThan(10);
    expect(world.pagesOf(incident)).toEqual([]);

    const storm = shuffled(
      recorded.flatMap((webhook) => Array.from({ length: copies }, () => webhook)),
      seed,
    );
    const answers = await sendAll(world.url, storm);
    try {
      expect(answers.filter((status) => status !== 202)).toEqual([]);
      const page = await world.untilPage(
        incident,
        "a draft",
        ({ properties }) => properties["Status"] === "Draft",
      );
      await untilWhole(world, incident);
      expectCompleteTimeline(world, incident, await untilSays(world, incident, "Resolved"));
      await untilIdle(world);
      expect(world.pagesOf(incident)).toHaveLength(1);
      expect(world.pagesOf(incident).flatMap((each) => viewsOf(each))).toHaveLength(1);
      expect(ownNotes(world, incident)).toHaveLength(1);
      expect(page.properties).toMatchObject({ Name: "A new title", Severity: "P1" });
      expectCompleteTimeline(world, incident, world.pagesOf(incident)[0] ?? page);
    } catch (error) {
      throw new Error(`with seed ${String(seed)}`, { cause: error });
    }
  });
});

/** Plays an incident; the program hears nothing of it yet. */
async function play(world: World, received: readonly ReceivedWebhook[]): Promise<string> {
  const { pagerduty } = world;
  const incident = world.trigger({ title: "Storm" });
  pagerduty.act({ do: "setPriority", incident, priority: "P3" });
  pagerduty.act({ do: "setPriority", incident, priority: "P1" });
  pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor" });
  pagerduty.act({ do: "note", incident, content: "First" });
  pagerduty.act({ do: "escalate", incident, by: "Ada Okafor" });
  pagerduty.act({ do: "statusUpdate", incident, message: "We are on it" });
  pagerduty.act({ do: "requestResponder", incident, responder: "Esra Yilmaz" });
  pagerduty.act({ do: "reply", incident, by: "Esra Yilmaz" });
  pagerduty.act({ do: "changeTitle", incident, title: "A new title" });
  pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
  pagerduty.act({ do: "reopen", incident, by: "Ada Okafor" });
  pagerduty.act({ do: "note", incident, content: "Second" });
  pagerduty.act({ do: "resolve", incident, by: "Ben Lindqvist" });
  await waitFor("all webhooks", () => received.length > 0 && pagerduty.pendingWebhooks() === 0);
  return incident;
}

/** Until no call was made for a while of polls: nothing is queued any more. */
async function untilIdle(world: World): Promise<void> {
  let last = -1;
  let same = 0;
  await waitFor("the service to be idle", () => {
    const { total } = world.notion.calls();
    const all = total + world.pagerduty.calls().total;
    same = all === last ? same + 1 : 0;
    last = all;
    return same >= 30;
  });
}

async function sendAll(url: string, webhooks: readonly ReceivedWebhook[]): Promise<number[]> {
  const waiting = [...webhooks];
  const answers: number[] = [];
  async function send(): Promise<void> {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const response = await fetch(`${url}/webhooks/pagerduty`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-webhook-subscription": String(next.headers["x-webhook-subscription"]),
          "x-pagerduty-signature": String(next.headers["x-pagerduty-signature"]),
        },
        body: next.body,
      });
      await response.arrayBuffer();
      answers.push(response.status);
    }
  }
  await Promise.all(Array.from({ length: socketsMax }, send));
  return answers;
}

/** Fisher and Yates over a small generator (mulberry32). */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const mixed = [...items];
  let state = seed;
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    const to = ((word ^ (word >>> 14)) >>> 0) % (at + 1);
    const [one, other] = [mixed[at], mixed[to]];
    if (one !== undefined && other !== undefined) {
      mixed[at] = other;
      mixed[to] = one;
    }
  }
  return mixed;
}
