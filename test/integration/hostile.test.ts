/** Alert text is data: whatever stands in titles, alerts and notes arrives as plain text, never as structure. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyWorld } from "../support/engines.ts";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { untilWhole, urlOf } from "../support/incidents.ts";
import { allBlocks, allText, rowsOf } from "../support/pages.ts";
import type { World } from "../support/world.ts";

const cases: readonly { readonly name: string; readonly text: string; readonly shown?: string }[] =
  [
    {
      name: "Markdown",
      text: "# Title **bold** _it_ `code` [x](https://evil.example) - [ ] to do",
    },
    {
      name: "Markdown over lines",
      text: "one\n\n# two\n\n- three\n\n| a | b |\n|---|---|\n",
      shown: "one # two - three | a | b | |---|---|",
    },
    {
      name: "Liquid",
      text: "{{ incident.title }} {% for x in (1..9) %}{{ x }}{% endfor %} {% raw %}",
    },
    {
      name: "HTML",
      text: "<script>alert(1)</script> <img src=x onerror=y> <!-- timeline --> &lt;",
    },
    { name: "mentions", text: "@everyone <!channel> @Ada Okafor <@U123> [[Page]] /todo" },
    { name: "a bare link", text: "see https://evil.example/?a=b and javascript:alert(1)" },
    { name: "marks of direction", text: "a\u202Eevil\u202C b\u2066c\u2069", shown: "aevil bc" },
    {
      name: "NUL and other controls",
      text: "nul\u0000 bell\u0007 esc\u001B[31m",
      shown: "nul bell esc[31m",
    },
    { name: "lone surrogates", text: "half \uD83D of a pair", shown: "half" },
    { name: "emoji", text: "👩‍👩‍👧‍👦 🧑🏽‍🚒 🇪🇺 is down" },
    { name: "pipes and separators", text: "a | b || c \\| d | | e" },
    {
      name: "placeholders",
      text: "$& $1 %s ${x} __proto__ constructor \u0001debrief:1\u0001",
      shown: "$& $1 %s ${x} __proto__ constructor",
    },
  ];

describe("hostile text", () => {
  let world: World;
  let plain: PageView;

  beforeAll(async () => {
    world = await openAnyWorld();
    await world.start();
    plain = await untilWhole(world, played("Checkout is down"));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function played(text: string): string {
    const source = text.slice(0, 200);
    const incident = world.trigger({
      title: text.slice(0, 1_000),
      alert: { summary: text.slice(0, 1_000), source, severity: "critical" },
    });
    const { pagerduty } = world;
    pagerduty.act({ do: "note", incident, content: text });
    pagerduty.act({ do: "statusUpdate", incident, message: text });
    pagerduty.act({ do: "setPriority", incident, priority: "P1" });
    return incident;
  }

  it.each(cases)("shows $name as the text that it is", async ({ text, shown = text }) => {
    const incident = played(text);
    const page = await untilWhole(world, incident);
    expect(shapeOf(page)).toEqual(shapeOf(plain));
    expect(page.title).toContain(shown);
    const told = rowsOf(page).map(({ event }) => event);
    expect(told).toContainEqual(expect.stringMatching(startsAndContains("Note: ", shown)));
    expect(told).toContainEqual(expect.stringMatching(startsAndContains("Status update: ", shown)));
    expectPlain(page, incident);
    expect(JSON.stringify(page)).not.toContain("\\u0000");
    expect(JSON.stringify(page).isWellFormed()).toBe(true);
  });

  it("cuts 5,000 characters where Notion's limits need it, and says so", async () => {
    const text = `${"0123456789".repeat(500)} the end`;
    const incident = played(text);
    const page = await untilWhole(world, incident);
    expect(shapeOf(page)).toEqual(shapeOf(plain));
    const note = rowsOf(page).find(({ event }) => event.startsWith("Note: 0123"));
    expect(note?.event.length).toBeGreaterThan(1_500);
    expect(note?.event).toMatch(/… \(cut, \d+ more characters\)$/u);
    expectPlain(page, incident);
  });
});

/** The types of all blocks in order: what is structure and what is not. */
function shapeOf(page: PageView): string[] {
  return allBlocks(page.blocks).map(({ type }) => type);
}

/** Only text, and links to nothing but the incident. */
function expectPlain(page: PageView, incident: string): void {
  const items = allText(page);
  expect(items.filter(({ type }) => type !== "text")).toEqual([]);
  const links = items.flatMap(({ href }) => href ?? []);
  expect(links.filter((href) => href.split("#")[0] !== urlOf(incident))).toEqual([]);
  expect(links.length).toBeGreaterThan(3);
}

function startsAndContains(start: string, part: string): RegExp {
  return new RegExp(`^${start}.*${RegExp.escape(part)}`, "u");
}
