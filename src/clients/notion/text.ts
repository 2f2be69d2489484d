/**
 * Text within Notion's limits (docs/vendors/notion.md): 2,000 UTF-16 units a rich text item, 100 items
 * an array. Text stays text: no mention, no equation, and a link only where our own document has one.
 */

import type { RichText, Span } from "../../domain/document.ts";

export const textUnitsMax = 2000;
export const richTextItemsMax = 100;
const urlUnitsMax = 2000;

/** The only kind of rich text that Debrief sends. */
export interface TextItem {
  readonly text: { readonly content: string; readonly link?: { readonly url: string } };
  readonly annotations?: {
    readonly bold?: true;
    readonly italic?: true;
    readonly strikethrough?: true;
    readonly code?: true;
  };
}

/**
 * Takes spans of any length and the most UTF-16 units to keep; gives items within Notion's limits.
 * What does not fit is cut, and the last item says how much.
 */
export function toRichText(spans: RichText, unitsMax = Infinity): TextItem[] {
  const clean = mergeAlike(spans.map((span) => ({ ...span, text: cleanText(span.text) })));
  const total = clean.reduce((sum, span) => sum + span.text.length, 0);
  const items: TextItem[] = [];
  let kept = 0;
  for (const span of clean) {
    for (const piece of splitText(span.text, textUnitsMax)) {
      const isLast = kept + piece.length === total && total <= unitsMax;
      // Unless this is the end, one item stays free for the note that says what was cut.
      const isFull = items.length >= richTextItemsMax - (isLast ? 0 : 1);
      const roomUnits = isFull ? 0 : unitsMax - kept;
      const fits = roomUnits >= piece.length ? piece : headOf(piece, roomUnits);
      if (fits !== "") {
        items.push(toItem(span, fits));
        kept += fits.length;
      }
      if (fits !== piece) {
        return [...items, { text: { content: cutNote(total - kept) } }];
      }
    }
  }
  return items;
}

/** Takes plain text; gives it as rich text without any style. */
export function plainText(text: string, unitsMax = Infinity): TextItem[] {
  return toRichText([{ text }], unitsMax);
}

/** True for an absolute https URL that Notion takes as a link: it refuses the whole request for any other. */
export function isLinkable(url: string): boolean {
  return /^https:/i.test(url) && isWebUrl(url);
}

/** The same for `url` properties, where http is fine as well. */
export function isWebUrl(url: string): boolean {
  return (
    url.length <= urlUnitsMax && /^https?:\/\/[^\s<>"\\^`{|}]+$/i.test(url) && URL.canParse(url)
  );
}

/** Without control characters (but tab and line feed) and lone surrogates, which JSON parsers choke on. */
export function cleanText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it removes
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F]/g, "");
}

/** At most `units` UTF-16 units from the start, never half a surrogate pair. */
export function headOf(text: string, units: number): string {
  const end = Math.max(0, Math.min(units, text.length));
  return text.slice(0, isInsidePair(text, end) ? end - 1 : end);
}

function splitText(text: string, units: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const piece = headOf(text.slice(at, at + units + 1), units);
    pieces.push(piece);
    at += piece.length;
  }
  return pieces;
}

function isInsidePair(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}

function cutNote(units: number): string {
  return `… cut, ${units.toLocaleString("en-US")} more characters`;
}

function mergeAlike(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter(({ text }) => text !== "")) {
    const last = merged.at(-1);
    if (last !== undefined && isAlike(last, span)) {
      merged[merged.length - 1] = { ...last, text: last.text + span.text };
    } else {
      merged.push(span);
    }
  }
  return merged;
}

function isAlike(a: Span, b: Span): boolean {
  return (
    a.href === b.href &&
    (a.bold ?? false) === (b.bold ?? false) &&
    (a.italic ?? false) === (b.italic ?? false) &&
    (a.strike ?? false) === (b.strike ?? false) &&
    (a.code ?? false) === (b.code ?? false)
  );
}

function toItem(span: Span, content: string): TextItem {
  const link = span.href !== undefined && isLinkable(span.href) ? { url: span.href } : undefined;
  const annotations = {
    ...(span.bold === true ? { bold: true as const } : {}),
    ...(span.italic === true ? { italic: true as const } : {}),
    ...(span.strike === true ? { strikethrough: true as const } : {}),
    ...(span.code === true ? { code: true as const } : {}),
  };
  return {
    text: { content, ...(link === undefined ? {} : { link }) },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
