/** What an operator may choose: when a page is made, and for which priorities. */

import { describe, expect, it } from "vitest";
import { openAnyWorld } from "../support/engines.ts";
import {
  minutesBefore,
  expectCompleteTimeline,
  untilSays,
  untilWhole,
} from "../support/incidents.ts";
import { waitFor } from "../support/wait.ts";

describe("an operator's choice", () => {
  it("CREATE_ON=resolved makes the page only then, and it is complete at once", async () => {
    await using world = await openAnyWorld({ env: { CREATE_ON: "resolved" } });
    await world.start();
    const { pagerduty } = world;
    const ago = minutesBefore(Date.now());
    const incident = world.trigger({ title: "Written up later", priority: "P1", at: ago(30) });
    pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor", at: ago(28) });
    await waitFor("the webhooks", () => pagerduty.pendingWebhooks() === 0);
    await world.untilResyncs(2);
    expect(world.pagesOf(incident)).toEqual([]);

    pagerduty.act({ do: "resolve", incident, by: "Ada Okafor", at: ago(3) });
    const page = await untilWhole(world, incident);
    expect(page.properties).toMatchObject({
      Status: "Draft",
      "Duration min": 27,
      "Time to acknowledge min": 2,
      Lead: ["Ada Okafor"],
    });
    expectCompleteTimeline(world, incident, page);
  });

  it("PRIORITIES names those that get a page, in any case", async () => {
    await using world = await openAnyWorld({ env: { PRIORITIES: "p3, P5" } });
    await world.start();
    const { pagerduty } = world;
    const left = world.trigger({ title: "Not on the list", priority: "P1" });
    const listed = world.trigger({ title: "On the list", priority: "P3" });
    const page = await untilWhole(world, listed);
    expect(page.properties["Severity"]).toBe("P3");
    await world.untilResyncs(2);
    expect(world.pagesOf(left)).toEqual([]);
    pagerduty.act({ do: "setPriority", incident: left, priority: "P5" });
    await untilWhole(world, left);
    await untilSays(world, left, "Priority changed from P1 to P5");
  });
});
