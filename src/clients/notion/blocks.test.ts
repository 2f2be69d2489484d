/** Promises about blocks: whatever the document and the rows, one request stays within Notion's limits. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "../../domain/document.ts";
import { TerminalError } from "../../domain/errors.ts";
import {
  blocksMax,
  childrenMax,
  jsonBytes,
  toEmoji,
  toPageChildren,
  toRowBatches,
  type NotionBlock,
} from "./blocks.ts";
import type { TableRowWrite } from "./notion.ts";

const anyText = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("x", "日", "🚨", '"', "\uDC00"), fc.nat(150_000))
      .map(([unit, times]) => unit.repeat(times)),
  },
);
const anyRichText = fc.array(fc.record({ text: anyText }), { maxLength: 3 });

const { block: anyBlock } = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ type: fc.constant("paragraph" as const), text: anyRichText }),
    fc.record({
      type: fc.constant("heading" as const),
      level: fc.constantFrom(1 as const, 2 as const, 3 as const),
      text: anyRichText,
    }),
    fc.record({ type: fc.constant("quote" as const), text: anyRichText }),
    fc.record({
      type: fc.constant("todo" as const),
      text: anyRichText,
      checked: fc.boolean(),
    }),
    fc.record({ type: fc.constant("code" as const), language: fc.string(), text: anyText }),
    fc.record({ type: fc.constantFrom("divider" as const, "timeline" as const) }),
    fc.record({
      type: fc.constantFrom("bullet" as const, "number" as const, "toggle" as const),
      text: anyRichText,
      children: fc.array(tie("block"), { maxLength: 6 }),
    }),
    fc.record({
      type: fc.constant("callout" as const),
      icon: fc.constantFrom("🚨", "no emoji", ""),
      text: anyRichText,
      children: fc.array(tie("block"), { maxLength: 6 }),
    }),
  ),
}));

const anyRow: fc.Arbitrary<TableRowWrite> = fc.record({
  time: fc.constant("2026-11-20 10:02:11"),
  href: fc.constantFrom("https://acme.pagerduty.com/incidents/Q1#log-R1", "nonsense"),
  event: anyText,
  actor: anyText,
});

function childrenOf(block: NotionBlock): readonly NotionBlock[] {
  return Object.values(block).flatMap((body) => body.children ?? []);
}

function count(blocks: readonly NotionBlock[]): number {
  return blocks.reduce((sum, block) => sum + 1 + count(childrenOf(block)), 0);
}

function depthOf(blocks: readonly NotionBlock[]): number {
  return blocks.length === 0 ? 0 : 1 + Math.max(...blocks.map((each) => depthOf(childrenOf(each))));
}

function expectWithinLimits(blocks: readonly NotionBlock[]): void {
  expect(blocks.length).toBeLessThanOrEqual(childrenMax);
  expect(count(blocks)).toBeLessThanOrEqual(blocksMax);
  expect(depthOf(blocks)).toBeLessThanOrEqual(3);
  expect(jsonBytes(blocks)).toBeLessThanOrEqual(450_000);
  const queue = [...blocks];
  for (const block of queue) {
    expect(Object.keys(block)).toHaveLength(1);
    for (const body of Object.values(block)) {
      const children = body.children ?? [];
      expect(children.length).toBeLessThanOrEqual(childrenMax);
      for (const texts of [body.rich_text ?? [], ...(body.cells ?? [])]) {
        expect(texts.length).toBeLessThanOrEqual(100);
        for (const { text } of texts) {
          expect(text.content.length).toBeLessThanOrEqual(2000);
          expect(text.content.isWellFormed()).toBe(true);
        }
      }
      const isTable = body.table_width !== undefined;
      const rows = children.filter((row) => row["table_row"]?.cells?.length === 3);
      expect(isTable ? rows.length : 1).toBeGreaterThan(0);
      expect(isTable ? rows.length : children.length).toBe(children.length);
      queue.push(...children);
    }
  }
}

const paragraph: Block = { type: "paragraph", text: [{ text: "x" }] };
const row: TableRowWrite = {
  time: "2026-11-20 10:02:11",
  href: "https://acme.pagerduty.com/incidents/Q1#log-R1",
  event: "Triggered",
  actor: "monitor",
};

describe("toPageChildren", () => {
  it("keeps every limit for any document and any rows", () => {
    fc.assert(
      fc.property(
        fc.array(anyBlock, { maxLength: 30 }),
        fc.array(anyRow, { maxLength: 130 }),
        (body, rows) => {
          const { children, rowsWritten } = toPageChildren(body, rows);
          expectWithinLimits(children);
          expect(rowsWritten).toBeLessThanOrEqual(Math.min(99, rows.length));
        },
      ),
      // Shrinking documents of megabytes takes minutes; the seed that is printed is enough.
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);

  it("puts the table with header and linked times where the timeline stands, and nothing for the action items", () => {
    const { children, rowsWritten } = toPageChildren(
      [
        { type: "heading", level: 2, text: [{ text: "Timeline" }] },
        { type: "timeline" },
        { type: "heading", level: 2, text: [{ text: "Action items" }] },
        { type: "action-items" },
      ],
      [row],
    );
    expect(rowsWritten).toBe(1);
    expect(children).toEqual([
      { heading_2: { rich_text: [{ text: { content: "Timeline" } }] } },
      {
        table: {
          table_width: 3,
          has_column_header: true,
          children: [
            {
              table_row: {
                cells: [
                  [{ text: { content: "Time (UTC)" } }],
                  [{ text: { content: "Event" } }],
                  [{ text: { content: "Actor" } }],
                ],
              },
            },
            {
              table_row: {
                cells: [
                  [{ text: { content: "2026-11-20 10:02:11", link: { url: row.href } } }],
                  [{ text: { content: "Triggered" } }],
                  [{ text: { content: "monitor" } }],
                ],
              },
            },
          ],
        },
      },
      { heading_2: { rich_text: [{ text: { content: "Action items" } }] } },
    ]);
  });

  it("takes 99 rows with the page and leaves the rest", () => {
    const rows = Array.from({ length: 150 }, () => row);
    expect(toPageChildren([{ type: "timeline" }], rows).rowsWritten).toBe(99);
  });

  it("takes no rows where the template has no timeline", () => {
    const made = toPageChildren([paragraph], [row]);
    expect(made).toEqual({
      children: [{ paragraph: { rich_text: [{ text: { content: "x" } }] } }],
      rowsWritten: 0,
    });
  });

  it("makes one table where a template names the place of the timeline twice", () => {
    const { children, rowsWritten } = toPageChildren(
      [{ type: "timeline" }, paragraph, { type: "timeline" }],
      [row],
    );
    expect(rowsWritten).toBe(1);
    expect(children.map((block) => Object.keys(block)[0])).toEqual(["table", "paragraph"]);
  });

  it("leaves rows for later rather than cutting texts when the request would be too large", () => {
    const long = "日".repeat(2000);
    const text = "日".repeat(60_000);
    const rows = Array.from({ length: 99 }, () => ({ ...row, event: long }));
    const { children, rowsWritten } = toPageChildren(
      [{ type: "paragraph", text: [{ text }] }, { type: "timeline" }],
      rows,
    );
    expect(rowsWritten).toBeGreaterThan(20);
    expect(rowsWritten).toBeLessThan(60);
    expect(JSON.stringify(children[0])).not.toContain("cut,");
    expectWithinLimits(children);
  });

  it("cuts texts, visibly, when they alone are too large", () => {
    const text = [{ text: "日".repeat(100_000) }];
    const { children } = toPageChildren(
      [
        { type: "paragraph", text },
        { type: "quote", text },
      ],
      [],
    );
    expect(JSON.stringify(children)).toContain("… cut, 80,000 more characters");
    expectWithinLimits(children);
  });

  it("lifts what is nested deeper than Notion takes instead of losing it", () => {
    let deep: Block = { type: "bullet", text: [{ text: "level 6" }], children: [] };
    for (const level of [5, 4, 3, 2, 1]) {
      deep = { type: "bullet", text: [{ text: `level ${level}` }], children: [deep] };
    }
    const { children } = toPageChildren([deep], []);
    expectWithinLimits(children);
    for (const level of [1, 2, 3, 4, 5, 6]) {
      expect(JSON.stringify(children)).toContain(`level ${level}`);
    }
  });

  it("cuts a list of more than a hundred children, visibly", () => {
    const bullet: Block = {
      type: "bullet",
      text: [{ text: "list" }],
      children: Array.from({ length: 130 }, () => paragraph),
    };
    const { children } = toPageChildren([bullet], []);
    expectWithinLimits(children);
    expect(JSON.stringify(children)).toContain("… cut, 31 more blocks");
  });

  it.each([
    ["more than 100 top-level blocks", Array.from({ length: 101 }, () => paragraph)],
    [
      "more than 1,000 blocks in all",
      Array.from({ length: 20 }, (): Block => ({
        type: "bullet",
        text: [],
        children: Array.from({ length: 60 }, () => paragraph),
      })),
    ],
  ])("refuses a template of %s", (_why, body) => {
    expect(() => toPageChildren(body, [])).toThrow(TerminalError);
    expect(() => toPageChildren(body, [])).toThrow(/the rendered template has \d+/);
  });

  it("gives a code block a language that Notion knows", () => {
    const { children } = toPageChildren(
      [
        { type: "code", language: "TS", text: "a" },
        { type: "code", language: "promql", text: "b" },
      ],
      [],
    );
    expect(children.map((block) => block["code"]?.language)).toEqual(["typescript", "plain text"]);
  });
});

describe("toRowBatches", () => {
  it("keeps every row, in order, in batches of at most 100 rows and 450 KB", () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 250 }), (rows) => {
        const batches = toRowBatches(rows);
        expect(batches.flat()).toHaveLength(rows.length);
        for (const batch of batches) {
          expectWithinLimits(batch);
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  }, 60_000);

  it("gives 250 short rows three batches", () => {
    const batches = toRowBatches(Array.from({ length: 250 }, () => row));
    expect(batches.map((batch) => batch.length)).toEqual([100, 100, 50]);
  });
});

describe("toEmoji", () => {
  it.each([
    ["🚨", "🚨"],
    ["ℹ", "ℹ️"],
    ["👩‍🚒", "👩‍🚒"],
    ["fire", "💡"],
    ["🚨🚨", "💡"],
    ["", "💡"],
  ])("takes %j as %j", (icon, expected) => {
    expect(toEmoji(icon, "💡")).toBe(expected);
  });
});
