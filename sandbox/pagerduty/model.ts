/** What the PagerDuty stand-in keeps in memory. Plain state; acts change it, render shows it. */

export interface Reference {
  readonly id: string;
  readonly type: string;
  readonly summary: string;
  readonly self: string | null;
  readonly html_url: string | null;
}

export interface User {
  readonly id: string;
  readonly name: string;
  /** Null where the token may not see it. */
  readonly email: string | null;
  readonly jobTitle: string;
  readonly timeZone: string;
  readonly role: string;
  readonly phone: string;
  readonly teamIds: readonly string[];
  /** A deleted user stays in references; GET /users/{id} is 404. */
  deleted: boolean;
}

export interface Team {
  readonly id: string;
  readonly name: string;
}

export interface Integration {
  readonly id: string;
  readonly name: string;
}

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly teamIds: readonly string[];
  readonly escalationPolicyId: string;
  readonly integrations: readonly [Integration, ...Integration[]];
}

export interface EscalationPolicy {
  readonly id: string;
  readonly name: string;
  /** Who is on call, one array of user ids per level. */
  readonly levels: readonly (readonly string[])[];
}

export interface Priority {
  readonly id: string;
  readonly name: string;
  readonly order: number;
  readonly color: string;
}

interface Responder {
  readonly userId: string;
  readonly requesterId: string;
  readonly requestedAt: Date;
  readonly message: string;
  state: "pending" | "joined" | "declined";
  updatedAt: Date;
}

type IncidentStatus = "triggered" | "acknowledged" | "resolved";

export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly createdAt: Date;
  /** Null for incidents opened through the Events API. */
  readonly incidentKey: string | null;
  title: string;
  status: IncidentStatus;
  updatedAt: Date;
  lastStatusChangeAt: Date;
  lastStatusChangeBy: Reference;
  resolvedAt: Date | null;
  reopenedAt: Date | null;
  serviceId: string;
  escalationPolicyId: string;
  escalationLevel: number;
  assignments: { readonly userId: string; readonly at: Date }[];
  assignedVia: "escalation_policy" | "direct_assignment";
  acknowledgements: { readonly userId: string; readonly at: Date }[];
  priorityId: string | null;
  urgency: "high" | "low";
  /** The incident that this one was merged into. */
  mergedIntoId: string | null;
  firstTriggerLogEntryId: string;
  conferenceBridge: { readonly conference_number: string; readonly conference_url: string } | null;
  snoozedUntil: Date | null;
  responders: Responder[];
}

export interface LogEntry {
  readonly id: string;
  readonly type: string;
  readonly incidentId: string;
  readonly serviceId: string;
  readonly createdAt: Date;
  /** REST shows it from this instant on. */
  readonly visibleAt: Date;
  readonly summary: string;
  /** Missing where nothing is known to have done it. */
  readonly agent: Reference | undefined;
  readonly channel: Readonly<Record<string, unknown>>;
  /** What include[]=channels shows instead. */
  readonly fullChannel: Readonly<Record<string, unknown>> | undefined;
  /** Fields beyond the base, as REST shows them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Alert {
  readonly id: string;
  readonly summary: string;
  readonly alertKey: string;
  readonly createdAt: Date;
  readonly severity: "info" | "warning" | "error" | "critical" | null;
  readonly source: string;
  readonly details: Readonly<Record<string, unknown>> | string;
  readonly contexts: readonly Readonly<Record<string, string>>[];
  readonly serviceId: string;
  readonly integrationId: string | null;
  readonly firstTriggerLogEntryId: string;
  incidentId: string;
  status: "triggered" | "resolved";
  resolvedAt: Date | null;
}

export interface Note {
  readonly id: string;
  readonly incidentId: string;
  readonly userId: string;
  readonly createdAt: Date;
  content: string;
  updatedAt: Date;
}

export interface ChangeEvent {
  readonly id: string;
  readonly summary: string;
  readonly timestamp: Date;
  readonly source: string;
  readonly serviceId: string;
  readonly integrationId: string;
  readonly links: readonly { readonly href: string; readonly text: string }[];
  readonly customDetails: Readonly<Record<string, unknown>>;
}

export interface Subscription {
  readonly id: string;
  readonly deliveryMethodId: string;
  readonly secret: string;
  readonly url: string;
  readonly customHeaders: readonly { readonly name: string; readonly value: string }[];
  description: string;
  events: readonly string[];
  filter: { readonly type: string; readonly id?: string | undefined };
  active: boolean;
  /** Set by the third drop in a row; over when the clock passes it. */
  disabledUntil: Date | null;
  dropsInARow: number;
}
