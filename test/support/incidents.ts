/** Incidents as tests play them: some time ago, with many records, and what has to stand on their pages. */

import { expect } from "vitest";
import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { entriesIn, rowsOf, says, viewsOf } from "./pages.ts";
import type { World } from "./world.ts";

/** An instant some minutes ago, as PagerDuty's acts take it. */
export function ago(minutes: number): string {
  return minutesBefore(Date.now())(minutes);
}

/** The same before a fixed instant, for durations that have to come out exactly. */
export function minutesBefore(nowMs: number): (minutes: number) => string {
  return (minutes) => new Date(nowMs - minutes * 60_000).toISOString();
}

export function urlOf(incident: string): string {
  return `https://acme.pagerduty.com/incidents/${incident}`;
}

/** Our notes at PagerDuty. */
export function ownNotes(world: World, incident: string): string[] {
  return world.pagerduty.notesOf(incident).filter((note) => note.includes("app.notion.com"));
}

/** Waits until the incident's page, its view and its note at PagerDuty stand. */
export async function untilWhole(world: World, incident: string): Promise<PageView> {
  return world.untilPage(
    incident,
    "a page with its view, and its note at PagerDuty",
    (page) => viewsOf(page).length > 0 && ownNotes(world, incident).length > 0,
  );
}

/** Waits until a row of the timeline contains the words. */
export function untilSays(world: World, incident: string, words: string): Promise<PageView> {
  return world.untilPage(incident, `a row that says "${words}"`, (page) => says(page, words));
}

/** Adds log entries of a kind that is never collapsed, `everyS` seconds apart from `fromMinutesAgo` on. */
export function addEntries(
  world: World,
  incident: string,
  how: { readonly count: number; readonly fromMinutesAgo: number; readonly everyS: number },
): string[] {
  return Array.from({ length: how.count }, (_, index) => {
    const summary = `Step ${String(index + 1)} of the runbook is done`;
    const at = ago(how.fromMinutesAgo - (index * how.everyS) / 60);
    world.pagerduty.act({ do: "logEntry", incident, type: "runbook_log_entry", summary, at });
    return summary;
  });
}

/** Every log entry but our own note's is in exactly one row, every row links to one record, in order. */
export function expectCompleteTimeline(world: World, incident: string, page: PageView): void {
  const rows = rowsOf(page);
  const entries = world.pagerduty.logEntryIdsOf(incident);
  const records = rows.map((row) => row.record ?? "");
  const ofLog = rows.filter((row) => row.record?.startsWith("log-") === true);
  // A note that was read before its log entry names the row, which then stands for the entry as well.
  const ofNotes = rows.filter((row) => row.record?.startsWith("note-") === true);
  const inRows = ofLog.reduce((sum, row) => sum + entriesIn(row), ofNotes.length);
  expect(new Set(records).size, "each record names one row").toBe(rows.length);
  expect(records.filter((record) => !/^(?:log|alert|note|change)-\w+$/u.test(record))).toEqual([]);
  expect(
    ofLog.filter((row) => !entries.includes(row.record?.slice("log-".length) ?? "")),
    "rows that link to no log entry of the incident",
  ).toEqual([]);
  const expected = entries.length - ownNotes(world, incident).length;
  if (inRows !== expected) {
    const told = rows.map(({ record, event }) => `${String(record)} ${event}`).join("\n");
    throw new Error(`${String(expected)} log entries, ${String(inRows)} in the rows:\n${told}`);
  }
  expectInOrder(page);
}

function expectInOrder(page: PageView): void {
  const times = rowsOf(page).map((row) => row.time);
  expect(times).toEqual(times.toSorted());
}
