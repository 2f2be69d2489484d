/** The incident and its records as Debrief sees them: PagerDuty's words, only what is read, no phone numbers or addresses. */

import type { IncidentId } from "./keys.ts";

/** A named thing at PagerDuty. `name` is what people read, already falling back to the id. */
export interface Reference {
  readonly id: string;
  readonly name: string;
}

export interface Incident {
  readonly id: IncidentId;
  readonly number: number;
  readonly title: string;
  /** `triggered`, `acknowledged`, `resolved`; PagerDuty may add more. */
  readonly status: string;
  readonly urgency: string;
  readonly htmlUrl: string;
  readonly createdAt: Date;
  readonly updatedAt?: Date;
  readonly resolvedAt?: Date;
  readonly priority?: Reference;
  readonly service?: Reference;
  readonly teams: readonly Reference[];
  readonly escalationPolicy?: Reference;
  /** People only (user references), in PagerDuty's order. Empty once resolved. */
  readonly assignees: readonly Reference[];
  /** Set when it was resolved by being merged into another incident. */
  readonly mergedInto?: {
    readonly id: IncidentId;
    readonly name: string;
    readonly htmlUrl?: string;
  };
}

/** Who did it: a person, an integration, a service, or nobody known. */
export interface Actor {
  readonly kind: "person" | "integration" | "service" | "other";
  readonly id: string;
  readonly name: string;
}

export interface LogEntry {
  readonly id: string;
  /** PagerDuty's type, such as `acknowledge_log_entry`; any other string passes. */
  readonly type: string;
  readonly at: Date;
  readonly summary: string;
  readonly agent?: Actor;
  /** How it came in: `api`, `website`, `timeout`, `auto`, `mobile` … */
  readonly channel?: string;
  /** Assigned, escalated to, requested: people's or policies' names. */
  readonly targets: readonly string[];
  /** Free text that belongs to it: resolution note, status update message, annotation, trigger description. */
  readonly text?: string;
  /** What changed, where the entry says so: priority, service, urgency or a field. */
  readonly change?: { readonly field: string; readonly from?: string; readonly to?: string };
  /** For notify entries: who, and by what means (never to which number or address). */
  readonly notified?: { readonly name: string; readonly by: string };
  /** For snoozes: how long, in seconds. */
  readonly durationS?: number;
  /** Linked or merged incident or alert, by name. */
  readonly linked?: string;
}

export interface Alert {
  readonly id: string;
  readonly at: Date;
  readonly resolvedAt?: Date;
  readonly summary: string;
  readonly severity?: string;
  readonly source?: string;
  readonly integration?: string;
}

export interface Note {
  readonly id: string;
  readonly at: Date;
  readonly author: string;
  readonly content: string;
}

export interface ChangeEvent {
  readonly id: string;
  readonly at: Date;
  readonly summary: string;
  readonly source?: string;
}

/** Everything that PagerDuty recorded about one incident. Unordered. */
export interface IncidentRecords {
  readonly logEntries: readonly LogEntry[];
  readonly alerts: readonly Alert[];
  readonly notes: readonly Note[];
  readonly changeEvents: readonly ChangeEvent[];
  /** True where a list was cut at its bound: the page says so. */
  readonly truncated: boolean;
}
