/** The outcome goes to the description while that is ours, and to a comment once it is Jira's. */

import { describe, expect, it } from "vitest";
import {
  agreed,
  descriptionOf,
  isQuiet,
  issueOf,
  merged,
  rowOf,
} from "../../test/support/pairs.ts";
import { notionValues, textValue } from "./item-values.ts";

const changed = rowOf({ outcome: "Deploys stop by themselves" });
const edited = issueOf({ description: "A person wrote this." });

describe("a changed outcome", () => {
  it("rewrites a description that nobody has touched, and rests", () => {
    const plan = merged(changed, issueOf());
    expect(plan.toJira).toEqual({ description: true });
    const written = issueOf({ description: descriptionOf(changed) });
    expect(plan.base.jira.outcome).toBe(textValue(written.description));
    expect(isQuiet(merged(changed, written, { base: plan.base }))).toBe(true);
  });

  it("agrees silently when the run died after the rewrite", () => {
    const plan = merged(changed, issueOf({ description: descriptionOf(changed) }));
    expect(isQuiet(plan)).toBe(true);
    expect(plan.base.descriptionIsJiras).toBe(undefined);
  });

  it("becomes a comment where the description was edited, each time anew", () => {
    const plan = merged(changed, edited);
    expect(plan.toJira).toEqual({});
    expect(plan.outcomeComment?.text).toBe("Outcome in Notion: Deploys stop by themselves");
    const later = merged(rowOf({ outcome: "Yet another" }), edited, { base: plan.base });
    expect(later.outcomeComment?.text).toContain("Yet another");
    expect(later.outcomeComment?.marker).not.toBe(plan.outcomeComment?.marker);
  });

  it("is no comment when it was cleared", () => {
    const plan = merged(rowOf({ outcome: "" }), edited);
    expect(isQuiet(plan)).toBe(true);
  });

  it("is not sent again when Jira refused the description", () => {
    const why = "It is not on the screen.";
    const refused = { outcome: { value: textValue(descriptionOf(changed)), why } };
    const plan = merged(changed, issueOf(), { refused });
    expect(isQuiet(plan)).toBe(true);
    expect(plan.remarks).toEqual([`Jira refused the description: ${why}`]);
  });

  it("waits while the field is stopped", () => {
    const plan = merged(changed, issueOf(), { stopped: new Set(["outcome"]) });
    expect(isQuiet(plan)).toBe(true);
    expect(plan.base).toEqual(agreed());
  });
});

describe("a description that a person edited", () => {
  it("is Jira's for good and never goes to Notion, even when it is put back", () => {
    const plan = merged(rowOf(), edited);
    expect(isQuiet(plan)).toBe(true);
    expect(plan.base.descriptionIsJiras).toBe(true);
    const back = merged(rowOf(), issueOf(), { base: plan.base });
    expect(back.base.descriptionIsJiras).toBe(true);
    expect(merged(changed, issueOf(), { base: plan.base }).toJira).toEqual({});
  });

  it("is Jira's when it was edited before the first merge", () => {
    const base = { notion: notionValues(rowOf()), jira: {} };
    expect(merged(rowOf(), edited, { base }).base.descriptionIsJiras).toBe(true);
  });
});

describe("an issue that a person made", () => {
  it("keeps its description and is told the outcome in a comment", () => {
    const plan = merged(rowOf(), edited, { base: undefined });
    expect(plan.toJira).toEqual({});
    expect(plan.base.descriptionIsJiras).toBe(true);
    expect(plan.outcomeComment?.text).toBe("Outcome in Notion: Errors stop a deploy");
  });

  it("gets ours where it has none", () => {
    const plan = merged(rowOf(), issueOf({ description: "" }), { base: undefined });
    expect(plan.toJira).toEqual({ description: true });
    expect(plan.base.descriptionIsJiras).toBe(undefined);
  });
});
