/** Which transition is taken, with what, and what people are told when none can be. */

import { describe, expect, it } from "vitest";
import type { JiraStatus, StatusCategory } from "./action-item.ts";
import {
  planTransition,
  type OfferedTransition,
  type TransitionInput,
  type TransitionPlan,
} from "./plan-transition.ts";
import type { StatusTarget } from "./route.ts";

function status(id: string, name: string, category: StatusCategory): JiraStatus {
  return { id, name, category };
}

const toDo = status("1", "To Do", "new");
const inProgress = status("3", "In Progress", "indeterminate");
const inReview = status("4", "In Review", "indeterminate");
const done = status("5", "Done", "done");
const closed = status("6", "Closed", "done");
const dropped = status("7", "Won’t Do", "done");

type Screen = OfferedTransition["fields"];
const noScreen: Screen = {};

function field(name: string, required: boolean, hasDefault = false): Screen[string] {
  return { name, required, hasDefault };
}

function offer(
  id: string,
  to: JiraStatus,
  more: Partial<OfferedTransition> = {},
): OfferedTransition {
  const fields = more.fields ?? noScreen;
  return {
    id,
    name: `Go ${id}`,
    to,
    available: true,
    looped: false,
    hasScreen: Object.keys(fields).length > 0,
    fields,
    ...more,
  };
}

const doneTarget: StatusTarget = { category: "done" };
const wontDo: StatusTarget = { category: "done", resolution: "Won't Do", needsReason: true };

function plan(
  from: JiraStatus,
  transitions: readonly OfferedTransition[],
  more: Partial<TransitionInput> = {},
): TransitionPlan {
  return planTransition({
    current: { status: from },
    wanted: { name: "Done", target: doneTarget },
    transitions,
    visited: new Set(),
    hopsLeft: 1,
    fields: {},
    ...more,
  });
}

function taken(of: TransitionPlan): string | undefined {
  return of.do === "take" ? of.transitionId : undefined;
}

function why(of: TransitionPlan): string {
  return of.do === "blocked" ? of.why : `not blocked but ${of.do}`;
}

describe("planTransition, direct", () => {
  it("has nothing to do in the wanted category", () => {
    expect(plan(closed, [offer("1", done)])).toEqual({ do: "done" });
  });

  it("has nothing to do in the wanted status, by id or by name", () => {
    for (const name of ["6", "closed"]) {
      const wanted = { name: "Done", target: { category: "done", status: name } } as const;
      expect(plan(closed, [offer("1", done)], { wanted })).toEqual({ do: "done" });
    }
  });

  it.each<[string, readonly OfferedTransition[], string]>([
    ["the lowest number, not the first text", [offer("101", done), offer("31", done)], "31"],
    [
      "one without a screen",
      [offer("11", done, { fields: { comment: field("Comment", false) } }), offer("31", done)],
      "31",
    ],
    ["one that is not looped", [offer("11", done, { looped: true }), offer("31", done)], "31"],
    ["one that is available", [offer("11", done, { available: false }), offer("31", done)], "31"],
    [
      "one whose required fields are known",
      [
        offer("11", done, { fields: { customfield_1: field("Cause", true) } }),
        offer("31", done, { fields: { comment: field("Comment", false) } }),
      ],
      "31",
    ],
    ["the status of the same name", [offer("11", dropped), offer("31", done)], "31"],
  ])("prefers %s", (_case, transitions, id) => {
    expect(taken(plan(toDo, transitions))).toBe(id);
  });

  it("prefers the exact status, else takes the category", () => {
    const wanted = { name: "Done", target: { category: "done", status: "Closed" } } as const;
    expect(taken(plan(toDo, [offer("1", done), offer("2", closed)], { wanted }))).toBe("2");
    expect(taken(plan(toDo, [offer("1", done)], { wanted }))).toBe("1");
    expect(plan(done, [offer("1", toDo)], { wanted })).toEqual({
      do: "done",
      remark: "The issue stays in “Done”: no transition leads from there to Done (Closed).",
    });
  });

  it("finds the status for dropped items by its name, whatever its apostrophe", () => {
    const wanted = { name: "Won't do", target: wontDo };
    expect(taken(plan(toDo, [offer("11", done), offer("31", dropped)], { wanted }))).toBe("31");
    expect(plan(dropped, [], { wanted })).toEqual({ do: "done" });
  });
});

