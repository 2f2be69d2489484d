/**
 * PagerDuty's answers, only what is read of them. Any field may be null or missing, types may be
 * unknown (docs/vendors/pagerduty.md). Numbers and addresses in notify entries are not picked: they
 * end here.
 */

import { z } from "zod";

const text = z.string().nullish().catch(undefined);

const Reference = z.object({
  id: z.string(),
  type: text,
  summary: text,
  name: text,
  html_url: text,
});
export type Reference = z.infer<typeof Reference>;
const reference = Reference.nullish().catch(undefined);

/** Entries of a list that can't be read are left out; one odd entry must not hide the others. */
function listOf<Item extends z.ZodType>(item: Item): z.ZodType<z.output<Item>[]> {
  return z
    .array(z.unknown())
    .nullish()
    .transform((entries) =>
      (entries ?? []).flatMap((entry) => {
        const parsed = item.safeParse(entry);
        return parsed.success ? [parsed.data] : [];
      }),
    );
}

export const Incident = z.object({
  id: z.string(),
  incident_number: z.number().nullish(),
  title: text,
  summary: text,
  status: z.string(),
  urgency: text,
  html_url: text,
  created_at: z.string(),
  updated_at: text,
  resolved_at: text,
  last_status_change_at: text,
  priority: reference,
  service: reference,
  teams: listOf(Reference),
  escalation_policy: reference,
  assignments: listOf(z.object({ assignee: Reference })),
  resolve_reason: z.object({ type: text, incident: reference }).nullish().catch(undefined),
});
export type Incident = z.infer<typeof Incident>;

export const LogEntry = z.object({
  id: z.string(),
  type: z.string(),
  created_at: z.string(),
  summary: text,
  agent: reference,
  incident: reference,
  channel: z
    .object({
      type: text,
      summary: text,
      duration: z.union([z.number(), z.string()]).nullish().catch(undefined),
      notification: z.object({ type: text }).nullish().catch(undefined),
      old_priority: reference,
      new_priority: reference,
      old_service: reference,
      new_service: reference,
      old_urgency: text,
      new_urgency: text,
    })
    .nullish()
    .catch(undefined),
  event_details: z.object({ description: text }).nullish().catch(undefined),
  assignees: listOf(Reference),
  user: reference,
  message: text,
  note: text,
  service: reference,
  changeset: z.array(z.string()).nullish().catch(undefined),
  responders: listOf(
    z.object({
      user: reference,
      escalation_policy: reference,
      id: text,
      summary: text,
      name: text,
    }),
  ),
  responder: reference,
  linked_incident: reference,
});
export type LogEntry = z.infer<typeof LogEntry>;

export const Alert = z.object({
  id: z.string(),
  summary: text,
  created_at: z.string(),
  resolved_at: text,
  severity: text,
  integration: reference,
  body: z
    .object({
      cef_details: z.object({ source_origin: text, client: text }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});
export type Alert = z.infer<typeof Alert>;

export const Note = z.object({
  id: z.string(),
  user: reference,
  channel: z.object({ summary: text }).nullish().catch(undefined),
  content: text,
  created_at: z.string(),
});
export type Note = z.infer<typeof Note>;

export const ChangeEvent = z.object({
  id: z.string(),
  summary: text,
  timestamp: z.string(),
  source: text,
  integration: reference,
});
export type ChangeEvent = z.infer<typeof ChangeEvent>;

export const User = z.object({ id: z.string(), name: text, summary: text, email: text });
export const Priority = z.object({ id: z.string(), name: text, summary: text });

export const IncidentAnswer = z.object({ incident: Incident });
export const IncidentsAnswer = z.object({
  incidents: listOf(Incident),
  more: z.boolean().nullish(),
});
export const LogEntriesAnswer = z.object({
  log_entries: listOf(LogEntry),
  more: z.boolean().nullish(),
});
export const AlertsAnswer = z.object({ alerts: listOf(Alert), more: z.boolean().nullish() });
export const NotesAnswer = z.object({ notes: listOf(Note) });
export const ChangeEventsAnswer = z.object({ change_events: listOf(ChangeEvent) });
export const UserAnswer = z.object({ user: User });
export const PrioritiesAnswer = z.object({ priorities: listOf(Priority) });
export const ErrorAnswer = z.object({
  error: z.object({ message: text, code: z.number().nullish(), errors: z.unknown() }),
});
