/** Action items in numbers, and with titles that look like anything but text. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStill, openEdges } from "../support/edges.ts";
import type { EngineWorld } from "../support/engines.ts";
import {
  addRow,
  issuesOf,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

/** Enough for several pages of every listing (100 rows, 100 issues), few enough for a laptop. */
const manyRows = 120;
const manyWithinMs = 60_000;

/** By what they look like: the title, and how it reads in Jira where that differs. */
const titles: Readonly<Record<string, readonly [string, string?]>> = {
  "Markdown and mentions": ["# **Fix** [it](https://evil.example) @Ada `rm -rf` | a | b |"],
  "wiki markup": ["h1. {code}drop{code} [~accountid:123] !image.png! {{mono}}"],
  HTML: ["<script>alert(1)</script> &amp; <b>bold</b>"],
  "Slack's markup": ["<!channel> <@U123> <https://evil.example|click>"],
  JSON: ['{"type":"doc","version":1,"content":[{"type":"text","text":"x"}]}'],
  Liquid: ["{{ incident.title }} {% raw %}"],
  emoji: ["🔥 Fix 👩‍👩‍👧‍👦 the 🇺🇦 pool 🧑🏽‍💻"],
  "several lines": ["First line\nsecond\r\nthird\ttab", "First line second third tab"],
  "controls of direction": [
    "Fix \u202Egnp.exe\u202C \u2067now\u2069 \u200Fhere",
    "Fix gnp.exe now here",
  ],
  "right-to-left text": ["תקן את מאגר החיבורים"],
  "300 characters": ["long ".repeat(60).trim(), `${"long ".repeat(51).slice(0, 254)}…`],
  "300 emoji": ["🔥".repeat(300), `${"🔥".repeat(127)}…`],
  "spaces around and inside": ["  Fix   the pool  ", "Fix the pool"],
};

describe("titles", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openEdges();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("are plain text on both sides, whatever they look like, and do not bounce", async () => {
    const rows = Object.entries(titles).map(([what, [title, inJira = title]]) => {
      const row = addRow(world, page, title);
      return { what, row, title, inJira };
    });
    for (const { row } of rows) {
      await untilIssue(world, row);
    }
    await expectStill(world);
    const seen = rows.map(({ what, row }) => {
      const { title, properties } = rowOf(world, row);
      const [issue] = issuesOf(world, row);
      return { what, title, summary: issue?.summary, sync: properties["Sync"] };
    });
    const sync: unknown = expect.stringMatching(/^Up to date\./u);
    expect(seen).toEqual(
      rows.map(({ what, title, inJira }) => ({ what, title, summary: inJira, sync })),
    );
  });

  it("may be edited in Jira to look like markup", async () => {
    const row = addRow(world, page, "Plain");
    const { key } = await untilIssue(world, row);
    const summary = "*Fix* <b>it</b> [now|https://evil.example] @here \u{1F525}";
    world.jira.act({ do: "edit", issue: key, summary });
    await untilRow(world, row, "Jira's title", ({ title }) => title === summary);
    await expectStill(world);
    expect(world.jira.issue(key)?.summary).toBe(summary);
  });
});

describe(`${String(manyRows)} action items of one incident`, () => {
  it("become as many issues, each once, and are counted", { timeout: 120_000 }, async () => {
    await using world = await openEdges({ timing: { item_recheck_s: 10, resync_every_s: 2 } });
    const { page } = await openPostMortem(world);
    const rows = Array.from({ length: manyRows }, (_, index) =>
      addRow(world, page, `Action ${String(index + 1)}`),
    );
    await waitFor(
      "an issue of each row",
      () => world.jira.issues().length >= manyRows,
      manyWithinMs,
    );
    await waitFor(
      "every row to be up to date",
      () => rows.every((row) => syncOfRow(rowOf(world, row)).startsWith("Up to date.")),
      manyWithinMs,
    );
    const counted = `Action items: ${String(manyRows)} open`;
    await untilRow(world, page, "the count", (one) => syncOfRow(one).includes(counted));
    await expectStill(world);
    const issues = world.jira.issues();
    expect(issues).toHaveLength(manyRows);
    expect(new Set(issues.map(({ summary }) => summary)).size).toBe(manyRows);
    const named = new Set(rows.map((row) => String(rowOf(world, row).properties["Jira"])));
    expect(named).toEqual(
      new Set(issues.map(({ key }) => `${world.jira.ids.siteUrl}/browse/${key}`)),
    );
  });
});
