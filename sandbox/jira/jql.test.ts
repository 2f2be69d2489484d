/** The promises of the query language: what parses, what is refused, and what a query takes. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JqlError, parseJql } from "./jql.ts";
import { readJqlDate } from "./jql-dates.ts";
import type { Searchable } from "./jql-fields.ts";
import { matcherOf, type MatchContext } from "./jql-match.ts";

const now = new Date("2026-03-02T09:00:00.000Z");

const base: Searchable = {
  id: "10001",
  key: "OPS-1",
  projectId: "1",
  issueTypeId: "t1",
  statusId: "s1",
  statusCategory: "new",
  resolutionId: null,
  priorityId: "2",
  assigneeId: null,
  reporterId: "ada",
  labels: ["postmortem"],
  summary: "Alert on replica lag",
  dueDate: null,
  createdMs: now.getTime() - 3_600_000,
  updatedMs: now.getTime() - 600_000,
};

const issues: Searchable[] = [
  base,
  {
    ...base,
    id: "10002",
    key: "OPS-2",
    statusId: "s3",
    statusCategory: "done",
    resolutionId: "r1",
    priorityId: null,
    assigneeId: "ada",
    labels: ["postmortem", 'pm "q\\uote"'],
    updatedMs: now.getTime() - 3_600_000,
  },
  {
    ...base,
    id: "10010",
    key: "WEB-10",
    projectId: "2",
    labels: [],
    dueDate: "2026-04-01",
    createdMs: now.getTime(),
    updatedMs: now.getTime(),
  },
];

/** Names by what they stand for, without regard to case. */
function known(entries: Readonly<Record<string, string>>): (said: string) => readonly string[] {
  const byName = new Map(Object.entries(entries));
  return (said) => [byName.get(said.toLowerCase()) ?? []].flat();
}

const context: MatchContext = {
  now,
  timeZone: "America/New_York",
  currentUserId: "ada",
  names: {
    project: known({ ops: "1", web: "2" }),
    status: known({ "to do": "s1", done: "s3" }),
    statusCategory: known({ "to do": "new", done: "done" }),
    issueType: known({ task: "t1" }),
    resolution: known({ done: "r1" }),
    priority: known({ high: "2" }),
    user: known({ ada: "ada" }),
    issue: known({ "ops-1": "10001", "old-9": "10001", "10002": "10002" }),
  },
};

/** The keys that a query takes, in its order. */
function search(jql: string): string[] {
  const { matches, compare } = matcherOf(parseJql(jql), context);
  return issues
    .filter(matches)
    .toSorted(compare)
    .map(({ key }) => key);
}

describe("a query takes", () => {
  it.each([
    ["project = OPS", ["OPS-2", "OPS-1"]],
    ["project in (OPS, 'web') ORDER BY key", ["OPS-1", "OPS-2", "WEB-10"]],
    ["labels = postmortem AND NOT status = Done", ["OPS-1"]],
    ["NOT (labels = postmortem OR project = WEB)", []],
    [String.raw`labels = "pm \"q\\uote\""`, ["OPS-2"]],
    ["labels = POSTMORTEM order by id asc", ["OPS-1", "OPS-2"]],
    ["labels is EMPTY", ["WEB-10"]],
    ["labels != nothing order by key", ["OPS-1", "OPS-2"]],
    ["key = OLD-9", ["OPS-1"]],
    ["id = 10002 OR issuekey = ops-1 ORDER BY key DESC", ["OPS-2", "OPS-1"]],
    ["statusCategory != Done ORDER BY key", ["OPS-1", "WEB-10"]],
    ["assignee = currentUser()", ["OPS-2"]],
    ["assignee in (ada, EMPTY) and project = OPS order by key", ["OPS-1", "OPS-2"]],
    ["assignee != ada", []],
    ["resolution = Unresolved order by key", ["OPS-1", "WEB-10"]],
    ["resolution is not empty", ["OPS-2"]],
    ["priority is EMPTY || type = Task && project = WEB", ["WEB-10", "OPS-2"]],
    ['updated >= "-15m" ORDER BY updated', ["WEB-10", "OPS-1"]],
    ['updated >= "-15" ORDER BY updated ASC', ["OPS-1", "WEB-10"]],
    ['created < "-30m" and updated <= -1h', ["OPS-2"]],
    [`updated > ${now.getTime() - 1}`, ["WEB-10"]],
    ['updated >= "2026-03-02 03:50" AND updated < "2026/03/02 04:00"', ["OPS-1"]],
    ["duedate >= 2026-03-31", ["WEB-10"]],
    ['project = OPS AND summary ~ "replica lag" AND id > OPS-1', ["OPS-2"]],
    ["project = OPS ORDER BY priority DESC, key ASC", ["OPS-1", "OPS-2"]],
  ])("%s", (jql, keys) => {
    expect(search(jql)).toEqual(keys);
  });

  it.each([
    "project = NOPE",
    "project != NOPE",
    "project = OPS OR status = Nope",
    "assignee = nobody",
    "key = OPS-99",
    "madeUp = 1",
    "issue.property[debrief].id = x",
    "project = OPS ORDER BY madeUp",
  ])("nothing, without an error, when it names what is not there: %s", (jql) => {
    expect(search(jql)).toEqual([]);
  });
});

