/** How times are written for people: always UTC, always said. */

/** `2026-11-20 10:02:11`, for the column that is headed UTC. */
export function utcSeconds(at: Date): string {
  return at.toISOString().slice(0, 19).replace("T", " ");
}

/** `2026-11-20 10:02 UTC` */
export function utcMinute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** `Fri 2026-11-20 10:02 UTC` */
export function utcDayMinute(at: Date): string {
  return `${weekdays[at.getUTCDay()] ?? ""} ${utcMinute(at)}`;
}

/** Minutes between two instants, to a tenth. */
export function minutesBetween(from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 6000) / 10;
}

export function addMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

/** True when two dates are the same to the minute, the precision that Notion shows. */
export function sameMinute(a: Date | undefined, b: Date | undefined): boolean {
  if (a === undefined || b === undefined) {
    return a === b;
  }
  return Math.abs(a.getTime() - b.getTime()) < 60_000;
}
