/** Foreign text: nothing unseen gets through, nothing is cut in half or silently. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanText, oneLine, truncate } from "./text.ts";

const anyText = fc.string({ unit: "binary", maxLength: 300 });

describe("cleanText", () => {
  it.each([
    ["NUL and other controls", "a\u0000b\u0007c\u001Bd\u007Fe\u009Bf", "abcdef"],
    ["overrides of direction", "user\u202Egnp.exe\u2066x\u2069\u200F", "usergnp.exex"],
    ["characters that show as nothing", "pass\u200Bword\u00AD\uFEFF\u2060=x\u3164", "password=x"],
    ["joiners that split ASCII words", "AK\u200DIA\u200C1\u200D\u200D\u200D2", "AKIA12"],
    ["text in tags", "hi\u{E0068}\u{E0069}", "hi"],
    ["lone surrogates", "a\uD800b\uDC00", "a\uFFFDb\uFFFD"],
    ["line ends of every kind", "a\r\nb\rc\u2028d\u0085e\n", "a\nb\nc\nd\ne\n"],
  ])("takes out %s", (_, raw, clean) => {
    expect(cleanText(raw)).toBe(clean);
  });

  it.each([
    "two\tcolumns\nand a line",
    "family \u{1F468}\u200D\u{1F469}\u200D\u{1F467}, heart \u2764\uFE0F",
    "\u0646\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
    "e\u0301 \u4E2D\u6587 \u{1F1E9}\u{1F1EA}",
  ])("leaves %j as it is", (text) => {
    expect(cleanText(text)).toBe(text);
  });

  it("cleans once and for all, and gives what every JSON parser takes", () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const clean = cleanText(raw);
        expect(cleanText(clean)).toBe(clean);
        expect(clean.isWellFormed()).toBe(true);
        // oxlint-disable-next-line no-control-regex -- what must not be there
        expect(clean).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u202A-\u202E\u2066-\u2069]/);
      }),
    );
  });

  it("keeps at most so many code points, never half of one", () => {
    expect(cleanText("\u{1F525}\u{1F525}\u{1F525}", { maxCodePoints: 2 })).toBe(
      "\u{1F525}\u{1F525}",
    );
    fc.assert(
      fc.property(anyText, fc.nat(50), (raw, max) => {
        const cut = cleanText(raw, { maxCodePoints: max });
        expect(Array.from(cut).length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("oneLine", () => {
  it("makes a single paragraph", () => {
    expect(oneLine("  disk\tfull\r\n\r\n on\u00A0db-1 \u0000 ")).toBe("disk full on db-1");
    expect(oneLine("one two", { maxCodePoints: 4 })).toBe("one");
  });
});

describe("truncate", () => {
  it("says how much it cut", () => {
    const cut = truncate("x".repeat(2100), 2000);
    expect(cut).toMatch(/^x+… \(cut, \d+ more characters\)$/);
    const [, left] = /cut, (\d+) more/.exec(cut) ?? [];
    expect(cut.indexOf("…") + Number(left)).toBe(2100);
  });

  it("counts characters as people do, not UTF-16 units", () => {
    const cut = truncate("\u{1F525}".repeat(100), 60);
    const kept = Array.from(cut.slice(0, cut.indexOf("…"))).length;
    expect(cut).toContain(`(cut, ${100 - kept} more characters)`);
  });

  it("leaves what fits alone, and never exceeds the limit or splits a pair", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.nat(120), (text, max) => {
        const cut = truncate(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut === text).toBe(text.length <= max);
      }),
    );
  });
});
