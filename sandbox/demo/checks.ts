/** What has to stand in the sandbox after the demo's incident. Each check is a sentence that is true or not. */

import type { BlockView, PageView } from "../notion/views-of-world.ts";
import { storyMinutes, storyTitle } from "./story.ts";

export interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** What was found instead. */
  readonly found?: string;
}

export interface PlayedIncident {
  readonly id: string;
  readonly noteContents: readonly string[];
}

/** Takes every page of the data source and the incident as PagerDuty holds it. */
export function checkOutcome(pages: readonly PageView[], incident: PlayedIncident): Check[] {
  const mine = pages.filter((page) => page.properties["Incident ID"] === incident.id);
  const [page] = mine;
  if (page === undefined || mine.length > 1) {
    const found = `${String(mine.length)} pages`;
    return [{ what: "exactly one page stands for the incident", ok: false, found }];
  }
  const rows = timelineRows(page);
  const everything = JSON.stringify(page);
  return [
    { what: "exactly one page stands for the incident", ok: !page.inTrash },
    equal("it carries the incident's title", page.title, storyTitle),
    equal("Severity is P1", page.properties["Severity"], "P1"),
    equal("Status is Draft once resolved", page.properties["Status"], "Draft"),
    equal("the duration is computed", page.properties["Duration min"], storyMinutes),
    equal("so is the time to acknowledge", page.properties["Time to acknowledge min"], 2),
    equal("Lead is who was on call", page.properties["Lead"], ["Ada Okafor"]),
    ...checkTimeline(rows),
    {
      what: "the action items of this page stand on it as a linked view",
      ok: page.blocks.some((block) => block.type === "child_database"),
    },
    {
      what: "secrets in alerts and notes are masked",
      ok: !everything.includes("hunter2") && !everything.includes("eyJhbGciOiJIUzI1NiJ9"),
    },
    { what: "phone numbers stay at PagerDuty", ok: !everything.includes("555555") },
    {
      what: "PagerDuty has exactly one note with the page's link",
      ok: incident.noteContents.filter((note) => note.includes(page.url)).length === 1,
    },
  ];
}

/** Holds when both are the same as JSON. */
export function equal(what: string, found: unknown, expected: unknown): Check {
  const ok = JSON.stringify(found) === JSON.stringify(expected);
  return ok ? { what, ok } : { what, ok, found: JSON.stringify(found) };
}

/** The cells of the timeline table, without its header. */
export function timelineRows(page: PageView): string[] {
  const table = page.blocks.find((block) => block.type === "table");
  return (table?.children ?? []).slice(1).map((row: BlockView) => row.text);
}

function checkTimeline(rows: readonly string[]): Check[] {
  const expected = [
    "5xx rate on POST /orders",
    "Acknowledged",
    "Order queue is 4,100 deep",
    "Esra Yilmaz",
    "Suspected the card provider",
    "We are investigating failing checkouts",
    "Pool size went from 20 to 200",
    "Checkout works again",
    "Resolved",
  ];
  const missing = expected.filter((text) => !rows.some((row) => row.includes(text)));
  const times = rows.map((row) => row.slice(0, 19));
  return [
    {
      what: `the timeline tells the whole story (${String(rows.length)} rows)`,
      ok: missing.length === 0,
      ...(missing.length === 0 ? {} : { found: `missing: ${missing.join(" · ")}` }),
    },
    {
      what: "its rows are in order",
      ok: times.every((time, at) => at === 0 || (times[at - 1] ?? "") <= time),
    },
  ];
}
