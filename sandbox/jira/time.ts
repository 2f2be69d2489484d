/** Times as Jira writes them. */

import { offsetMinutes } from "../core/zones.ts";

/** "2026-11-20T10:03:11.130+0100": milliseconds, and an offset without a colon. */
export function formatTime(at: Date, timeZone: string): string {
  const minutes = offsetMinutes(at, timeZone);
  const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 23);
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, "0");
  const rest = String(Math.abs(minutes) % 60).padStart(2, "0");
  return `${local}${minutes < 0 ? "-" : "+"}${hours}${rest}`;
}