describe("planTransition, fields", () => {
  const screen: Screen = {
    resolution: field("Resolution", true),
    customfield_10077: field("Root cause", true),
  };

  it("sends what the screen has, and nothing else", () => {
    const fields = { customfield_10077: { value: "Config" }, customfield_9: "x" };
    const wanted = { name: "Won't do", target: wontDo };
    expect(plan(toDo, [offer("31", done, { fields: screen })], { wanted, fields })).toEqual({
      do: "take",
      transitionId: "31",
      fields: { resolution: { name: "Won't Do" }, customfield_10077: { value: "Config" } },
    });
    expect(plan(toDo, [offer("31", done)], { wanted, fields })).toEqual({
      do: "take",
      transitionId: "31",
      fields: {},
    });
  });

  it("gives a resolution by id when it is digits, by the route's default when the status names none", () => {
    const fields = { resolution: { name: "Done" } };
    const offers = [offer("31", done, { fields: { resolution: field("Resolution", true) } })];
    const byId = { name: "Won't do", target: { category: "done", resolution: "10001" } } as const;
    expect(plan(toDo, offers, { fields, wanted: byId })).toMatchObject({
      fields: { resolution: { id: "10001" } },
    });
    expect(plan(toDo, offers, { fields })).toMatchObject({
      fields: { resolution: { name: "Done" } },
    });
  });

  it("never gives a resolution to an issue that is reopened", () => {
    const wanted = { name: "Open", target: { category: "new" } } as const;
    const offers = [offer("31", toDo, { fields: { resolution: field("Resolution", false) } })];
    expect(plan(done, offers, { wanted, fields: { resolution: { name: "Done" } } })).toEqual({
      do: "take",
      transitionId: "31",
      fields: {},
    });
  });

  it("takes the screen that has the wanted resolution, although another has no screen", () => {
    const wanted = { name: "Won't do", target: wontDo };
    const offers = [
      offer("11", done),
      offer("31", done, { fields: { resolution: field("Resolution", false) } }),
    ];
    expect(taken(plan(toDo, offers, { wanted }))).toBe("31");
    expect(taken(plan(toDo, offers))).toBe("11");
  });

  it("names the required field that nobody gave, and where to give it", () => {
    const offers = [offer("31", done, { name: "Resolve", fields: screen })];
    const fields = { resolution: { name: "Done" } };
    expect(why(plan(toDo, offers, { fields }))).toBe(
      "Transition “Resolve” needs “Root cause” (customfield_10077): set it in Jira, or give it under transition_fields of the route.",
    );
    expect(why(plan(toDo, offers))).toContain("“Resolution” (resolution) and “Root cause”");
    expect(why(plan(toDo, offers))).toContain("or as the resolution of “Done”");
  });

  it("does without a required field that has a default", () => {
    const fields: Screen = { customfield_1: field("Cause", true, true) };
    expect(plan(toDo, [offer("31", done, { fields })])).toMatchObject({ do: "take", fields: {} });
  });

  it("does not evade a required field over another status", () => {
    const offers = [offer("11", inReview), offer("31", done, { fields: screen })];
    expect(why(plan(inProgress, offers, { hopsLeft: 5 }))).toContain("Root cause");
  });
});

describe("planTransition, resolution of a done issue", () => {
  const wanted = { name: "Won't do", target: wontDo };
  const current = { status: done, resolution: { id: "10000", name: "Done" } };
  const loop = offer("41", done, {
    looped: true,
    fields: { resolution: field("Resolution", true) },
  });

  it("has nothing to do when the resolution is the wanted one, by name or id", () => {
    const right = { status: done, resolution: { id: "10001", name: "won’t do" } };
    expect(plan(done, [loop], { wanted, current: right })).toEqual({ do: "done" });
    const byId = { name: "Won't do", target: { ...wontDo, resolution: "10001" } };
    expect(plan(done, [loop], { wanted: byId, current: right })).toEqual({ do: "done" });
  });

  it("leaves any resolution when none is wanted", () => {
    expect(plan(done, [loop], { current })).toEqual({ do: "done" });
  });

  it("takes a transition that asks for the resolution and stays done", () => {
    expect(plan(done, [offer("11", toDo), loop], { wanted, current })).toEqual({
      do: "take",
      transitionId: "41",
      fields: { resolution: { name: "Won't Do" } },
    });
  });

  it("says what the resolution is when nothing offers it, and tries it only once", () => {
    const remark =
      "The issue has the resolution “Done” in Jira, not “Won't Do”, and no transition offers it: set it in Jira where that matters.";
    expect(plan(done, [offer("11", closed)], { wanted, current })).toEqual({ do: "done", remark });
    const again = { wanted, current, visited: new Set([done.id]), hopsLeft: 4 };
    expect(plan(done, [loop], again)).toEqual({ do: "done", remark });
    expect(plan(done, [loop], { wanted, current, hopsLeft: 0 })).toEqual({ do: "done", remark });
  });
});

