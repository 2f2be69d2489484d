/** Both sides changed between two runs: one value stands on both, the other is kept where it lost, and nothing is overwritten twice. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAnyWorld, type EngineWorld } from "../support/engines.ts";
import { commentsOn } from "../support/item-notion.ts";
import {
  addRow,
  complete,
  editRow,
  openPostMortem,
  rowOf,
  syncOfRow,
  untilIssue,
  untilRow,
} from "../support/items.ts";

interface Conflict {
  readonly field: string;
  readonly inNotion: { readonly property: string; readonly value: string | string[] };
  readonly inJira: (here: EngineWorld, issue: string) => void;
  readonly winner: "Notion" | "Jira";
  /** What stands on both sides afterwards: the property, and a part of the issue. */
  readonly stands: { readonly row: unknown; readonly issue: object };
  /** What the one comment on the losing side has in it. */
  readonly lost: string;
}

const title = {
  field: "Name",
  inNotion: { property: "Name", value: "Named in Notion" },
  inJira: (here, issue) => here.jira.act({ do: "edit", issue, summary: "Named in Jira" }),
} as const satisfies Partial<Conflict>;
const due = {
  field: "Due",
  inNotion: { property: "Due", value: "2026-12-10" },
  inJira: (here, issue) => here.jira.act({ do: "edit", issue, duedate: "2026-12-20" }),
} as const satisfies Partial<Conflict>;
const priority = {
  field: "Priority",
  inNotion: { property: "Priority", value: "High" },
  inJira: (here, issue) => here.jira.act({ do: "edit", issue, priority: "Low" }),
} as const satisfies Partial<Conflict>;
const status = {
  field: "Status",
  inNotion: { property: "Status", value: "Done" },
  inJira: (here, issue) => here.jira.act({ do: "transition", issue, to: "In Progress" }),
} as const satisfies Partial<Conflict>;
const owner = {
  field: "Owner",
  inNotion: { property: "Owner", value: ["Ben Lindqvist", "Esra Yilmaz"] },
  inJira: (here, issue) => here.jira.act({ do: "assign", issue, to: "Chloe Tanaka" }),
} as const satisfies Partial<Conflict>;

/** The field table of the defaults. */
const byDefault: readonly Conflict[] = [
  {
    ...title,
    winner: "Notion",
    stands: { row: "Named in Notion", issue: { summary: "Named in Notion" } },
    lost: "Named in Jira",
  },
  {
    ...due,
    winner: "Notion",
    stands: { row: "2026-12-10", issue: { duedate: "2026-12-10" } },
    lost: "2026-12-20",
  },
  {
    ...priority,
    winner: "Notion",
    stands: { row: "High", issue: { priority: "High" } },
    lost: "Low",
  },
  {
    ...status,
    winner: "Jira",
    stands: { row: "In progress", issue: { status: { name: "In Progress" } } },
    lost: "Done",
  },
  {
    ...owner,
    winner: "Jira",
    stands: {
      row: ["Chloe Tanaka", "Esra Yilmaz"],
      issue: { assignee: { name: "Chloe Tanaka" } },
    },
    lost: "ben.lindqvist@acme.example",
  },
];

/** All of them the other way round. */
const turned: readonly Conflict[] = [
  {
    ...title,
    winner: "Jira",
    stands: { row: "Named in Jira", issue: { summary: "Named in Jira" } },
    lost: "Named in Notion",
  },
  {
    ...due,
    winner: "Jira",
    stands: { row: "2026-12-20", issue: { duedate: "2026-12-20" } },
    lost: "2026-12-10",
  },
  {
    ...priority,
    winner: "Jira",
    stands: { row: "Low", issue: { priority: "Low" } },
    lost: "High",
  },
  {
    ...status,
    winner: "Notion",
    stands: { row: "Done", issue: { status: { name: "Done" }, resolution: "Done" } },
    lost: "In Progress",
  },
  {
    ...owner,
    winner: "Notion",
    stands: {
      row: ["Ben Lindqvist", "Esra Yilmaz"],
      issue: { assignee: { name: "Ben Lindqvist" } },
    },
    lost: "Chloe Tanaka",
  },
];

const turnedYaml = `jira:
  hops: 3
  winners: { title: jira, due: jira, priority: jira, status: notion, owner: notion }
`;

