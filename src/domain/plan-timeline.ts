/**
 * Which rows of the timeline table have to be inserted or rewritten. Pure.
 *
 * A row's identity is the record that its time cell links to. What a person wrote, edited or deleted
 * stays: a row is rewritten only while it reads exactly as we left it, and a row that we wrote once
 * and that is gone now was deleted by somebody and is not written again.
 */

import type { BlockId } from "./keys.ts";
import type { PageTableRow } from "./post-mortem.ts";
import { fingerprint } from "./fingerprint.ts";
import { utcSeconds } from "./time.ts";
import { parseRecordUrl, recordName, recordUrl, type TimelineRow } from "./timeline.ts";

export const timelineHeader = ["Time (UTC)", "Event", "Actor"] as const;

/** By record name: the fingerprint of the row that we wrote for it, or "" where another row stands for it. */
export type KnownRows = Readonly<Record<string, string>>;

export interface RowWrite {
  readonly time: string;
  readonly href: string;
  readonly event: string;
  readonly actor: string;
}

export interface TimelinePlan {
  /** In table order. Rows with the same anchor go in one call; without one they go to the end. */
  readonly inserts: readonly { readonly after?: BlockId; readonly rows: readonly TimelineRow[] }[];
  readonly updates: readonly {
    readonly id: BlockId;
    readonly row: RowWrite;
  }[];
  /** What to remember while the updates are under way: their rows may read as before or as after. */
  readonly pending: KnownRows;
  /** What to remember once the plan is applied. */
  readonly known: KnownRows;
}

/** A timeline row as it is written to the table. */
export function rowWrite(incidentUrl: string, row: TimelineRow): RowWrite {
  return {
    time: utcSeconds(row.at),
    href: recordUrl(incidentUrl, row.record),
    event: row.event,
    actor: row.actor,
  };
}

/** Takes rows that were written as given; gives what to remember of them. */
export function knownOf(rows: readonly TimelineRow[]): KnownRows {
  const known: Record<string, string> = {};
  for (const row of rows) {
    remember(known, recordName(row.record), row);
  }
  return known;
}

/** Takes the desired rows and what we remember; tells whether the table has to be read at all. */
export function timelineMoved(rows: readonly TimelineRow[], known: KnownRows | undefined): boolean {
  return (
    known === undefined ||
    rows.some((row) => {
      const name = namesOf(row).find((each) => (known[each] ?? "") !== "");
      return name === undefined || known[name] !== rowFingerprint(row);
    })
  );
}

/** True for a table that is ours: by its header, or by a row that links to one of this incident's records. */
export function isTimelineTable(table: readonly PageTableRow[], incidentUrl: string): boolean {
  return table.some(
    (row, at) =>
      (at === 0 && timelineHeader.every((title, cell) => row.cells[cell] === title)) ||
      (row.href?.startsWith(`${incidentUrl}#`) === true && parseRecordUrl(row.href) !== undefined),
  );
}

/**
 * Takes the desired rows in order, what we remember (undefined after the store was lost) and the
 * table as read, header included; gives what to write and what to remember then.
 */
export function planTimeline(
  incidentUrl: string,
  rows: readonly TimelineRow[],
  known: KnownRows | undefined,
  table: readonly PageTableRow[],
): TimelinePlan {
  const present = presentRows(table);
  const updates: { id: BlockId; row: RowWrite }[] = [];
  const fresh: TimelineRow[] = [];
  const anchors = new Map<TimelineRow, PageTableRow>();
  const remembered: Record<string, string> = {};
  const pending: Record<string, string> = { ...known };
  for (const row of rows) {
    const name = namesOf(row).find((each) => present.has(each));
    const standing = name === undefined ? undefined : present.get(name);
    if (name !== undefined && standing !== undefined) {
      anchors.set(row, standing);
      // Each standing row answers for one desired row: a group that was split gets a new row.
      present.delete(name);
      if (mayRewrite(standing, row, known?.[name])) {
        updates.push({
          id: standing.id,
          row: { ...rowWrite(incidentUrl, row), href: standing.href ?? "" },
        });
        pending[name] = eitherOf(known?.[name], rowFingerprint(row));
      }
      remember(remembered, name, row);
    } else {
      const deleted = namesOf(row).find((each) => (known?.[each] ?? "") !== "");
      if (deleted === undefined) {
        fresh.push(row);
      }
      remember(remembered, deleted ?? recordName(row.record), row);
    }
  }
  // A record that PagerDuty leaves out for once keeps its place in the memory.
  const all = { ...known, ...remembered };
  return { inserts: placeRows(rows, fresh, anchors, table), updates, pending, known: all };
}

