/** Times as PagerDuty writes and reads them. */

import { offsetMinutes } from "../core/zones.ts";

/** Whole seconds, UTC: "2026-03-02T09:00:00Z". */
export function formatUtc(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** Whole seconds in `timeZone`: "2026-03-02T04:00:00-05:00"; UTC ends in Z. */
export function formatIn(at: Date, timeZone: string): string {
  const minutes = offsetMinutes(at, timeZone);
  if (minutes === 0) {
    return formatUtc(at);
  }
  const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, "0");
  const rest = String(Math.abs(minutes) % 60).padStart(2, "0");
  return `${local}${minutes < 0 ? "-" : "+"}${hours}:${rest}`;
}

/** Reads an ISO 8601 time; one without an offset is in `timeZone`. Undefined if it is no time. */
export function parseTime(text: string, timeZone: string): Date | undefined {
  const hasOffset = /(?:z|[+-]\d\d:?\d\d)$/iu.test(text);
  const isDateOnly = /^\d{4}-\d\d-\d\d$/u.test(text);
  const at = new Date(hasOffset || isDateOnly ? text : `${text}Z`);
  if (Number.isNaN(at.getTime())) {
    return undefined;
  }
  return hasOffset ? at : new Date(at.getTime() - offsetMinutes(at, timeZone) * 60_000);
}

/** Whether there is a zone of that name; asked with nearly every request, and slow to find out. */
const known = new Map<string, boolean>();

export function isTimeZone(name: string): boolean {
  const answer = known.get(name) ?? tryTimeZone(name);
  known.set(name, answer);
  return answer;
}

function tryTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}
