import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Block } from "../domain/document.ts";
import { siblingsMax } from "./compile.ts";
import { loadTemplates } from "./load.ts";
import { samples, usualValues } from "./samples.ts";

const templates = await loadTemplates(join(import.meta.dirname, "../../templates"));
const factsOf = {
  "full.md": { severity: "P1", service: "Checkout", teams: ["Payments"] },
  "short.md": { severity: "P2", service: "Checkout", teams: ["Payments"] },
  "async.md": { severity: "P1", service: "Checkout", teams: ["Remote"] },
};

function headingsOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) =>
    block.type === "heading" ? [block.text.map(({ text }) => text).join("")] : [],
  );
}

test("three templates are shipped", () => {
  expect(templates.files).toEqual(Object.keys(factsOf).toSorted());
});

describe.each(Object.entries(factsOf))("%s", (file, facts) => {
  const template = templates.select(facts);

  test("is chosen for its incidents", () => {
    expect(template.file).toBe(file);
  });

  test.each(samples)(
    "fits, has one timeline and ends with the action items, with $with",
    ({ values }) => {
      const { blocks } = template.render(values);
      expect(blocks.length).toBeLessThanOrEqual(siblingsMax);
      expect(blocks.filter(({ type }) => type === "timeline")).toHaveLength(1);
      expect(blocks.findIndex(({ type }) => type === "action-items")).toBe(blocks.length - 1);
      expect(headingsOf(blocks).at(-1)).toBe("Action items");
    },
  );

  test("links to the incident before anything else, and locks the root cause", () => {
    const { blocks } = template.render(usualValues);
    const { url } = usualValues.incident;
    expect(blocks[0]).toMatchObject({ type: "callout", text: [{ href: url }] });
    const place = blocks.findIndex(
      (block) => block.type === "heading" && block.text[0]?.text === "Root cause",
    );
    expect(blocks[place + 1]).toMatchObject({ type: "callout", text: [{ text: "Not yet." }, {}] });
  });

  test("leaves boxes to tick to people, who may turn them into action items", () => {
    expect(template.render(usualValues).blocks.filter(({ type }) => type === "todo")).toEqual([]);
  });
});

test("the full template has its sections in order", () => {
  const { blocks } = templates.select(factsOf["full.md"]).render(usualValues);
  expect(headingsOf(blocks)).toEqual([
    "Executive summary",
    "Timeline",
    "Detection",
    "What happened",
    "Root cause",
    "Contributing factors",
    "Slowed detection",
    "Slowed resolution",
    "What went well",
    "What is an ongoing problem",
    "Lessons",
    "Future considerations",
    "Action items",
  ]);
});

test("the remote template states every date of its clock", () => {
  const { blocks } = templates.select(factsOf["async.md"]).render(usualValues);
  const page = JSON.stringify(blocks);
  for (const date of Object.values(usualValues.clock)) {
    expect(page).toContain(date);
  }
});