function namesOf(row: TimelineRow): string[] {
  return [row.record, ...row.also].map(recordName);
}

function remember(known: Record<string, string>, name: string, row: TimelineRow): void {
  for (const each of namesOf(row)) {
    known[each] ??= "";
  }
  known[name] = rowFingerprint(row);
}

function rowFingerprint(row: TimelineRow): string {
  return fingerprint([utcSeconds(row.at), row.event, row.actor]);
}

/** Between two fingerprints of which a row may have either. */
const either = "/";

function eitherOf(before: string | undefined, after: string): string {
  return before === undefined || before === "" ? after : `${before}${either}${after}`;
}

function presentRows(table: readonly PageTableRow[]): Map<string, PageTableRow> {
  const present = new Map<string, PageTableRow>();
  for (const row of table) {
    const record = parseRecordUrl(row.href);
    if (record !== undefined && !present.has(recordName(record))) {
      present.set(recordName(record), row);
    }
  }
  return present;
}

/** Ours to rewrite: it differs, our bot edited it last, and it reads as we remember having written it. */
function mayRewrite(
  standing: PageTableRow,
  row: TimelineRow,
  written: string | undefined,
): boolean {
  const reads = fingerprint([...standing.cells]);
  return (
    standing.byUs &&
    reads !== rowFingerprint(row) &&
    (written === undefined || written === "" || written.split(either).includes(reads))
  );
}

/** Where each new row goes: after the desired row before it, and after what people wrote below that one up to its time. */
function placeRows(
  rows: readonly TimelineRow[],
  fresh: readonly TimelineRow[],
  anchors: ReadonlyMap<TimelineRow, PageTableRow>,
  table: readonly PageTableRow[],
): TimelinePlan["inserts"] {
  const isFresh = new Set(fresh);
  const groups: { after?: BlockId; rows: TimelineRow[] }[] = [];
  let before = isHeader(table[0]) ? table[0] : undefined;
  for (const row of rows) {
    if (!isFresh.has(row)) {
      before = anchors.get(row) ?? before;
      continue;
    }
    before = skipPeoplesRows(table, before, row.at);
    const last = groups.at(-1);
    if (last !== undefined && last.after === before?.id) {
      last.rows.push(row);
    } else {
      groups.push(before === undefined ? { rows: [row] } : { after: before.id, rows: [row] });
    }
  }
  return groups;
}

function isHeader(row: PageTableRow | undefined): boolean {
  return row !== undefined && row.href === undefined && row.cells[0] === timelineHeader[0];
}

function skipPeoplesRows(
  table: readonly PageTableRow[],
  from: PageTableRow | undefined,
  at: Date,
): PageTableRow | undefined {
  let last = from;
  const start = from === undefined ? 0 : table.indexOf(from) + 1;
  for (const row of table.slice(start)) {
    if (parseRecordUrl(row.href) !== undefined || isLater(row.cells[0] ?? "", at)) {
      break;
    }
    last = row;
  }
  return last;
}

const clockForm = /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})(?::(\d{2}))?/;

/** Whether a time that a person typed (`10:07`, `2026-11-20 10:07`) is later than the instant. Unreadable ones are not. */
function isLater(typed: string, at: Date): boolean {
  const [, day, minute, second] = clockForm.exec(typed.trim()) ?? [];
  if (minute === undefined) {
    return false;
  }
  const date = day ?? at.toISOString().slice(0, 10);
  const time = Date.parse(`${date}T${minute.padStart(5, "0")}:${second ?? "00"}Z`);
  return !Number.isNaN(time) && time > at.getTime();
}