describe("planTransition, hops", () => {
  it("takes no hop unless the route allows it, and says what to do", () => {
    const offers = [offer("11", inProgress, { name: "Start" }), offer("12", inReview)];
    expect(why(plan(toDo, offers))).toBe(
      "No transition leads from “To Do” straight to Done; Jira offers: Start → In Progress, Go 12 → In Review. Allow hops in the route, or move it in Jira.",
    );
    expect(taken(plan(toDo, offers, { hopsLeft: 2 }))).toBe("11");
  });

  it("goes by distance, never back to where it was and never away", () => {
    const selected = status("8", "Selected", "new");
    const offers = [offer("9", selected), offer("11", inProgress), offer("12", inReview)];
    const more = { hopsLeft: 3, visited: new Set([inProgress.id]) };
    expect(taken(plan(toDo, offers, more))).toBe("12");
    expect(taken(plan(toDo, [offer("9", selected)], { hopsLeft: 3 }))).toBe("9");
    expect(plan(inReview, [offer("9", selected)], { hopsLeft: 3 }).do).toBe("blocked");
  });

  it("does not close an issue on the way to something open", () => {
    const wanted = { name: "In progress", target: { category: "indeterminate" } } as const;
    expect(plan(toDo, [offer("9", done)], { wanted, hopsLeft: 5 }).do).toBe("blocked");
  });

  it("fills in on the way only what a screen insists on", () => {
    const fields = { customfield_1: "x", customfield_2: "y", resolution: { name: "Done" } };
    const screen: Screen = {
      customfield_1: field("Cause", true),
      customfield_2: field("Note", false),
      resolution: field("Resolution", false),
    };
    expect(
      plan(toDo, [offer("11", inProgress, { fields: screen })], { fields, hopsLeft: 2 }),
    ).toEqual({ do: "take", transitionId: "11", fields: { customfield_1: "x" } });
    expect(
      why(plan(toDo, [offer("11", inProgress, { fields: screen })], { hopsLeft: 2 })),
    ).toContain("“Cause” (customfield_1)");
  });

  it("says how far it came when the hops are used up", () => {
    const more = { hopsLeft: 1, visited: new Set([toDo.id]) };
    expect(why(plan(inProgress, [offer("12", inReview)], more))).toContain(
      "After 1 transition the issue stands in “In Progress”, not yet in Done",
    );
    expect(why(plan(inReview, [offer("13", done)], { ...more, hopsLeft: 0 }))).toContain(
      "Allow more hops",
    );
  });

  it("ends in every workflow, and says done only of what is done", () => {
    const seed = 20261121;
    const next = randomBelow(seed);
    const statuses = [toDo, inProgress, inReview, done, closed];
    for (let round = 0; round < 300; round += 1) {
      const workflow = new Map(
        statuses.map(({ id }) => [
          id,
          statuses.filter(() => next(3) === 0).map((to, at) => offer(`${at}`, to)),
        ]),
      );
      const { path, end } = walk(statuses[next(statuses.length)] ?? toDo, workflow);
      const names = path.map(({ name }) => name);
      const found = {
        seed,
        round,
        names,
        repeats: names.length - new Set(names).size,
        isLong: names.length > 6,
        isDone: end.do === "done",
      };
      const isDone = path.at(-1)?.category === "done";
      expect(found).toEqual({ seed, round, names, repeats: 0, isLong: false, isDone });
    }
  });
});

/** Follows the plans until one takes nothing. */
function walk(
  from: JiraStatus,
  workflow: ReadonlyMap<string, readonly OfferedTransition[]>,
): { readonly path: readonly JiraStatus[]; readonly end: TransitionPlan } {
  const path = [from];
  const visited = new Set<string>();
  for (let hopsLeft = 5; ; hopsLeft -= 1) {
    const at = path.at(-1) ?? from;
    const offers = workflow.get(at.id) ?? [];
    const step = plan(at, offers, { visited, hopsLeft });
    const to = offers.find(({ id }) => id === taken(step))?.to;
    if (to === undefined) {
      return { path, end: step };
    }
    visited.add(at.id);
    path.push(to);
  }
}

function randomBelow(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

describe("planTransition, when nothing leads there", () => {
  it("names what Jira offers instead", () => {
    const offers = [offer("11", toDo, { name: "Back to To Do" })];
    expect(why(plan(inReview, offers))).toBe(
      "No transition from “In Review” leads to Done; Jira offers: Back to To Do → To Do. Move it in Jira, or change its workflow.",
    );
  });

  it("asks for the permission when Jira offers nothing at all", () => {
    expect(why(plan(inReview, []))).toContain("permission to transition issues");
  });

  it("tells a condition of the workflow from a missing transition", () => {
    const offers = [offer("31", done, { name: "Resolve", available: false })];
    expect(why(plan(inReview, offers))).toContain(
      "Transition “Resolve” from “In Review” to Done is held back by a condition",
    );
  });

  it("stops when Jira moved the issue back", () => {
    const more = { visited: new Set([toDo.id]), hopsLeft: 4 };
    expect(why(plan(toDo, [offer("31", done)], more))).toContain(
      "Jira moved the issue back to “To Do”",
    );
  });

  it("shows names as one line, cut short, and not all of them", () => {
    const name = `Evil\n${"x".repeat(200)}\u202E`;
    const offers = Array.from({ length: 9 }, (_, at) => offer(`${at}`, toDo, { name }));
    const said = why(plan(inReview, offers));
    expect(said).not.toMatch(/[\n\u202E]/);
    expect(said).toContain("and 3 more");
    expect(said.length).toBeLessThan(700);
  });
});
