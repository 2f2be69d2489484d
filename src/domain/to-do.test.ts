/** What a to-do says, however it is written, and when it is left alone. */

import { describe, expect, it } from "vitest";
import type { ToDoBlock } from "./action-item.ts";
import { blockId, notionUserId, pageId } from "./keys.ts";
import { hasRested, readToDo } from "./to-do.ts";

const today = new Date("2026-11-21T12:00:00Z");
const mia = notionUserId("11111111-1111-4111-8111-111111111111");
const leo = notionUserId("22222222-2222-4222-8222-222222222222");

function toDo(plain: string, more: Partial<ToDoBlock> = {}): ToDoBlock {
  return {
    id: blockId("33333333-3333-4333-8333-333333333333"),
    text: plain,
    checked: false,
    people: [],
    pages: [],
    dates: [],
    // As the client gives it.
    plain: plain.replaceAll(/\s+/g, " ").trim(),
    ...more,
  };
}

describe("readToDo", () => {
  it.each<[string, string, string | undefined]>([
    ["Fix the thing by 2026-12-01", "Fix the thing", "2026-12-01"],
    ["Fix the thing, due 2026-12-01.", "Fix the thing.", "2026-12-01"],
    ["Fix the thing (due: 2026-12-01)", "Fix the thing", "2026-12-01"],
    ["By 2026-12-01: fix the thing", "fix the thing", "2026-12-01"],
    ["By 2026-12-01 fix the thing", "fix the thing", "2026-12-01"],
    ["Fix by 2026-12-01 the thing", "Fix the thing", "2026-12-01"],
    ["Keep the freeze until 2026-12-01", "Keep the freeze", "2026-12-01"],
    ["Fix it due by 1 Dec 2026", "Fix it", "2026-12-01"],
    ["Fix it by 1st of December 2026", "Fix it", "2026-12-01"],
    ["Fix it by the 1st of December", "Fix it", "2026-12-01"],
    ["Fix it by Dec 1", "Fix it", "2026-12-01"],
    ["Fix it by Dec. 1st, 2026", "Fix it", "2026-12-01"],
    ["Fix it by December 1, 2027, at last", "Fix it, at last", "2027-12-01"],
    ["fix it BY 1 SEPT", "fix it", "2027-09-01"],
    ["Fix it by May 5", "Fix it", "2027-05-05"],
    ["Fix it by Nov 21", "Fix it", "2026-11-21"],
    ["Fix it by 29 Feb", "Fix it", "2028-02-29"],
    [
      "Replace what failed by 2026-11-20 by 2026-12-01",
      "Replace what failed by 2026-11-20",
      "2026-12-01",
    ],
  ])("reads %j as %j, due %s", (plain, title, due) => {
    expect(readToDo(toDo(plain), today)).toEqual({ kind: "item", title, owners: [], due });
  });

  it.each([
    "Fix it by 1/12",
    "Fix it by 1/12/2026",
    "Fix it by 12.01.2026",
    "Fix it by Friday",
    "Fix it by 2026-13-01",
    "Fix it by Feb 30",
    "Fix it by 1 Dec 26",
    "Fix it by Dec 2026",
    "Fix it by Dec 1-3",
    "Fix it by Dec 1–3",
    "Explain the spike of 2026-11-20",
    "Move the standby 2026-12-01",
    "Cut load by 2026-12-01-style keys",
    "Cut the time to detect by 50 percent",
    "Add 3 replicas by default, due to 5 May being busy",
  ])("leaves %j as it is", (plain) => {
    expect(readToDo(toDo(plain), today)).toEqual({ kind: "item", title: plain, owners: [] });
  });

  it.each<[string, string, string]>([
    ["@Mia Fix the thing by 2026-12-01", " Fix the thing by 2026-12-01", "Fix the thing"],
    ["Fix the thing @Mia by 2026-12-01", "Fix the thing  by 2026-12-01", "Fix the thing"],
    ["Fix the thing by 2026-12-01 – @Mia", "Fix the thing by 2026-12-01 – ", "Fix the thing"],
    ["@Mia: Fix the thing by 2026-12-01", ": Fix the thing by 2026-12-01", "Fix the thing"],
    [
      "Fix the thing (owner: @Mia, due 2026-12-01)",
      "Fix the thing (owner: , due 2026-12-01)",
      "Fix the thing",
    ],
    [
      "Fix the thing, assigned to @Mia, due 2026-12-01",
      "Fix the thing, assigned to , due 2026-12-01",
      "Fix the thing",
    ],
  ])("finds the owner anywhere: %j", (text, plain, title) => {
    expect(readToDo(toDo(plain, { text, people: [mia] }), today)).toEqual({
      kind: "item",
      title,
      owners: [mia],
      due: "2026-12-01",
    });
  });

  it("keeps every person once, in order", () => {
    expect(readToDo(toDo("  Pair on it", { people: [leo, mia, leo] }), today)).toMatchObject({
      owners: [leo, mia],
    });
  });

  it.each<[string, string, string]>([
    ["Fix the thing by 2026-12-01", "Fix the thing by ", "Fix the thing"],
    ["Fix by 2026-12-01 the thing", "Fix by  the thing", "Fix the thing"],
    ["Fix the thing (due 2026-12-01)", "Fix the thing (due )", "Fix the thing"],
    ["2026-12-01 Fix the thing", " Fix the thing", "Fix the thing"],
    ["Fix the thing 2026-12-01", "Fix the thing ", "Fix the thing"],
    ["Due: 2026-12-01 – fix the thing", "Due: – fix the thing", "fix the thing"],
    ["By 2026-12-01, stand by the pager", "By , stand by the pager", "stand by the pager"],
    [
      "Fix what is done by hand by @2026-12-01 at last",
      "Fix what is done by hand by at last",
      "Fix what is done by hand at last",
    ],
    ["Fix the thing by Dec 1, 2026", "Fix the thing by", "Fix the thing"],
    ["Stand by the pager, by 2026-12-01", "Stand by the pager, by ", "Stand by the pager"],
  ])("takes a mentioned date: %j", (text, plain, title) => {
    expect(readToDo(toDo(plain, { text, dates: ["2026-12-01"] }), today)).toEqual({
      kind: "item",
      title,
      owners: [],
      due: "2026-12-01",
    });
  });

  it("keeps mentioned dates that are not the due date", () => {
    expect(
      readToDo(
        toDo("Explain the spike of  by ", {
          text: "Explain the spike of 2026-12-24 by 2026-12-01",
          dates: ["2026-12-24", "2026-12-01"],
        }),
        today,
      ),
    ).toMatchObject({ title: "Explain the spike of (2026-12-24)", due: "2026-12-01" });
    const past = readToDo(
      toDo("Explain the spike of ", {
        text: "Explain the spike of 2026-11-20",
        dates: ["2026-11-20"],
      }),
      today,
    );
    expect(past).toEqual({ kind: "item", title: "Explain the spike of (2026-11-20)", owners: [] });
  });

  it("takes a past date that is written as due", () => {
    const text = "Fix it by 2026-11-20";
    expect(readToDo(toDo("Fix it by ", { text, dates: ["2026-11-20"] }), today)).toMatchObject({
      title: "Fix it",
      due: "2026-11-20",
    });
  });

  it.each([
    "Alert on p99 > 2 s (checkout, EU): page the owner!",
    "Call foo() and std::sort with -v, :q or .env",
    "--dry-run is ignored ; in C-- too",
    "Let [] and {} pass (see #12)",
  ])("keeps brackets and punctuation that belong to the text: %j", (title) => {
    expect(readToDo(toDo(title), today)).toMatchObject({ title });
    expect(readToDo(toDo(`${title} by 2026-12-01`), today)).toMatchObject({ title });
  });

  it("keeps calls, flags and file names beside a mention", () => {
    const title = "--dry-run has to call foo() and std::sort with .env";
    expect(readToDo(toDo(` ${title} `, { people: [mia] }), today)).toMatchObject({ title });
  });

  it.each<[string, ToDoBlock, string]>([
    ["checked", toDo("Fix it", { checked: true }), "checked"],
    ["of a mention alone", toDo("  ", { people: [mia] }), "empty"],
    ["of a date alone", toDo("by 2026-12-01"), "empty"],
    ["of what can't be seen", toDo("\u200B \u2063"), "empty"],
    [
      "that mentions a page",
      toDo("Fix it", { pages: [pageId("44444444-4444-4444-8444-444444444444")] }),
      "mentions a page",
    ],
  ])("leaves a to-do %s", (_case, block, why) => {
    expect(readToDo(block, today)).toEqual({ kind: "leave", why });
  });

  it("stays fast on text that is made to be slow", () => {
    const parts = ["by ", " ", ",", "(", "by 1 dec ", "due by on the "];
    const started = performance.now();
    for (const part of parts) {
      readToDo(toDo(part.repeat(50_000), { people: [mia], dates: ["2026-12-01"] }), today);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("hasRested", () => {
  const seen = { text: "Fix it", since: "2026-11-21T11:59:00.000Z" };

  it("takes a text that stood long enough", () => {
    expect(hasRested("Fix it", seen, today, 60_000)).toBe(true);
  });

  it("waits at first sight, while the text changes and while it is too early", () => {
    expect(hasRested("Fix it", undefined, today, 0)).toBe(false);
    expect(hasRested("Fix it all", seen, today, 60_000)).toBe(false);
    expect(hasRested("Fix it", seen, today, 60_001)).toBe(false);
    expect(hasRested("Fix it", { text: "Fix it", since: "soon" }, today, 0)).toBe(false);
  });
});
