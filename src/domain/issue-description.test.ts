/** What an issue's description says, and that nothing foreign becomes more than text. */

import { describe, expect, it } from "vitest";
import type { Block, Span } from "./document.ts";
import { issueDescription, type DescriptionFacts } from "./issue-description.ts";

const facts: DescriptionFacts = {
  outcome: "p99 below 300 ms\n\nfor a week",
  type: "Systemic",
  postMortem: { name: "2026-11-20 P1 Checkout errors", url: "https://notion.so/pm" },
  incident: {
    name: "Checkout errors",
    number: 42,
    url: "https://acme.pagerduty.com/incidents/Q1",
    severity: "P1",
    service: "Checkout API",
  },
  rowUrl: "https://notion.so/row",
};

function spans(blocks: readonly Block[]): Span[] {
  return blocks.flatMap((block) =>
    "text" in block && Array.isArray(block.text) ? block.text : [],
  );
}

function lines(of: DescriptionFacts): string[] {
  return issueDescription(of).blocks.map((block) =>
    spans([block])
      .map(({ text }) => text)
      .join(""),
  );
}

describe("issueDescription", () => {
  it("says what done looks like, where the item comes from and what is kept in step", () => {
    expect(lines(facts)).toEqual([
      "What done looks like",
      "p99 below 300 ms",
      "for a week",
      "Where this comes from",
      "Incident: #42 Checkout errors",
      "Severity: P1",
      "Service: Checkout API",
      "Post-mortem: 2026-11-20 P1 Checkout errors",
      "Type: Systemic",
      "Action item: Row in Notion",
      "Kept in step",
      "Title, owner, due date, priority and status are kept in step with the row in Notion; change them on either side. Comments stay where they are written.",
      "This text follows the row's Outcome until somebody edits it here; from then on it is left alone and a new Outcome arrives as a comment.",
    ]);
  });

  it("links to the incident, the post-mortem and the row, and to nothing else", () => {
    const outcome = "see https://evil.example and [x](https://evil.example)";
    const hrefs = spans(issueDescription({ ...facts, outcome }).blocks).flatMap(({ href }) =>
      href === undefined ? [] : [href],
    );
    expect(hrefs).toEqual([
      "https://acme.pagerduty.com/incidents/Q1",
      "https://notion.so/pm",
      "https://notion.so/row",
    ]);
  });

  it("makes no link of an address that is none", () => {
    const url = "javascript:alert(1)";
    const blocks = issueDescription({ ...facts, postMortem: { name: "x", url } }).blocks;
    expect(spans(blocks).some(({ href }) => href === url)).toBe(false);
  });

  it("keeps markup in foreign text as text of one plain span", () => {
    const outcome = "*bold* {color:red}x{color} [~mia] !image.png! <b>";
    const name = "h1. [~mia]\n* item";
    const { blocks } = issueDescription({
      ...facts,
      outcome,
      incident: { name, url: "https://acme.pagerduty.com/incidents/Q1" },
    });
    expect(blocks[1]).toEqual({ type: "paragraph", text: [{ text: outcome }] });
    expect(lines({ ...facts, incident: { name, url: "" } })).toContain(
      "Incident: h1. [~mia] * item",
    );
  });

  it("asks for the outcome where there is none, and leaves out what is not known", () => {
    expect(lines({ outcome: " \u200B\n", rowUrl: facts.rowUrl })).toEqual([
      "What done looks like",
      "Nobody has written this down yet: fill in Outcome in the row in Notion.",
      "Where this comes from",
      "Action item: Row in Notion",
      "Kept in step",
      ...lines(facts).slice(-2),
    ]);
  });

  it("says an incident's number once", () => {
    const incident = { name: "[#42] Checkout errors", number: 42, url: "https://x.example" };
    expect(lines({ ...facts, incident })).toContain("Incident: [#42] Checkout errors");
  });

  it("cuts a very long outcome visibly", () => {
    const text = lines({ ...facts, outcome: "x".repeat(50_000) })[1] ?? "";
    expect(text.length).toBeLessThanOrEqual(20_000);
    expect(text).toMatch(/… \(cut, \d+ more characters\)$/);
  });

  it("is the same for the same facts", () => {
    expect(issueDescription(facts)).toEqual(issueDescription({ ...facts }));
  });
});
