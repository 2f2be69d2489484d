/**
 * Markdown in which values are tokens becomes the blocks of a page. Takes the part of Markdown that a page
 * can show and reports the rest; nothing is dropped silently but comments.
 */

import type {
  Blockquote,
  Html,
  List,
  ListItem,
  Paragraph,
  PhrasingContent,
  RootContent,
} from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import type { Block, RichText } from "../domain/document.ts";
import { joinSpans, type Page, rawHtmlProblem, toRichText } from "./inline.ts";
import { fillTokens, hasToken, unfillTokens } from "./printed.ts";
import { distanceBetween, slipMax } from "./problems.ts";

/** A block and where in the Markdown it begins. */
export interface PlacedBlock {
  readonly block: Block;
  readonly at: number;
}

/** A `<details>` that is still open, or the page itself. */
interface Frame {
  readonly at: number;
  readonly summary: RichText;
  readonly placed: PlacedBlock[];
}

/** Levels below the top: Notion takes two in the request that makes a page. */
const depthMax = 2;
const alertIcons: ReadonlyMap<string, string> = new Map([
  ["NOTE", "ℹ️"],
  ["TIP", "💡"],
  ["IMPORTANT", "❗"],
  ["WARNING", "⚠️"],
  ["CAUTION", "🛑"],
]);
const openComment = "the comment that begins here is never closed by -->";
const markers = ["timeline", "action-items"] as const;
const htmlPiece = /\s+|<!--([^]*?)-->|<details>\s*<summary>([^<]*)<\/summary>|(<\/details>)/giy;
const tableRule =
  /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$|^[ \t]*\|[ \t]*:?-+:?[ \t]*\|[ \t]*$/m;

/** Takes a rendered template; gives its top-level blocks. */
export function toBlocks(page: Page): PlacedBlock[] {
  return convertAll(fromMarkdown(page.rendered.markdown).children, 0, page);
}

function convertAll(nodes: readonly RootContent[], depth: number, page: Page): PlacedBlock[] {
  const placed: PlacedBlock[] = [];
  const frames: Frame[] = [{ at: 0, summary: [], placed }];
  for (const node of nodes) {
    if (node.type === "html") {
      takeHtml(node, { frames, depth, page });
    } else {
      frames.at(-1)?.placed.push(...convert(node, depth + frames.length - 1, page));
    }
  }
  for (const { at } of frames.slice(1)) {
    page.report(at, "<details> is never closed by </details>");
  }
  return placed;
}

function convert(node: RootContent, depth: number, page: Page): PlacedBlock[] {
  const at = offsetOf(node);
  if (depth > depthMax) {
    page.report(at, `this is nested too deep; at most ${depthMax} levels fit below the top one`);
    return [];
  }
  switch (node.type) {
    case "heading": {
      const level = node.depth;
      if (level > 3) {
        page.report(at, `a heading of level ${level} can't be used; known: #, ##, ###`);
      }
      const text = toRichText(node.children, page);
      return [
        { at, block: { type: "heading", level: level === 1 || level === 2 ? level : 3, text } },
      ];
    }
    case "paragraph":
      return [{ at, block: toParagraph(node, page) }];
    case "thematicBreak":
      return [{ at, block: { type: "divider" } }];
    case "blockquote":
      return [{ at, block: toQuote(node, depth, page) }];
    case "list":
      return node.children.map((item) => ({
        at: offsetOf(item),
        block: toItem(item, { list: node, depth, page }),
      }));
    case "code":
      return [{ at, block: toCode(node, page) }];
    case "definition":
      page.report(at, "links by reference can't be used; write [text](https://…)");
      break;
    // The parser makes the following only with extensions, or only inside of the above.
    case "break":
    case "delete":
    case "emphasis":
    case "footnoteDefinition":
    case "footnoteReference":
    case "html":
    case "image":
    case "imageReference":
    case "inlineCode":
    case "link":
    case "linkReference":
    case "listItem":
    case "strong":
    case "table":
    case "tableCell":
    case "tableRow":
    case "text":
    case "yaml":
      page.report(at, `"${node.type}" can't be used here`);
      break;
  }
  return [];
}

