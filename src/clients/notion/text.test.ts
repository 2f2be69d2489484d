/** Promises about text: always within Notion's limits, nothing lost in silence, never half a character. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Span } from "../../domain/document.ts";
import {
  cleanText,
  headOf,
  isLinkable,
  richTextItemsMax,
  textUnitsMax,
  toRichText,
  type TextItem,
} from "./text.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc
    .tuple(fc.constantFrom("a", "é", "🚨", "👩‍👩‍👧‍👦", "\uD83D", "\n", "\u0000"), fc.nat(5000))
    .map(([unit, times]) => unit.repeat(times)),
);
const anySpan: fc.Arbitrary<Span> = fc.record(
  {
    text: anyText,
    href: fc.oneof(fc.webUrl(), fc.constantFrom("javascript:alert(1)", "https://a b", "")),
    bold: fc.boolean(),
    italic: fc.boolean(),
    strike: fc.boolean(),
    code: fc.boolean(),
  },
  { requiredKeys: ["text"] },
);

function joined(items: readonly TextItem[]): string {
  return items.map((item) => item.text.content).join("");
}

describe("toRichText", () => {
  it("keeps every limit for any spans, and either the whole text or a note of what was cut", () => {
    fc.assert(
      fc.property(
        fc.array(anySpan, { maxLength: 150 }),
        fc.constantFrom(Infinity, 20_000, 500, 0),
        (spans, unitsMax) => {
          const items = toRichText(spans, unitsMax);
          const whole = spans.map((span) => cleanText(span.text)).join("");
          expect(items.length).toBeLessThanOrEqual(richTextItemsMax);
          for (const { text } of items) {
            expect(text.content.length).toBeLessThanOrEqual(textUnitsMax);
            expect(text.content.isWellFormed()).toBe(true);
            expect(text.link === undefined || isLinkable(text.link.url)).toBe(true);
          }
          const kept = joined(items.slice(0, -1));
          const note = `… cut ${whole.length - kept.length} more characters`;
          const last = items.at(-1)?.text.content.replaceAll(",", "");
          expect(joined(items) === whole || (whole.startsWith(kept) && last === note)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("keeps 200,000 units and says how many more were cut", () => {
    expect(joined(toRichText([{ text: "x".repeat(200_000) }]))).toBe("x".repeat(200_000));
    const items = toRichText([{ text: "x".repeat(200_001) }]);
    expect(items).toHaveLength(100);
    expect(items.at(-1)?.text.content).toBe("… cut, 2,001 more characters");
  });

  it("keeps a hundred differently styled spans, and cuts the second of 101", () => {
    const spans = Array.from({ length: 100 }, (_, at) => ({ text: "x", bold: at % 2 === 0 }));
    expect(toRichText(spans)).toHaveLength(100);
    const more = toRichText([...spans, { text: "y", bold: true }]);
    expect(more).toHaveLength(100);
    expect(more.at(-1)?.text.content).toBe("… cut, 2 more characters");
  });

  it("splits before an emoji that would straddle the limit", () => {
    const [first, second] = toRichText([{ text: `${"x".repeat(1999)}🚨y` }]);
    expect(first?.text.content).toBe("x".repeat(1999));
    expect(second?.text.content).toBe("🚨y");
  });

  it("carries styles and https links, and drops what is no link", () => {
    expect(
      toRichText([
        { text: "a", bold: true, italic: true, strike: true, code: true },
        { text: "b", href: "https://acme.pagerduty.com/incidents/Q1#log-R1" },
        { text: "c", href: "http://plain.example" },
      ]),
    ).toEqual([
      {
        text: { content: "a" },
        annotations: { bold: true, italic: true, strikethrough: true, code: true },
      },
      { text: { content: "b", link: { url: "https://acme.pagerduty.com/incidents/Q1#log-R1" } } },
      { text: { content: "c" } },
    ]);
  });

  it("leaves text that looks like a mention, a link or markdown as text", () => {
    const text = "@everyone <page url=x/> [a](https://evil.example) {{mention}}";
    expect(toRichText([{ text }])).toEqual([{ text: { content: text } }]);
  });
});

describe("isLinkable", () => {
  it.each([
    ["https://acme.pagerduty.com/incidents/Q1#log-R1", true],
    ["https://example.com/ü", true],
    ["http://example.com", false],
    ["javascript:alert(1)", false],
    ["https://", false],
    ["https://a b.example", false],
    ["https://example.com/\n", false],
    [`https://example.com/${"a".repeat(2000)}`, false],
    ["", false],
  ])("takes %j for a link: %s", (url, expected) => {
    expect(isLinkable(url)).toBe(expected);
  });
});

describe("headOf", () => {
  it("never ends within a surrogate pair", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, units) => {
        const head = headOf(text, units);
        expect(head.length).toBeLessThanOrEqual(units);
        expect(text.startsWith(head)).toBe(true);
        expect(head.isWellFormed()).toBe(true);
      }),
    );
  });
});
