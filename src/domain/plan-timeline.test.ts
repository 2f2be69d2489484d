/** The table is brought to the records, and people's rows and deletions stay. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invariant } from "./errors.ts";
import { blockId } from "./keys.ts";
import {
  isTimelineTable,
  knownOf,
  planTimeline,
  rowWrite,
  timelineHeader,
  timelineMoved,
} from "./plan-timeline.ts";
import type { PageTableRow } from "./post-mortem.ts";
import type { TimelineRow } from "./timeline.ts";

const url = "https://acme.pagerduty.com/incidents/Q1";
const start = Date.parse("2026-11-20T10:00:00Z");

function row(id: string, minute: number, also: string[] = [], event = `event ${id}`): TimelineRow {
  return {
    record: { kind: "log", id },
    also: also.map((each) => ({ kind: "log", id: each })),
    at: new Date(start + minute * 60_000),
    event,
    actor: "Mia",
  };
}

const header: PageTableRow = { id: blockId("header"), cells: [...timelineHeader], byUs: true };

function standing(each: TimelineRow, changes: Partial<PageTableRow> = {}): PageTableRow {
  const { time, href, event, actor } = rowWrite(url, each);
  const id = blockId(`block-${each.record.id}`);
  return { id, cells: [time, event, actor], href, byUs: true, ...changes };
}

function typed(time: string, event: string): PageTableRow {
  return { id: blockId(`typed-${event}`), cells: [time, event, "Ben"], byUs: false };
}

describe("planTimeline", () => {
  it("writes nothing when the table already says it", () => {
    const rows = [row("R1", 0), row("R2", 5)];
    const plan = planTimeline(url, rows, knownOf(rows), [header, ...rows.map((r) => standing(r))]);
    expect(plan.inserts).toEqual([]);
    expect(plan.updates).toEqual([]);
    expect(timelineMoved(rows, plan.known)).toBe(false);
  });

  it("puts a late entry between the rows it belongs between", () => {
    const [early, late, last] = [row("R1", 0), row("R2", 5), row("R3", 9)];
    const plan = planTimeline(url, [early, late, last], knownOf([early, last]), [
      header,
      standing(early),
      standing(last),
    ]);
    expect(plan.inserts).toEqual([{ after: "block-R1", rows: [late] }]);
  });

  it("puts an entry that is older than all rows right below the header", () => {
    const [older, newer] = [row("R1", 0), row("R2", 5)];
    const plan = planTimeline(url, [older, newer], knownOf([newer]), [header, standing(newer)]);
    expect(plan.inserts).toEqual([{ after: "header", rows: [older] }]);
  });

  it("keeps a row that a person deleted deleted", () => {
    const rows = [row("R1", 0), row("R2", 5)];
    const plan = planTimeline(url, rows, knownOf(rows), [header, standing(row("R1", 0))]);
    expect(plan.inserts).toEqual([]);
    expect(timelineMoved(rows, plan.known)).toBe(false);
  });

  it("writes every row again that is missing once the memory is lost", () => {
    const rows = [row("R1", 0), row("R2", 5)];
    const plan = planTimeline(url, rows, undefined, [header, standing(row("R1", 0))]);
    expect(plan.inserts).toEqual([{ after: "block-R1", rows: [rows[1]] }]);
  });

  it("rewrites a collapsed row that grew, under the identity it has", () => {
    const before = row("R1", 0, ["R2"], "Paged 2 people");
    const after = row("R1", 0, ["R2", "R3"], "Paged 3 people");
    const plan = planTimeline(url, [after], knownOf([before]), [header, standing(before)]);
    expect(plan.updates).toEqual([{ id: "block-R1", row: rowWrite(url, after) }]);
    expect(plan.inserts).toEqual([]);
  });

  it("finds a collapsed row by any of its records when an earlier record turns up late", () => {
    const before = row("R2", 1, ["R3"], "Paged 2 people");
    const after = row("R1", 0, ["R2", "R3"], "Paged 3 people");
    const plan = planTimeline(url, [after], knownOf([before]), [header, standing(before)]);
    expect(plan.inserts).toEqual([]);
    expect(plan.updates.map((update) => update.row.href)).toEqual([`${url}#log-R2`]);
    expect(timelineMoved([after], plan.known)).toBe(false);
  });

  it("gives the second half of a group that was split a row of its own", () => {
    const before = row("R1", 0, ["R2"], "Paged 2 people");
    const halves = [row("R1", 0, [], "Paged 1 person"), row("R2", 2, [], "Paged 1 more")];
    const plan = planTimeline(url, halves, knownOf([before]), [header, standing(before)]);
    expect(plan.inserts).toEqual([{ after: "block-R1", rows: [halves[1]] }]);
  });

  it("keeps a deleted row deleted although PagerDuty left its record out for once", () => {
    const rows = [row("R1", 0), row("R2", 5)];
    const table = [header, standing(row("R1", 0))];
    const without = planTimeline(url, [row("R1", 0)], knownOf(rows), table);
    expect(planTimeline(url, rows, without.known, table).inserts).toEqual([]);
  });

  it("goes on rewriting a row whose last rewrite was carried out but never recorded", () => {
    const [first, second, third] = ["Paged 1", "Paged 2", "Paged 3"].map((text, more) =>
      row("R1", 0, ["R2", "R3"].slice(0, more), text),
    );
    invariant(first !== undefined && second !== undefined && third !== undefined, "three rows");
    const begun = planTimeline(url, [second], knownOf([first]), [header, standing(first)]);
    const plan = planTimeline(url, [third], begun.pending, [header, standing(second)]);
    expect(plan.updates).toEqual([{ id: "block-R1", row: rowWrite(url, third) }]);
  });

  it("takes neither reading of such a row for a person's words, but any other", () => {
    const [before, after] = [row("R1", 0, [], "old"), row("R1", 0, [], "new")];
    const { pending } = planTimeline(url, [after], knownOf([before]), [header, standing(before)]);
    const edited = standing(before, { cells: ["10:00", "my words", "Mia"] });
    expect(planTimeline(url, [after], pending, [header, edited]).updates).toEqual([]);
  });

  it.each([
    ["a person edited it last", { byUs: false }],
    ["its text is not what we wrote", { cells: ["10:00", "my words", "Mia"] }],
  ])("leaves a row alone when %s", (_name, changes) => {
    const before = row("R1", 0, [], "old");
    const plan = planTimeline(url, [row("R1", 0, [], "new")], knownOf([before]), [
      header,
      standing(before, changes),
    ]);
    expect(plan.updates).toEqual([]);
    expect(timelineMoved([row("R1", 0, [], "new")], plan.known)).toBe(false);
  });

  it.each([
    ["10:03", "typed-note", "below what a person wrote at an earlier time"],
    ["10:07:30", "block-R1", "above what a person wrote at a later time"],
    ["soon after", "typed-note", "below what a person wrote without a time"],
  ])("with a person's row at %s goes after %s: %s", (time, anchor) => {
    const [first, fresh] = [row("R1", 0), row("R2", 5)];
    const plan = planTimeline(url, [first, fresh], knownOf([first]), [
      header,
      standing(first),
      typed(time, "note"),
    ]);
    expect(plan.inserts).toEqual([{ after: anchor, rows: [fresh] }]);
  });

  it("ends with every record once and in order, whatever order records arrive in", () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(minutes, fc.infiniteStream(fc.nat()), (arrivals, cuts) => {
        let table: PageTableRow[] = [header];
        let known = knownOf([]);
        for (let seen = 0; seen < arrivals.length;) {
          seen = Math.min(arrivals.length, seen + 1 + (Number(cuts.next().value) % 5));
          const rows = arrivals
            .slice(0, seen)
            .toSorted((a, b) => a - b)
            .map((minute) => row(`M${String(minute)}`, minute));
          const plan = planTimeline(url, rows, known, table);
          table = applied(table, plan.inserts);
          known = plan.known;
        }
        const sorted = arrivals.toSorted((a, b) => a - b).map((m) => `${url}#log-M${String(m)}`);
        expect(table.slice(1).map((each) => each.href)).toEqual(sorted);
      }),
    );
  });
});

function applied(
  table: PageTableRow[],
  inserts: readonly { readonly after?: string; readonly rows: readonly TimelineRow[] }[],
): PageTableRow[] {
  return inserts.reduce((rows, { after, rows: fresh }) => {
    const at = rows.findIndex((each) => each.id === after) + 1;
    return rows.toSpliced(at === 0 ? rows.length : at, 0, ...fresh.map((each) => standing(each)));
  }, table);
}

describe("isTimelineTable", () => {
  it("knows the table by its header", () => {
    expect(isTimelineTable([header], url)).toBe(true);
  });
  it("knows it by a row of this incident when a person renamed the header", () => {
    const renamed = { ...header, cells: ["When", "What", "Who"] };
    expect(isTimelineTable([renamed, standing(row("R1", 0))], url)).toBe(true);
  });
  it("does not take a person's table, or another incident's row, for it", () => {
    const foreign = {
      ...standing(row("R1", 0)),
      href: "https://acme.pagerduty.com/incidents/Q2#log-R1",
    };
    expect(isTimelineTable([{ ...header, cells: ["Metric", "Value", ""] }, foreign], url)).toBe(
      false,
    );
  });
});