function offsetOf(node: RootContent): number {
  return node.position?.start.offset ?? 0;
}

function toParagraph(node: Paragraph, page: Page): Block {
  const { start, end } = node.position ?? { start: {}, end: {} };
  const rule = tableRule.exec(page.rendered.markdown.slice(start.offset, end.offset));
  if (rule !== null) {
    const known = "a list, or <!-- timeline --> for the timeline";
    page.report((start.offset ?? 0) + rule.index, `tables can't be used; use ${known}`);
  }
  return { type: "paragraph", text: toRichText(node.children, page) };
}

function toCode(node: Extract<RootContent, { type: "code" }>, page: Page): Block {
  const at = offsetOf(node);
  const { markdown, printed } = page.rendered;
  if (!["`", "~"].includes(markdown.charAt(at))) {
    page.report(at, "four spaces in front make this code; take them away, or put ``` around it");
  }
  const language = node.lang ?? "";
  if (hasToken(language)) {
    page.report(at, `the language of code can't be "${unfillTokens(language, printed)}", a value`);
  }
  return { type: "code", language, text: fillTokens(node.value, printed) };
}

function toItem(
  item: ListItem,
  place: { readonly list: List; readonly depth: number; readonly page: Page },
): Block {
  const { list, depth, page } = place;
  const [first, ...others] = item.children;
  const lead = first?.type === "paragraph" ? first : undefined;
  const nested = lead === undefined ? item.children : others;
  const text = lead === undefined ? [] : lead.children;
  const task = list.ordered === true ? undefined : taskOf(text);
  if (task !== undefined) {
    if (nested.length > 0) {
      page.report(
        offsetOf(item),
        "a to-do can't have anything nested in it; use a list without boxes",
      );
    }
    return { type: "todo", checked: task.checked, text: toRichText(task.text, page) };
  }
  const children = convertAll(nested, depth + 1, page).map(({ block }) => block);
  const type = list.ordered === true ? "number" : "bullet";
  return { type, text: toRichText(text, page), children };
}

/** `[ ] text` or `[x] text` at the start of a list item, or undefined. */
function taskOf(
  nodes: readonly PhrasingContent[],
): { checked: boolean; text: PhrasingContent[] } | undefined {
  const [first, ...others] = nodes;
  if (first?.type !== "text") {
    return undefined;
  }
  const [box, mark] = /^\[([ xX])\](?:\s+|$)/.exec(first.value) ?? [];
  return box === undefined
    ? undefined
    : {
        checked: mark !== " ",
        text: [{ ...first, value: first.value.slice(box.length) }, ...others],
      };
}

function toQuote(node: Blockquote, depth: number, page: Page): Block {
  const alert = alertOf(node, page);
  if (alert !== undefined) {
    const children = convertAll(alert.rest, depth + 1, page).map(({ block }) => block);
    return { type: "callout", icon: alert.icon, text: toRichText(alert.text, page), children };
  }
  const texts = node.children.map((child) => {
    if (child.type === "paragraph") {
      return toRichText(child.children, page);
    }
    const known = [...alertIcons.keys()].map((name) => `> [!${name}]`).join(", ");
    page.report(offsetOf(child), `a quote holds text only; what holds more: ${known}`);
    return [];
  });
  const spans = texts.flatMap((text, index) => (index === 0 ? text : [{ text: "\n" }, ...text]));
  return { type: "quote", text: joinSpans(spans) };
}