describe.each([
  ["by the defaults", byDefault, ""],
  ["by a route's own winners", turned, turnedYaml],
])("a field that both sides changed while Debrief was away, %s", (_how, conflicts, yaml) => {
  let world: EngineWorld;
  const pairs = new Map<string, { readonly row: string; readonly key: string }>();

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {}, yaml });
    await world.start();
    const { page } = await openPostMortem(world);
    for (const { field } of conflicts) {
      const row = addRow(world, page, `About ${field}`, { ...complete, Priority: "Medium" });
      pairs.set(field, { row, key: (await untilIssue(world, row)).key });
    }
    await world.untilResyncs(1);
    await world.stopAll("SIGTERM");
    for (const { field, inNotion, inJira } of conflicts) {
      const { row, key } = pairOf(field);
      editRow(world, row, inNotion.property, inNotion.value);
      inJira(world, key);
    }
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  function pairOf(field: string): { readonly row: string; readonly key: string } {
    return pairs.get(field) ?? { row: "", key: "" };
  }

  it.each(conflicts)("is $winner's for $field, and the other value is kept once", async (one) => {
    const { field, inNotion, stands, winner, lost } = one;
    const { row, key } = pairOf(field);
    const said = await untilRow(
      world,
      row,
      "both sides agreed",
      (now) =>
        syncOfRow(now).includes(`Both sides changed ${field}: kept ${winner}'s value`) &&
        JSON.stringify(now.properties[inNotion.property]) === JSON.stringify(stands.row),
    );
    expect(syncOfRow(said)).toContain("the other value is in a comment");
    await untilIssue(world, row, "the value that stands", (issue) => {
      expect(issue).toMatchObject(stands.issue);
      return true;
    });
    const inJira = world.jira.issue(key)?.comments.map(({ text }) => text) ?? [];
    const onRow = await commentsOn(world, row);
    expect(winner === "Notion" ? onRow : inJira).toEqual([]);
    expect(winner === "Notion" ? inJira : onRow).toEqual([expect.stringContaining(lost)]);
  });

  it("stays so in further resyncs, which write nothing", async () => {
    const before = snapshot();
    await world.untilResyncs(3);
    expect(snapshot()).toEqual(before);
    for (const { row, key } of pairs.values()) {
      const comments = [
        ...(await commentsOn(world, row)),
        ...(world.jira.issue(key)?.comments ?? []),
      ];
      expect(comments).toHaveLength(1);
    }
  });

  function snapshot(): unknown {
    return [...pairs.values()].map(({ row, key }) => ({
      row: rowOf(world, row).editedAt,
      issue: world.jira.issue(key)?.updatedAt,
    }));
  }
});

describe("what Debrief does not take away", () => {
  let world: EngineWorld;
  let page = "";

  beforeAll(async () => {
    world = await openAnyWorld({ jira: {} });
    await world.start();
    ({ page } = await openPostMortem(world));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("is a description that was edited in Jira: a new Outcome arrives as a comment", async () => {
    const row = addRow(world, page, "Page earlier", { ...complete, Outcome: "First outcome." });
    const { key } = await untilIssue(world, row);
    editRow(world, row, "Outcome", "Second outcome.");
    await untilIssue(world, row, "the second outcome", ({ description }) =>
      description.includes("Second outcome."),
    );
    const description = "Written by a person in Jira.";
    world.jira.act({ do: "edit", issue: key, description });
    await world.untilResyncs(2);
    expect(world.jira.issue(key)?.description).toBe(description);
    expect(rowOf(world, row).properties["Outcome"]).toBe("Second outcome.");
    for (const [number, outcome] of ["Third outcome.", "Fourth outcome."].entries()) {
      editRow(world, row, "Outcome", outcome);
      await untilIssue(world, row, outcome, ({ comments }) => comments.length === number + 1);
    }
    await world.untilResyncs(2);
    const issue = world.jira.issue(key);
    expect(issue?.description).toBe(description);
    expect(issue?.comments.map(({ text }) => text)).toEqual([
      expect.stringContaining("Third outcome."),
      expect.stringContaining("Fourth outcome."),
    ]);
    expect(rowOf(world, row).properties["Outcome"]).toBe("Fourth outcome.");
  });

  it("is a description that was edited while Debrief was away, as was Outcome", async () => {
    const row = addRow(world, page, "Page later", { ...complete, Outcome: "First outcome." });
    const { key } = await untilIssue(world, row);
    await world.untilResyncs(2);
    await world.stopAll("SIGTERM");
    const description = "Written by a person in Jira.";
    world.jira.act({ do: "edit", issue: key, description });
    editRow(world, row, "Outcome", "Second outcome.");
    await world.start();
    await untilIssue(world, row, "the second outcome", ({ comments }) => comments.length === 1);
    await world.untilResyncs(2);
    const issue = world.jira.issue(key);
    expect(issue?.description).toBe(description);
    expect(issue?.comments).toMatchObject([
      { text: expect.stringContaining("Second outcome.") as unknown },
    ]);
    expect(rowOf(world, row).properties["Outcome"]).toBe("Second outcome.");
  });

  it("is a value that nobody may keep in a comment: then Sync holds it", async () => {
    const row = addRow(world, page, "No comments here");
    const { key } = await untilIssue(world, row);
    world.notion.configure({ comments: false });
    await world.stopAll("SIGTERM");
    editRow(world, row, "Status", "Done");
    world.jira.act({ do: "transition", issue: key, to: "In Progress" });
    await world.start();
    const said = await untilRow(world, row, "the lost value", (one) =>
      syncOfRow(one).includes("Both sides changed Status: kept Jira's value"),
    );
    expect(syncOfRow(said)).toContain("the other value was “Done”");
    expect(said.properties["Status"]).toBe("In progress");
    world.notion.configure({ comments: true });
  });
});
