/** Markdown inside of a block becomes rich text. Here tokens become values again, in text and nowhere else. */

import type { PhrasingContent } from "mdast";
import type { RichText, Span } from "../domain/document.ts";
import type { Rendered } from "./liquid.ts";
import { fillTokens, hasToken, printedAlone, unfillTokens } from "./printed.ts";

/** A rendered template on its way to blocks. */
export interface Page {
  readonly rendered: Rendered;
  /** Takes the offset in the Markdown of what is wrong. */
  report(offset: number, text: string): void;
}

type Style = Omit<Span, "text">;

/** The one variable that holds an address. */
const urlVariable = "incident.url";
export const markerForm = /<!--\s*(timeline|action-items)\s*-->/;
/** Notion takes no longer addresses. */
const urlCharactersMax = 2000;

/** Takes what stands inside of a block; gives it as spans, neighbors of one style joined. */
export function toRichText(nodes: readonly PhrasingContent[], page: Page): RichText {
  return joinSpans(nodes.flatMap((node) => toSpans(node, {}, page)));
}

export function joinSpans(spans: readonly Span[]): RichText {
  const joined: Span[] = [];
  for (const span of spans.filter(({ text }) => text !== "")) {
    const last = joined.at(-1);
    if (last !== undefined && styleOf(last) === styleOf(span)) {
      joined[joined.length - 1] = { ...last, text: last.text + span.text };
    } else {
      joined.push(span);
    }
  }
  return joined;
}

function styleOf({ href, bold, italic, code }: Span): string {
  return JSON.stringify([href, bold, italic, code]);
}

function toSpans(node: PhrasingContent, style: Style, page: Page): Span[] {
  const at = node.position?.start.offset ?? 0;
  switch (node.type) {
    case "text":
      if (node.value.includes("~~")) {
        page.report(
          at,
          "text struck through with ~~ can't be used; known: **bold**, *italic*, `code`",
        );
      }
      return [{ ...style, text: fill(node.value.replace(/\s*\n\s*/g, " "), page) }];
    case "break":
      return [{ ...style, text: "\n" }];
    case "inlineCode":
      return [{ ...style, code: true, text: fill(node.value, page) }];
    case "strong":
      return node.children.flatMap((each) => toSpans(each, { ...style, bold: true }, page));
    case "emphasis":
      return node.children.flatMap((each) => toSpans(each, { ...style, italic: true }, page));
    case "link": {
      const href = hrefOf(node.url, at, page);
      const linked = href === undefined ? style : { ...style, href };
      return node.children.flatMap((each) => toSpans(each, linked, page));
    }
    case "html":
      checkInlineHtml(node.value, at, page);
      break;
    case "image":
    case "imageReference":
      page.report(at, "images can't be used; link to the picture instead: [text](https://…)");
      break;
    case "linkReference":
    case "delete":
    case "footnoteReference":
      page.report(at, "links by reference can't be used; write [text](https://…)");
      break;
  }
  return [];
}

function fill(text: string, page: Page): string {
  return fillTokens(text, page.rendered.printed);
}

/** The address to link to; undefined where it comes from a value that is no https address. */
function hrefOf(url: string, at: number, page: Page): string | undefined {
  const { printed } = page.rendered;
  const value = printedAlone(url, printed);
  if (value?.expression === urlVariable) {
    return isHttps(value.text) ? value.text : undefined;
  }
  const shown = unfillTokens(url, printed);
  if (hasToken(url)) {
    page.report(
      at,
      `a link can't go to "${shown}"; the only value a link can go to is {{ ${urlVariable} }}, alone`,
    );
    return undefined;
  }
  if (!isHttps(url)) {
    page.report(at, `a link can't go to "${shown}"; links start with https://`);
    return undefined;
  }
  return url;
}

function isHttps(url: string): boolean {
  const parsed = URL.parse(url);
  const isPlain = parsed !== null && parsed.username === "" && parsed.password === "";
  return (
    isPlain && parsed.protocol === "https:" && url.length <= urlCharactersMax && !/\s/.test(url)
  );
}

function checkInlineHtml(html: string, at: number, page: Page): void {
  if (markerForm.test(html)) {
    page.report(at, `${html} needs a line of its own, with blank lines around it`);
  } else if (!html.startsWith("<!--")) {
    page.report(at, rawHtmlProblem(unfillTokens(html, page.rendered.printed)));
  }
}

export function rawHtmlProblem(html: string): string {
  const start = JSON.stringify(html.trim().split("\n")[0]?.slice(0, 40));
  const known =
    "<details><summary>…</summary> … </details>, <!-- timeline -->, <!-- action-items -->";
  return `HTML can't be used: ${start}; known: ${known}, other comments (left out)`;
}