/** GitHub's `> [!NOTE]`, with its text on the next lines; undefined for any other quote. */
function alertOf(
  node: Blockquote,
  page: Page,
): { icon: string; text: PhrasingContent[]; rest: readonly RootContent[] } | undefined {
  const [lead, ...rest] = node.children;
  const [first, ...others] = lead?.type === "paragraph" ? lead.children : [];
  if (first?.type !== "text") {
    return undefined;
  }
  const [head, name = "", after = ""] = /^\[!([^\]]*)\][ \t]*([^\n]?)/.exec(first.value) ?? [];
  if (head === undefined) {
    return undefined;
  }
  const icon = alertIcons.get(name.toUpperCase());
  if (icon === undefined) {
    const known = [...alertIcons.keys()].map((each) => `[!${each}]`).join(", ");
    page.report(offsetOf(node), `unknown callout "[!${name}]"; known: ${known}`);
  }
  const isFollowed = first.value === head && others.length > 0 && others[0]?.type !== "break";
  if (after !== "" || isFollowed) {
    page.report(offsetOf(node), `the text of a callout begins on the line after [!${name}]`);
  }
  const text = [
    { ...first, value: first.value.slice(head.length).trimStart() },
    ...others.slice(others[0]?.type === "break" && first.value === head ? 1 : 0),
  ];
  return { icon: icon ?? "", text, rest };
}

/** A run of HTML can open and close several things: takes it apart piece by piece. */
function takeHtml(
  node: Html,
  place: { readonly frames: Frame[]; readonly depth: number; readonly page: Page },
): void {
  const { frames, depth, page } = place;
  for (let index = 0; index < node.value.length;) {
    const at = offsetOf(node) + index;
    htmlPiece.lastIndex = index;
    const [piece, comment, summary, closing] = htmlPiece.exec(node.value) ?? [];
    if (piece === undefined) {
      page.report(at, strangeHtml(unfillTokens(node.value.slice(index), page.rendered.printed)));
      return;
    }
    index += piece.length;
    if (comment !== undefined) {
      takeComment(comment.trim(), at, place);
    } else if (summary !== undefined) {
      const isTooDeep = depth + frames.length - 1 > depthMax;
      if (isTooDeep) {
        page.report(
          at,
          `this is nested too deep; at most ${depthMax} levels fit below the top one`,
        );
      }
      frames.push({ at, summary: summaryText(summary, at, page), placed: [] });
    } else if (closing !== undefined) {
      closeDetails(at, place);
    }
  }
}

function strangeHtml(html: string): string {
  if (html.startsWith("<!--")) {
    return openComment;
  }
  if (/^<details\b/i.test(html)) {
    return "write <details>, without attributes, and on the next line <summary>plain text</summary>";
  }
  return html.startsWith("<")
    ? rawHtmlProblem(html)
    : "a blank line is missing between the HTML above and this text";
}

function summaryText(summary: string, at: number, page: Page): RichText {
  const [lead] = fromMarkdown(summary.trim()).children;
  if (lead?.type !== "paragraph") {
    page.report(at, "<summary> holds one line of text");
    return [];
  }
  return toRichText(lead.children, { ...page, report: (_, text) => page.report(at, text) });
}

function closeDetails(
  at: number,
  { frames, page }: { readonly frames: Frame[]; readonly page: Page },
): void {
  const frame = frames.length > 1 ? frames.pop() : undefined;
  if (frame === undefined) {
    page.report(at, "</details> closes nothing");
    return;
  }
  const children = frame.placed.map(({ block }) => block);
  frames
    .at(-1)
    ?.placed.push({ at: frame.at, block: { type: "toggle", text: frame.summary, children } });
}

function takeComment(
  comment: string,
  at: number,
  place: { readonly frames: Frame[]; readonly depth: number; readonly page: Page },
): void {
  const { frames, depth, page } = place;
  const marker = markers.find((each) => each === comment);
  const meant = markers.find((each) => distanceBetween(each, comment.toLowerCase()) <= slipMax);
  if (marker !== undefined && frames.length === 1 && depth === 0) {
    frames[0]?.placed.push({ at, block: { type: marker } });
  } else if (marker !== undefined) {
    page.report(at, `<!-- ${marker} --> can't stand inside of another block`);
  } else if (comment.includes("<!--")) {
    page.report(at, openComment);
  } else if (meant !== undefined) {
    const known = markers.map((each) => `<!-- ${each} -->`).join(", ");
    page.report(at, `unknown marker "${comment}"; known: ${known}`);
  }
}
