/** Which incidents get a page, and why not. */

import { describe, expect, it } from "vitest";
import { isEligible } from "./eligibility.ts";

describe("isEligible", () => {
  it.each([
    ["P1", "triggered", "triggered", "PriorityMatches"],
    ["p2 ", "triggered", "triggered", "PriorityMatches"],
    ["P3", "triggered", "triggered", "PriorityNotListed"],
    ["P11", "triggered", "triggered", "PriorityNotListed"],
    [undefined, "triggered", "triggered", "NoPriority"],
    ["P1", "acknowledged", "resolved", "NotResolvedYet"],
    ["P1", "resolved", "resolved", "PriorityMatches"],
    ["P1", "a status of the future", "triggered", "PriorityMatches"],
  ] as const)("judges priority %s, %s, created on %s: %s", (name, status, createOn, reason) => {
    const priority = name === undefined ? {} : { priority: { id: "PX", name } };
    const judged = isEligible(
      { status, teams: [], ...priority },
      { priorities: ["P1", " p2"], createOn, routes: [] },
    );
    expect(judged).toEqual({ eligible: reason === "PriorityMatches", reason });
  });
});
