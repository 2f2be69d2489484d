/** Reads a to-do that a person typed under the action items: what is to be done, by whom, by when. */

import type { ToDoBlock } from "./action-item.ts";
import type { NotionUserId } from "./keys.ts";
import { cleanText, oneLine, truncate } from "./text.ts";

export type ToDoReading =
  | {
      readonly kind: "item";
      readonly title: string;
      /** In the order they are mentioned, each once. */
      readonly owners: readonly NotionUserId[];
      /** `2026-12-01` */
      readonly due?: string;
    }
  | { readonly kind: "leave"; readonly why: "checked" | "empty" | "mentions a page" };

// Longer than any title, short enough for every pattern below.
const textMax = 4000;

const monthNames = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
] as const;

const keyword = String.raw`(?:due(?:\s+(?:date|by|on|until))?|by|until|before)`;
const lead = String.raw`(?<![\p{L}\p{N}_-])${keyword}(?:\s*[:=]\s*|\s+)(?:the\s+|on\s+)?`;
const month = String.raw`(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?`;
const day = String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)?`;
// Not the beginning of a longer number, a range, a time or a word.
const end = String.raw`(?![\p{L}\p{N}_/-]|\s*[–—]\s*\d|[.:]\d)`;
// Without a year no further number may follow: it might be one.
const yearEnd = String.raw`(?:\s*,?\s+(?<year>\d{4})${end}|${end}(?!\s*,?\s*\d))`;

/** The ways to write a day that mean one day only: 1/12 is two of them and stays in the title. */
const dateForms = [
  String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?![\p{L}\p{N}_/-])`,
  String.raw`${day}\s+(?:of\s+)?${month}${yearEnd}`,
  String.raw`${month}\s+(?:the\s+)?${day}${yearEnd}`,
].map((form) => new RegExp(lead + form, "giu"));

/** A word for a due date by itself: its date was a mention, which the text does not hold. */
const keywordAlone = new RegExp(
  String.raw`(?<![\p{L}\p{N}_-])${keyword}(?:\s*[:=])?(?![\p{L}\p{N}_-])`,
  "giu",
);
const keywordAtEnd = new RegExp(`${keywordAlone.source}(?=\\s*[,;:.!?)\\]]|\\s*$)`, "giu");

/** A label whose person was a mention: `owner: @Mia`. */
const orphanedLabel =
  /(?<![\p{L}\p{N}_-])(?:owners?|assignees?|dri)\s*[:=](?=\s*(?:[,;)\]]|$|\s[–—-]\s|\s{2,}))|(?<![\p{L}\p{N}_-])assigned\s+to:?(?=\s*(?:[,;)\]]|$))/giu;

/** Stands where something was taken out; cleaned text can't hold it. */
const cut = "\uFFFF";
const emptyBrackets = new RegExp(String.raw`[([{][\s,;:–—${cut}-]*[)\]}]`, "gu");
const beforeEnd = new RegExp(String.raw`[\s,;:–—-]*${cut}\s*(?=[,;:.!?)\]}]|$)`, "gu");
const afterStart = new RegExp(String.raw`(^|[([{])\s*${cut}[\s,;:–—-]*`, "gu");

/**
 * Takes a to-do and the day it is read; gives the action item in it, or why it is left alone. A date counts when
 * it is mentioned or written behind `by`, `due`, `until` or `before`; one without a year is the next such day.
 */
export function readToDo(block: ToDoBlock, today: Date): ToDoReading {
  if (block.checked) {
    return { kind: "leave", why: "checked" };
  }
  if (block.pages.length > 0) {
    return { kind: "leave", why: "mentions a page" };
  }
  const plain = truncate(cleanText(block.plain), textMax).replaceAll(/\s{3,}/g, "  ");
  const mentioned = mentionedDates(block, today);
  const written = mentioned.due === undefined ? writtenDue(plain, today) : undefined;
  const rest = written?.rest ?? plain;
  const undated = mentioned.due === undefined ? rest : withoutKeyword(rest, block, mentioned.due);
  const unlabelled = block.people.length === 0 ? undated : undated.replaceAll(orphanedLabel, cut);
  const hasMentions = block.people.length > 0 || block.dates.length > 0;
  const title = [tidied(unlabelled, hasMentions), ...mentioned.others.map((date) => `(${date})`)]
    .join(" ")
    .trim();
  if (title === "") {
    return { kind: "leave", why: "empty" };
  }
  const due = mentioned.due ?? written?.due;
  return {
    kind: "item",
    title,
    owners: [...new Set(block.people)],
    ...(due === undefined ? {} : { due }),
  };
}

