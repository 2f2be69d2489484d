/** When a field is stopped for going back and forth, and for how long. */

import { describe, expect, it } from "vitest";
import { flipLimits, noteSides, noteStops, noteWrites, stoppedFields } from "./item-flips.ts";
import { addMs } from "./time.ts";

const start = new Date("2026-11-21T10:00:00Z");
const minute = 60_000;

/** As many writes of Due as given, one a minute; gives the record and the time of the last. */
function writes(count: number): { flips: ReturnType<typeof noteWrites>; now: Date } {
  let flips = noteWrites(undefined, [], start);
  let now = start;
  for (let at = 0; at < count; at += 1) {
    now = addMs(start, at * minute);
    flips = noteWrites(flips, ["due"], now);
  }
  return { flips, now };
}

describe("the guard against flip-flop", () => {
  it.each([
    [flipLimits.max, {}],
    [flipLimits.max + 1, { due: "2026-11-21T11:06:00.000Z" }],
  ])(
    "lets a field be written %i times in ten minutes, and stops it for an hour after more",
    (count, stops) => {
      const { flips, now } = writes(count);
      expect(noteStops({ flips }, now)).toEqual(stops);
    },
  );

  it("forgets writes after ten minutes", () => {
    const { flips } = writes(3);
    const later = addMs(start, 11 * minute);
    expect(noteWrites(flips, ["title"], later)).toEqual({
      due: ["2026-11-21T10:02:00.000Z"],
      title: [later.toISOString()],
    });
    expect(noteWrites(flips, [], addMs(start, 60 * minute))).toEqual({});
  });

  it("counts each field by itself", () => {
    const { flips, now } = writes(7);
    expect(stoppedFields(noteStops({ flips }, now), now)).toEqual(new Set(["due"]));
  });

  it("leaves a stop as it is while it lasts and ends it by itself", () => {
    const stopped = { due: addMs(start, 60 * minute).toISOString() };
    const { flips, now } = writes(9);
    expect(noteStops({ flips, stopped }, now)).toEqual(stopped);
    const after = addMs(start, 61 * minute);
    expect(stoppedFields(stopped, addMs(start, 59 * minute)).size).toBe(1);
    expect(stoppedFields(stopped, after).size).toBe(0);
    expect(noteStops({ flips, stopped }, after)).toEqual({});
  });
});

describe("which way a field goes", () => {
  it("turns with the first write and with each to the other side, not with a further one to the same", () => {
    const first = noteSides(undefined, { jira: ["due", "title"], notion: [] });
    expect(first.turned).toEqual(["due", "title"]);
    const again = noteSides(first.wrote, { jira: ["due"], notion: ["title"] });
    expect(again).toEqual({ wrote: { due: "jira", title: "notion" }, turned: ["title"] });
    expect(noteSides(again.wrote, { jira: ["due"], notion: ["title"] }).turned).toEqual([]);
  });
});
