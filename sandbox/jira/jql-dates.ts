/** Dates as a query writes them: wall clock of the searching user, or a distance from now. */

import { offsetMinutes } from "../core/zones.ts";

interface Reading {
  /** A quoted bare number counts minutes, an unquoted one milliseconds since 1970. */
  readonly isQuoted: boolean;
  readonly now: Date;
  readonly timeZone: string;
}

const wallClock = /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2}))?$/u;
const distance = /^([+-]?)(\d+[wdhm](?: \d+[wdhm])*)$/iu;
const unitsMs: Readonly<Record<string, number>> = {
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
};

/** The instant that `text` stands for; undefined when it is no date that JQL takes. */
export function readJqlDate(text: string, { isQuoted, now, timeZone }: Reading): Date | undefined {
  if (/^[+-]?\d+$/u.test(text)) {
    const count = Number(text);
    return new Date(isQuoted ? now.getTime() + count * 60_000 : count);
  }
  const apart = distance.exec(text);
  if (apart !== null) {
    const parts = (apart[2] ?? "").toLowerCase().split(" ");
    const ms = parts.reduce(
      (sum, part) => sum + Number.parseInt(part, 10) * (unitsMs[part.slice(-1)] ?? 0),
      0,
    );
    return new Date(now.getTime() + (apart[1] === "-" ? -ms : ms));
  }
  const wall = wallClock.exec(text);
  if (wall === null) {
    return undefined;
  }
  const [, year, , month, day, hour = "0", minute = "0"] = wall;
  const asUtc = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
  );
  const isReal = new Date(asUtc).getUTCDate() === Number(day) && Number(hour) < 24;
  return isReal && Number(minute) < 60 ? fromWallClock(asUtc, timeZone) : undefined;
}

/** The instant at which the clocks of `timeZone` show what UTC clocks show at `asUtcMs`. */
function fromWallClock(asUtcMs: number, timeZone: string): Date {
  const guessMs = asUtcMs - offsetMinutes(new Date(asUtcMs), timeZone) * 60_000;
  return new Date(asUtcMs - offsetMinutes(new Date(guessMs), timeZone) * 60_000);
}