describe("a query is refused", () => {
  it.each([
    ["project", /Expecting operator but got the end of the query/u],
    ["project = ", /Expecting either a value/u],
    ["project OPS", /Expecting operator but got 'OPS'/u],
    ["(project = OPS", /Expecting '\)' but got the end of the query/u],
    ["(".repeat(10_000), /nested too deeply/u],
    ["project = OPS labels = x", /Expecting either 'OR' or 'AND' but got 'labels'/u],
    ["labels in (a b)", /Expecting ',' or '\)'/u],
    ["labels in ()", /Expecting either a value/u],
    ['labels = "open', /has not been completed/u],
    ["assignee = ada@acme.example", /The character '@' is a reserved JQL character.*u0040/u],
    [String.raw`labels = "\q"`, /illegal JQL escape sequence/u],
    ["project = select", /reserved JQL word/u],
    ["project = OPS ORDER key", /Expecting 'by'/u],
    ["labels >= a", /operator '>=' is not supported by the 'labels' field/u],
    ["labels is a", /only supports the values EMPTY/u],
    ['updated > "yesterday"', /Date value 'yesterday' for field 'updated' is invalid/u],
    ['updated > "2026-03-02T09:00:00.000+0100"', /is invalid/u],
    ['updated > "2026-02-30"', /is invalid/u],
    ["assignee = boss()", /Unable to find JQL function/u],
  ])("%s", (jql, message) => {
    expect(() => search(jql)).toThrow(message);
    expect(() => search(jql)).toThrow(JqlError);
  });

  it("with the line and the character of the fault", () => {
    expect(() => parseJql("project = OPS\nAND labels")).toThrow("(line 2, character 11)");
  });
});

function outcomeOf(jql: string): string {
  try {
    search(jql);
    return "query";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

describe("any text", () => {
  it("is a query or is refused as one, and nothing worse", () => {
    const words = ["project", "labels", "not", "and", "or", "in", "is", "empty", "order by", "-1d"];
    const signs = ["(", ")", "=", "!", "~", ",", "<=", '"', "'", "\\", "@", "\n", "OPS", "now()"];
    const part = fc.oneof(fc.constantFrom(...words, ...signs), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        expect(["query", "JqlError"]).toContain(outcomeOf(parts.join(" ")));
      }),
    );
  });
});

describe("a query without a restriction", () => {
  it.each(["", "  ", "ORDER BY created DESC"])("is told apart: '%s'", (jql) => {
    expect(parseJql(jql).where).toBeUndefined();
  });
});

describe("dates", () => {
  it.each([
    // New York puts its clocks forward on 2026-03-08 at 02:00.
    ["2026-03-07 12:00", "2026-03-07T17:00:00.000Z"],
    ["2026-03-08 12:00", "2026-03-08T16:00:00.000Z"],
    ["2026-03-08", "2026-03-08T05:00:00.000Z"],
    ["-1w 2d", "2026-02-21T09:00:00.000Z"],
    ["2h", "2026-03-02T11:00:00.000Z"],
  ])("are read in the user's zone: %s", (text, instant) => {
    const zone = { isQuoted: true, now, timeZone: "America/New_York" };
    expect(readJqlDate(text, zone)?.toISOString()).toBe(instant);
  });
});
