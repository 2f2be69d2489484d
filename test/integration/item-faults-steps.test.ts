/** Answers that get lost after the issue stands: edits, transitions, properties, links, comments, the row. Nothing twice. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../sandbox/core/faults.ts";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { commentsOfRow, expectAgreement, expectSettled } from "../support/item-agreement.ts";
import { untilQuiet, watchCalls } from "../support/item-calls.ts";
import {
  addRow,
  complete,
  editRow,
  issuesOf,
  openPostMortem,
  rowOf,
  untilIssue,
  untilRow,
} from "../support/items.ts";
import { waitFor } from "../support/wait.ts";

type Match = NonNullable<Extract<FaultRule, { kind: "reset" }>["match"]>;

/** Ways to lose the answer of a request that is carried out all the same, or perhaps not. */
const losses: Readonly<Record<string, (match: Match) => FaultRule>> = {
  cut: (match) => ({ kind: "lost-answer", match, times: 1 }),
  "502": (match) => ({ kind: "lost-answer", match, status: 502, times: 1 }),
  "503": (match) => ({ kind: "lost-answer", match, status: 503, times: 1 }),
  half: (match) => ({ kind: "truncated-body", match, times: 1 }),
  late: (match) => ({ kind: "late-commit", match, delayMs: 300, status: 504, times: 1 }),
  silent: (match) => ({ kind: "hang", match, times: 1 }),
};

interface Struck {
  readonly at: "jira" | "notion";
  readonly match: Match;
  /** Acts while no run is on its way, which might have seen one side before and the other after it. */
  readonly quiet?: boolean;
}

describe("a lost answer", () => {
  let world: EngineWorld;
  let page = "";
  const all: string[] = [];

  beforeAll(async () => {
    const timing = { request_timeout_s: 0.8, gate_first_s: 0.4, resync_every_s: 2 };
    world = await openAnyWorld({ jira: {}, timing });
    await world.start();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** One row a loss; `act` brings about the write whose answer is lost. */
  async function loseEach(
    what: string,
    { at, match, quiet = false }: Struck,
    act: (row: string, key: string) => void,
  ): Promise<string[]> {
    const rows: string[] = [];
    for (const [name, loss] of Object.entries(losses)) {
      const row = addRow(world, page, `${what}, ${name}`, { ...complete, Priority: "High" });
      const { key } = await untilIssue(world, row, "links", (one) => one.remoteLinks.length === 2);
      if (quiet) {
        await untilQuiet(world, watchCalls(world));
      }
      world[at].faults.add(loss(match));
      act(row, key);
      await waitFor(
        `${what} to be struck by ${name}`,
        () => world[at].faults.list().length === 0,
        20_000,
      );
      rows.push(row);
    }
    await expectAgreement(world, rows);
    all.push(...rows);
    return rows;
  }

  it("of an edit of the issue leaves both sides equal", async () => {
    const match = { method: "PUT", path: "/issue/[^/]+$" };
    const rows = await loseEach("An edit", { at: "jira", match }, (row) => {
      editRow(world, row, "Due", "2026-12-24");
      editRow(world, row, "Owner", ["Ben Lindqvist"]);
    });
    for (const row of rows) {
      expect(issuesOf(world, row)[0]).toMatchObject({ duedate: "2026-12-24", comments: [] });
    }
  });

  it("of a transition moves the issue once", async () => {
    const match = { method: "POST", path: "/transitions$" };
    const rows = await loseEach("A transition", { at: "jira", match }, (row) => {
      editRow(world, row, "Status", "In progress");
    });
    for (const row of rows) {
      const moved = await untilIssue(
        world,
        row,
        "In Progress",
        ({ status }) => status.name === "In Progress",
      );
      expect(moved.status.category).toBe("indeterminate");
    }
  });

  it("of the property that keeps the base leaves it complete", async () => {
    const match = { method: "PUT", path: "/properties/" };
    const rows = await loseEach("A property", { at: "jira", match }, (row) => {
      editRow(world, row, "Name", `Renamed ${row}`);
    });
    for (const row of rows) {
      await untilIssue(world, row, "the base", ({ properties }) =>
        JSON.stringify(properties).includes(`"title":"Renamed ${row}"`),
      );
    }
    expect(rows.flatMap((row) => issuesOf(world, row)[0]?.comments)).toEqual([]);
  });

  it("of the row's own edit brings Jira's values over once", async () => {
    const match = { method: "PATCH", path: "^/v1/pages/" };
    const rows = await loseEach("A row", { at: "notion", match }, (_row, key) => {
      world.jira.act({ do: "edit", issue: key, summary: `${key} by Jira`, duedate: "2027-01-07" });
    });
    for (const row of rows) {
      expect(rowOf(world, row).title).toMatch(/by Jira$/u);
      expect(await commentsOfRow(world, row)).toEqual([]);
    }
  });

  it("of a remote link leaves each link once", async () => {
    const match = { method: "POST", path: "/remotelink$" };
    for (const loss of Object.values(losses)) {
      world.jira.faults.add(loss(match));
      const row = addRow(world, page, "Linked");
      await untilIssue(world, row, "links", (one) => one.remoteLinks.length === 2);
      expect(world.jira.faults.list()).toEqual([]);
      all.push(row);
    }
    await expectAgreement(world, all);
  });

  it("of a comment on the issue that keeps a lost value leaves one comment", async () => {
    const match = { method: "POST", path: "/comment$" };
    const rows = await loseEach("A comment", { at: "jira", match, quiet: true }, (row, key) => {
      world.jira.act({ do: "edit", issue: key, duedate: "2027-02-01" });
      editRow(world, row, "Due", "2027-03-01");
    });
    for (const row of rows) {
      const [issue] = issuesOf(world, row);
      expect(issue?.duedate, "Notion wins").toBe("2027-03-01");
      expect(issue?.comments.map(({ text }) => text)).toEqual([
        expect.stringContaining("2027-02-01"),
      ]);
    }
  });

  it("of a comment on the row that keeps a lost value leaves one comment", async () => {
    const match = { method: "POST", path: "^/v1/comments$" };
    const rows = await loseEach(
      "A row's comment",
      { at: "notion", match, quiet: true },
      (row, key) => {
        world.jira.act({ do: "assign", issue: key, to: "Ben Lindqvist" });
        editRow(world, row, "Owner", ["Chloe Tanaka"]);
      },
    );
    for (const row of rows) {
      await untilRow(world, row, "Jira's assignee", ({ properties }) =>
        JSON.stringify(properties["Owner"]).includes("Ben"),
      );
      expect(await commentsOfRow(world, row)).toEqual([expect.stringContaining("chloe.tanaka")]);
      expect(issuesOf(world, row)[0]?.comments).toEqual([]);
    }
  });

  it("leaves nothing to be written in the end", async () => {
    await expectSettled(world, all);
    expect(all.length).toBeGreaterThan(30);
  });
});
