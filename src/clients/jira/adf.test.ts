/** What is sent as rich text is safe, and its canonical text outlasts whatever Jira does to it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block, Document, Span } from "../../domain/document.ts";
import { canonicalText } from "./adf-text.ts";
import { toAdf, toAdfComment, type AdfNode } from "./adf.ts";

const word = fc.string({ unit: "binary", maxLength: 12 });
const span: fc.Arbitrary<Span> = fc.record(
  {
    text: fc.oneof(word, fc.constantFrom("", " ", "a\nb", "\u200B", "x")),
    href: fc.constantFrom("https://example.com/a", "javascript:alert(1)", "http://x y", ""),
    bold: fc.boolean(),
    italic: fc.boolean(),
    strike: fc.boolean(),
    code: fc.boolean(),
  },
  { requiredKeys: ["text"] },
);
const text = fc.array(span, { maxLength: 4 });

const { block } = fc.letrec<{ block: Block }>((tie) => {
  const children = fc.array(tie("block"), { maxLength: 3 });
  return {
    block: fc.oneof(
      { maxDepth: 4, depthIdentifier: "block" },
      fc.record({ type: fc.constant("paragraph" as const), text }),
      fc.record({
        type: fc.constant("heading" as const),
        level: fc.constantFrom(1, 2, 3),
        text,
      }),
      fc.record({ type: fc.constant("todo" as const), text, checked: fc.boolean() }),
      fc.record({ type: fc.constant("quote" as const), text }),
      fc.record({ type: fc.constant("code" as const), language: word, text: word }),
      fc.constant({ type: "divider" as const }),
      fc.record({ type: fc.constant("bullet" as const), text, children }),
      fc.record({ type: fc.constant("number" as const), text, children }),
      fc.record({ type: fc.constant("toggle" as const), text, children }),
      fc.record({ type: fc.constant("callout" as const), icon: word, text, children }),
    ),
  };
});
const document: fc.Arbitrary<Document> = fc.record({ blocks: fc.array(block, { maxLength: 6 }) });

const mayHold: Record<string, readonly string[]> = {
  doc: ["paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule"],
  paragraph: ["text", "hardBreak"],
  heading: ["text", "hardBreak"],
  codeBlock: ["text"],
  blockquote: ["paragraph"],
  bulletList: ["listItem"],
  orderedList: ["listItem"],
  listItem: ["paragraph", "codeBlock", "bulletList", "orderedList"],
};

function check(node: AdfNode, problems: string[]): void {
  const allowed = mayHold[node.type] ?? [];
  for (const child of node.content ?? []) {
    if (!allowed.includes(child.type)) {
      problems.push(`${child.type} in ${node.type}`);
    }
    check(child, problems);
  }
  const first = node.content?.[0]?.type;
  if (node.type === "listItem" && first !== "paragraph" && first !== "codeBlock") {
    problems.push(`a list item begins with ${first}`);
  }
  if (node.type === "text" && (node.text ?? "") === "") {
    problems.push("an empty text node");
  }
  const marks = (node.marks ?? []).map(({ type }) => type);
  if (marks.includes("code") && marks.some((mark) => mark !== "code" && mark !== "link")) {
    problems.push(`code with ${marks.join()}`);
  }
  for (const { attrs } of node.marks ?? []) {
    if (attrs !== undefined && !/^https?:/.test(attrs.href)) {
      problems.push(`a link to ${attrs.href}`);
    }
  }
}

/** What Jira may do when it stores a text: attributes, text nodes, empty paragraphs. */
function normalized(node: AdfNode): AdfNode {
  const { content, attrs, ...rest } = node;
  const children = (content ?? []).map(normalized).flatMap((child) => splitText(child));
  const blank = node.type === "doc" ? [{ type: "paragraph", content: [] }] : [];
  return {
    ...rest,
    attrs: { localId: "x", ...attrs },
    ...(content === undefined ? {} : { content: [...blank, ...children, ...blank] }),
  };
}

function splitText(node: AdfNode): AdfNode[] {
  if (node.type !== "text" || (node.text?.length ?? 0) < 2) {
    return [node];
  }
  const [first = ""] = node.text ?? "";
  const texts = [first, (node.text ?? "").slice(first.length)];
  return texts.filter((part) => part !== "").map((part) => ({ ...node, text: part }));
}

function paragraphs(...texts: readonly string[]): Document {
  return { blocks: texts.map((each) => ({ type: "paragraph", text: [{ text: each }] })) };
}

