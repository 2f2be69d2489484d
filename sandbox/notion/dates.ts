/** Dates and times in Notion's forms. */

import { fieldsOf, textOf } from "./check.ts";
import { refuseBody } from "./errors.ts";
import type { DateValue } from "./model.ts";

const dateOnly = /^\d{4}-\d{2}-\d{2}$/u;
const dateTime = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/u;

/** `created_time` and `last_edited_time`: rounded down to the minute. */
export function minuteOf(at: Date): string {
  return new Date(Math.floor(at.getTime() / 60_000) * 60_000).toISOString();
}

/** A date value of a request in the form in which Notion gives it back. */
export function parseDate(value: unknown, path: string): DateValue {
  const given = fieldsOf(value, path, ["start", "end", "time_zone"]);
  const zone = given["time_zone"] ?? null;
  const zoneName = zone === null ? undefined : textOf(zone, `${path}.time_zone`);
  const start = parsePoint(given["start"], `${path}.start`, zoneName);
  const end = given["end"] ?? null;
  if (end === null) {
    return { start, end: null };
  }
  const until = parsePoint(end, `${path}.end`, zoneName);
  if (Date.parse(until) < Date.parse(start)) {
    refuseBody(`${path}.end`, "after start", end);
  }
  return { start, end: until };
}

function parsePoint(value: unknown, path: string, zone: string | undefined): string {
  const text = textOf(value, path);
  if (dateOnly.test(text) && isReal(text)) {
    return text;
  }
  const [, minutes, seconds, fraction, offset] = dateTime.exec(text) ?? [];
  if (minutes === undefined || !isReal(text)) {
    refuseBody(path, "a valid ISO 8601 date string", value);
  }
  const millis = (fraction ?? ".000").slice(0, 4).padEnd(4, "0");
  const local = `${minutes}${seconds ?? ":00"}${millis}`;
  // With a time zone Notion reads even a UTC instant as local time.
  return `${local}${zone === undefined ? colon(offset) : offsetOf(local, zone, path)}`;
}

function isReal(text: string): boolean {
  const ms = Date.parse(text);
  const day = Number(text.slice(8, 10));
  return !Number.isNaN(ms) && new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === day;
}

function colon(offset: string | undefined): string {
  if (offset === undefined || offset === "Z") {
    return "+00:00";
  }
  return offset.includes(":") ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`;
}

function offsetOf(local: string, zone: string, path: string): string {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    const parts = format.formatToParts(new Date(`${local}Z`));
    const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
    return name === "GMT" ? "+00:00" : name.slice(3);
  } catch {
    return refuseBody(path.replace(/\.(?:start|end)$/u, ".time_zone"), "a valid time zone", zone);
  }
}
