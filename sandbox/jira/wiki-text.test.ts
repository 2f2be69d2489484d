/** The promises of wiki text: every block that the program writes can be read in a webhook. */

import { describe, expect, it } from "vitest";
import type { Fields } from "./model.ts";
import { wikiTextOf } from "./wiki-text.ts";

function item(...content: Fields[]): Fields {
  return { type: "listItem", content };
}

function paragraph(text: string, ...marks: Fields[]): Fields {
  return { type: "paragraph", content: [{ type: "text", text, marks }] };
}

describe("wiki text", () => {
  it.each<[name: string, blocks: Fields[], text: string]>([
    ["paragraphs", [paragraph("a"), paragraph("b")], "a\n\nb"],
    ["marks", [paragraph("a", { type: "strong" }, { type: "em" })], "_*a*_"],
    [
      "links",
      [paragraph("here", { type: "link", attrs: { href: "https://acme.example" } })],
      "[here|https://acme.example]",
    ],
    ["headings", [{ ...paragraph("a"), type: "heading", attrs: { level: 2 } }], "h2. a"],
    [
      "nested lists",
      [
        {
          type: "bulletList",
          content: [
            item(paragraph("a"), { type: "orderedList", content: [item(paragraph("b"))] }),
            item(paragraph("c")),
          ],
        },
      ],
      "* a\n*# b\n* c",
    ],
    [
      "code",
      [{ type: "codeBlock", attrs: { language: "sql" }, content: [{ type: "text", text: "a" }] }],
      "{code:sql}\na\n{code}",
    ],
    [
      "quotes and rules",
      [{ type: "blockquote", content: [paragraph("a")] }, { type: "rule" }],
      "{quote}\na\n{quote}\n\n----",
    ],
    ["nothing", [], ""],
  ])("of %s", (_name, content, text) => {
    expect(wikiTextOf({ type: "doc", version: 1, content })).toBe(text);
  });
});