describe("a description", () => {
  it("holds only what Jira's validator takes, whatever the document", () => {
    fc.assert(
      fc.property(document, (given) => {
        const problems: string[] = [];
        check(toAdf(given), problems);
        expect(problems).toEqual([]);
      }),
    );
  });

  it("has the same canonical text when Jira gives it back in another form", () => {
    fc.assert(
      fc.property(document, (given) => {
        const sent = toAdf(given);
        expect(canonicalText(normalized(sent))).toBe(canonicalText(sent));
        expect(canonicalText(JSON.parse(JSON.stringify(sent)))).toBe(canonicalText(sent));
      }),
    );
  });

  it("keeps lists, headings, styles and links", () => {
    const adf = toAdf({
      blocks: [
        { type: "heading", level: 2, text: [{ text: "Outcome" }] },
        { type: "bullet", text: [{ text: "one", bold: true }], children: [] },
        {
          type: "bullet",
          text: [{ text: "two", href: "https://example.com/" }],
          children: [{ type: "number", text: [{ text: "below" }], children: [] }],
        },
        { type: "todo", text: [{ text: "three" }], checked: true },
        { type: "divider" },
        { type: "code", language: "promql", text: "rate(\n  errors[5m])" },
        { type: "paragraph", text: [{ text: "a\nb" }] },
      ],
    });
    expect(adf.content.map(({ type }) => type)).toEqual([
      "heading",
      "bulletList",
      "rule",
      "codeBlock",
      "paragraph",
    ]);
    expect(adf.content[1]?.content).toHaveLength(3);
    expect(canonicalText(adf)).toBe(
      "Outcome\n- one\n- two\n- below\n- [x] three\n---\nrate(\nerrors[5m])\na\nb",
    );
  });

  it("is empty for an empty document", () => {
    expect(toAdf({ blocks: [] })).toEqual({ type: "doc", version: 1, content: [] });
    expect(canonicalText(null)).toBe("");
  });

  it("is cut visibly, in its text and in the number of its blocks", () => {
    const long = toAdf(paragraphs("x".repeat(40_000), "y".repeat(10)));
    expect(JSON.stringify(long).length).toBeLessThan(27_000);
    expect(canonicalText(long)).toMatch(/\n… \(cut, 15010 more characters\)$/);
    const many = toAdf(paragraphs(...Array.from({ length: 5_000 }, (_, at) => `line ${at}`)));
    expect(many.content).toHaveLength(1_001);
    expect(canonicalText(many)).toMatch(/more characters\)$/);
  });

  it("never cuts a character in two", () => {
    const cut = canonicalText(toAdf(paragraphs(`x${"🚨".repeat(20_000)}`)));
    expect(cut.isWellFormed()).toBe(true);
  });

  it("cannot become markup, a mention or a script", () => {
    const adf = toAdf({
      blocks: [
        {
          type: "paragraph",
          text: [{ text: "[~accountid:1] {html} <script>", href: "javascript:alert(1)" }],
        },
      ],
    });
    expect(adf.content[0]?.content).toEqual([
      { type: "text", text: "[~accountid:1] {html} <script>" },
    ]);
  });
});

function doc(...content: readonly object[]): object {
  return { type: "doc", version: 1, content };
}

function task(state: string): object {
  return doc({
    type: "taskList",
    content: [{ type: "taskItem", attrs: { state }, content: [{ type: "text", text: "do" }] }],
  });
}

describe("the canonical text", () => {
  const said = { type: "paragraph", content: [{ type: "text", text: "Text" }] };

  it.each<[string, object]>([
    ["a word", { type: "paragraph", content: [{ type: "text", text: "more" }] }],
    ["a picture", { type: "mediaSingle", content: [{ type: "media", attrs: { id: "1" } }] }],
    ["a card", { type: "blockCard", attrs: { url: "https://example.com/" } }],
    ["a mention", { type: "paragraph", content: [{ type: "mention", attrs: { text: "@Ada" } }] }],
    ["a date", { type: "paragraph", content: [{ type: "date", attrs: { timestamp: "1" } }] }],
    ["an emoji", { type: "paragraph", content: [{ type: "emoji", attrs: { text: "🚨" } }] }],
    ["a rule", { type: "rule" }],
    ["what nobody knows yet", { type: "somethingNew" }],
  ])("changes when a person adds %s", (_, added) => {
    expect(canonicalText(doc(said, added))).not.toBe(canonicalText(doc(said)));
    expect(canonicalText(doc(said, added))).toContain("Text");
  });

  it("is the same for letters in one piece and in two", () => {
    const [one, two] = ["\u00E9", "e\u0301"].map((letter) => toAdf(paragraphs(letter)));
    expect(canonicalText(one)).toBe(canonicalText(two));
  });

  it("changes when a task is done", () => {
    expect(canonicalText(task("DONE"))).not.toBe(canonicalText(task("TODO")));
  });

  it("is bounded for a document without end of nesting", () => {
    let node: object = said;
    for (let depth = 0; depth < 10_000; depth += 1) {
      node = { type: "blockquote", content: [node] };
    }
    expect(canonicalText(doc(node))).toContain("[…]");
  });

  it.each([undefined, 7, [], { type: 1 }, { type: "doc", content: "x" }])(
    "of what is no document is empty: %j",
    (raw) => {
      expect(canonicalText(raw)).toBe("");
    },
  );
});

describe("a comment", () => {
  it("has a paragraph for each line, and its reference last", () => {
    const adf = toAdfComment("one\n\n  \ntwo", "(ref 1)");
    expect(canonicalText(adf)).toBe("one\ntwo\n(ref 1)");
    expect(adf.content).toHaveLength(3);
  });

  it("keeps its reference when it is cut", () => {
    const adf = toAdfComment("x".repeat(100_000), "(ref 1)");
    expect(canonicalText(adf)).toMatch(/more characters\)\n\(ref 1\)$/);
    expect(JSON.stringify(adf).length).toBeLessThan(21_000);
  });
});