/**
 * True when this text was seen before and has stood unchanged for `restMs`: its author has finished typing.
 * `seen.since` is ISO 8601.
 */
export function hasRested(
  text: string,
  seen: { readonly text: string; readonly since: string } | undefined,
  now: Date,
  restMs: number,
): boolean {
  return seen?.text === text && now.getTime() - Date.parse(seen.since) >= restMs;
}

/**
 * Of the dates mentioned, the one behind a word for it is due, else the last that is not past. The others
 * are part of what is to be done.
 */
function mentionedDates(
  block: ToDoBlock,
  today: Date,
): { readonly due: string | undefined; readonly others: readonly string[] } {
  const dates = [...new Set(block.dates.map((date) => date.slice(0, 10)).filter(isDay))];
  const due =
    dates.find((date) => new RegExp(`${lead}@?${date}`, "iu").test(block.text)) ??
    dates.findLast((date) => date >= dayOfDate(today));
  return { due, others: dates.filter((date) => date !== due) };
}

/**
 * Takes out the word that the mentioned date stood behind: the one in the same place of the order as in the
 * text with mentions, or else one that leads nowhere.
 */
function withoutKeyword(plain: string, { text }: ToDoBlock, due: string): string {
  const place = [...text.matchAll(keywordAlone)].findIndex((match) =>
    text
      .slice(match.index + match[0].length)
      .trimStart()
      .replace(/^@/, "")
      .startsWith(due),
  );
  const match = [...plain.matchAll(keywordAlone)][place];
  return match === undefined
    ? plain.replaceAll(keywordAtEnd, cut)
    : plain.slice(0, match.index) + cut + plain.slice(match.index + match[0].length);
}

/** The last date that is written as due, and the text without it. */
function writtenDue(
  text: string,
  today: Date,
): { readonly due: string; readonly rest: string } | undefined {
  const found = dateForms
    .flatMap((form) => [...text.matchAll(form)])
    .flatMap((match) => {
      const due = dayOf(match.groups ?? {}, today);
      return due === undefined ? [] : [{ due, at: match.index, length: match[0].length }];
    })
    .toSorted((a, b) => b.at - a.at)[0];
  return found === undefined
    ? undefined
    : {
        due: found.due,
        rest: text.slice(0, found.at) + cut + text.slice(found.at + found.length),
      };
}

function dayOf(
  groups: Readonly<Record<string, string | undefined>>,
  today: Date,
): string | undefined {
  const given = groups["month"] ?? "";
  const named = monthNames.findIndex((name) => name.startsWith(given.toLowerCase().slice(0, 3)));
  const number = /^\d/.test(given) ? Number(given) : named + 1;
  const rest = `${padded(number)}-${padded(Number(groups["day"]))}`;
  if (groups["year"] !== undefined) {
    const full = `${groups["year"]}-${rest}`;
    return isDay(full) ? full : undefined;
  }
  const now = dayOfDate(today);
  const thisYear = today.getUTCFullYear();
  // Up to eight years ahead, as 29 February may be that far.
  return Array.from({ length: 9 }, (_, ahead) => `${thisYear + ahead}-${rest}`).find(
    (full) => isDay(full) && full >= now,
  );
}

function dayOfDate(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function padded(number: number): string {
  return String(number).padStart(2, "0");
}

/** True for `2026-12-01` when the calendar has that day. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    return false;
  }
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/**
 * What is left when people and dates are taken out, without the punctuation that held them; all else stays as
 * it was typed. Where people stood is not known, so what they leave is looked for only when there are any.
 */
function tidied(text: string, hasMentions: boolean): string {
  const unheld = text
    .replaceAll(emptyBrackets, (brackets) => (brackets.includes(cut) ? " " : brackets))
    .replaceAll(afterStart, "$1")
    .replaceAll(beforeEnd, "")
    .replaceAll(cut, " ");
  const line = oneLine(unheld);
  return hasMentions
    ? line
        .replaceAll(/(?<=^|\s)[([{][\s,;:]*[)\]}]/g, " ")
        .replaceAll(/\s+(?=[,;:](?:\s|$)|[.!?]$)/g, "")
        .replace(/^[\s,;:–—-]+\s/, "")
        .replace(/(?:[\s,;:]|(?<=\s)[–—-])+$/, "")
        .replaceAll(/\s+/g, " ")
        .trim()
    : line;
}
