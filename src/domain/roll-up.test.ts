/** How a post-mortem's action items are counted and said. */

import { describe, expect, it } from "vitest";
import { countStates, rollUpText } from "./roll-up.ts";

describe("countStates", () => {
  it("counts waiting and failed ones as open too", () => {
    const states = ["open", "waiting", "waiting", "failed", "done", "done"] as const;
    expect(countStates(states)).toEqual({ open: 4, done: 2, waiting: 2, failed: 1 });
  });

  it("counts nothing where there is nothing", () => {
    expect(countStates([])).toEqual({ open: 0, done: 0, waiting: 0, failed: 0 });
  });
});

describe("rollUpText", () => {
  it.each([
    [
      { open: 3, done: 5, waiting: 1, failed: 1 },
      "Action items: 3 open (1 waiting, 1 failed), 5 done.",
    ],
    [{ open: 3, done: 0, waiting: 0, failed: 0 }, "Action items: 3 open, 0 done."],
    [{ open: 2, done: 1, waiting: 0, failed: 2 }, "Action items: 2 open (2 failed), 1 done."],
    [{ open: 0, done: 5, waiting: 0, failed: 0 }, "Action items: 0 open, 5 done."],
    [{ open: 0, done: 0, waiting: 0, failed: 0 }, ""],
  ])("says %j as %j", (counts, text) => {
    expect(rollUpText(counts)).toBe(text);
  });
});
