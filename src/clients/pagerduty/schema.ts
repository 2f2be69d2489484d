/**
 * PagerDuty's answers: only what is read, and tolerant, for its schema leaves out types and marks few
 * fields nullable that are null in real answers. Phone numbers and addresses are not listed here, so
 * that they are dropped before anything else sees them.
 */

import { z } from "zod";

/** Text that may be null, missing or something else altogether. */
const text = z
  .string()
  .nullish()
  .catch(undefined)
  .transform((value) => value ?? undefined);

/** Numbers come as numbers or as text. */
const number = z
  .union([z.number(), z.string().regex(/^\d{1,12}$/)])
  .nullish()
  .catch(undefined)
  .transform((value) => (value === null || value === undefined ? undefined : Number(value)));

/** A time with any offset; one without is UTC. */
const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/)
  .transform((raw) => new Date(/(?:Z|[+-]\d{2}:?\d{2})$/.test(raw) ? raw : `${raw}Z`))
  .refine((date) => !Number.isNaN(date.getTime()));

const maybeInstant = maybe(instant);

/** Undefined for what is null, missing or not as documented. */
function maybe<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema> | undefined> {
  return z
    .unknown()
    .optional()
    .transform((value) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? parsed.data : undefined;
    });
}

/** The items that are as documented; none for null or missing. */
function items<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema>[]> {
  return z
    .unknown()
    .optional()
    .transform((value) =>
      (Array.isArray(value) ? value : []).flatMap((item: unknown) => {
        const parsed = schema.safeParse(item);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}

const id = z.string().min(1);

export const Reference = z.object({ id, type: text, summary: text, name: text, html_url: text });
export type Reference = z.infer<typeof Reference>;

export const Incident = z.object({
  id,
  incident_number: number,
  title: text,
  summary: text,
  status: text,
  urgency: text,
  html_url: text,
  created_at: instant,
  updated_at: maybeInstant,
  resolved_at: maybeInstant,
  last_status_change_at: maybeInstant,
  priority: maybe(Reference),
  service: maybe(Reference),
  teams: items(Reference),
  escalation_policy: maybe(Reference),
  assignments: items(z.object({ assignee: Reference })),
  resolve_reason: maybe(z.object({ type: text, incident: Reference })),
});
export type Incident = z.infer<typeof Incident>;
export const IncidentAnswer = z.object({ incident: Incident });

const Named = z.object({ summary: text, name: text });

export const LogEntry = z.object({
  id,
  type: z.string().min(1),
  created_at: instant,
  summary: text,
  agent: maybe(Reference),
  /** Everything but what is listed is dropped: the raw event, and the numbers that were called. */
  channel: maybe(
    z.object({
      type: text,
      summary: text,
      subject: text,
      duration: number,
      notification: maybe(z.object({ type: text })),
      old_priority: maybe(Named),
      new_priority: maybe(Named),
      old_urgency: text,
      new_urgency: text,
      old_service: maybe(Named),
      new_service: maybe(Named),
    }),
  ),
  service: maybe(Named),
  assignees: items(Reference),
  user: maybe(Named),
  note: text,
  message: text,
  responders: items(
    z
      .object({ user: Reference })
      .transform(({ user }) => user)
      .or(Reference),
  ),
  responder: maybe(Reference),
  linked_incident: maybe(Named),
  changeset: items(z.string()),
  event_details: maybe(z.object({ description: text })),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** Of the account's log, what tells which incidents had their priority changed. */
export const AccountLogEntry = z.object({
  id,
  type: z.string(),
  created_at: maybeInstant,
  incident: maybe(Reference),
});

export const Alert = z.object({
  id,
  created_at: instant,
  resolved_at: maybeInstant,
  summary: text,
  severity: text,
  integration: maybe(Reference),
  body: maybe(
    z.object({
      cef_details: maybe(z.object({ source_origin: text })),
      details: maybe(z.object({ source: text })),
    }),
  ),
});
export type Alert = z.infer<typeof Alert>;

export const Note = z.object({ id, created_at: instant, content: text, user: maybe(Named) });
export type Note = z.infer<typeof Note>;
export const NotesAnswer = z.object({ notes: z.array(z.unknown()) });

export const ChangeEvent = z.object({ id, timestamp: instant, summary: text, source: text });
export type ChangeEvent = z.infer<typeof ChangeEvent>;
export const ChangeEventsAnswer = z.object({ change_events: z.array(z.unknown()) });

export const UserAnswer = z.object({
  user: z.object({ id, name: text, summary: text, email: text }),
});

export const Priority = z.object({ id, name: text, summary: text });

/** What every page of a list says of itself; the items stand under the list's own name. */
export const Page = z.object({ more: z.boolean().nullish().catch(undefined) });

export const ErrorAnswer = z.object({
  error: z.object({ code: number, message: text, errors: items(z.string()) }),
});
