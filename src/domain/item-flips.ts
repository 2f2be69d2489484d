/**
 * The guard against flip-flop: a field that goes back and forth too often in a short time, because two sides
 * undo each other or an automation answers every write, is left alone for a while. A person who edits one side
 * often is no flip-flop.
 */

import { syncedFields, type SyncedField } from "./action-item.ts";
import type { ActionItemLink } from "./link.ts";
import type { Winner } from "./route.ts";
import { addMs } from "./time.ts";

export type Flips = NonNullable<ActionItemLink["flips"]>;
export type Stops = NonNullable<ActionItemLink["stopped"]>;

export interface FlipLimits {
  /** As many turns of a field within the window are fine; one more stops it. */
  readonly max: number;
  readonly windowMs: number;
  /** How long a stopped field is left alone. */
  readonly pauseMs: number;
}

export const flipLimits: FlipLimits = { max: 6, windowMs: 600_000, pauseMs: 3_600_000 };

/** Takes what was written to which side before, and now; gives the record, and the fields that turned round. */
export function noteSides(
  wrote: ActionItemLink["wrote"],
  writes: Readonly<Record<Winner, readonly SyncedField[]>>,
): { readonly wrote: NonNullable<ActionItemLink["wrote"]>; readonly turned: SyncedField[] } {
  const next = { ...wrote };
  const turned = new Set<SyncedField>();
  for (const side of ["jira", "notion"] as const) {
    for (const field of writes[side]) {
      if (next[field] !== side) {
        turned.add(field);
      }
      next[field] = side;
    }
  }
  return { wrote: next, turned: [...turned] };
}

/** Takes the turns on record and the fields that turn now; gives the record, without what is past the window. */
export function noteWrites(
  flips: Flips | undefined,
  fields: readonly SyncedField[],
  now: Date,
): Flips {
  const next: Partial<Record<SyncedField, readonly string[]>> = {};
  for (const field of syncedFields) {
    const recent = within(flips?.[field] ?? [], now, flipLimits.windowMs);
    const written = fields.includes(field) ? [...recent, now.toISOString()] : recent;
    if (written.length > 0) {
      next[field] = written;
    }
  }
  return next;
}

/** Takes the record of a link; gives the stops in force now: those that are not over and those that begin. */
export function noteStops(
  { flips, stopped }: Pick<ActionItemLink, "flips" | "stopped">,
  now: Date,
  limits: FlipLimits = flipLimits,
): Stops {
  const next: Partial<Record<SyncedField, string>> = {};
  for (const field of syncedFields) {
    const until = stopped?.[field];
    if (until !== undefined && new Date(until) > now) {
      next[field] = until;
    } else if (within(flips?.[field] ?? [], now, limits.windowMs).length > limits.max) {
      next[field] = addMs(now, limits.pauseMs).toISOString();
    }
  }
  return next;
}

/** Takes the stops on record; gives the fields that are to be left alone now. */
export function stoppedFields(stops: Stops | undefined, now: Date): ReadonlySet<SyncedField> {
  return new Set(
    syncedFields.filter((field) => {
      const until = stops?.[field];
      return until !== undefined && new Date(until) > now;
    }),
  );
}

function within(times: readonly string[], now: Date, windowMs: number): readonly string[] {
  return times.filter((at) => now.getTime() - new Date(at).getTime() < windowMs);
}
